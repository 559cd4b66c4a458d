"""The home page: the answer as a title, four numbers, the next drafts, what runs degraded."""

from datetime import datetime
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.overview import Overview, overview
from fleet.review.rules import HIGH_VALUE
from fleet.ui import device, my_day, resources, theme, untrusted

ITEMS = 4
WEEK = 7
CHOSEN = "approvals.item"
REVIEW = "pages/approvals.py"


def show() -> None:
    """Draw the page."""
    now = SystemClock().now()
    seen = overview(resources.fleet().store, now, items=ITEMS, actor=resources.actor())
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left, st.container(gap="xxsmall"):
        st.title(_title(seen.waiting))
        theme.note(f"{now:%A} {now.day} {now:%B}, {now:%H:%M} UTC. {_lead(seen)}")
    with right, st.container(horizontal_alignment="right"):
        if st.button(
            "Start reviewing", icon=":material/play_arrow:", type="primary",
            shortcut=device.key("S"), disabled=not seen.waiting,
        ):  # fmt: skip
            st.switch_page(REVIEW)
    _numbers(seen)
    wide, narrow = st.columns([1.75, 1], gap="small")
    with wide, st.container(border=True, height="stretch", gap="small"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.subheader("Waits for me", anchor=False)
            if seen.waiting > ITEMS and st.button(
                f"All {seen.waiting:,}", type="tertiary", icon=":material/arrow_forward:",
                icon_position="right",
            ):  # fmt: skip
                st.switch_page(REVIEW)
        _next(seen, now)
    with narrow, st.container(border=True, height="stretch", gap="xsmall"):
        st.subheader("Running degraded" if seen.degraded or seen.halted else "All parts work")
        _health(seen)
    my_day.draw(now)


def _title(waiting: int) -> str:
    if not waiting:
        return "Nothing waits for you"
    return "1 draft waits for you" if waiting == 1 else f"{waiting} drafts wait for you"


def _lead(seen: Overview) -> str:
    if not seen.waiting:
        return "Every draft is decided. New mail brings new drafts."
    return f"{seen.high} of them are high risk and come first."


def _numbers(seen: Overview) -> None:
    decided = seen.approved_today + seen.rejected_today
    rows = (
        ("Waiting for me", seen.waiting, f"{seen.high} high risk"),
        (
            "Decided today",
            decided,
            f"{seen.approved_today} approved, {seen.rejected_today} rejected",
        ),
        ("Approved, can be undone", seen.undoable, "until they leave"),
        ("Mails since yesterday", seen.replies, "from customers"),
    )
    with st.grid(4, gap="small", min_column_width=150):
        for name, value, text in rows:
            st.metric(
                name, value, text, delta_color="off", delta_arrow="off", border=True,
                height="stretch",
            )  # fmt: skip


def _next(seen: Overview, now: datetime) -> None:
    if not seen.next_items:
        theme.badge(theme.SUPPORTED, "All done")
        theme.note("No draft waits. `fleet run inbox` reads new mail.")
    for item in seen.next_items:
        _row(item, now)


def _row(item: dict[str, Any], now: datetime) -> None:
    risk, text, due, act = st.columns([1.1, 3.2, 1, 0.9], vertical_alignment="center")
    with risk:
        theme.badge(theme.RISKS[item["risk"]])
    with text, st.container(gap=None):
        who, dot, company = name_of(item).partition(" · ")
        st.markdown(f"**{untrusted.escaped(who)}**{dot}{untrusted.escaped(company)}")
        theme.note(why(item))
    with due:
        if item["due_at"]:
            theme.note(f"due {due_words(item['due_at'], now)}  \n{time_left(item['due_at'], now)}")
    with act:
        if st.button("Review", key=f"review:{item['id']}", width="stretch"):
            st.session_state[CHOSEN] = item["id"]
            st.switch_page(REVIEW)


def _health(seen: Overview) -> None:
    if seen.halted:
        st.badge("All sends are stopped", icon=":material/block:", color="red")
        untrusted.show_untrusted(seen.halted)
    for part in seen.degraded:
        st.badge(part.title, icon=":material/warning:", color="orange")
        theme.note(part.text)
    st.badge("Store and queue: working", icon=":material/check_circle:", color="green")
    theme.note("Read a moment ago.")


def name_of(item: dict[str, Any]) -> str:
    """Return who a draft is for: name and company, else the address."""
    who = item.get("contact") or item["to_address"]
    return f"{who} · {item['company']}" if item.get("company") else str(who)


def why(item: dict[str, Any]) -> str:
    """Return in our own words why a draft stands where it stands."""
    if item["open_claims"]:
        count = item["open_claims"]
        return "1 claim has no row" if count == 1 else f"{count} claims have no row"
    said = ", ".join(reasons(item)[:2]) or "nothing unusual"
    return said[:1].upper() + said[1:]


def reasons(item: dict[str, Any]) -> list[str]:
    """Return the reasons of a draft's risk class as Markdown; the money at stake as a sum."""
    return [
        f"{item['value']:,.0f} at stake"
        if reason == HIGH_VALUE and item["value"]
        else untrusted.escaped(reason).replace("\\_", " ")
        for reason in item["risk_reasons"] or ()
    ]


def due_words(at: str | None, now: datetime) -> str:
    """Return when a draft is due: "10:40" today, "Tue" this week, else the date.

    >>> due_words("2026-11-25T10:40:00Z", datetime.fromisoformat("2026-11-25T09:00:00Z"))
    '10:40'
    """
    if not at:
        return ""
    due = datetime.fromisoformat(at)
    days = (due.date() - now.date()).days
    if days == 0:
        return f"{due:%H:%M}"
    return f"{due:%a}" if 0 < days < WEEK else f"{due.day} {due:%b}"


def time_left(at: str | None, now: datetime) -> str:
    """Return how long there is until a stored time, or that it is over."""
    if not at:
        return ""
    minutes = int((datetime.fromisoformat(at) - now).total_seconds() // 60)
    if minutes < 0:
        return "overdue"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} m left" if hours else f"{rest} m left"
