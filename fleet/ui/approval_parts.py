"""Pieces of the approvals page: queue, badges, claims, scores, history, undo and reject."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.domain import Rung
from fleet.errors import FleetError
from fleet.ui import resources, svg, theme
from fleet.ui.home import due_words, reasons
from fleet.ui.untrusted import escaped, plain

DIFF_PARTS = 40
RISK = {
    "high": ":red-badge[:material/stat_3: High risk]",
    "medium": ":orange-badge[:material/stat_2: Medium risk]",
    "low": ":gray-badge[:material/stat_1: Low risk]",
}


def badges(draft: dict[str, Any]) -> None:
    """Draw risk, method, version and reasons in one line."""
    source = draft["provenance"]["source"]
    method = {"model": ":violet-badge[:material/neurology: Model]", "human": ":gray-badge[By name]"}
    line = [RISK[draft["risk"]]]
    if draft.get("due_at"):
        due = due_words(draft["due_at"], SystemClock().now())
        line.append(f":orange-badge[:material/timer: Due {due}]")
    rung = draft["rung"] or Rung.DRAFT
    line += [
        method.get(source, ":orange-badge[:material/rule: Rules]"),
        f":gray-badge[:material/stairs: {escaped(draft['version'])} at {rung}]",
        f":small[:gray[{', '.join(reasons(draft))}]]",
    ]
    st.markdown(" ".join(line))


def blocking_line(draft: dict[str, Any]) -> None:
    """Say in one line whether the draft may go, and what stands in its way."""
    first = next(
        (
            n
            for n, c in enumerate(draft["claims"], 1)
            if not c["supported"] and not c["attested_by"]
        ),
        None,
    )
    count = open_claims(draft)
    if count == 1:
        what = f"**Claim {first} has no row.** Change or delete it, then check again."
        st.markdown(f":red[:material/block: {what}]")
    elif count:
        what = f"**{count} claims have no row.** Change or delete them, then check again."
        st.markdown(f":red[:material/block: {what}]")
    else:
        total = len(draft["claims"])
        edits = sum(row["action"] == "edit" for row in draft["decisions"])
        done = f" Edited {'once' if edits == 1 else f'{edits} times'}." if edits else ""
        said = f"{total} of {total} claims have a row." if total else "It states no fact."
        st.markdown(f":green[:material/check: {said}{done}]")


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
    """Draw what was scored, with its range and why."""
    if not rows:
        st.markdown(":gray[○ Nothing was scored.]")
    for row in rows:
        detail = row["detail"] or {}
        method = "model" if row["source"] == "model" else "rules"
        hue = theme.METHODS[method]
        st.markdown(f":{hue.hue}-badge[{hue.icon} {hue.word}] **{escaped(row['label'], 40)}**")
        names = ["purchase_intent", "urgency", "sentiment"]
        table = [
            {
                "Score": name.replace("_", " ").capitalize(),
                "0 to 1": svg.range_bar(value, None, None, dark=theme.is_dark()),
                "Value": f"{value:.2f}",
            }
            for name, value in [*((n, detail.get(n)) for n in names), ("score", row["value"])]
            if value is not None
        ]
        st.dataframe(
            table, hide_index=True, row_height=36, key=f"scores {row['id']}",
            column_config={"0 to 1": st.column_config.ImageColumn("0 to 1", width=140)},
            alt="Scores of the mail from 0 to 1",
        )  # fmt: skip
        for span in (detail.get("evidence") or ())[:4]:
            st.text(f"“{plain(span['quote'])[:120]}”")
        theme.note(f"{escaped(row['reason'])}. Confidence {row['confidence']:.2f}.")


def history(draft: dict[str, Any]) -> None:
    """Draw what was decided, newest last, an edit word by word."""
    if not draft["decisions"]:
        st.markdown(":gray[Nobody has decided anything yet.]")
    for row in draft["decisions"]:
        what, who = escaped(row["action"]), escaped(row["actor"])
        theme.note(f"{row['at'][:10]} {row['at'][11:16]} **{what}** by {who}")
        if row.get("reason_code") or row.get("note"):
            theme.note(escaped(" ".join(filter(None, (row.get("reason_code"), row.get("note"))))))
        if row.get("diff"):
            st.markdown(_diff(row["diff"]))


def _diff(parts: Sequence[Any]) -> str:
    """Return the changed words of an edit: taken out in red, put in in green."""
    shown = []
    for part in parts[:DIFF_PARTS]:
        kind, text = part["op"], escaped(part["text"], 200)
        if kind == "delete" and text:
            shown.append(f":red-background[~~{text}~~]")
        elif kind == "insert" and text:
            shown.append(f":green-background[{text}]")
    return " ".join(shown)


@st.dialog("Reject this draft")
def reject_dialog(draft: dict[str, Any]) -> None:
    """Ask for the reason; it becomes a test case that a second person admits."""
    reasons = resources.fleet().review.policy.reasons
    code = st.radio("Reason", list(reasons), format_func=lambda key: reasons[key])
    sentences = [""] + [claim["text"] for claim in draft["claims"]]
    sentence = st.selectbox(
        "Which sentence", sentences, format_func=lambda text: escaped(text, 90) or "The whole draft"
    )
    note = st.text_input("Note", max_chars=500)
    if st.button("Reject", type="primary"):
        try:
            resources.fleet().review.reject(
                draft["draft_id"], reason=str(code), note=note or None, sentence=sentence or None,
                actor=resources.actor(), text_hash=draft["text_hash"],
            )  # fmt: skip
            st.session_state["approvals.message"] = "Rejected and kept as a test case."
            st.session_state.pop("approvals.lease", None)
        except FleetError as error:
            st.session_state["approvals.message"] = str(error)
        st.rerun()
