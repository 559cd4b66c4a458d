"""Real, simulated or imported: the choice that the evidence pages share, in the address too."""

from collections.abc import Mapping

import streamlit as st

from fleet.domain.trust import is_simulated
from fleet.ui import device

REAL, PLAYED, IMPORTED = "real", "simulated", "imported"
NAMES = {REAL: "Real", PLAYED: "Simulated", IMPORTED: "Imported"}
PAIR = 2  # choices that stand side by side on a phone
ASKED = "runs"  # of the address


def choose(page: str, real: int, played: int, noun: str, about: str | None = None) -> bool:
    """Draw the choice of real or simulated; return whether the simulated is looked at.

    `about` is the version of what the address names, see `choose_kind`.
    """
    counts = {REAL: real, PLAYED: played}
    return choose_kind(page, counts, noun, about=_named(about)) == PLAYED


def is_played(real: int, played: int, about: str | None = None) -> bool:
    """Return what `choose` returns, before it is drawn: by the address, or what there is."""
    return kind_of({REAL: real, PLAYED: played}, _named(about)) == PLAYED


def choose_kind(page: str, counts: Mapping[str, int], noun: str, about: str | None = None) -> str:
    """Draw the choice with how many of `noun` each kind has; return the kind that is looked at.

    Real is what is looked at first while there is any. `about` is the kind of what the address
    names, for an address that does not say which is meant. Nothing is drawn, and nothing to
    choose, where all there is is real.
    """
    there = _there(counts)
    if there == [REAL]:
        return REAL
    asked = kind_of(counts, about)
    named = " or ".join(there).capitalize()
    words = "" if len(there) > PAIR and device.is_phone() else noun
    picked = st.segmented_control(
        f"{named} runs", there, default=asked, required=True,
        format_func=lambda name: f"{NAMES[name]} · {_counted(counts[name], words)}",
        key=f"{page}.origin.{asked}",  # holds the choice, so that the address can move it
        label_visibility="collapsed",
    )  # fmt: skip
    if picked and picked != asked:
        st.query_params[ASKED] = picked
        st.rerun()
    st.query_params[ASKED] = asked
    return asked


def kind_of(counts: Mapping[str, int], about: str | None = None) -> str:
    """Return what `choose_kind` returns, before it is drawn."""
    there, asked = _there(counts), st.query_params.get(ASKED)
    named = next((kind for kind in (asked, about) if kind in there), None)
    return named or next((kind for kind in there if counts[kind]), REAL)


def version_kind(version: str | None) -> str:
    """Return the kind of our own runs of a version; one without a version is real."""
    return PLAYED if version is not None and is_simulated(version) else REAL


def _named(version: str | None) -> str | None:
    return None if version is None else version_kind(version)


def _there(counts: Mapping[str, int]) -> list[str]:
    return [kind for kind, n in counts.items() if n or kind == REAL]


def _counted(n: int, noun: str) -> str:
    """Return a number with its noun; without one where there is no room for it."""
    return f"{n:,} {noun}".rstrip() if n == 1 or not noun else f"{n:,} {noun}s"
