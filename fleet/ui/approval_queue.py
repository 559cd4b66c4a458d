"""The queue beside the open draft: what waits, in which order, who holds it, how far one is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store import overview
from fleet.errors import FleetError
from fleet.ui import device, resources, svg, theme
from fleet.ui.home import due_words, name_of, why
from fleet.ui.untrusted import escaped, plain

ITEM = "approvals.item"
IDS = "approvals.ids"
VIEW = "approvals.view"
PAGE_KEY = "approvals.page"
LEASE = "approvals.lease"
GRID = "approvals.grid"
PAGE = 50
BEAT_S = 60
VIEWS = {
    "": "All, by risk",
    "open": "A claim has no row",
    "ready": "Ready to approve",
    "high": "High risk",
    "medium": "Medium risk",
    "low": "Low risk",
}


def rows_of(now: datetime) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of the chosen page and view, and how many that view holds."""
    store, actor = resources.fleet().store, resources.actor()
    view, page = st.session_state.get(VIEW, ""), st.session_state.get(PAGE_KEY, 1)
    count = overview.waiting_count(store, now, actor=actor, view=view)
    page = min(page, max(1, -(-count // PAGE)))
    rows = overview.waiting_rows(store, PAGE, now, actor=actor, view=view, offset=PAGE * (page - 1))
    return rows, count


def chosen_of(rows: Sequence[dict[str, Any]]) -> str:
    """Return the open draft: the one asked for, else the one that took the place of the last."""
    ids = [row["id"] for row in rows]
    before = st.session_state.get(IDS, [])
    wanted = st.session_state.get(ITEM) or st.query_params.get("item")
    if wanted not in ids:
        place = before.index(wanted) if wanted in before else 0
        wanted = ids[min(place, len(ids) - 1)]
    st.session_state[ITEM], st.session_state[IDS] = wanted, ids
    st.query_params["item"] = str(wanted)
    return str(wanted)


def draw(rows: Sequence[dict[str, Any]], count: int) -> None:
    """Draw the queue; on a phone it is a list behind a button."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.subheader("Queue", anchor=False)
        view = st.menu_button(
            VIEWS[st.session_state.get(VIEW, "")], list(VIEWS), format_func=VIEWS.__getitem__,
            type="tertiary",
        )  # fmt: skip
    if view is not None:
        st.session_state[VIEW], st.session_state[PAGE_KEY] = view, 1
        st.session_state.pop(ITEM, None)
        st.rerun()
    _grid(rows)
    if count > PAGE:
        st.pagination(-(-count // PAGE), key=PAGE_KEY, max_visible_pages=5)
    theme.note("Order: risk, then age, then deal value.")


def _grid(rows: Sequence[dict[str, Any]]) -> None:
    place = st.session_state[IDS].index(st.session_state[ITEM])
    st.session_state[GRID] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    now = SystemClock().now()
    table = [
        {
            "Risk": svg.risk_bars(row["risk"], dark=theme.is_dark()),
            "Lead": plain(row["contact"] or row["to_address"])[:40],
            "Why here": why(row),
            "Due": due_words(row["due_at"], now),
        }
        for row in rows
    ]
    st.dataframe(
        table, height=min(646, 38 + 62 * len(table)), row_height=62, hide_index=True,
        on_select=_opened, selection_mode="single-row-required", key=GRID,
        column_config={
            "Risk": st.column_config.ImageColumn("Risk", width=44),
            "Lead": st.column_config.TextColumn("Lead", width=84),
            "Why here": st.column_config.TextColumn("Why here", width=100),
            "Due": st.column_config.TextColumn("Due", width=56),
        },
        alt="The drafts that wait, the open one marked",
    )  # fmt: skip


def _opened() -> None:
    picked = st.session_state[GRID]["selection"]["rows"]
    ids = st.session_state.get(IDS, [])
    if picked and picked[0] < len(ids):
        st.session_state[ITEM] = ids[picked[0]]


def phone_list(rows: Sequence[dict[str, Any]]) -> None:
    """Draw the queue behind a button."""
    with st.popover(f"Queue, {len(rows)} shown", width="stretch"):
        for row in rows[:20]:
            label = f"{theme.RISKS[row['risk']].word}: {plain(name_of(row))[:48]}"
            st.button(
                escaped(label, 80), key=f"open:{row['id']}", type="tertiary", on_click=_go,
                args=(row["id"],),
            )  # fmt: skip


def move(label: str, letter: str, icon: str, step: int) -> None:
    """Draw a button that opens a neighbour."""
    ids = st.session_state[IDS]
    target = ids[(ids.index(st.session_state[ITEM]) + step) % len(ids)]
    st.button(
        label, shortcut=device.key(letter), type="tertiary", icon=icon, on_click=_go, args=(target,)
    )


def _go(draft_id: str) -> None:
    st.session_state[ITEM] = draft_id


def hold(draft_id: str) -> str | None:
    """Hold the open draft alone and give the last one back; return who else holds it, or None."""
    queue, actor = resources.fleet().review, resources.actor()
    held = st.session_state.get(LEASE)
    if held and held["draft_id"] == draft_id:
        return None
    if held:
        queue.release(held["draft_id"], actor=actor, fence=held["fence"])
        st.session_state.pop(LEASE)
    try:
        st.session_state[LEASE] = queue.lease(draft_id, actor=actor)
    except FleetError as error:
        return str(error)
    return None


def fence_of(draft_id: str) -> int | None:
    """Return the fencing token of one's hold on a draft."""
    held = st.session_state.get(LEASE)
    return held["fence"] if held and held["draft_id"] == draft_id else None


def drop_hold() -> None:
    """Forget the hold: a decision has ended it."""
    st.session_state.pop(LEASE, None)


@st.fragment(run_every=BEAT_S)
def heartbeat() -> None:
    """Keep the hold while the page is open; a lost one is taken again on the next draw."""
    held = st.session_state.get(LEASE)
    if held and not resources.fleet().review.heartbeat(
        held["draft_id"], actor=resources.actor(), fence=held["fence"]
    ):
        drop_hold()


def header(waiting: int, now: datetime) -> None:
    """Draw the title, the undo chip and how far one is."""
    title, undo, progress = st.columns([2, 2, 1.3], vertical_alignment="center")
    with title:
        st.title("1 draft to decide" if waiting == 1 else f"{waiting:,} drafts to decide")
    with undo:
        undo_chip()
    with progress:
        done, pace = overview.decided_today(resources.fleet().store, resources.actor(), now)
        left = f", about {max(1, round(pace * waiting / 60)):,} min left" if pace else ""
        text = f"{done:,} of {done + waiting:,} decided{left}"
        st.progress(done / max(1, done + waiting), text=f":small[{text}]")


def undo_chip() -> None:
    """Offer to take the last approval back while it has not left."""
    last = resources.fleet().last_approval(resources.actor())
    if last:
        _undo(last)


@st.fragment(run_every=1)
def _undo(last: dict[str, Any]) -> None:
    left = (datetime.fromisoformat(last["releasable_at"]) - SystemClock().now()).total_seconds()
    if left <= 0:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            f"{escaped(last['who'], 40)}: approved, leaves in {int(left) + 1} s",
            icon=":material/schedule_send:", color="blue",
        )  # fmt: skip
        if st.button(
            "Undo", shortcut=device.key("U"), type="tertiary", icon=":material/undo:"
        ):  # fmt: skip
            try:
                resources.fleet().review.undo(last["id"], actor=resources.actor())
                st.session_state[ITEM] = last["id"]
            except FleetError as error:
                st.session_state["approvals.message"] = str(error)
            st.rerun()
