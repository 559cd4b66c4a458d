"""Approvals: the queue on the left; mail, draft and claims of one item on the right.

Draft and buttons share one form, so that what was typed is what is judged, and an approval carries
the hash of the text that was on the screen. Each action is once-only in the store.
"""

from datetime import datetime
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store import overview
from fleet.errors import FleetError
from fleet.ui import approval_parts as parts
from fleet.ui import approval_queue as queue
from fleet.ui import device, resources, theme
from fleet.ui.approval_text import checked_text
from fleet.ui.home import name_of
from fleet.ui.untrusted import escaped, show_untrusted

MESSAGE = "approvals.message"
MAIL_LINES = 8  # a longer mail scrolls, so that the buttons stay on the first screen
MAIL_HEIGHT = 180


def show() -> None:
    """Draw the page."""
    now = SystemClock().now()
    rows, count = queue.rows_of(now)
    message = st.session_state.pop(MESSAGE, None)
    if message:
        st.toast(message)
    if not rows:
        _empty(now)
        return
    chosen = queue.chosen_of(rows)
    queue.header(count, now)
    if device.is_phone():
        queue.phone_list(rows)
        _panel(chosen, rows)
        return
    left, right = st.columns([1, 2.25])
    with left:
        queue.draw(rows, count)
    with right:
        _panel(chosen, rows)


def _empty(now: datetime) -> None:
    if st.session_state.get(queue.VIEW):
        st.title("No draft in this view")
        if st.button("Show all", type="primary"):
            st.session_state.pop(queue.VIEW)
            st.rerun()
        return
    held = overview.held_by_others(resources.fleet().store, resources.actor(), now)
    st.title("Others hold what waits" if held else "All drafts are decided")
    theme.note("New mail appears here when the fleet has read it: `fleet run inbox`.")
    queue.undo_chip()


def _panel(chosen: str, rows: list[dict[str, Any]]) -> None:
    store = resources.fleet().store
    held_by = queue.hold(chosen)
    draft = resources.fleet().review.show(chosen)
    row = next(row for row in rows if row["id"] == chosen)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.subheader(escaped(name_of(row), 80), anchor=False)
        with st.container(horizontal=True, width="content"):
            queue.move("Back", "K", ":material/keyboard_arrow_up:", -1)
            queue.move("Next", "J", ":material/keyboard_arrow_down:", 1)
    parts.badges(draft)
    queue.heartbeat()
    mail = overview.mail_of(store, draft.get("email_id"))
    if device.is_phone():
        left = right = st.container()
    else:
        left, right = st.columns([1.42, 1])
    with left:
        if mail:
            _mail(mail)
        if held_by:
            st.markdown(f":orange-badge[:material/lock: {escaped(held_by)}]")
        else:
            _form(draft)
    with right:
        claims, scores, history = st.tabs([parts.claims_title(draft), "Scores", "History"])
        with claims:
            parts.claims(draft)
        with scores:
            parts.scores(overview.scores_of(store, draft.get("email_id")))
        with history:
            parts.history(draft)


def _mail(mail: dict[str, Any]) -> None:
    text = mail["reply"] or mail["body"]
    with st.container(border=True, gap="xsmall"):
        who = escaped((mail["from_name"] or mail["from_address"]).split()[0], 40)
        theme.note(f"{who} wrote {mail['at'][:10]} at {mail['at'][11:16]}")
        if text.count("\n") > MAIL_LINES or len(text) > MAIL_LINES * 80:
            with st.container(height=MAIL_HEIGHT, border=False):
                show_untrusted(text)
        else:
            show_untrusted(text)


def _form(draft: dict[str, Any]) -> None:
    name = draft["draft_id"]
    blocked = parts.open_claims(draft)
    with st.form(f"form {name} {draft['text_hash'][:12]}", border=True):
        checked, edit = st.tabs(["Draft as checked", "Edit"])
        with checked:
            st.markdown(f"**{escaped(draft['subject'])}**")
            st.markdown(checked_text(draft["body"], draft["claims"]))
        with edit:
            body = st.text_area(
                "Body", draft["body"], height=300, key=f"body {name} {draft['text_hash'][:12]}"
            )
        parts.blocking_line(draft)
        with st.container(horizontal=True, gap="xsmall"):
            check = st.form_submit_button(
                "Check again", shortcut=device.key("S"), type="primary" if blocked else "secondary"
            )  # fmt: skip
            if blocked:
                approve = st.form_submit_button("Approve", disabled=True)
            else:
                approve = st.form_submit_button("Approve", shortcut=device.key("A"), type="primary")
            reject = st.form_submit_button("Reject", shortcut=device.key("X"))
            later = st.form_submit_button("Later", shortcut=device.key("L"))
    if check or approve:
        _decide(draft, body, approve=approve)
    elif reject:
        parts.reject_dialog(draft)
    elif later:
        _act(
            lambda: resources.fleet().snooze_draft(name, actor=resources.actor()),
            "Put off until tomorrow.",
        )


def _decide(draft: dict[str, Any], body: str, *, approve: bool) -> None:
    def act() -> None:
        resources.fleet().decide_draft(
            draft["draft_id"],
            body=body,
            seen=draft["text_hash"],
            approve=approve,
            actor=resources.actor(),
            fence=queue.fence_of(draft["draft_id"]),
        )

    _act(act, "Approved: it leaves when the undo time is over." if approve else "Checked again.")


def _act(work: Any, done: str) -> None:
    try:
        work()
        st.session_state[MESSAGE] = done
        queue.drop_hold()
    except FleetError as error:
        st.session_state[MESSAGE] = str(error)
    st.rerun()
