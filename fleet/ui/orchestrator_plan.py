"""One plan: the goal, each step with gate, act and proof, and what it cost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from fleet.errors import InputError
from fleet.runtime.rdav_view import run_view
from fleet.ui import device, orchestrator_step, orchestrator_words, resources, theme
from fleet.ui.untrusted import escaped

Step = Mapping[str, Any]
INDENT, BRANCH = "\u2003", "└ "


def draw(run_id: str, *, on_decided: Callable[[], None]) -> None:
    """Draw a run's plan; a held step stands above it with its buttons."""
    try:
        run = run_view(resources.fleet(), run_id)
    except InputError as error:
        st.markdown(f":red[▼ {escaped(str(error), 200)}]")
        return
    with st.container(border=True, gap="small"):
        _head(run)
        held = [step for step in run["steps"] if step["status"] == "waiting"]
        for number, step in enumerate(held):
            orchestrator_step.decide(step, run, first=not number, on_decided=on_decided)
        if run["steps"]:
            _tree(run)
            _evidence(run["steps"])
        else:
            word, label = orchestrator_words.standing(run)
            st.markdown(
                f"{theme.verdict(word, label)} No step was planned, and no model was asked."
            )


def example(run: Mapping[str, Any]) -> None:
    """Draw a played run; it has no buttons, since nobody waits for it."""
    with st.container(border=True, gap="small"):
        theme.note("A played example, not one of your contacts: same graph, gate and proofs, over "
                   "rows of its own.")  # fmt: skip
        _head(run)
        _tree(run)
        _evidence(run["steps"])


def _head(run: Mapping[str, Any]) -> None:
    st.subheader(escaped(run["contact"], 60), anchor=False)
    steps = run["steps"]
    same = sum(step["same"] for step in steps)
    replay = ""
    if steps:
        good = same == len(steps)
        replay = theme.verdict("OK" if good else "FAIL", "same bytes" if good else "other bytes")
    st.markdown(f"{theme.verdict(*orchestrator_words.standing(run))} {replay} {_planner(steps)}")
    cost = run["cost_usd"] if run["model_calls"] else 0.0
    spent = "no cost known" if cost is None else f"${cost:,.4f}" if cost else "$0.00"
    end = f", ended {_when(run['ended_at'])}" if run["ended_at"] else ""
    theme.note(
        f"{spent} · {run['model_calls']:,} model calls · {same} of {len(steps)} gate decisions "
        f"replay to the same bytes · begun {_when(run['started_at'])}{end}"
    )


def _planner(steps: Sequence[Step]) -> str:
    sign = (
        theme.METHODS.get("rules" if steps[0]["source"] == "rule" else str(steps[0]["source"]))
        if steps
        else None
    )
    return f":{sign.hue}-badge[{sign.icon} {sign.word}]" if sign else ""


def _when(at: str) -> str:
    return at[5:16].replace("T", " ")


def _tree(run: Mapping[str, Any]) -> None:
    """Draw the steps under the goal; one that stands on another is indented below it."""
    steps = run["steps"]
    depth: dict[str, int] = {}
    numbers = {step["name"]: number for number, step in enumerate(steps, start=1)}
    root = _goal_row(run)
    table = [_narrow(root) if device.is_phone() else root]
    for number, step in enumerate(steps, start=1):
        over = [name for name in step["depends_on"] if name in depth]
        depth[step["name"]] = 1 + max((depth[name] for name in over), default=-1)
        branch = INDENT * depth[step["name"]] + BRANCH
        after = ", ".join(str(numbers[name]) for name in over)
        reason = escaped(step["rationale"], 110) + (f", after {after}" if after else "")
        row = {
            "Step": f"{branch}**{number} {orchestrator_words.action(step['action'])}**  \n"
            f":small[:gray[{reason}]]",
            "Gate": orchestrator_words.gate(step) + _small(_gate_line(step)),
            "Act": theme.verdict(*_act(step)) + _small(_who(step)),
            "Verify": _proof(step),
        }
        table.append(_narrow(row) if device.is_phone() else row)
    st.table(table)


def _goal_row(run: Mapping[str, Any]) -> dict[str, str]:
    """Return the root of the tree: what the contact needs, and how far the steps came."""
    steps = run["steps"]
    goal = orchestrator_words.GOALS.get(run["goal"] or "") or escaped(run["goal"], 80)
    allowed = sum(step["decision"] == "ALLOW" for step in steps)
    done = sum(step["status"] in ("done", "failed") for step in steps)
    proved = sum(step["verified"] is True for step in steps)
    return {
        "Step": f"**Goal: {goal or 'not kept'}**",
        "Gate": f":small[{allowed} of {len(steps)} allowed]",
        "Act": f":small[{done} done]",
        "Verify": f":small[{proved} proved]",
    }


def _narrow(row: Mapping[str, str]) -> dict[str, str]:
    rest = "  \n".join(row[name] for name in ("Gate", "Act", "Verify"))
    return {"Step": row["Step"], "Gate, act, verify": rest}


def _small(text: str) -> str:
    return f"  \n:small[:gray[{text}]]" if text else ""


def _gate_line(step: Step) -> str:
    if step["decision"] == "ALLOW":
        return f"{step['confidence']:.2f} sure, {step['threshold']:.2f} needed"
    return orchestrator_words.why(step)


def _act(step: Step) -> tuple[str, str]:
    known = orchestrator_words.ACTS.get(step["status"])
    return known or ("INSUFFICIENT", escaped(str(step["status"]), 20))


def _who(step: Step) -> str:
    return f"by {escaped(step['decided_by'], 40)}" if step["decided_by"] else ""


def _proof(step: Step) -> str:
    note = _small(escaped(step["proof"], 120))
    if step["verified"] is None:
        return f":gray[○ not acted]{note}"
    return (
        theme.verdict("OK", "proved") + note
        if step["verified"]
        else (theme.verdict("FAIL", "not proved") + note)
    )


def _evidence(steps: Sequence[Step]) -> None:
    """Draw what each step stands on; its confidence is the least of these."""
    with st.expander("Evidence of each step"):
        st.dataframe(
            [
                {
                    "Step": f"{number} {orchestrator_words.ACTIONS.get(step['action'], '?')}",
                    "Row": item["ref"],
                    "Sure": item["confidence"],
                }
                for number, step in enumerate(steps, start=1)
                for item in step["evidence"]
            ],
            hide_index=True, alt="The rows each step stands on, with their confidence",
            column_config={"Sure": st.column_config.NumberColumn(format="%.2f", width=70)},
        )  # fmt: skip
