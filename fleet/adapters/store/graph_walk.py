"""Walks foreign keys outward from one row: typed indexed queries, a cap on every hop.

One statement a relation and a hop, ranked by `row_number()` within each parent; no recursive CTE,
which SQLite may turn into a scan of the whole index after ANALYZE.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import METADATA
from fleet.errors import RowNotFound
from fleet.ports import Store
from fleet.recommender.graph_values import Edge, Ref, Subgraph
from fleet.recommender.rank import RankPolicy

# (child table, foreign key, parent table, columns that order the children, newest or best first)
RELATIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("companies", "parent_id", "companies", ()),
    ("contacts", "company_id", "companies", ()),
    ("opportunities", "company_id", "companies", ("opened_at",)),
    ("opportunities", "contact_id", "contacts", ("opened_at",)),
    ("opportunities", "product_id", "products", ("opened_at",)),
    ("emails", "contact_id", "contacts", ("at",)),
)
COLUMNS = {
    "companies": ("id", "name", "industry", "parent_id"),
    "contacts": ("id", "name", "email", "do_not_contact", "company_id"),
    "opportunities": (
        "id", "name", "company_id", "contact_id", "product_id", "stage", "amount", "opened_at",
        "closed_at", "outcome",
    ),
    "products": ("id", "name", "price"),
    "emails": ("id", "contact_id", "at"),
}  # fmt: skip
IDS_AT_ONCE = 80


def walk(store: Store, seed: Ref, policy: RankPolicy) -> Subgraph:
    """Return the bounded subgraph around `seed`; raises RowNotFound when the seed is no row."""
    start = read_rows(store, [seed])
    if seed not in start:
        raise RowNotFound(*seed)
    graph = Subgraph(seed, dict(start))
    suppressed = read_suppressed(store)
    frontier = [seed]
    for _ in range(policy.max_hops):
        frontier = _expand(store, graph, frontier, policy, suppressed)
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
    found: dict[Ref, dict[str, Any]] = {}
    for table, ids in by_table.items():
        target = METADATA.tables[table]
        columns = [target.c[name] for name in COLUMNS[table]]
        for start in range(0, len(ids), IDS_AT_ONCE):
            part = ids[start : start + IDS_AT_ONCE]
            for row in store.read(sa.select(*columns).where(target.c.id.in_(part))):
                found[table, row["id"]] = row
    return found


def read_suppressed(store: Store) -> set[str]:
    """Return every suppressed address in lower case."""
    column = METADATA.tables["suppression"].c.address
    return {str(row["address"]).lower() for row in store.read(sa.select(column))}


def children_query(relation: int, ids: list[str], cap: int) -> sa.Select[Any]:
    """Select at most `cap` + 1 children of each parent; the one too many tells of a cap."""
    table, key, _, order = RELATIONS[relation]
    target = METADATA.tables[table]
    ranking = [target.c[name].desc() for name in order] + [target.c.id]
    place = sa.func.row_number().over(partition_by=target.c[key], order_by=ranking).label("place")
    inner = (
        sa.select(*(target.c[name] for name in COLUMNS[table]), place)
        .where(target.c[key].in_(ids))
        .subquery()
    )
    return sa.select(inner).where(inner.c.place <= cap + 1).order_by(inner.c.place, inner.c.id)


def _expand(
    store: Store, graph: Subgraph, frontier: list[Ref], policy: RankPolicy, suppressed: set[str]
) -> list[Ref]:
    new: list[Ref] = []
    for number, (table, key, parent, _) in enumerate(RELATIONS):
        via = f"{table}.{key}"
        up = {ref: str(graph.nodes[ref][key]) for ref in frontier
              if ref[0] == table and graph.nodes[ref].get(key) is not None}  # fmt: skip
        rows = read_rows(store, dict.fromkeys((parent, key_id) for key_id in up.values()))
        for child, key_id in up.items():
            target = (parent, key_id)
            if target not in rows:
                graph.dropped.append({"reason": "dangling key", "table": child[0], "id": child[1],
                                      "via": via, "key": key_id})  # fmt: skip
            elif _admit(graph, target, rows[target], policy, suppressed, new):
                graph.edges[Edge(child, target, via)] = None
        ids = [ref[1] for ref in frontier if ref[0] == parent]
        for start in range(0, len(ids), IDS_AT_ONCE):
            query = children_query(number, ids[start : start + IDS_AT_ONCE], policy.max_fanout)
            for row in store.read(query):
                _add_child(graph, number, row, policy, suppressed, new)
    return new


def _add_child(
    graph: Subgraph, number: int, row: dict[str, Any], policy: RankPolicy, suppressed: set[str],
    new: list[Ref],
) -> None:  # fmt: skip
    table, key, parent, _ = RELATIONS[number]
    if row.pop("place") > policy.max_fanout:
        graph.capped.append(f"{parent}:{row[key]} by {table}.{key}")
    elif _admit(graph, (table, row["id"]), row, policy, suppressed, new):
        graph.edges[Edge((table, row["id"]), (parent, row[key]), f"{table}.{key}")] = None


def _admit(
    graph: Subgraph, ref: Ref, row: dict[str, Any], policy: RankPolicy, suppressed: set[str],
    new: list[Ref],
) -> bool:  # fmt: skip
    """Take a row in, once, unless it is suppressed or the total is reached."""
    if ref in graph.nodes:
        return True
    address = str(row.get("email") or "").lower()
    if ref[0] == "contacts" and (row["do_not_contact"] or address in suppressed):
        entry = {"reason": "suppressed contact", "table": ref[0], "id": ref[1]}
        if entry not in graph.dropped:
            graph.dropped.append(entry)
        return False
    if len(graph.nodes) >= policy.max_rows:
        if "total" not in graph.capped:
            graph.capped.append("total")
        return False
    graph.nodes[ref] = row
    new.append(ref)
    return True


def _read_scores(store: Store, graph: Subgraph) -> None:
    scores = METADATA.tables["scores"]
    ids = [ref[1] for ref in graph.nodes if ref[0] in ("companies", "contacts", "opportunities")]
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = (
            sa.select(scores.c.subject_table, scores.c.subject_id, scores.c.kind, scores.c.value)
            .where(scores.c.subject_table.in_(("companies", "contacts", "opportunities")))
            .where(scores.c.subject_id.in_(ids[start : start + IDS_AT_ONCE]))
            .where(scores.c.kind.in_(("intent", "propensity")), scores.c.value.is_not(None))
            .order_by(scores.c.recorded_at, scores.c.id)
        )
        for row in store.read(query):
            ref = (row["subject_table"], row["subject_id"])
            graph.scores.setdefault(ref, {})[row["kind"]] = row["value"]


def _count_known_damage(store: Store, graph: Subgraph) -> None:
    """Report keys that an import found dangling and left empty on the rows of this subgraph.

    A key that a rep calls wrong is still a key: it joins its rows until somebody mends it.
    """
    fixes = METADATA.tables["data_fixes"]
    ids = [ref[1] for ref in graph.nodes]
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = (
            sa.select(fixes.c.table_name, fixes.c.row_id, fixes.c.field)
            .where(fixes.c.row_id.in_(ids[start : start + IDS_AT_ONCE]), fixes.c.status == "open")
            .where(fixes.c.field.is_not(None), fixes.c.problem.not_like("a rep says%"))
            .order_by(fixes.c.id)
        )
        for row in store.read(query):
            if (row["table_name"], row["row_id"]) in graph.nodes:
                graph.dropped.append(
                    {"reason": "dangling key", "table": row["table_name"], "id": row["row_id"],
                     "via": f"{row['table_name']}.{row['field']}"}
                )  # fmt: skip
