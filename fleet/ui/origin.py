"""Real or simulated: the choice that the evidence pages share, in the address too."""

import streamlit as st

from fleet.domain.trust import is_simulated

REAL, PLAYED = "real", "simulated"
NAMES = {REAL: "Real", PLAYED: "Simulated"}
ASKED = "runs"  # of the address


def choose(page: str, real: int, played: int, noun: str, about: str | None = None) -> bool:
    """Draw the choice with how many of `noun` each has; return whether the simulated is looked at.

    Real is what is looked at first while there is any. `about` is the version of what the address
    names, which says which of the two is meant where the address does not. Nothing is drawn, and
    nothing to choose, where nothing was simulated.
    """
    if not played:
        return False
    asked = PLAYED if is_played(real, played, about) else REAL
    counts = {REAL: real, PLAYED: played}
    picked = st.segmented_control(
        "Real or simulated runs", list(NAMES), default=asked, required=True,
        format_func=lambda name: f"{NAMES[name]} · {_counted(counts[name], noun)}",
        key=f"{page}.origin.{asked}",  # holds the choice, so that the address can move it
        label_visibility="collapsed",
    )  # fmt: skip
    if picked and picked != asked:
        st.query_params[ASKED] = picked
        st.rerun()
    st.query_params[ASKED] = asked
    return asked == PLAYED


def is_played(real: int, played: int, about: str | None = None) -> bool:
    """Return what `choose` returns, before it is drawn: by the address, or what there is."""
    asked = st.query_params.get(ASKED)
    if not played or asked in NAMES:
        return bool(played) and asked == PLAYED
    named = None if about is None else is_simulated(about)
    return bool(named or (named is None and not real))


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
