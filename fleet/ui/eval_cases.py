"""Quarantined cases: what a person refused, and whether a second one lets it into the sets."""

from collections import Counter
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store import eval_cases as cases
from fleet.errors import FleetError
from fleet.ui import resources, theme
from fleet.ui.untrusted import escaped, show_untrusted

SHOWN = 6
MESSAGE = "evals.message"
TEXT_HEIGHT = 160


def show() -> None:
    """Draw the cases that wait, oldest first."""
    message = st.session_state.pop(MESSAGE, None)
    if message:
        st.toast(message)
    store = resources.fleet().store
    counts = Counter(cases.count_cases(store))
    waiting = counts[cases.QUARANTINED]
    st.subheader(
        f"{f'{waiting:,}' if waiting else 'No'} case{'s' * (waiting != 1)} in quarantine",
        anchor=False,
    )
    theme.note(
        "What people reject waits here. A second person lets it into the golden set, so that no "
        f"one alone bends the bar. {counts[cases.ADMITTED]:,} admitted, "
        f"{counts[cases.REFUSED]:,} refused so far."
    )
    for row in cases.list_cases(store, cases.QUARANTINED, most=SHOWN):
        with st.container(border=True, gap="xsmall"):
            _card(row)
    if waiting > SHOWN:
        theme.note(f"and {waiting - SHOWN:,} more: `fleet evals cases --status quarantined`")


def _card(row: dict[str, Any]) -> None:
    reason = (row["reason_code"] or "refused").replace("_", " ")
    st.markdown(
        f":orange-badge[{escaped(reason, 40)}] **{escaped(row['prompt'], 40)}**  \n"
        f":gray[by {escaped(row['created_by'], 40)}, {row['created_at'][:10]}]"
    )
    if row["note"]:
        show_untrusted(row["note"])
    given = row["case_input"]
    if given.get("body"):
        name = escaped(given.get("subject") or "The rejected text", 60)
        with st.expander(name), st.container(height=TEXT_HEIGHT, border=False):
            show_untrusted(given["body"])
    if isinstance(given.get("path"), list):
        steps = (f"{step.get('table')}:{step.get('id')}" for step in given["path"])
        theme.note(" → ".join(escaped(step, 60) for step in steps))
    own = row["created_by"].strip().casefold() == resources.actor().strip().casefold()
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Admit", key=f"admit:{row['id']}", icon=":material/check:", disabled=own):
            _settle(row["id"], admit=True)
        if st.button("Refuse", key=f"refuse:{row['id']}", icon=":material/block:"):
            _settle(row["id"], admit=False)
    if own:
        theme.note("You made it: a second person must admit it.")


def _settle(case_id: str, *, admit: bool) -> None:
    act = cases.admit if admit else cases.refuse
    now = SystemClock().now()
    try:
        done = act(resources.fleet().store, case_id, actor=resources.actor(), now=now)
        st.session_state[MESSAGE] = f"The case is {done['status']}."
    except FleetError as error:
        st.session_state[MESSAGE] = f"▼ {escaped(str(error))}"
    st.rerun()
