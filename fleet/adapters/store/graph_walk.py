"""Walks foreign keys outward from one row, bounded per hop and in total; order is stable."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.adapters.store.controls import normal_address
from fleet.adapters.store.graph_statements import (
    RELATIONS,
    children,
    listed,
    open_fixes,
    rows_by_id,
    scores_of,
)
from fleet.errors import InputError, RowNotFound
from fleet.ports import Store
from fleet.recommender.graph_values import DOUBT, Edge, Ref, Subgraph
from fleet.recommender.rank import KINDS, RankPolicy

__all__ = ["RELATIONS", "read_rows", "read_suppressed", "walk"]
UNREADABLE = "unreadable address"


def walk(store: Store, seed: Ref, policy: RankPolicy) -> Subgraph:
    """Return the bounded subgraph around `seed`; raises RowNotFound when the seed is no row."""
    start = read_rows(store, [seed])
    if seed not in start:
        raise RowNotFound(*seed)
    graph = Subgraph(seed, dict(start))
    frontier = [seed]
    for _ in range(policy.max_hops):
        frontier = _Hop(store, graph, policy).go(frontier)
        if not frontier:
            break
    _read_scores(store, graph)
    _count_known_damage(store, graph)
    return graph


def read_rows(store: Store, refs: Iterable[Ref]) -> dict[Ref, dict[str, Any]]:
    """Read the rows that references name; a reference to no row is left out."""
    by_table: dict[str, list[str]] = {}
    for table, row_id in refs:
        by_table.setdefault(table, []).append(row_id)
    return {
        (table, row["id"]): row
        for table, ids in by_table.items()
        for row in rows_by_id(store, table, ids)
    }


def read_suppressed(store: Store, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the addresses of rows, in lower case, that are listed themselves or by domain."""
    normal = {str(row["email"]).lower(): _normal(row["email"]) for row in rows if row.get("email")}
    wanted = {part for each in normal.values() for part in (each, "@" + each.rpartition("@")[2])}
    found = listed(store, wanted) if wanted else set()
    return {
        address for address, each in normal.items()
        if each in found or "@" + each.rpartition("@")[2] in found
    }  # fmt: skip


def _normal(address: str) -> str:
    try:
        return normal_address(address)
    except InputError:
        return UNREADABLE


class _Hop:
    """One hop: up every key of the frontier's rows, and down to the rows that name them."""

    def __init__(self, store: Store, graph: Subgraph, policy: RankPolicy) -> None:
        self._store, self._graph, self._policy = store, graph, policy
        self._new: list[Ref] = []
        self._full = False

    def go(self, frontier: list[Ref]) -> list[Ref]:
        """Return the rows that joined the subgraph."""
        for relation in range(len(RELATIONS)):
            self._up(relation, frontier)
            self._down(relation, frontier)
            if self._full:  # nothing more can join
                return []
        return self._new

    def _up(self, relation: int, frontier: list[Ref]) -> None:
        table, key, parent, _ = RELATIONS[relation]
        nodes = self._graph.nodes
        up = {ref: str(nodes[ref][key]) for ref in frontier
              if ref[0] == table and nodes[ref].get(key) is not None}  # fmt: skip
        unread = [each for each in dict.fromkeys(up.values()) if (parent, each) not in nodes]
        rows = {row["id"]: row for row in rows_by_id(self._store, parent, unread)}
        held = self._held(parent, rows.values())
        for child, key_id in up.items():
            target = (parent, key_id)
            if target not in nodes and key_id not in rows:
                self._graph.dropped.append(
                    {"reason": "dangling key", "table": child[0], "id": child[1],
                     "via": f"{table}.{key}", "key": key_id}
                )  # fmt: skip
            elif self._admit(target, rows.get(key_id), held):
                self._graph.edges[Edge(child, target, f"{table}.{key}")] = None

    def _down(self, relation: int, frontier: list[Ref]) -> None:
        table, key, parent, _ = RELATIONS[relation]
        ids = [ref[1] for ref in frontier if ref[0] == parent]
        if not ids or self._full:
            return
        most = self._policy.max_fanout
        found = list(children(self._store, relation, ids, most + 1))
        held = self._held(table, found)
        via = f"{table}.{key}"
        for row in found:
            if row.pop("place") > most:
                self._graph.capped.append(f"{parent}:{row[key]} by {via}")
            elif self._admit((table, row["id"]), row, held):
                self._graph.edges[Edge((table, row["id"]), (parent, row[key]), via)] = None

    def _held(self, table: str, rows: Iterable[Mapping[str, Any]]) -> set[str]:
        """Return the ids of contacts who may not be written to."""
        if table != "contacts":
            return set()
        people = [row for row in rows if ("contacts", row["id"]) not in self._graph.nodes]
        listed_here = read_suppressed(self._store, people)
        return {
            row["id"] for row in people
            if row["do_not_contact"] or str(row["email"] or "").lower() in listed_here
        }  # fmt: skip

    def _admit(self, ref: Ref, row: dict[str, Any] | None, held: set[str]) -> bool:
        """Take a row in, once, unless it is suppressed or the total is reached."""
        graph = self._graph
        if ref in graph.nodes:
            return True
        if row is None or (ref[0] == "contacts" and ref[1] in held):
            entry = {"reason": "suppressed contact", "table": ref[0], "id": ref[1]}
            if entry not in graph.dropped:
                graph.dropped.append(entry)
            return False
        if len(graph.nodes) >= self._policy.max_rows:
            self._full = True
            if "total" not in graph.capped:
                graph.capped.append("total")
            return False
        graph.nodes[ref] = row
        self._new.append(ref)
        return True


def _read_scores(store: Store, graph: Subgraph) -> None:
    for table in KINDS.values():
        for row in scores_of(store, table, list(_ids(graph, table))):
            graph.scores.setdefault((table, row["subject_id"]), {})[row["kind"]] = row["value"]


def _ids(graph: Subgraph, table: str) -> Iterator[str]:
    return (ref[1] for ref in graph.nodes if ref[0] == table)


def _count_known_damage(store: Store, graph: Subgraph) -> None:
    """Report keys that an import found dangling and left empty on the rows of this subgraph.

    A key that a rep doubts is no dangling one: it joins its rows until it is settled.
    """
    for row in open_fixes(store, [ref[1] for ref in graph.nodes]):
        if (row["table_name"], row["row_id"]) not in graph.nodes:
            continue
        if row["problem"].startswith(DOUBT):
            graph.doubted[row["id"]] = (row["table_name"], row["row_id"], row["field"])
            continue
        graph.dropped.append(
            {"reason": "dangling key", "table": row["table_name"], "id": row["row_id"],
             "via": f"{row['table_name']}.{row['field']}"}
        )  # fmt: skip
