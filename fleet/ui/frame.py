"""What stands around every page: the logo, and the page of a home that is being filled."""

import streamlit as st

from fleet.ui import resources, svg, theme

POLL_S = 3


def draw_logo() -> None:
    """Draw the logo for the theme that the browser shows."""
    st.logo(svg.logo(dark=theme.is_dark()), size="large")


@st.fragment(run_every=POLL_S)
def preparing() -> None:
    """Say that nothing is set up, and go on by itself when that changes."""
    if resources.is_ready():
        st.rerun()
    st.title("Setting up")
    theme.note("This home holds no store yet. `fleet console` is loading the sample customers.")
    theme.note("Still here after a minute? Run `fleet init --sample`, then `fleet run inbox`.")
