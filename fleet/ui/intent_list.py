"""The inbox as a grid: a page of mails, each with what it wants, and the one that is chosen."""

from typing import Any

import streamlit as st

from fleet.adapters.store.intent_reads import MailFilter, read_mails
from fleet.ui import device, resources, theme
from fleet.ui.intent_text import what
from fleet.ui.untrusted import plain

PAGE_ROWS, ROW_PX, HEAD_PX = 8, 36, 36
PLACE, GRID = "intent.page", "intent.grid"
WIDTHS = {
    "From": 142, "Company": 170, "Subject": 224, "What": 112, "By": 60, "Came": 100,
}  # fmt: skip
PHONE_WIDTHS = {"From": 118, "What": 96, "Subject": 130}


def show(wanted: MailFilter, order: str, total: int) -> dict[str, Any] | None:
    """Draw a page of the filtered mails and return the chosen one."""
    pages = -(-total // PAGE_ROWS)
    page = min(max(1, st.session_state.get(PLACE, 1)), pages)
    first = (page - 1) * PAGE_ROWS
    rows = read_mails(resources.fleet().store, wanted, order=order, limit=PAGE_ROWS, offset=first)
    if not rows:  # deleted since it was counted
        return None
    chosen = _grid(rows, f"{GRID}:{wanted}:{order}:{page}", scored=wanted.view == "scored")
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        theme.note(f"{first + 1} to {first + len(rows)} of {total:,}")
        if pages > 1:
            st.pagination(
                pages, key=PLACE, max_visible_pages=3 if device.is_phone() else 7,
                on_change=_forget,
            )  # fmt: skip
    return chosen


def _forget() -> None:
    st.query_params.pop("mail", None)


def _grid(rows: list[dict[str, Any]], key: str, *, scored: bool) -> dict[str, Any] | None:
    """Draw a page of mails and return the chosen one; None when the address names another."""
    asked, ids = st.query_params.get("mail"), [row["id"] for row in rows]
    here = asked is None or asked in ids
    if asked in ids and key not in st.session_state:
        chosen = {"rows": [ids.index(asked)], "columns": [], "cells": []}
        st.session_state[key] = {"selection": chosen}
    config = st.column_config
    share = config.ProgressColumn(format="%.2f", min_value=0, max_value=1, width=108)
    widths = WIDTHS | (PHONE_WIDTHS if device.is_phone() else {})
    if device.is_phone():
        st.space("small")  # the grid's own buttons stand above it
    picked = st.dataframe(
        [_cells(row, scored=scored) for row in rows], hide_index=True, row_height=ROW_PX,
        height=HEAD_PX + ROW_PX * len(rows), on_select="rerun",
        key=key if here else f"{key}:another",
        selection_mode="single-row-required" if here else "single-row",
        column_order=_columns(scored=scored), alt="Inbound mails, with what each of them wants",
        column_config={
            **{name: config.TextColumn(width=px) for name, px in widths.items()},
            "Wants to buy": share, "Urgency": share, "Mood": share,
            "Sure": config.NumberColumn(format="%.2f", width=54),
        },
    )  # fmt: skip
    at = picked["selection"]["rows"]
    if not at and not here:
        return None
    row = rows[at[0] if at and at[0] < len(rows) else 0]
    if at and row["id"] != asked:
        st.query_params["mail"] = row["id"]
        if not here:
            st.rerun()
    return row


def _columns(*, scored: bool) -> list[str]:
    if device.is_phone():
        return ["From", "Wants to buy", "What"] if scored else ["From", "What", "Subject"]
    if scored:
        return [
            "From", "Subject", "Wants to buy", "Urgency", "Mood", "What", "By", "Sure", "Came",
        ]  # fmt: skip
    return ["From", "Company", "Subject", "What", "Came"]


def _cells(row: dict[str, Any], *, scored: bool) -> dict[str, Any]:
    detail = row["detail"] if isinstance(row["detail"], dict) else {}
    number = {name: detail.get(name) for name in ("purchase_intent", "urgency", "sentiment")}
    shares = {name: x if isinstance(x, (int, float)) else None for name, x in number.items()}
    return {
        "From": plain(row["contact"] or row["from_name"] or row["from_address"])[:60],
        "Company": plain(row["company"])[:60], "Subject": plain(row["subject"])[:120],
        "Wants to buy": shares["purchase_intent"], "Urgency": shares["urgency"],
        "Mood": shares["sentiment"],
        "What": _sentence(what(row["label"]) if scored else _kind(row)),
        "By": {"llm": "Model", "keyword": "Rules"}.get(row["method"], plain(row["method"])[:20]),
        "Sure": row["confidence"], "Came": row["at"][5:16].replace("T", " "),
    }  # fmt: skip


def _kind(row: dict[str, Any]) -> str:
    words = {
        "opt_out": "Opt-out", "out_of_office": "Away", "auto_reply": "Automatic",
        "bounce": "Bounce",
    }  # fmt: skip
    if row["kind"] in words:
        return words[row["kind"]]
    if not row["handled_at"]:
        return "Waits"
    return str(row["handled_as"] or "handled").removeprefix("skipped:").replace("_", " ")


def _sentence(text: str) -> str:
    return plain(text[:1].upper() + text[1:])[:60]
