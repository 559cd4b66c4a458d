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
from fleet.ui.untrusted import escaped, show_untrusted

Step = Mapping[str, Any]
EDITABLE = ("days", "stage", "reason")  # kinds of arguments; a row's id is never typed in
LONG, SHORT = 400, 160  # characters of a mail from which it scrolls, and then pixels
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
            f"{theme.verdict('HOLD')} **{name}** {_args(step, run['about'])}  \n"
            f"Held because {orchestrator_words.why(step)}.{until}"
        )
        _mail(step, run["about"])
        edit = _edit(step)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
            st.text_input(
                "Why", key=f"note:{key}", placeholder="Why (kept with your decision)",
                label_visibility="collapsed", max_chars=300,
            )  # fmt: skip
            st.button(  # a callback, so that a click counts even when the step left the page
                "Approve the change" if edit else "Approve", key=f"yes:{key}", type="primary",
                shortcut=device.key("A") if first else None, on_click=_settle,
                args=(step, True, on_decided),
            )  # fmt: skip
            st.button(
                "Reject", key=f"no:{key}", shortcut=device.key("X") if first else None,
                on_click=_settle, args=(step, False, on_decided),
            )  # fmt: skip


def _settle(step: Step, approve: bool, on_decided: Callable[[], None]) -> None:
    key = step["decision_id"]
    typed = str(st.session_state.get(f"note:{key}") or "").strip()
    try:
        done = decide_step(
            resources.fleet(), key, approve=approve, actor=resources.actor(), note=typed or None,
            edit=_changed(step) if approve else None,
        )  # fmt: skip
    except FleetError as error:
        st.toast(escaped(str(error), 200))
        on_decided()
        return
    said = DONE.get(done["status"], done["status"])
    why = orchestrator_words.RULES.get(done["why"] or "", done["why"] or "")
    st.toast(f"{said} {escaped(why, 200)}" if said.endswith(":") else said)
    on_decided()


def _args(step: Step, about: Mapping[str, str]) -> str:
    """Say what a step would change; a row's id stands in the evidence below."""
    args = step["args"]
    shown = [str(args["reason"]).replace("_", " ")] if args.get("reason") else []
    if args.get("to_stage"):
        now = about.get(str(args.get("opportunity_id")), "unknown")
        shown.insert(0, f"{now} → {args['to_stage']}")
    if args.get("days"):
        shown.append(f"in {args['days']} days")
    return f":small[:gray[{escaped(', '.join(shown), 160)}]]" if shown else ""


def _mail(step: Step, about: Mapping[str, str]) -> None:
    """Draw the mail that a step answers, so that nobody decides about it unread."""
    text = about.get(str(step["args"].get("email_id")))
    if text:
        with st.container(border=True, height=SHORT if len(text) > LONG else "content"):
            show_untrusted(text)


def _edit(step: Step) -> dict[str, Any] | None:
    """Draw the arguments a person may change; return those that differ, or None."""
    kinds = _kinds(step)
    if not kinds:
        return None
    with st.expander("Change it"):
        for name, kind in kinds.items():
            _box(step, name, kind)
    return _changed(step)


def _changed(step: Step) -> dict[str, Any] | None:
    boxes = {name: st.session_state.get(_key(step, name)) for name in _kinds(step)}
    changed = {
        name: value for name, value in boxes.items() if value not in (None, step["args"].get(name))
    }
    return changed or None


def _kinds(step: Step) -> dict[str, str]:
    spec = ACTIONS.get(step["action"])
    return {name: kind for name, kind in (spec.args if spec else {}).items() if kind in EDITABLE}


def _key(step: Step, name: str) -> str:
    return f"{name}:{step['decision_id']}"


def _box(step: Step, name: str, kind: str) -> None:
    policy = section(resources.fleet().policies, "orchestrator", RdavPolicy)
    key, now = _key(step, name), step["args"].get(name)
    label = name.replace("_", " ").capitalize()
    if kind == "days":
        st.number_input(label, 1, policy.max_days, int(now or 1), key=key)
        return
    options = list(policy.stages if kind == "stage" else REASONS.get(step["action"], ()))
    st.selectbox(
        label, options, index=options.index(now) if now in options else 0, key=key,
        format_func=lambda word: str(word).replace("_", " "),
    )  # fmt: skip
