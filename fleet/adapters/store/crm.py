"""Bulk reads and writes of CRM rows: insert what is new, change what differs, leave the rest.

Reads go by 90 ids at a time, since D1 binds at most 100 parameters. A chunk that lost a race to
another writer is read and written again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from fleet.adapters.store.open import insert_many
from fleet.errors import WriteConflict
from fleet.ports import Store

Row = dict[str, Any]
T = TypeVar("T")
IDS_AT_ONCE = 90
KEYS_AT_ONCE = 5_000
ATTEMPTS = 3
WRITTEN = ("created_at", "updated_at")  # ours unless the export gives them; never a difference


def insert_new(store: Store, table: sa.Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose id is not there yet; return how many."""

    def write() -> int:
        known = read_by_id(store, table, [row["id"] for row in rows], ("id",))
        fresh = [row for row in rows if row["id"] not in known]
        if fresh:
            insert_many(store, table, fresh)
        return len(fresh)

    return _retried(write)


def merge_rows(
    store: Store,
    table: sa.Table,
    rows: Sequence[Row],
    at: str,
    *,
    ignore: Sequence[str],
    fresh: bool,
) -> set[str]:
    """Insert new rows and update those that differ; return the ids of both.

    Columns in `ignore` are written for new rows only; `fresh` says the table was empty before.
    """
    compared = [name for name in rows[0] if name not in (*ignore, "id", "updated_at")]

    def write() -> set[str]:
        ids = [row["id"] for row in rows]
        known = {} if fresh else read_by_id(store, table, ids, ("id", *compared))
        new = [_dated(table, row, at) for row in rows if row["id"] not in known]
        changed = [
            row for row in rows if row["id"] in known and _differs(row, known[row["id"]], compared)
        ]
        if new:
            insert_many(store, table, new)
        update_rows(
            store, table, [{"id": row["id"], **_part(row, compared)} for row in changed], at
        )
        return {row["id"] for row in (*new, *changed)}

    return _retried(write)


def link_rows(
    store: Store, table: sa.Table, column: str, links: Mapping[str, str | None], at: str
) -> set[str]:
    """Set one column by row id where it differs; return the ids of the rows that changed."""
    known = read_by_id(store, table, list(links), ("id", column))
    changed = {row_id: value for row_id, value in links.items() if known[row_id][column] != value}
    update_rows(
        store, table, [{"id": row_id, column: value} for row_id, value in changed.items()], at
    )
    return set(changed)


def update_rows(store: Store, table: sa.Table, rows: Sequence[Row], at: str) -> None:
    """Update rows by id, 90 statements a batch, raising their versions."""
    for part in _parts(rows, IDS_AT_ONCE):
        store.write(
            *(
                sa.update(table)
                .where(table.c.id == row["id"])
                .values(
                    {name: value for name, value in row.items() if name != "id"}
                    | ({"updated_at": at} if "updated_at" in table.c else {})
                    | {"row_version": table.c.row_version + 1}
                )
                for row in part
            )
        )


def read_by_id(
    store: Store, table: sa.Table, ids: Sequence[str], columns: Sequence[str]
) -> dict[str, Row]:
    """Return the given columns of the rows with these ids, by id."""
    chosen = [table.c[name] for name in columns]
    found: dict[str, Row] = {}
    for part in _parts(ids, IDS_AT_ONCE):
        for row in store.read(sa.select(*chosen).where(table.c.id.in_(part))):
            found[row["id"]] = row
    return found


def is_empty(store: Store, table: sa.Table) -> bool:
    """Tell whether a table has no row."""
    return not store.read(sa.select(table.c.id).limit(1))


def iterate_keys(store: Store, table: sa.Table) -> Iterator[tuple[str, str]]:
    """Yield (id, external_id) of every imported row, in pages."""
    last = ""
    while True:
        page = store.read(
            sa.select(table.c.id, table.c.external_id)
            .where(table.c.id > last, table.c.external_id.is_not(None))
            .order_by(table.c.id)
            .limit(KEYS_AT_ONCE)
        )
        if not page:
            return
        yield from ((row["id"], row["external_id"]) for row in page)
        last = page[-1]["id"]


def _retried(write: Callable[[], T]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return write()
        except WriteConflict:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable: the loop returns or raises")


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _part(row: Row, names: Sequence[str]) -> Row:
    return {name: row[name] for name in names if not (name in WRITTEN and row[name] is None)}


def _differs(row: Row, known: Row, compared: Sequence[str]) -> bool:
    return any(
        row[name] != known[name] for name in compared if not (name in WRITTEN and row[name] is None)
    )


def _dated(table: sa.Table, row: Row, at: str) -> Row:
    stamps = {name: row.get(name) or at for name in WRITTEN if name in table.c}
    return row | stamps
