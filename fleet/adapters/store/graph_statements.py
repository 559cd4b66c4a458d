"""The statements of a walk over foreign keys, prepared once for a few sizes of frontier.

Typed indexed joins and no recursive CTE, which SQLite may turn into a scan of a whole index after
ANALYZE. Of one parent at most `SCANNED` children are looked at, the first by id, so that a hub of a
million costs what a small one does; the newest of those come first.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import METADATA
from fleet.adapters.store.statements import Prepared
from fleet.ports import Store

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
SIZES = (1, 8, 32, 80)  # ids a statement; D1 binds at most 100 values
SCANNED = 20  # children of one parent; twice what a hop shows


def _marks(size: int) -> list[sa.BindParameter[str]]:
    return [sa.bindparam(f"id{number}", type_=sa.Text) for number in range(size)]


@cache
def rows_statement(table: str, size: int) -> Prepared:
    """Return the statement that reads rows of a table by id."""
    target = METADATA.tables[table]
    return Prepared(
        sa.select(*(target.c[name] for name in COLUMNS[table])).where(target.c.id.in_(_marks(size)))
    )


@cache
def children_statement(relation: int, size: int) -> Prepared:
    """Return the statement that reads the children of some parents, each with its `place`.

    `most` is the highest place; ask for one too many to see whether there are more.
    """
    table, key, parent, order = RELATIONS[relation]
    child, other = METADATA.tables[table], METADATA.tables[table].alias("other")
    owner = METADATA.tables[parent].alias("owner")
    last_seen = (
        sa.select(other.c.id).where(other.c[key] == owner.c.id).order_by(other.c.id)
        .limit(1).offset(SCANNED).correlate(owner).scalar_subquery()
    )  # fmt: skip
    last_of_all = (  # no constant: which text sorts last is the collation's to say
        sa.select(sa.func.max(other.c.id)).where(other.c[key] == owner.c.id).correlate(owner)
        .scalar_subquery()
    )  # fmt: skip
    ranking = [child.c[name].desc() for name in order] + [child.c.id]
    place = sa.func.row_number().over(partition_by=child.c[key], order_by=ranking).label("place")
    inner = (
        sa.select(*(child.c[name] for name in COLUMNS[table]), place)
        .select_from(
            owner.join(
                child,
                (child.c[key] == owner.c.id)
                & (child.c.id <= sa.func.coalesce(last_seen, last_of_all)),
            )
        )
        .where(owner.c.id.in_(_marks(size)))
        .subquery("ranked")
    )
    return Prepared(
        sa.select(inner).where(inner.c.place <= sa.bindparam("most", type_=sa.Integer))
        .order_by(inner.c.place, inner.c.id)
    )  # fmt: skip


@cache
def _listed_statement(size: int) -> Prepared:
    column = METADATA.tables["suppression"].c.address
    return Prepared(sa.select(column).where(column.in_(_marks(size))))


@cache
def _scores_statement(size: int) -> Prepared:
    scores = METADATA.tables["scores"]
    return Prepared(
        sa.select(scores.c.subject_id, scores.c.kind, scores.c.value)
        .where(scores.c.subject_table == sa.bindparam("table", type_=sa.Text))
        .where(scores.c.subject_id.in_(_marks(size)))
        .where(scores.c.kind.in_([sa.literal("intent"), sa.literal("propensity")]))
        .where(scores.c.value.is_not(None))
        .order_by(scores.c.recorded_at, scores.c.id)
    )  # fmt: skip


@cache
def _fixes_statement(size: int) -> Prepared:
    fixes = METADATA.tables["data_fixes"]
    return Prepared(
        sa.select(fixes.c.id, fixes.c.table_name, fixes.c.row_id, fixes.c.field, fixes.c.problem)
        .where(fixes.c.row_id.in_(_marks(size)))
        .where(fixes.c.status == sa.literal("open"), fixes.c.field.is_not(None))
        .order_by(fixes.c.id)
    )  # fmt: skip


def padded(ids: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (size, values) of statements that ask for all ids; the last one is asked for again."""
    for start in range(0, len(ids), SIZES[-1]):
        part = ids[start : start + SIZES[-1]]
        size = next(size for size in SIZES if size >= len(part))
        yield size, {f"id{n}": part[min(n, len(part) - 1)] for n in range(size)}


def rows_by_id(store: Store, table: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read rows of one table; an id without a row is left out."""
    return [
        row for size, values in padded(ids)
        for row in store.read(rows_statement(table, size)(**values))
    ]  # fmt: skip


def children(
    store: Store, relation: int, ids: Sequence[str], most: int
) -> Iterator[dict[str, Any]]:
    """Read up to `most` children of each parent, newest first, a statement at a time."""
    for size, values in padded(ids):
        yield from store.read(children_statement(relation, size)(most=most, **values))


def listed(store: Store, addresses: Iterable[str]) -> set[str]:
    """Return which addresses (or `@domain`) are on the suppression list."""
    found = (store.read(_listed_statement(size)(**values))
             for size, values in padded(sorted(set(addresses))))  # fmt: skip
    return {row["address"] for rows in found for row in rows}


def scores_of(store: Store, table: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read intent and propensity of rows, oldest first."""
    return [
        row for size, values in padded(ids)
        for row in store.read(_scores_statement(size)(table=table, **values))
    ]  # fmt: skip


def open_fixes(store: Store, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read what is known to be wrong with keys of rows."""
    return [
        row for size, values in padded(ids) for row in store.read(_fixes_statement(size)(**values))
    ]
