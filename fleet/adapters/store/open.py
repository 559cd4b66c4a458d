"""Open the store that a URL names: SQLite, PostgreSQL or D1."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.audit_head import HeadFile
from fleet.adapters.store.d1 import D1Store, open_d1
from fleet.adapters.store.engine import EngineStore, open_postgres
from fleet.adapters.store.sqlite import open_sqlite
from fleet.adapters.store.statements import many
from fleet.errors import InputError
from fleet.ports import Store


def open_store(
    url: str, *, read_only: bool = False, home: Path | None = None
) -> EngineStore | D1Store:
    """Return the store of a URL; it has `read`, `write`, `insert_many` and `close`.

    `sqlite:///path`, `postgresql+psycopg://…` or `d1://account:token@host/database`. A `home`
    keeps a copy of the end of the audit chain. Raises InputError on another URL.
    """
    store = _opened(url, read_only)
    store.head_file = HeadFile(home, url) if home else None
    return store


def _opened(url: str, read_only: bool) -> EngineStore | D1Store:
    if url.startswith("d1://"):
        return open_d1(sa.make_url(url))
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise InputError("FLEET_STORE_URL is not a URL: give sqlite:///path") from None
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database:
        return open_sqlite(parsed, read_only=read_only)
    if kind == "postgresql":
        return open_postgres(parsed.set(drivername="postgresql+psycopg"), read_only=read_only)
    raise InputError(
        f"FLEET_STORE_URL names {kind!r}: give sqlite:///path or postgresql+psycopg://…"
    )


def insert_many(store: Store, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows as one batch within D1's limits; return how many."""
    return sum(item.changes for item in store.write(many(table, rows))) if rows else 0


__all__ = ["D1Store", "EngineStore", "insert_many", "open_store"]
