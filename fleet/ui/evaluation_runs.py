"""The levels of trajectory and step: one run, what was found in it, and each step's score."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import streamlit as st

from fleet.adapters.store.traces import open_span
from fleet.runtime import evaluation_view
from fleet.runtime.evaluation_view import Judged
from fleet.ui import charts, device, evaluation_charts, resources, theme
from fleet.ui.evaluation_charts import step_name
from fleet.ui.evaluation_text import number, run_name, span_key, spanned, trace_link
from fleet.ui.origin import ASKED
from fleet.ui.origin_files import FILE
from fleet.ui.untrusted import escaped, plain

KEPT = ("of", FILE, ASKED)  # of the address, on the way from level to level
GRID = 420
PHONE_NAME = 9  # characters of a run's id
SHOWN_STEPS = 60
FINDINGS = 30
LONGEST = 1_500
ALL = "All graphs"
HOW_FAR = "Ranges are 95 %: of a chance by its fit, of a score by its steps and its chance."
MET = {True: ("PASS", "met"), False: ("FAIL", "not met"), None: ("INSUFFICIENT", "no evidence")}


def runs_grid(runs: Sequence[Mapping[str, Any]], *, key: str, height: int | None = None) -> None:
    """List runs; a click opens one at the level of trajectory."""
    table = [_row(run, short=height is None) for run in runs]
    picked = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-row", key=key,
        height=height or "auto", alt="Judged runs, those least likely to have succeeded first",
    )  # fmt: skip
    if picked["selection"]["rows"]:
        st.query_params["level"] = "trajectory"
        st.query_params["run"] = runs[picked["selection"]["rows"][0]]["trace_id"]
        st.rerun()


def _row(run: Mapping[str, Any], *, short: bool) -> dict[str, Any]:
    score, chance = spanned(run["score"], run["score_interval"]), _chance(run)
    if device.is_phone():
        tight = (" – ", "–")
        name = run_name(run["trace_id"], PHONE_NAME)
        return {"Run": name, "Score": score.replace(*tight), "Chance": chance.replace(*tight)}
    row = {
        "Run": run_name(run["trace_id"]),
        "Score": score,
        "Chance": chance,
        "Steps": run["steps"],
        "Issues": len(run["issues"]),
    }
    if short:
        return row
    return row | {
        "Steps' mean": spanned(run["step_mean"], run["step_interval"]),
        "Outcome": "" if run["outcome"] is None else f"{run['outcome']:.2f}",
    }


def _chance(run: Mapping[str, Any]) -> str:
    """Return a run's chance with its interval, questioned where it shows too little to tell."""
    least = evaluation_view.evaluation_policy(resources.fleet()).min_confidence
    known = run["success_probability"] is not None and run["confidence"] < least
    chance = spanned(run["success_probability"], run["success_interval"])
    return chance + (" ?" if known else "")


def unsure(runs: Sequence[Mapping[str, Any]]) -> None:
    """Say what the question mark means, where one stands."""
    if any(_chance(run).endswith("?") for run in runs):
        theme.note("? the run shows too few of the signs that the chance was fitted on")


def show_run(title: Any, name: str, judged: Judged, *, own: bool) -> None:
    """Draw the level of trajectory: every listed run, or the one that the address names."""
    run = _asked(judged)
    if run is None:
        with title:
            said = f"{len(judged.runs):,} runs, the least likely to succeed first"
            st.title(f"{escaped(name, 40)}: {said}" if name else said, anchor=False)
        theme.note(f"Chance is the judge's chance of success. {HOW_FAR} Choose a run to see why.")
        unsure(judged.runs)
        runs_grid(judged.runs, key="evaluation.runs", height=620)
        return
    with title:
        st.title(_title(run), anchor=False)
    _trail(name, run, own=own)
    theme.note(f"Score {spanned(run['score'], run['score_interval'])}. {HOW_FAR}")
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        _findings(run)
    with right:
        _dimensions(run)
        _rubric(run)
        _factors(run)


def _asked(judged: Judged) -> dict[str, Any] | None:
    asked = st.query_params.get("run")
    return next((run for run in judged.runs if run["trace_id"] == asked), None)


def _title(run: Mapping[str, Any]) -> str:
    found, chance = len(run["findings"]), _chance(run)
    said = "nothing was found" if not found else f"{found} finding{'s' if found > 1 else ''}"
    return f"{escaped(run_name(run['trace_id']), 40)}: {said}, chance of success {chance}"


