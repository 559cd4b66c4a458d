"""Leads in order of their chance, each with its interval; one lead's reasons below."""

from typing import Any

import streamlit as st

from fleet.adapters.store.leads_reads import (
    Scope,
    count_leads,
    count_scored_deals,
    read_lead,
    read_leads,
    seller_of,
    sellers,
)
from fleet.policy import section
from fleet.propensity.snapshots import LeadPolicy
from fleet.runtime.scoring import model_folder, read_report
from fleet.ui import device, leads_card, resources, svg, theme
from fleet.ui.own_command import run_command
from fleet.ui.untrusted import escaped, plain

PAGE_ROWS, ROW_PX, HEAD_PX = 8, 36, 36
TALL, TALL_PHONE = 24, 36  # height of the interval picture's frame: a narrow column needs more
ORDERS = {
    "chance": "Highest chance", "intent": "Strongest intent", "evidence": "Least evidence",
    "name": "Name",
}  # fmt: skip
SCOPE, PLACE, GRID = "leads.scope", "leads.page", "leads.grid"


def show() -> None:
    """Draw the page."""
    report = read_report(model_folder(resources.fleet()))
    counts = _counts()
    head, scope_at = st.columns([1.5, 1], vertical_alignment="bottom")
    with head:
        st.title("Leads")
        theme.note(_subtitle(report))
    if not counts["Team"]:
        _empty()
        return
    with scope_at, st.container(horizontal=True, horizontal_alignment="right"):
        scope = st.segmented_control(
            "Whose leads", list(counts), format_func=lambda name: f"{name} {counts[name]:,}",
            default="Mine" if counts["Mine"] else "Team", required=True, key=SCOPE,
            label_visibility="collapsed", on_change=_first_page,
            width="stretch" if device.is_phone() else "content",
        )  # fmt: skip
    total = counts[scope]
    if not total:
        _nobody(scope)
    chosen = _list(_scope(scope), total) if total else None
    asked = _asked()
    lead = chosen or (read_lead(resources.fleet().store, asked) if asked else None)
    if lead:
        leads_card.show(lead)
    elif asked:
        theme.note(f"There is no contact {escaped(asked, 80)} in the store.")


def _subtitle(report: dict[str, Any] | None) -> str:
    if report is None:
        return "Ranked by the chance to convert, once there are outcomes to learn from."
    if report["chosen"] == "base rate":
        return (
            f"No usable signal in {report['deals']:,} closed deals: every lead gets the base rate, "
            f"{report['base_rate']:.2f}. The order says nothing."
        )
    return (
        "Ranked by the chance that the open deal is won. A hollow dot means little evidence: "
        "those leads ask you first."
    )


def _counts() -> dict[str, int]:
    store, seller = resources.fleet().store, _seller()
    mine = count_leads(store, Scope(owner_id=seller)) if seller else 0
    return {
        "Mine": mine, "Team": count_leads(store, Scope()),
        "Unassigned": count_leads(store, Scope(unassigned=True)),
    }  # fmt: skip


def _seller() -> str | None:
    """Return whose leads are mine: the seller that was picked, else the one who is signed in."""
    picked = st.session_state.get("leads.seller")
    found = seller_of(resources.fleet().store, resources.actor())
    return picked or (found["id"] if found else None)


def _scope(name: str) -> Scope:
    return {
        "Mine": Scope(owner_id=_seller()), "Unassigned": Scope(unassigned=True),
    }.get(name, Scope())  # fmt: skip


def _first_page() -> None:
    st.session_state[PLACE] = 1
    _forget()


def _forget() -> None:
    st.query_params.pop("for", None)


def _asked() -> str | None:
    """Return the contact that the address names: `?for=contact:ID`."""
    noun, _, row_id = st.query_params.get("for", "").partition(":")
    return row_id if noun in ("contact", "contacts") and row_id else None


def _empty() -> None:
    if deals := count_scored_deals(resources.fleet().store):
        theme.note(
            f"A lead is a person, and no contact stands on any of the {deals:,} open deals that "
            "have a chance. When contacts are imported (`fleet import crm DIR`) they are listed "
            "here; what to do next with an account says `fleet recommend --for company:ID`."
        )
        return
    theme.note(
        "No lead is scored yet. Scoring learns from the closed deals in the store, then looks at "
        "every open one; it takes less than a minute."
    )
    if st.button("Score leads", type="primary", icon=":material/query_stats:"):
        _score_again()


