"""What stands around every page: logo, sidebar card, and the page of an empty home."""

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.controls import is_halted
from fleet.adapters.store.open import EngineStore
from fleet.adapters.store.overview import waiting_count
from fleet.ui import resources, svg, theme, untrusted

POLL_S = 3


def waiting(opened: EngineStore | None) -> int:
    """Return how many drafts wait, 0 without a store."""
    return waiting_count(opened, SystemClock().now()) if opened else 0


def draw(opened: EngineStore | None) -> None:
    """Draw the logo and the card at the sidebar's foot."""
    st.logo(svg.logo(dark=theme.is_dark()), size="large")
    with st.sidebar, st.container(border=True, gap="xsmall"):
        if opened is None:
            theme.badge(theme.UNKNOWN, "No store yet")
        elif is_halted(opened):
            st.badge("Sends stopped", icon=":material/block:", color="red")
        else:
            st.badge("Sends on", icon=":material/send:", color="green")
        untrusted.show_untrusted(resources.actor())


@st.fragment(run_every=POLL_S)
def preparing() -> None:
    """Say that nothing is set up, and go on by itself when that changes."""
    if resources.store() is not None:
        st.rerun()
    st.title("Setting up")
    theme.note("This home holds no store yet. `fleet console` is loading the sample customers.")
    theme.note(
        "If nothing moves for a minute, run `fleet init --sample` and then `fleet run inbox`."
    )
