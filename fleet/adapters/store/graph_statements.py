"""The statements of a walk over foreign keys, prepared once for a few sizes of frontier.

Typed joins in the order of an index, each with a LIMIT, and no recursive CTE, which SQLite may turn
into a scan of a whole index after ANALYZE: a hub of a million costs what a small one does.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import METADATA
from fleet.adapters.store.statements import Prepared
from fleet.ports import Store

# (child table, foreign key, parent table, the column that tells which child is the newest)
RELATIONS: tuple[tuple[str, str, str, str | None], ...] = (
    ("companies", "parent_id", "companies", None),
    ("contacts", "company_id", "companies", None),
    ("opportunities", "company_id", "companies", "opened_at"),
    ("opportunities", "contact_id", "contacts", "opened_at"),
    ("opportunities", "product_id", "products", "opened_at"),
    ("emails", "contact_id", "contacts", "at"),
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
SIZES = (1, 4, 12, 24, 48, 64, 80, 92)  # ids a statement; D1 binds at most 100 values
NAMES = tuple(f"id{number}" for number in range(SIZES[-1]))
SEPARATOR = "\x1f"  # between ids that are read as one text
MOST_HUBS = 2  # of one statement; D1 takes five parts of a UNION
HUB = 4  # the relation whose parents have too many children to read: they are counted by account
PEOPLE, DEALS_OF_COMPANY, DEALS_OF_CONTACT = 1, 2, 3
OF_PEOPLE = (3, 5)  # the relations down from contacts
SCORED = ("companies", "contacts", "opportunities")


def _marks(size: int) -> list[sa.BindParameter[str]]:
    return [sa.bindparam(name, type_=sa.Text) for name in NAMES[:size]]


def _most(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer)


def _newest_first(table: Any, newest: str | None) -> list[Any]:
    """Order children; undated ones come last on every backend."""
    if newest is None:
        return [table.c.id]
    column = table.c[newest]
    return [column.desc().nulls_last() if column.nullable else column.desc(), table.c.id.desc()]


@cache
def rows_statement(table: str, size: int) -> Prepared:
    """Return the statement that reads rows of a table by id."""
    target = METADATA.tables[table]
    return Prepared(
        sa.select(*(target.c[name] for name in COLUMNS[table])).where(target.c.id.in_(_marks(size)))
    )


@cache
def children_statement(relation: int) -> Prepared:
    """Return the statement that reads the first `most` children of the `parent`, newest first."""
    table, key, _, newest = RELATIONS[relation]
    child = METADATA.tables[table]
    return Prepared(
        sa.select(*(child.c[name] for name in COLUMNS[table]))
        .where(child.c[key] == sa.bindparam("parent", type_=sa.Text))
        .order_by(*_newest_first(child, newest))
        .limit(_most("most"))
    )


@cache
def newest_statement(relation: int, size: int) -> Prepared:
    """Return the statement that reads the newest child of each of some parents.

    Of two as new both come; a child without a day is none.
    """
    table, key, parent, newest = RELATIONS[relation]
    child, other = METADATA.tables[table], METADATA.tables[table].alias("other")
    owner = METADATA.tables[parent].alias("owner")
    day = str(newest)
    last = (
        sa.select(sa.func.max(other.c[day])).where(other.c[key] == owner.c.id)
        .correlate(owner).scalar_subquery()
    )  # fmt: skip
    return Prepared(
        sa.select(*(child.c[name] for name in COLUMNS[table]))
        .select_from(owner.join(child, (child.c[key] == owner.c.id) & (child.c[day] == last)))
        .where(owner.c.id.in_(_marks(size)))
        .order_by(owner.c.id, child.c.id)
        .limit(len(NAMES))
    )


def _joined(column: Any) -> Any:
    return sa.func.aggregate_strings(column, SEPARATOR)


@cache
def interest_statement() -> Prepared:
    """Return the statement that reads what an account's newest deals, up to `most`, are for.

    One row `deals, others, outcomes`: texts of as many parts, joined, since a row for each deal
    costs more to hand over than to find.
    """
    deals = METADATA.tables["opportunities"]
    newest = (
        sa.select(
            deals.c.id, deals.c.product_id, sa.func.coalesce(deals.c.outcome, "").label("outcome")
        )
        .where(deals.c.company_id == sa.bindparam("parent", type_=sa.Text))
        .where(deals.c.product_id.is_not(None))
        .order_by(*_newest_first(deals, "opened_at"))
        .limit(_most("most"))
        .subquery()
    )
    return Prepared(
        sa.select(
            _joined(newest.c.id).label("deals"), _joined(newest.c.product_id).label("others"),
            _joined(newest.c.outcome).label("outcomes"),
        )
    )  # fmt: skip


@cache
def demand_statement(products: int) -> Prepared:
    """Return the statement that reads whose the newest open and newest won deals of products are.

    A row for each product and outcome, `product_id, outcome, deals, others, days`; the last three
    are joined texts. The covering index holds all that is asked for.
    """
    deals = METADATA.tables["opportunities"]
    is_won = deals.c.outcome == sa.literal_column("'won'")
    kinds = (("open", deals.c.outcome.is_(None)), ("won", is_won))

    def part(product: str, name: str, outcome: Any) -> Any:
        newest = (
            sa.select(deals.c.id, deals.c.company_id, deals.c.opened_at)
            .where(deals.c.product_id == sa.bindparam(product, type_=sa.Text), outcome)
            .where(deals.c.company_id.is_not(None))
            .order_by(*_newest_first(deals, "opened_at"))
            .limit(_most(name))
            .subquery()
        )
        return sa.select(
            sa.bindparam(product, type_=sa.Text).label("product_id"),
            sa.literal_column(f"'{name}'").label("outcome"),
            _joined(newest.c.id).label("deals"), _joined(newest.c.company_id).label("others"),
            _joined(sa.func.coalesce(newest.c.opened_at, "")).label("days"),
        )  # fmt: skip

    first, *rest = (part(name, *kind) for name in NAMES[:products] for kind in kinds)
    return Prepared(first.union_all(*rest))


@cache
def _listed_statement(size: int) -> Prepared:
    column = METADATA.tables["suppression"].c.address
    return Prepared(sa.select(column).where(column.in_(_marks(size))))


@cache
def _scores_statement(size: int) -> Prepared:
    scores = METADATA.tables["scores"]
    return Prepared(
        sa.select(scores.c.subject_table, scores.c.subject_id, scores.c.kind, scores.c.value)
        .where(scores.c.subject_table.in_([sa.literal(table) for table in SCORED]))
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
        size = SIZES[bisect_left(SIZES, len(part))]
        filled = [*part, *[part[-1]] * (size - len(part))]
        yield size, dict(zip(NAMES, filled))  # noqa: B905  # one name an id, the others stay unused


def rows_by_id(store: Store, table: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read rows of one table; an id without a row is left out."""
    return [
        row for size, values in padded(ids)
        for row in store.read(rows_statement(table, size)(**values))
    ]  # fmt: skip


def newest_children(store: Store, relation: int, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read the newest child of each parent."""
    return [
        row for size, values in padded(ids)
        for row in store.read(newest_statement(relation, size)(**values))
    ]  # fmt: skip


def listed(store: Store, addresses: Iterable[str]) -> set[str]:
    """Return which addresses (or `@domain`) are on the suppression list."""
    found = (store.read(_listed_statement(size)(**values))
             for size, values in padded(sorted(set(addresses))))  # fmt: skip
    return {row["address"] for rows in found for row in rows}


def scores_of(store: Store, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read intent and propensity of rows, oldest first; `subject_table` tells whose they are."""
    return [
        row for size, values in padded(ids) for row in store.read(_scores_statement(size)(**values))
    ]


def open_fixes(store: Store, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Read what is known to be wrong with keys of rows."""
    return [
        row for size, values in padded(ids) for row in store.read(_fixes_statement(size)(**values))
    ]
