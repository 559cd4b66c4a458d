"""The kill switch on a page: a plain button with a red word; a dialog asks for the reason."""

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.controls import halt, halt_state, unhalt
from fleet.ui import resources, theme
from fleet.ui.untrusted import escaped


def stop_button() -> None:
    """Draw whether sends are on, and the button that turns them."""
    stopped = halt_state(resources.fleet().store)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if stopped:
            st.markdown(theme.verdict("ROLLBACK", "Sends are stopped"))
            if st.button("Allow sends"):
                _allow(str(stopped["reason"]))
        else:
            st.markdown(theme.verdict("OK", "Sends are on"))
            if st.button(":red[■ Stop all sends]"):
                _stop()


@st.dialog("Stop all sends")
def _stop() -> None:
    theme.note("Nothing leaves until somebody allows it again. Approvals stay where they are.")
    reason = st.text_input("Reason", max_chars=200)
    if st.button("Stop", type="primary", disabled=not reason.strip()):
        now = SystemClock().now()
        halt(resources.fleet().store, reason.strip(), actor=resources.actor(), now=now)
        st.rerun()


@st.dialog("Allow sends again")
def _allow(reason: str) -> None:
    st.markdown(f"Stopped because: {escaped(reason, 200)}")
    if st.button("Allow", type="primary"):
        unhalt(resources.fleet().store, actor=resources.actor(), now=SystemClock().now())
        st.rerun()