def _trail(name: str, run: Mapping[str, Any], *, own: bool, step: str = "") -> None:
    """Say where we are, with the ways back."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(plain(name or ALL)[:40], type="tertiary", icon=":material/arrow_back:"):
            _go({"level": "system"})
        if step and st.button(run_name(run["trace_id"]), type="tertiary"):
            _go({"level": "trajectory", "run": run["trace_id"]})
        if not step and st.button("Other runs", type="tertiary"):
            _go({"level": "trajectory"})
        words = f"{escaped(run['name'] or '', 40)} · {run['steps']:,} steps"
        link = f" · {trace_link(run['trace_id'], 'open the trace')}" if own else ""
        st.markdown(f":small[:gray[{step or words}{link}]]")


def _go(to: dict[str, str]) -> None:
    kept = {name: st.query_params[name] for name in KEPT if name in st.query_params}
    st.query_params.from_dict(kept | to)
    st.rerun()


def _findings(run: Mapping[str, Any]) -> None:
    st.subheader("What was found, in the order of its steps", anchor=False)
    if not run["findings"]:
        theme.note("▲ Nothing: no error ignored, no repeat, no ask left unanswered.")
        return
    ordered = sorted(run["findings"], key=lambda f: (f["position"] is None, f["position"] or 0))
    st.table(
        [
            {
                "Step": "whole run" if f["position"] is None else f"{f['position'] + 1}",
                "Finding": f"**{escaped(f['text'], 160)}**  \n:small[{escaped(f['quote'], 200)}]",
                "Severity": f"{f['severity']:.2f}",
            }
            for f in ordered[:FINDINGS]
        ]
    )
    if len(ordered) > FINDINGS:
        theme.note(f"and {len(ordered) - FINDINGS} more")
    if st.button("Look at each step", icon=":material/arrow_forward:"):
        _go({"level": "step", "run": run["trace_id"]})
    for sentence in run["odd"][:FINDINGS]:
        theme.note(f"○ {escaped(sentence, 200)}")


def _dimensions(run: Mapping[str, Any]) -> None:
    st.subheader("Dimensions", anchor=False)
    st.table(
        [
            {"Dimension": name.replace("_", " ").capitalize(), "Score": number(value)}
            for name, value in run["dimensions"].items()
        ]
    )


def _rubric(run: Mapping[str, Any]) -> None:
    st.subheader("Rubric, made from the task", anchor=False)
    st.table(
        [
            {"": theme.verdict(*MET[line["fulfilled"]]), "Criterion": escaped(line["text"], 200)}
            for line in run["rubric"]["criteria"]
        ]
    )


def _factors(run: Mapping[str, Any]) -> None:
    if not run["factors"]:
        return
    st.subheader("What moved the chance most, in logits", anchor=False)
    said = [
        f"{escaped(each['signal'].replace('_', ' '), 40)} {each['effect']:+.2f}"
        for each in run["factors"]
    ]
    st.markdown(" · ".join(said).replace("-", "−"))


def show_step(title: Any, name: str, judged: Judged, *, own: bool) -> None:
    """Draw the level of step: the scores in order, and the step that the address names."""
    run = _asked(judged) or judged.runs[0]
    rows = [row for row in judged.steps.get(run["trace_id"], ()) if row["score"] is not None]
    shown = rows[:SHOWN_STEPS]
    bar = evaluation_view.BAR
    below = sum(row["score"] < bar for row in rows)
    with title:
        words = f"{below} of {len(rows)} steps stand below {bar:.2f}"
        st.title(f"{escaped(run_name(run['trace_id']), 40)}: {words}", anchor=False)
    if not shown:
        _trail(name, run, own=own)
        theme.note("○ This run has no step that can be judged.")
        return
    left, right = st.columns([1.2, 1], gap="medium")
    with right:
        chosen = _pick(run, shown)
    row = shown[chosen]
    with left:
        at = f"step {row['position'] + 1}, {escaped(step_name(row), 40)}"
        _trail(name, run, own=own, step=at)
        st.subheader("Score of each step, in order", anchor=False)
        charts.show(
            evaluation_charts.steps(shown, bar, chosen), key="evaluation.steps",
            alt=f"{below} of {len(rows)} steps below the bar of {bar:.2f}",
        )  # fmt: skip
        if len(rows) > len(shown):
            theme.note(f"the first {len(shown)} of {len(rows):,} judged steps")
    with right:
        _step(run, row, bar, own=own)


def _pick(run: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> int:
    asked = st.query_params.get("step", "")
    places = [str(row["position"] + 1) for row in rows]
    lowest = min(range(len(rows)), key=lambda i: (rows[i]["score"], i))
    chosen = st.selectbox(
        "Step", range(len(rows)), index=places.index(asked) if asked in places else lowest,
        format_func=lambda i: f"{places[i]} · {plain(step_name(rows[i]))[:40]}",
        key=f"evaluation.step.{run['trace_id']}",
    )  # fmt: skip
    st.query_params["run"], st.query_params["step"] = run["trace_id"], places[chosen]
    return int(chosen)


def _step(run: Mapping[str, Any], row: Mapping[str, Any], bar: float, *, own: bool) -> None:
    sign = theme.verdict("PASS" if row["score"] >= bar else "FAIL", f"{row['score']:.2f}")
    heading = f"Step {row['position'] + 1} · {escaped(step_name(row), 40)} {sign}"
    st.subheader(heading, anchor=False)
    found = [f for f in run["findings"] if f["step_id"] == row["step_id"]]
    st.markdown(f"**Judge says** (source: structure, confidence {run['confidence']:.2f})")
    if not found:
        st.markdown("Nothing speaks against this step.")
    for finding in found:
        st.markdown(f"{escaped(finding['text'], 200)} · severity {finding['severity']:.2f}")
        if finding["quote"]:
            st.code(plain(finding["quote"]), language=None, wrap_lines=True)
    if row["error"]:
        st.text(plain(row["error"])[:LONGEST])
    theme.note("The structural judge says the same each time, so a step's score has no spread.")
    if own:
        _evidence(run, row)


def _evidence(run: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    key = span_key(run["trace_id"], row["step_id"])
    st.markdown(trace_link(run["trace_id"], "Open in trace", span=key))
    span = open_span(resources.fleet().store, key, position=row["position"])
    for part in ("input", "output"):
        value = span[part] if span else None
        if value in (None, {}, [], ""):
            continue
        text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
        st.markdown(f"**{part.capitalize()}**")
        st.code(plain(text)[:LONGEST], language=None, wrap_lines=True)
