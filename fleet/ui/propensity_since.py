"""What was said of leads before against what came true since, by segment; and the models so far."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fleet.adapters.store.lead_outcomes import model_history
from fleet.adapters.store.played import PLAYED
from fleet.propensity.follow_up import FEW, OFF, RATE, RATES, TRAINED, Given
from fleet.runtime.fleet import Fleet
from fleet.runtime.scoring_watch import read_ended, read_follow_up
from fleet.ui import charts, device, origin, propensity_charts, theme
from fleet.ui import propensity_report as said
from fleet.ui.untrusted import escaped, plain

ALL = "All leads"
HISTORY = 4
NAMED = 3  # segments that came true otherwise
NAMES = {
    TRAINED: "Trained model", RATE: "Base rate or best column", "rules": "Rules over evidence",
    "llm": "Language model",
}  # fmt: skip
Found = dict[str, dict[str, Any]]


def read(fleet: Fleet) -> Found:
    """Return what is known by now of the chances that were given, by who gave them.

    By real outcomes or by simulated ones, as the address says.
    """
    ended = read_ended(fleet)
    return read_follow_up(fleet, ended[origin.is_played(*_deals(ended))])


def _deals(ended: tuple[list[Given], list[Given]]) -> tuple[int, int]:
    """Return how many deals ended really, and how many by a simulation."""
    real, played = (len({row.deal_id for row in rows}) for rows in ended)
    return real, played


def is_off(found: Found) -> bool:
    """Whether chances learned from outcomes no longer come true."""
    return any(each["state"] == OFF for method, each in found.items() if method in RATES)


def badge(found: Found) -> None:
    """Draw the warning, where there is one."""
    if is_off(found):
        st.badge("Its chances are off by now", color="orange", icon=":material/trending_down:")


def draw(fleet: Fleet, found: Found) -> None:
    """Draw the diagram of the given chances, their segments, and the models so far."""
    st.space("small")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Said before, seen since", anchor=False)
        origin.choose("propensity", *_deals(read_ended(fleet)), "ended deal")
        method = _method(found)
    mine = found.get(method or "")
    if mine is None or not mine["n"]:
        _empty(mine)
    else:
        _words(method or "", mine)
        _charts(mine)
    _history(fleet)


def _method(found: Found) -> str | None:
    """Return whose chances are shown: asked for where several gave some."""
    order = sorted(found, key=lambda name: (-found[name]["n"], list(NAMES).index(name)
                                            if name in NAMES else len(NAMES)))  # fmt: skip
    if len(order) < 2:  # noqa: PLR2004  # a choice needs two
        return order[0] if order else None
    return st.selectbox(
        "Given by", order, format_func=lambda name: NAMES.get(name, plain(name)),
        key="propensity.given", label_visibility="collapsed", width=240,
    )  # fmt: skip


def _empty(mine: Mapping[str, Any] | None) -> None:
    """Say why there is no diagram, and what makes one."""
    waiting, late = (mine["open"], mine["late"]) if mine else (0, 0)
    if not waiting and not late:
        theme.note(
            "○ No chance given to an open deal is kept yet. `fleet worker` gives each one when it "
            "comes, `fleet run recommend` gives all of them now."
        )
        return
    of = f"{waiting:,} open deals were given a chance and none of them has ended since"
    more = (
        f"; {late:,} ended, by their closing day, before or on the day it was given" if late else ""
    )
    theme.note(
        f"○ {of}{more}. Nothing has to be done here: when the CRM says how a deal ended "
        "(`fleet import crm DIR`), its chance is held against it."
    )


def _words(method: str, mine: Mapping[str, Any]) -> None:
    counted = f"{mine['n']:,} deals ended after their chance was given, until {mine['to'][:10]}"
    waits = f"; {mine['open']:,} are still open and say nothing yet"
    gap = f"calibration error {mine['ece']:.3f}"
    chance = f"a calibrated model of so many shows {mine['expected']:.3f}, at most " + (
        f"{mine['limit']:.3f}"
    )
    if mine["state"] == FEW:
        sign, what = theme.verdict("THIN", "Too few to judge"), f"{gap}, too few to conclude"
    elif mine["state"] == OFF:
        sign = theme.verdict("WATCH", "Off")
        what = f"said {mine['chance']:.2f}, came true {mine['rate']:.2f}; {gap}, {chance}"
        what += ". A worker trains anew as deals end; below stands who came true otherwise"
    else:
        sign, what = theme.verdict("PASS", "Keeps its word"), f"{gap}; {chance}"
    if method not in RATES:
        sign, what = theme.verdict("THIN", "A rank, not a rate"), gap
    st.markdown(f"{sign} :small[:gray[{counted}{waits}. {what[0].upper()}{what[1:]}.]]")


def _charts(mine: Mapping[str, Any]) -> None:
    segments = said.segments_of(mine)
    parts = {
        f"{column}: {row['name']}, n = {row['n']:,}": row["bins"]
        for column, rows in segments.items() for row in rows if row["bins"]
    }  # fmt: skip
    left, right = st.columns([1, 1.35], gap="medium")
    with left:
        whom = st.session_state.get("propensity.since.whom", ALL)
        bins = parts.get(whom) or said.bins_of(mine)
        inside = sum(each["low"] <= each["chance"] <= each["high"] for each in bins)
        charts.show(
            propensity_charts.reliability(bins), key="propensity.since",
            alt=f"In {inside} of {len(bins)} bins the chance lies inside what came true",
        )  # fmt: skip
        if parts:
            st.selectbox(
                "Of whom", [ALL, *parts], format_func=lambda name: plain(name)[:60],
                key="propensity.since.whom", label_visibility="collapsed",
            )  # fmt: skip
    with right:
        _segments(segments)


def _segments(segments: Mapping[str, list[dict[str, Any]]]) -> None:
    if not segments:
        theme.note("○ No segment has enough ended deals yet.")
        return
    column = st.selectbox(
        "Segments since", list(segments), format_func=lambda name: plain(name)[:40],
        key="propensity.since.segment", label_visibility="collapsed",
    )  # fmt: skip
    rows = segments[column]
    off = [row for row in rows if not row["low"] <= row["chance"] <= row["high"]]
    charts.show(
        propensity_charts.segments(rows, narrow=device.is_phone()), key="propensity.since.segments",
        alt=f"{len(rows) - len(off)} of {len(rows)} segments came true as said",
    )  # fmt: skip
    named = "; ".join(
        f"{escaped(row['name'], 40)}, said {row['chance']:.2f}, came true {row['rate']:.2f}"
        for row in off[:NAMED]
    )
    theme.note(
        f"Dot and line: what came true, 95 %. Upright mark: what was said. {len(off)} of "
        f"{len(rows)} came true otherwise{': ' + named if named else ''}."
    )


def _history(fleet: Fleet) -> None:
    rows = model_history(fleet.store, HISTORY)
    if not rows:
        return
    lines = [
        f"{escaped(row['at'][:16].replace('T', ' '), 20)} {escaped(row.get('chosen'), 20)}, "
        f"{escaped(row.get('version'), 7)}, {_count(row)} closed deals"
        f"{', in simulated days' if row.get(PLAYED) else ''}"
        for row in rows
    ]
    theme.note("Trained anew, newest first: " + " · ".join(lines))


def _count(row: Mapping[str, Any]) -> str:
    deals = said.number(row, "deals")
    return "?" if deals is None else f"{deals:,.0f}"
