"""Moves by name: a grant that the rules may refuse, and a way down with what it would recall."""

from typing import Any

import streamlit as st

from fleet.domain.trust import Rung
from fleet.errors import FleetError
from fleet.runtime import ladder
from fleet.ui import resources, theme
from fleet.ui.untrusted import escaped
from fleet.ui.version_names import plain_name


def show(rows: list[dict[str, Any]]) -> None:
    """Offer a grant or a way down; the store's rules decide, and their answer is shown."""
    names = {plain_name(row["graph"], row["version"]): row for row in rows}
    with st.expander("Move a version by name"):
        with st.form("move", border=False):
            name = st.selectbox("Version", list(names))
            target = st.selectbox("Rung", [rung.value for rung in Rung], index=1)
            reason = st.text_input("Reason", max_chars=300)
            if st.form_submit_button("Move"):
                _move(names[str(name)], Rung(target), reason)
        which = st.selectbox("Take down at once", list(names), key="ladder.down")
        if st.button(":red[▼ Show what would be recalled]"):
            _down(names[str(which)])


def _move(row: dict[str, Any], target: Rung, reason: str) -> None:
    try:
        done = ladder.grant(
            resources.fleet(), row["graph"], row["version"], target, reason=reason,
            actor=resources.actor(),
        )  # fmt: skip
    except FleetError as error:
        st.markdown(f":red[{escaped(str(error), 400)}]")
        return
    st.toast(f"{plain_name(row['graph'], row['version'])}: {done['from']} to {done['rung']}")
    st.rerun()


@st.dialog("Take a version down")
def _down(row: dict[str, Any]) -> None:
    fleet, pair = resources.fleet(), (row["graph"], row["version"])
    seen = ladder.revoke(fleet, *pair, reason="preview", actor=resources.actor(), preview=True)
    st.markdown(
        f"**{escaped(plain_name(*pair))}** goes from {seen['from']} to {seen['to']}, and "
        f"{len(seen['preview'])} approved messages that have not left are recalled."
    )
    if seen["preview"]:
        st.table(
            [
                {
                    "To": escaped(each["to_address"], 60), "Subject": escaped(each["subject"], 60),
                    "Approved by": escaped(each["actor"], 40),
                    "State": "recalled" if each["recallable"] else "being sent: too late",
                }
                for each in seen["preview"]
            ]
        )  # fmt: skip
    else:
        theme.note("Nothing of it is on its way.")
    reason = st.text_input("Reason", max_chars=300, key="ladder.down.reason")
    if st.button("Take it down", type="primary", disabled=not reason.strip()):
        try:
            ladder.revoke(fleet, *pair, reason=reason.strip(), actor=resources.actor())
        except FleetError as error:
            st.markdown(f":red[{escaped(str(error), 400)}]")
            return
        st.rerun()
