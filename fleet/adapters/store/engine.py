"""SQLite and PostgreSQL through SQLAlchemy: one transaction a batch, D1's limits on both."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store import limits
from fleet.adapters.store.statements import Many, Result, many
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
    ("malformed", "the store's file is damaged: restore it from a backup"),
    ("not a database", "the store's file is not a SQLite database: check FLEET_STORE_URL"),
    ("readonly", "the store is read-only: check the file's owner and rights"),
    ("connection", "the store does not answer: check FLEET_STORE_URL and the server"),
)


class EngineStore:
    """The store port over one SQLAlchemy engine; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.kind = engine.dialect.name
        self.audit_lock = threading.Lock()
        sa.event.listen(engine, "before_cursor_execute", _check_limits)

    def read(self, statement: Any) -> list[dict[str, Any]]:
        """Run one SELECT and return its rows, values decoded by column type."""
        with _errors(), self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def write(self, *statements: Any) -> Sequence[Result]:
        """Run the statements as one atomic batch; all of them happen, or none does."""
        if not statements:
            return []
        with _errors(), self.engine.connect() as connection:
            writing = connection.execution_options(fleet_write=True, preserve_rowcount=True)
            with writing.begin():
                return [_run(writing, statement) for statement in statements]

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert rows in one batch; return how many."""
        return sum(item.changes for item in self.write(many(table, rows))) if rows else 0

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_sqlite(url: sa.URL, *, read_only: bool) -> EngineStore:
    """Open a SQLite file in WAL mode with D1's limits set."""
    path = Path(url.database or "").resolve()
    if not read_only:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def connect() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        db = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None,
            check_same_thread=False, timeout=BUSY_SECONDS,
            cached_statements=CACHED_STATEMENTS,
        )  # fmt: skip
        db.execute("PRAGMA foreign_keys=ON")
        if not read_only:
            db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        for limit, value in limits.SQLITE.items():
            db.setlimit(limit, value)
        return db

    engine = sa.create_engine(
        "sqlite://", creator=connect, poolclass=sa.QueuePool, pool_size=8, max_overflow=-1,
        query_cache_size=CACHED_STATEMENTS,
    )  # fmt: skip
    sa.event.listen(engine, "begin", _begin_immediate)
    return EngineStore(engine)


def open_postgres(url: sa.URL, *, read_only: bool) -> EngineStore:
    """Open a PostgreSQL database; connections that died are replaced."""
    options = {"options": "-c default_transaction_read_only=on"} if read_only else {}
    engine = sa.create_engine(
        url, connect_args=options, pool_pre_ping=True, pool_size=8, max_overflow=8,
        query_cache_size=CACHED_STATEMENTS,
    )  # fmt: skip
    return EngineStore(engine)


def _begin_immediate(connection: sa.Connection) -> None:
    # A write takes the lock before it reads, so that a batch never fails half-way on a busy file.
    if connection.get_execution_options().get("fleet_write"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


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
    done = connection.execute(sa.text(statement) if isinstance(statement, str) else statement)
    if done.returns_rows:
        rows = [dict(row) for row in done.mappings()]
        return Result(rows, 0 if getattr(statement, "is_select", False) else len(rows))
    return Result([], max(done.rowcount, 0))


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise WriteConflict(f"the store refused the batch: {_first_line(error.orig)}") from error
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
