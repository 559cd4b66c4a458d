"""Pieces of the approvals page: queue, badges, claims, scores, history, undo and reject."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fleet.errors import FleetError
from fleet.ui import resources, svg, theme
from fleet.ui.home import why
from fleet.ui.untrusted import escaped, plain

ITEM = "approvals.item"
UNDO = "approvals.undo"
RISK = {
    "high": ":red-badge[:material/stat_3: High risk]",
    "medium": ":orange-badge[:material/stat_2: Medium risk]",
    "low": ":gray-badge[:material/stat_1: Low risk]",
}


def queue(rows: Sequence[dict[str, Any]], chosen: int) -> None:
    """Draw the queue; choosing a row opens it."""
    table = [
        {
            "Risk": svg.risk_bars(row["risk"], dark=theme.is_dark()),
            "Lead": plain(row["contact"] or row["to_address"])[:40],
            "Why here": why(row),
        }
        for row in rows
    ]
    picked = st.dataframe(
        table, height=560, row_height=44, hide_index=True, on_select="rerun",
        selection_mode="single-row", key=f"queue {len(rows)}",
        column_config={"Risk": st.column_config.ImageColumn("Risk", width=44)},
    )  # fmt: skip
    selected = picked["selection"]["rows"]
    if (
        selected
        and selected[0] != chosen
        and st.session_state.get("approvals.picked") != selected[0]
    ):
        st.session_state["approvals.picked"] = selected[0]
        st.session_state[ITEM] = rows[selected[0]]["id"]
        st.rerun()
    st.markdown(":small[:gray[Ordered by risk, then age, then deal value.]]")


def move(label: str, key: str, target: str) -> None:
    """Draw a button that opens a neighbour."""
    if st.button(label, shortcut=key, type="tertiary"):
        st.session_state[ITEM] = target
        st.rerun()


def badges(draft: dict[str, Any]) -> None:
    """Draw risk, method, version and reasons in one line."""
    source = draft["provenance"]["source"]
    method = {"model": ":violet-badge[:material/neurology: Model]", "human": ":gray-badge[By name]"}
    line = [
        RISK[draft["risk"]],
        method.get(source, ":orange-badge[:material/rule: Rules]"),
        f":gray-badge[:material/stairs: {escaped(draft['version'])} at DRAFT]",
    ]
    line += [f":small[:gray[{escaped(reason)}]]" for reason in draft.get("risk_reasons") or ()]
    st.markdown(" ".join(line))


def open_claims(draft: dict[str, Any]) -> int:
    """Count the claims that block the approval."""
    return sum(not c["supported"] and not c.get("attested_by") for c in draft["claims"])


def claims_title(draft: dict[str, Any]) -> str:
    """Name the claims tab with what is open."""
    count = open_claims(draft)
    return f"Claims, {count} open" if count else f"Claims, {len(draft['claims'])} with a row"


def claims(draft: dict[str, Any]) -> None:
    """Draw one card a claim, problems first, then reading order."""
    if not draft["claims"]:
        st.markdown(":gray[This draft states no fact.]")
    for number, claim in sorted(
        enumerate(draft["claims"], 1), key=lambda x: (x[1]["supported"], x[0])
    ):
        with st.container(border=True, gap="xxsmall"):
            if claim["supported"]:
                rows = ", ".join(f"`{_row(ref)}`" for ref in claim["evidence"][:3])
                st.markdown(
                    f":green-badge[:material/check: {number}] {escaped(claim['text'], 160)}"
                )
                st.markdown(f":small[:material/table_rows: {rows}]")
            else:
                st.markdown(f":red-badge[:material/block: {number}] {escaped(claim['text'], 160)}")
                st.markdown(
                    f":small[No row: blocks sending. {escaped(claim.get('note'))}{_nearest(claim)}]"
                )


def _row(ref: dict[str, Any]) -> str:
    name = f"{ref['table']}:{ref['id']}" + (f".{ref['field']}" if ref.get("field") else "")
    return name.replace("`", "")


def _nearest(claim: dict[str, Any]) -> str:
    near = next(iter(claim.get("nearest") or ()), None)
    if not near:
        return ""
    return f" Nearest: `{_row(near)}` = {escaped(str(near.get('value')), 60)}"


def scores(rows: Sequence[dict[str, Any]]) -> None:
    """Draw what was scored, and why."""
    if not rows:
        st.markdown(":gray[○ Nothing was scored.]")
    for row in rows:
        st.markdown(f"**{escaped(row['kind'])}** {row['value']:.2f} · {escaped(row['label'])}")
        detail = row["detail"] or {}
        for name in ("purchase_intent", "urgency", "sentiment"):
            if name in detail:
                st.markdown(f":small[{name.replace('_', ' ')}: {detail[name]:.2f}]")
        st.markdown(f":small[:gray[{escaped(row['reason'])}, confidence {row['confidence']:.2f}]]")


def history(draft: dict[str, Any]) -> None:
    """Draw what was decided, newest last."""
    if not draft["decisions"]:
        st.markdown(":gray[Nobody has decided anything yet.]")
    for row in draft["decisions"]:
        what, who = escaped(row["action"]), escaped(row["actor"])
        st.markdown(f":small[{escaped(row['at'][:16])} **{what}** by {who}]")


def undo_chip() -> None:
    """Offer to take the last approval back while it has not left."""
    last = resources.fleet().last_approval(resources.actor())
    if last and st.button(
        "Undo last approval", shortcut="U", type="tertiary", icon=":material/undo:"
    ):
        try:
            resources.fleet().review.undo(last, actor=resources.actor())
            st.session_state[ITEM] = last
        except FleetError as error:
            st.session_state["approvals.message"] = str(error)
        st.rerun()


@st.dialog("Reject this draft")
def reject_dialog(draft: dict[str, Any]) -> None:
    """Ask for the reason; it becomes a test case that a second person admits."""
    reasons = resources.fleet().review.policy.reasons
    code = st.radio("Reason", list(reasons), format_func=lambda key: reasons[key])
    note = st.text_input("Note", max_chars=500)
    if st.button("Reject", type="primary"):
        try:
            resources.fleet().review.reject(
                draft["draft_id"], reason=str(code), note=note or None, actor=resources.actor()
            )
        except FleetError as error:
            st.session_state["approvals.message"] = str(error)
        st.rerun()
