"""A held step: what it would do, why it waits, and the buttons that decide it."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from fleet.errors import FleetError
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import ACTIONS, REASONS
from fleet.policy import section
from fleet.runtime.rdav_decide import decide_step
from fleet.ui import device, orchestrator_words, resources, theme
from fleet.ui.untrusted import escaped

Step = Mapping[str, Any]
EDITABLE = ("days", "stage", "reason")  # kinds of arguments; a row's id is never typed in
DONE = {
    "done": "Done, and the rows prove it.", "rejected": "Rejected: it is not planned again.",
    "failed": "It was tried and failed:", "superseded": "Too late, nothing was done:",
}  # fmt: skip


def decide(
    step: Step, run: Mapping[str, Any], *, first: bool, on_decided: Callable[[], None]
) -> None:
    """Draw one held step with its buttons; only the first one has letter keys."""
    due = run["due_at"]
    until = f" Until {due[5:16].replace('T', ' ')}, then it is weighed anew." if due else ""
    name, key = orchestrator_words.action(step["action"]), step["decision_id"]
    with st.container(border=True, gap="xsmall"):
        st.markdown(
            f"{theme.verdict('HOLD')} **{name}** {_args(step)}  \n"
            f"Held since {orchestrator_words.why(step)}.{until}"
        )
        edit = _edit(step)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
            note = st.text_input(
                "Why", key=f"note:{key}", placeholder="Why (kept with your decision)",
                label_visibility="collapsed", max_chars=300,
            )  # fmt: skip
            approve = st.button(
                "Approve the change" if edit else "Approve", key=f"yes:{key}", type="primary",
                shortcut=device.key("A") if first else None,
            )  # fmt: skip
            reject = st.button(
                "Reject", key=f"no:{key}", shortcut=device.key("X") if first else None
            )
    if approve or reject:
        _settle(key, approve=approve, note=note.strip() or None, edit=edit if approve else None)
        on_decided()
        st.rerun()


def _settle(
    decision_id: str, *, approve: bool, note: str | None, edit: Mapping[str, Any] | None
) -> None:
    try:
        done = decide_step(
            resources.fleet(), decision_id, approve=approve, actor=resources.actor(), note=note,
            edit=edit,
        )  # fmt: skip
    except FleetError as error:
        st.toast(escaped(str(error), 200))
        return
    said = DONE.get(done["status"], done["status"])
    why = orchestrator_words.RULES.get(done["why"] or "", done["why"] or "")
    st.toast(f"{said} {escaped(why, 200)}" if said.endswith(":") else said)


def _args(step: Step) -> str:
    shown = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in step["args"].items()
        if name != "contact_id"
    ]
    return f":small[:gray[{escaped(', '.join(shown), 160)}]]" if shown else ""


def _edit(step: Step) -> dict[str, Any] | None:
    """Draw the arguments a person may change; return those that differ, or None."""
    spec = ACTIONS.get(step["action"])
    kinds = {name: kind for name, kind in (spec.args if spec else {}).items() if kind in EDITABLE}
    if not kinds:
        return None
    with st.expander("Change it"):
        new = {name: _box(step, name, kind) for name, kind in kinds.items()}
    changed = {name: value for name, value in new.items() if value != step["args"].get(name)}
    return changed or None


def _box(step: Step, name: str, kind: str) -> Any:
    policy = section(resources.fleet().policies, "orchestrator", RdavPolicy)
    key, now = f"{name}:{step['decision_id']}", step["args"].get(name)
    label = name.replace("_", " ").capitalize()
    if kind == "days":
        return st.number_input(label, 1, policy.max_days, int(now or 1), key=key)
    options = list(policy.stages if kind == "stage" else REASONS.get(step["action"], ()))
    return st.selectbox(
        label, options, index=options.index(now) if now in options else 0, key=key,
        format_func=lambda word: str(word).replace("_", " "),
    )  # fmt: skip
