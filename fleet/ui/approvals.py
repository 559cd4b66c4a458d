"""Approvals: the queue on the left; mail, draft and claims of one item on the right.

Draft and buttons share one form, so that what was typed is what is judged, and an approval carries
the hash of the text that was on the screen. Each action is once-only in the store.
"""

from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store import overview
from fleet.errors import FleetError
from fleet.ui import approval_parts as parts
from fleet.ui import resources
from fleet.ui.approval_text import checked_text
from fleet.ui.home import name_of
from fleet.ui.untrusted import escaped, show_untrusted

ITEM = "approvals.item"
MESSAGE = "approvals.message"
LISTED = 60


def show() -> None:
    """Draw the page."""
    if not resources.is_ready():
        st.title("The store is being filled")
        return
    rows = overview.waiting_rows(resources.fleet().store, LISTED)
    if not rows:
        st.title("All drafts are decided")
        st.markdown(":gray[New mail appears here when the fleet has read it.]")
        parts.undo_chip()
        return
    ids = [row["id"] for row in rows]
    chosen = st.session_state.get(ITEM) or st.query_params.get("item")
    if chosen not in ids:
        chosen = ids[0]
    st.session_state[ITEM] = chosen
    waiting = overview.waiting_count(resources.fleet().store, SystemClock().now())
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.title("1 draft to decide" if waiting == 1 else f"{waiting} drafts to decide")
        parts.undo_chip()
    message = st.session_state.pop(MESSAGE, None)
    if message:
        st.toast(message)
    queue, panel = st.columns([1, 2.25])
    with queue:
        parts.queue(rows, ids.index(chosen))
    with panel:
        _panel(resources.fleet().review.show(str(chosen)), rows)


def _panel(draft: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    ids = [row["id"] for row in rows]
    store = resources.fleet().store
    mail = overview.mail_of(store, draft.get("email_id"))
    place = ids.index(draft["draft_id"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(name_of(rows[place]), 80), anchor=False)
        parts.move("Back", "K", ids[place - 1])
        parts.move("Next", "J", ids[(place + 1) % len(ids)])
    parts.badges(draft)
    left, right = st.columns([1.42, 1])
    with left:
        if mail:
            with st.container(border=True, gap="xsmall"):
                st.markdown(
                    f"**{escaped(mail['subject'], 120)}** :small[:gray[{escaped(mail['at'][:16])}]]"
                )
                with st.container(height=180, border=False):
                    show_untrusted(mail["reply"] or mail["body"])
        _form(draft)
    with right:
        claims, scores, history = st.tabs([parts.claims_title(draft), "Scores", "History"])
        with claims:
            parts.claims(draft)
        with scores:
            parts.scores(overview.scores_of(store, draft.get("email_id")))
        with history:
            parts.history(draft)


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
        if blocked:
            count = "1 claim has" if blocked == 1 else f"{blocked} claims have"
            st.markdown(
                f":red[:material/block: **{count} no row.** Change or delete, then check again.]"
            )
        else:
            st.markdown(":green[:material/check: Every claim has a row.]")
        with st.container(horizontal=True):
            check = st.form_submit_button(
                "Check again", shortcut="S", type="primary" if blocked else "secondary"
            )
            if blocked:
                approve = st.form_submit_button("Approve", disabled=True)
            else:
                approve = st.form_submit_button("Approve", shortcut="A", type="primary")
            reject = st.form_submit_button("Reject", shortcut="X")
            later = st.form_submit_button("Later", shortcut="L")
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
        )

    _act(act, "Approved: it leaves when the undo time is over." if approve else "Checked again.")


def _act(work: Any, done: str) -> None:
    try:
        work()
        st.session_state[MESSAGE] = done
    except FleetError as error:
        st.session_state[MESSAGE] = str(error)
    st.rerun()
