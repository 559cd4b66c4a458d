"""PostgreSQL through SQLAlchemy: one transaction a batch, D1's limits; SQLite builds on it."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store import limits
from fleet.adapters.store.audit_head import HeadFile
from fleet.adapters.store.statements import Bound, Many, Result, many
from fleet.errors import StoreError, WriteConflict

BUSY_SECONDS = 30
CACHED_STATEMENTS = 1_000
ADVICE = (
    ("no such table", "the store has no such table: run `fleet init`"),
    ("does not exist", "the store has no such table: run `fleet init`"),
    (
        "unable to open",
        "the store cannot be opened: run `fleet init`, or check the folder's rights",
    ),
    ("is locked", f"another process held the store for over {BUSY_SECONDS} s: try again"),
    ("full", "the disk is full: free some space and run it again; nothing was half written"),
    (
        "disk i/o",
        "the disk is full or failing: free some space and run it again; nothing was half written",
    ),
    ("malformed", "the store's file is damaged: restore it from a backup"),
    ("not a database", "the store's file is not a SQLite database: check FLEET_STORE_URL"),
    ("readonly", "the store is read-only: check the file's owner and rights"),
    ("connection", "the store does not answer: check FLEET_STORE_URL and the server"),
)


class EngineStore:
    """The store port over one SQLAlchemy engine; safe to share between threads."""

    head_file: HeadFile | None = None

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.kind = engine.dialect.name
        self.audit_lock = threading.Lock()
        sa.event.listen(engine, "before_cursor_execute", _check_limits)

    def read(self, statement: Any) -> list[dict[str, Any]]:
        """Run one SELECT and return its rows, values decoded by column type."""
        with store_errors():
            return self._rows(statement)

    def write(self, *statements: Any) -> Sequence[Result]:
        """Run the statements as one atomic batch; all of them happen, or none does."""
        if not statements:
            return []
        with store_errors():
            return self._batch(statements)

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert rows in one batch; return how many."""
        return sum(item.changes for item in self.write(many(table, rows))) if rows else 0

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in _execute(connection, statement).mappings()]

    def _batch(self, statements: Sequence[Any]) -> list[Result]:
        with self.engine.connect() as connection:
            writing = connection.execution_options(preserve_rowcount=True)
            with writing.begin():
                return [_run(writing, statement) for statement in statements]


def open_postgres(url: sa.URL, *, read_only: bool) -> EngineStore:
    """Open a PostgreSQL database; connections that died are replaced."""
    options = {"options": "-c default_transaction_read_only=on"} if read_only else {}
    engine = sa.create_engine(
        url, connect_args=options, pool_pre_ping=True, pool_size=8, max_overflow=8,
        query_cache_size=CACHED_STATEMENTS,
    )  # fmt: skip
    return EngineStore(engine)


def _check_limits(
    connection: Any, cursor: Any, sql: str, parameters: Any, context: Any, executemany: bool
) -> None:
    del connection, cursor, context
    for row in parameters if executemany else [parameters]:
        limits.check(sql, row.values() if isinstance(row, Mapping) else row)


def _run(connection: sa.Connection, statement: Any) -> Result:
    if isinstance(statement, Many):
        if not statement.rows:
            return Result()
        rows = [dict(row) for row in statement.rows]
        done = connection.execute(statement.statement(), rows)
        return Result([], max(done.rowcount, 0))
    done = _execute(connection, statement)
    if done.returns_rows:
        rows = [dict(row) for row in done.mappings()]
        is_select = getattr(getattr(statement, "prepared", statement), "is_select", False)
        return Result(rows, 0 if is_select else len(rows))
    return Result([], max(done.rowcount, 0))


def _execute(connection: sa.Connection, statement: Any) -> sa.CursorResult[Any]:
    if isinstance(statement, Bound):
        return connection.execute(statement.prepared.statement, dict(statement.values))
    return connection.execute(sa.text(statement) if isinstance(statement, str) else statement)


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Say what a database refused in the fleet's own errors."""
    try:
        yield
    except (sa.exc.IntegrityError, sqlite3.IntegrityError) as error:
        cause = _first_line(getattr(error, "orig", error))
        raise WriteConflict(f"the store refused the batch: {cause}") from error
    except sa.exc.StatementError as error:
        if isinstance(error.orig, StoreError):
            raise error.orig from None
        raise StoreError(advise(_first_line(error.orig))) from error
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(advise(_first_line(error))) from error


def advise(message: str) -> str:
    """Put what to do before what the database said."""
    low = message.lower()
    hint = next((text for mark, text in ADVICE if mark in low), "the store failed")
    return f"{hint} ({message})"


def _first_line(error: Any) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
