"""Walks foreign keys outward from one row, bounded per hop and in total; order is stable."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from fleet.adapters.store.controls import normal_address
from fleet.adapters.store.graph_hubs import count_demand, count_interest
from fleet.adapters.store.graph_statements import (
    DEALS_OF_COMPANY,
    DEALS_OF_CONTACT,
    HUB,
    OF_PEOPLE,
    PEOPLE,
    RELATIONS,
    children_statement,
    listed,
    newest_children,
    open_fixes,
    rows_by_id,
    scores_of,
)
from fleet.errors import InputError, RowNotFound
from fleet.ports import Store
from fleet.recommender.graph_values import DOUBT, Edge, Ref, Subgraph
from fleet.recommender.rank import KINDS
from fleet.recommender.rank_policy import RankPolicy

__all__ = ["RELATIONS", "annotate", "read_rows", "read_suppressed", "walk"]
UNREADABLE = "unreadable address"
PLAIN_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[a-z0-9]{1,60}\.){1,2}[a-z]{2,20}", re.ASCII)
KEYED = frozenset(table for table, _, _, _ in RELATIONS)
NONE: Set[str] = frozenset()
Row = tuple[Ref, Mapping[str, Any]]
VIAS = tuple(f"{table}.{key}" for table, key, _, _ in RELATIONS)


def walk(store: Store, seed: Ref, policy: RankPolicy) -> Subgraph:
    """Return the bounded subgraph around `seed`; raises RowNotFound when the seed is no row."""
    start = read_rows(store, [seed])
    if seed not in start:
        raise RowNotFound(*seed)
    graph = Subgraph(seed, dict(start))
    graph.home = seed[1] if seed[0] == "companies" else start[seed].get("company_id")
    hop = _Hop(store, graph, policy)
    frontier: list[Row] = [(seed, start[seed])]
    for _ in range(policy.max_hops):
        frontier = hop.go(frontier)
        if not frontier:
            break
    return graph


def annotate(store: Store, graph: Subgraph) -> None:
    """Add what is known of the rows: scores, keys that dangle, keys that a rep doubts."""
    _read_scores(store, graph)
    _read_fixes(store, graph)


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
    domains = {each: "@" + each.rpartition("@")[2] for each in normal.values()}
    found = listed(store, {*domains, *domains.values()}) if domains else set()
    return {
        address for address, each in normal.items()
        if each in found or domains[each] in found
    } if found else found  # fmt: skip


def _normal(address: str) -> str:
    if PLAIN_ADDRESS.fullmatch(address):  # the long way gives the same, at ten times the cost
        return address.lower()
    try:
        return normal_address(address)
    except InputError:
        return UNREADABLE


class _Hop:
    """One hop: up every key of the frontier's rows, and down to the rows that name them.

    An edge is made without NamedTuple's own constructor, which costs twice as much.

    Down from the row asked about and its account the newest children are read, from the account's
    people and kin only the newest one of each, from a product the deals that stand for the accounts
    with most demand. Rows of other accounts lead up only.
    """

    def __init__(self, store: Store, graph: Subgraph, policy: RankPolicy) -> None:
        self._store, self._graph, self._policy = store, graph, policy
        self._new: list[Row] = []
        self._full = False
        self._inner = {graph.seed, ("companies", graph.home)}
        self._kin: set[str] = set()
        self._people: set[str] = set()

    def go(self, frontier: list[Row]) -> list[Row]:
        """Return the rows that joined the subgraph."""
        self._new = []
        near: dict[str, list[Row]] = {}
        for found in frontier:
            near.setdefault(found[0][0], []).append(found)
        for relation, (table, key, parent, _) in enumerate(RELATIONS):
            if table in near:
                self._up(relation, key, near[table])
            if parent in near:
                self._down(relation, [ref[1] for ref, _ in near[parent]])
            if self._full:  # nothing more can join
                return []
        return self._new

    def _up(self, relation: int, key: str, children: list[Row]) -> None:
        parent, via, nodes = RELATIONS[relation][2], VIAS[relation], self._graph.nodes
        up: list[tuple[Ref, Ref]] = []
        unread: dict[str, None] = {}
        for child, row in children:
            if (key_id := row.get(key)) is not None:
                target = (parent, key_id)
                up.append((child, target))
                if target not in nodes:
                    unread[key_id] = None
        found = rows_by_id(self._store, parent, list(unread)) if unread else []
        rows = {row["id"]: row for row in found}
        held = self._held(found) if parent == "contacts" else NONE
        edges = self._graph.edges
        for child, target in up:
            if target[1] in unread:
                if target[1] not in rows:
                    self._graph.dropped.append(
                        {"reason": "dangling key", "table": child[0], "id": child[1], "via": via,
                         "key": target[1]}
                    )  # fmt: skip
                    continue
                if not self._admit(target, rows[target[1]], held):
                    continue
            edges[tuple.__new__(Edge, (child, target, via))] = None
            if relation == 0 and child in self._inner:
                self._kin.add(target[1])

    def _down(self, relation: int, parents: list[str]) -> None:
        if relation == HUB:
            self._take(HUB, count_demand(self._store, self._graph, self._policy, parents))
            return
        parent, found = RELATIONS[relation][2], []
        inner = [each for table, each in self._inner if table == parent and each in parents]
        for each in inner:
            found += self._newest(relation, each)
        if relation == DEALS_OF_COMPANY and self._graph.home in inner:
            found += count_interest(self._store, self._graph, self._policy, found)
        if rest := self._near(relation, parents):
            found += newest_children(self._store, relation, rest)
        self._take(relation, found)

    def _newest(self, relation: int, parent: str) -> list[dict[str, Any]]:
        most = self._policy.max_fanout
        rows = self._store.read(children_statement(relation)(parent=parent, most=most + 1))
        if len(rows) > most:
            self._graph.capped.append(f"{RELATIONS[relation][2]}:{parent} by {VIAS[relation]}")
        return rows[:most]

    def _near(self, relation: int, parents: list[str]) -> list[str]:
        """Return the parents that are kin, or people of the account asked about."""
        if relation == DEALS_OF_COMPANY:
            return [each for each in parents if each in self._kin]
        if relation not in OF_PEOPLE or (relation == DEALS_OF_CONTACT and self._graph.interest):
            return []  # the account's own key leads to its deals
        people = [each for each in parents if each in self._people]
        return [each for each in people if ("contacts", each) not in self._inner]

    def _take(self, relation: int, rows: list[dict[str, Any]]) -> None:
        table, key, parent, _ = RELATIONS[relation]
        held = self._held(rows) if relation == PEOPLE else NONE
        via, edges = VIAS[relation], self._graph.edges
        for row in rows:
            ref = (table, row["id"])
            if self._admit(ref, row, held):
                edges[tuple.__new__(Edge, (ref, (parent, row[key]), via))] = None
                if relation == 0:
                    self._kin.add(row["id"])
                elif relation == PEOPLE:
                    self._people.add(row["id"])

    def _held(self, rows: Sequence[Mapping[str, Any]]) -> Set[str]:
        """Return the ids of contacts who may not be written to."""
        people = [row for row in rows if ("contacts", row["id"]) not in self._graph.nodes]
        listed_here = read_suppressed(self._store, people)
        return {
            row["id"] for row in people
            if row["do_not_contact"] or str(row["email"] or "").lower() in listed_here
        }  # fmt: skip

    def _admit(self, ref: Ref, row: Mapping[str, Any], held: Set[str]) -> bool:
        """Take a row in, once, unless it is suppressed or the total is reached."""
        nodes = self._graph.nodes
        if ref in nodes:
            return True
        if ref[1] in held:
            entry = {"reason": "suppressed contact", "table": ref[0], "id": ref[1]}
            if entry not in self._graph.dropped:
                self._graph.dropped.append(entry)
            return False
        if len(nodes) >= self._policy.max_rows:
            self._full = True
            if "total" not in self._graph.capped:
                self._graph.capped.append("total")
            return False
        nodes[ref] = row
        self._new.append((ref, row))
        return True


def _read_scores(store: Store, graph: Subgraph) -> None:
    tables = KINDS.values()
    for row in scores_of(store, [ref[1] for ref in graph.nodes if ref[0] in tables]):
        ref = (row["subject_table"], row["subject_id"])
        if ref in graph.nodes:
            graph.scores.setdefault(ref, {})[row["kind"]] = row["value"]


def _read_fixes(store: Store, graph: Subgraph) -> None:
    """Report keys that an import found dangling and left empty on the rows of this subgraph.

    A key that a rep doubts is no dangling one: it joins its rows until it is settled. Of deals that
    are only counted the doubts are read.
    """
    known = {ref for ref in graph.nodes if ref[0] in KEYED}
    for row in open_fixes(store, sorted({row_id for _, row_id in known | graph.counted()})):
        ref = (row["table_name"], row["row_id"])
        if row["problem"].startswith(DOUBT):
            graph.doubted[row["id"]] = (*ref, row["field"])
        elif ref in known:
            graph.dropped.append(
                {"reason": "dangling key", "table": ref[0], "id": ref[1],
                 "via": f"{ref[0]}.{row['field']}"}
            )  # fmt: skip