def _score_again() -> None:
    with st.spinner("Learning from closed deals, scoring open ones"):
        problem = run_command("run", "recommend")
    if problem:
        st.toast(problem)
        return
    st.rerun()


def _nobody(scope: str) -> None:
    if scope == "Unassigned":
        theme.note("Every lead has an owner.")
        return
    theme.note(f"{escaped(resources.actor(), 60)} owns no lead in this CRM. Whose shall it show?")
    people = sellers(resources.fleet().store)
    names = {str(p["id"]): plain(p["name"]) for p in people}
    if names:
        st.selectbox(
            "Seller", ["", *names], key="leads.seller", width=320,
            format_func=lambda key: names.get(key, "Choose"),
        )  # fmt: skip


def _list(scope: Scope, total: int) -> dict[str, Any] | None:
    store = resources.fleet().store
    pages = -(-total // PAGE_ROWS)
    page = min(max(1, st.session_state.get(PLACE, 1)), pages)
    order = st.session_state.get("leads.order", "chance")
    first = (page - 1) * PAGE_ROWS
    rows = read_leads(store, scope, order=order, limit=PAGE_ROWS, offset=first)
    chosen = _grid(rows, first, f"{GRID}:{scope}:{order}:{page}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        theme.note(f"{first + 1} to {first + len(rows)} of {total:,}")
        st.selectbox(
            "Order", list(ORDERS), format_func=ORDERS.__getitem__, key="leads.order", width=190,
            label_visibility="collapsed", on_change=_first_page,
        )  # fmt: skip
        if st.button("Score again", type="tertiary", icon=":material/refresh:"):
            _score_again()
        st.space("stretch")
        if pages > 1:
            st.pagination(
                pages, key=PLACE, max_visible_pages=3 if device.is_phone() else 7,
                on_change=_forget,
            )  # fmt: skip
    return chosen


def _grid(rows: list[dict[str, Any]], first: int, key: str) -> dict[str, Any] | None:
    """Draw a page of leads and return the chosen one; None when the address names another."""
    asked, ids = _asked(), [row["id"] for row in rows]
    here = asked is None or asked in ids
    if asked in ids and key not in st.session_state:
        chosen = {"rows": [ids.index(asked)], "columns": [], "cells": []}
        st.session_state[key] = {"selection": chosen}
    dark, narrow = theme.is_dark(), device.is_phone()
    bar = section(resources.fleet().policies, "lead_scoring", LeadPolicy).wait_below
    table = [
        {
            "#": first + place, "Lead": plain(row["name"]), "Company": plain(row["company"]),
            "Chance": row["value"],
            "0 to 1": svg.range_bar(
                row["value"], row["low"], row["high"], dark=dark,
                height=TALL_PHONE if narrow else TALL,
            ),
            "95 % interval": f"{row['low']:.2f} to {row['high']:.2f}",
            "Intent": "" if row["intent"] is None else f"{row['intent']:.2f}",
            "Why here": leads_card.why(row),
            "Next": leads_card.next_step(row, bar),
        }
        for place, row in enumerate(rows, 1)
    ]  # fmt: skip
    shown = (
        ["Lead", "Chance", "0 to 1"] if narrow else [name for name in (table[0] if table else {})]
    )
    config = st.column_config
    if narrow:
        st.space("small")  # the grid's own buttons stand above it
    picked = st.dataframe(
        table, hide_index=True, row_height=ROW_PX, height=HEAD_PX + ROW_PX * max(1, len(rows)),
        on_select="rerun", key=key if here else f"{key}:another",
        selection_mode="single-row-required" if here else "single-row", column_order=shown,
        alt="Leads by chance, with intervals",
        column_config={
            "#": config.NumberColumn(width=36),
            "Lead": config.TextColumn(width=124 if narrow else 140),
            "Company": config.TextColumn(width=140),
            "Chance": config.NumberColumn(format="%.2f", width=62 if narrow else 70),
            "0 to 1": config.ImageColumn(width=104 if narrow else 190),
            "95 % interval": config.TextColumn(width=100),
            "Intent": config.TextColumn(width=56),
            "Why here": config.TextColumn(width=190),
            "Next": config.TextColumn(width=88),
        },
    )  # fmt: skip
    at = picked["selection"]["rows"]
    if not at and not here:
        return None
    row = rows[at[0] if at and at[0] < len(rows) else 0]
    if at and row["id"] != asked:
        st.query_params["for"] = f"contact:{row['id']}"
        if not here:
            st.rerun()
    return row
