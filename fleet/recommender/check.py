"""The post-check: nothing is shown whose path does not resolve to rows, key by key."""

from collections.abc import Mapping, Set
from typing import Any

from fleet.recommender.graph_values import Ref
from fleet.recommender.rank import Ranked


def find_fault(
    item: Ranked, rows: Mapping[Ref, Mapping[str, Any]], suppressed: Set[str], inside: Set[Ref]
) -> str | None:
    """Return why a recommendation must be dropped, or None.

    `rows` are read afresh; `suppressed` holds lower-case addresses; `inside` is the subgraph.
    """
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
