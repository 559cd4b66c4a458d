"""A path as cards in walking order: each is a row, each arrow the key that joins two of them."""

import itertools
from collections.abc import Mapping
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.recommending import wrong_edge
from fleet.adapters.store.leads_reads import doubted_edges, read_row_then, read_whole_rows
from fleet.domain import RowRef
from fleet.ui import device, leads_words, resources, theme
from fleet.ui.untrusted import escaped, plain

CARD_PX, ARROW_PX = 184, 76  # four cards and three arrows stand on one line of a desk
Row = Mapping[str, Any]
ICONS = {
    "opportunities": (":material/handshake:", "Opportunity"),
    "companies": (":material/apartment:", "Company"),
    "contacts": (":material/person:", "Contact"),
    "products": (":material/inventory_2:", "Product"),
    "emails": (":material/mail:", "Email"),
}


def draw(item: dict[str, Any], key: str, *, lead_id: str, words: str | None = None) -> None:
    """Draw a path of a lead, and what taking a hop away would change, or other `words`."""
    refs = [(step["table"], step["id"]) for step in item["path"]]
    rows = read_whole_rows(resources.fleet().store, refs)
    if any(ref not in rows for ref in refs):
        theme.note("A row of this path was deleted a moment ago: load the page again.")
        return
    doubted = doubted_edges(resources.fleet().store, refs)
    with st.container(horizontal=not device.is_phone(), gap="xsmall", vertical_alignment="center"):
        before = None
        for place, (step, ref) in enumerate(zip(item["path"], refs, strict=True)):
            edge = _edge(before, ref, step["via"], rows) if before else None
            if edge:
                _arrow(edge, edge_key(edge) in doubted)
            _card(ref, rows[ref], edge, item | {"lead_id": lead_id}, f"{key} {place}")
            before = ref
    theme.note(words or f"Score {item['score']:.2f} · {_counterfactual(item)}")


def edge_key(edge: RowRef) -> tuple[str, str, str]:
    """Return what names an edge among the data fixes: the child row and its key."""
    return edge.table, edge.id, edge.field or ""


def _edge(
    one: tuple[str, str], other: tuple[str, str], via: str, rows: Mapping[tuple[str, str], Row]
) -> RowRef:
    """Return the row and the column that hold the key between two neighbours."""
    table, _, column = via.partition(".")
    for child, parent in itertools.permutations((one, other)):
        if child[0] == table and rows[child].get(column) == parent[1]:
            return RowRef(table, child[1], column)
    return RowRef(table, one[1] if one[0] == table else other[1], column)


def _arrow(edge: RowRef, doubted: bool) -> None:
    down = device.is_phone()
    with st.container(
        width="stretch" if down else ARROW_PX, gap=None, horizontal_alignment="center"
    ):
        way = "arrow_downward" if down else "arrow_forward"
        words = f"{edge.table} .{edge.field}"
        st.markdown(f":gray[:material/{way}:]  \n:small[:gray[{words}]]", text_alignment="center")
        if doubted:
            st.markdown(":orange-badge[:material/flag: doubted]")


def _card(ref: tuple[str, str], row: Row, edge: RowRef | None, item: Any, key: str) -> None:
    icon, noun = ICONS.get(ref[0], (":material/table_rows:", ref[0]))
    title, fact = leads_words.tell(ref[0], row)
    width: Any = "stretch" if device.is_phone() else CARD_PX
    with st.container(border=True, width=width, height="stretch", gap="xxsmall"):
        theme.note(f"{icon} {noun}")
        st.markdown(f"**{escaped(title, 60)}**")
        theme.note(escaped(fact, 60) or "nothing more is known")
        name = escaped(f"{ref[0]}:{ref[1]}", 60)
        if st.button(
            f":small[{name}]", icon=":material/table_rows:", type="tertiary", key=f"row:{key}"
        ):
            _whole(ref, row, edge, item)


@st.dialog("The row behind this card", width="medium")
def _whole(ref: tuple[str, str], row: Row, edge: RowRef | None, item: dict[str, Any]) -> None:
    then, at = _as_it_was(ref, item)
    st.markdown(f"**{escaped(f'{ref[0]}:{ref[1]}', 80)}**")
    changed = {name for name in then if name in row and then[name] != row[name]}
    if at is None:
        theme.note("As the store holds it now: no kept recommendation saw it earlier.")
    elif changed:
        theme.note(
            f":orange[◆] {len(changed)} of the fields that the ranking reads changed since "
            f"{at}, when a path over it was recommended."
        )
    else:
        theme.note(f":green[▲] As it was on {at}, when a path over it was recommended.")
    known = {name: value for name, value in row.items() if value not in (None, "", [], {})}
    names = [*changed, *(name for name in known if name not in changed)]
    st.dataframe(
        [
            {"Field": name, "Now": _cell(row.get(name))}
            | ({"As it was": _cell(then[name]) if name in then else ""} if changed else {})
            for name in names
        ],
        hide_index=True, alt="Fields of this row",
    )  # fmt: skip
    theme.note(f"{len(row) - len(known)} fields are empty.")
    if edge:
        _doubt(edge, item)


def _as_it_was(ref: tuple[str, str], item: dict[str, Any]) -> tuple[Row, str | None]:
    """Return the fields of a row as the newest kept recommendation of this lead saw them."""
    found = read_row_then(resources.fleet().store, item["lead_id"], ref)
    return ({}, None) if found is None else (found[0], found[1][:16].replace("T", " "))


def _cell(value: Any) -> str:
    return plain("" if value is None else str(value))[:300]


def _doubt(edge: RowRef, item: dict[str, Any]) -> None:
    theme.note(f"Joined by {edge.table}.{edge.field} of {escaped(edge.id, 60)}.")
    if st.button(
        "This edge is wrong",
        icon=":material/flag:",
        key=f"wrong:{edge}",
        on_click=_keep_doubt,
        args=(edge, item),
    ):
        st.toast("Noted: a data fix, and an eval case that waits for a second person.")
        st.rerun()


def _keep_doubt(edge: RowRef, item: dict[str, Any]) -> None:
    wrong_edge(
        resources.fleet().store, edge, actor=resources.actor(), now=SystemClock().now(),
        recommendation=item,
    )  # fmt: skip


def _counterfactual(item: dict[str, Any]) -> str:
    found = item.get("counterfactual")
    if not found:
        return "No hop of this path can be taken away."
    after, rank = found["rank_without"], found["rank"]
    row = escaped(found.get("via") or f"{found['table']}:{found['id']}", 80)
    if after is None:
        moved = f"it cannot be reached; now it ranks {leads_words.ordinal(rank)}"
    elif after == rank:
        moved = f"it keeps its place, {leads_words.ordinal(rank)}: other rows lead there too"
    else:
        moved = f"it ranks {leads_words.ordinal(after)}, now {leads_words.ordinal(rank)}"
    return f"Take a hop away: without {row} {moved}."
