"""The post-check: nothing is shown whose path does not resolve to rows, key by key."""

from collections.abc import Mapping, Set
from typing import Any

from fleet.recommender.graph_values import DEALS, Ref
from fleet.recommender.rank import Ranked


def find_fault(
    item: Ranked, rows: Mapping[Ref, Mapping[str, Any]], suppressed: Set[str], inside: Set[Ref]
) -> str | None:
    """Return why a recommendation must be dropped, or None.

    `rows` are read afresh; `suppressed` holds lower-case addresses; `inside` is the subgraph with
    what is counted in it.
    """
    if len({step.ref for step in item.path}) < len(item.path):
        return "a row stands on its path twice"
    for before, step in zip((None, *item.path), item.path, strict=False):
        row = rows.get(step.ref)
        if row is None:
            return "a hop is not a row"
        if step.ref not in inside:
            return "a citation lies outside the subgraph"
        if step.ref[0] == "contacts" and _is_suppressed(row, suppressed):
            return "a contact is suppressed"
        if before is None:
            continue
        if not _joins(step.via or "", before.ref, step.ref, rows):
            return "a key does not join its rows"
    return _find_miscount(item, rows, inside)


def _find_miscount(
    item: Ranked, rows: Mapping[Ref, Mapping[str, Any]], inside: Set[Ref]
) -> str | None:
    """Return what is wrong with a deal that is counted: it must be as the one on the path."""
    for standing, tally in item.support.items():
        keys = [rows[standing].get(name) for name in ("company_id", "product_id")]
        for deal in tally.cited():
            row = rows.get((DEALS, deal))
            if row is None:
                return "a counted deal is not a row"
            if (DEALS, deal) not in inside:
                return "a citation lies outside the subgraph"
            outcome = "won" if deal in tally.won else None
            if [row.get("company_id"), row.get("product_id"), row.get("outcome")] != [
                *keys, outcome,
            ]:  # fmt: skip
                return "a counted deal is another account's, product's or outcome's"
    return None


def _is_suppressed(row: Mapping[str, Any], suppressed: Set[str]) -> bool:
    address = str(row.get("email") or "").lower()
    return bool(row.get("do_not_contact")) or address in suppressed


def _joins(via: str, one: Ref, other: Ref, rows: Mapping[Ref, Mapping[str, Any]]) -> bool:
    table, _, column = via.partition(".")
    return any(
        child[0] == table and rows[child].get(column) == parent[1]
        for child, parent in ((one, other), (other, one))
    )
