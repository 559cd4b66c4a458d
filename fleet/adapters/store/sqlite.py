"""SQLite: SQLAlchemy compiles each shape of a statement once, and sqlite3 runs it.

Through SQLAlchemy's engine a read of one row took 190 us of processor, of which SQLite needs 15:
cursors, events and result metadata are made anew for each call. Here a plan is kept a shape.
"""

import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store import limits
from fleet.adapters.store.engine import (
    BUSY_SECONDS,
    CACHED_STATEMENTS,
    EngineStore,
    advise,
    store_errors,
)
from fleet.adapters.store.statements import Bound, Many, Result, default_of, widened
from fleet.errors import StoreError

CACHE_KIB = (
    8_000  # of pages a connection keeps; SQLite's own 2,000 read most of a walk's pages anew
)
Codec = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled shape: what it needs filled in, and how its rows are read."""

    compiled: Any = None
    is_select: bool = False
    defaults: dict[str, Any] = field(default_factory=dict)
    wire: tuple[str, Sequence[str], Mapping[str, Codec]] | None = None  # None: as long as its lists
    names: tuple[str, ...] = ()
    decoders: tuple[tuple[str, Codec], ...] = ()
    plain: bool = False  # a SELECT of fixed text that has nothing to encode


BARE = Plan()  # of text that is run as it is


class SqliteStore(EngineStore):
    """The store port over one SQLite file; a connection serves one call at a time."""

    def __init__(self, engine: sa.Engine, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(engine)
        self._connect = connect
        self._idle: deque[sqlite3.Connection] = deque()
        self._plans: Any = sa.util.LRUCache(CACHED_STATEMENTS)

    def close(self) -> None:
        """Close every connection."""
        while self._idle:
            self._idle.pop().close()
        super().close()

    def read(self, statement: Any) -> list[dict[str, Any]]:
        """Run one SELECT and return its rows, values decoded by column type."""
        try:
            return self._rows(statement)
        except Exception:
            with store_errors():  # entered only here: a read that goes well need not pay for it
                raise

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        if isinstance(statement, Bound):
            plan, values = self._plan_of(statement), statement.values
            if plan.plain and plan.wire:
                sql, order, _ = plan.wire
                values = plan.defaults | values if plan.defaults else values
                return self._quickly(plan, sql, [values[name] for name in order])
        with self._lent() as connection:
            return self._run(connection, statement).rows

    def _quickly(self, plan: Plan, sql: str, values: list[Any]) -> list[dict[str, Any]]:
        """Run a prepared SELECT that has nothing to encode: half of what the long way costs."""
        limits.check(sql, values)
        lent = self._take()
        try:
            rows = lent.execute(sql, values).fetchall()
        finally:
            self._give(lent)
        if not rows:
            return []
        names = plan.names
        made = [dict(zip(names, row)) for row in rows]  # noqa: B905  # strict costs a third more
        for name, decode in plan.decoders:
            for row in made:
                if row[name] is not None:
                    row[name] = decode(row[name])
        return made

    def _batch(self, statements: Sequence[Any]) -> list[Result]:
        with self._lent() as connection:
            # It takes the lock before it reads: a batch never fails half-way on a busy file.
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = [self._run(connection, statement) for statement in statements]
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
            return done

    @contextlib.contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        lent = self._take()
        try:
            yield lent
        finally:
            self._give(lent)

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _give(self, lent: sqlite3.Connection) -> None:
        if lent.in_transaction:  # not even the rollback went through: the next one starts clean
            lent.close()
        else:
            self._idle.append(lent)

    def _run(self, connection: sqlite3.Connection, statement: Any) -> Result:
        if isinstance(statement, Many):
            return self._insert(connection, statement)
        plan, sql, values = self._filled(statement)
        limits.check(sql, values)
        cursor = connection.execute(sql, values)
        if cursor.description is None:
            return Result([], max(cursor.rowcount, 0))
        names = plan.names or tuple(column[0] for column in cursor.description)
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for name, decode in plan.decoders:
            for row in rows:
                row[name] = decode(row[name])
        if plan.compiled is not None and plan.compiled.implicit_returning:
            return Result([], len(rows))
        return Result(rows, 0 if plan.is_select else len(rows))

    def _insert(self, connection: sqlite3.Connection, many: Many) -> Result:
        if not many.rows:
            return Result()
        keys = tuple(many.rows[0])
        key = (many.table, many.skip_known, keys)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plan(many.statement(), column_keys=list(keys), for_executemany=True)
            self._plans[key] = plan
        sql, order, encode = plan.wire or widened(plan.compiled, {})
        with _binding():
            batch = [
                [encode[n](row[n]) if n in encode else row[n] for n in order]
                for row in (plan.defaults | row for row in many.rows)
            ]
        for values in batch:
            limits.check(sql, values)
        return Result([], max(connection.executemany(sql, batch).rowcount, 0))

    def _filled(self, statement: Any) -> tuple[Plan, str, list[Any]]:
        """Return the plan of a statement, and its text with its values in order."""
        if isinstance(statement, Bound):
            plan = self._plan_of(statement)
            values = plan.defaults | statement.values
        elif isinstance(statement, str):
            return BARE, statement, []
        elif isinstance(statement, sa.schema.ExecutableDDLElement):
            return BARE, str(statement.compile(dialect=self.engine.dialect)), []
        else:
            plan, values = self._shaped(statement)
        sql, order, encode = plan.wire or widened(plan.compiled, values)
        with _binding():
            return plan, sql, [encode[n](values[n]) if n in encode else values[n] for n in order]

    def _plan_of(self, bound: Bound) -> Plan:
        key = (bound.prepared, tuple(bound.values))
        plan: Plan | None = self._plans.get(key)
        if plan is None:
            plan = self._plan(bound.prepared.statement, column_keys=list(bound.values))
            self._plans[key] = plan
        return plan

    def _shaped(self, statement: Any) -> tuple[Plan, dict[str, Any]]:
        shape = statement._generate_cache_key()  # noqa: SLF001  # what SQLAlchemy's own cache uses
        plan = self._plans.get(shape.key) if shape else None
        if plan is None:
            plan = self._plan(statement, cache_key=shape)
            if shape:
                self._plans[shape.key] = plan
        values = plan.compiled.construct_params(
            extracted_parameters=shape and shape.bindparams, escape_names=False,
            _collected_params=shape and shape.params,
        )  # fmt: skip
        return plan, values | plan.defaults

    def _plan(self, statement: Any, **how: Any) -> Plan:
        dialect = self.engine.dialect
        compiled = statement.compile(dialect=dialect, **how)
        columns = compiled._result_columns  # noqa: SLF001  # no public form exists
        kinds = {c.keyname: c.type.dialect_impl(dialect) for c in columns}
        decoders = {name: kind.result_processor(dialect, None) for name, kind in kinds.items()}
        prefetched = compiled.insert_prefetch if getattr(compiled, "isinsert", False) else ()
        defaults = {column.key: default_of(column) for column in prefetched}
        wire = None
        if "cache_key" not in how:  # what the statement itself fixes, such as a LIMIT, stays so
            fixed = compiled.construct_params(escape_names=False, _check=False)
            needed = {name for bind, name in compiled.bind_names.items() if bind.required}
            lists = any(bind.expanding and bind.required for bind in compiled.bind_names)
            wire = None if lists else widened(compiled, fixed)  # a list of the call has its length
            defaults = {n: value for n, value in fixed.items() if n not in needed} | defaults
        elif not (compiled.post_compile_params or compiled.literal_execute_params):
            wire = widened(compiled, {})
        is_select = bool(getattr(statement, "is_select", False))
        return Plan(
            compiled=compiled,
            wire=wire,
            is_select=is_select,
            plain=is_select and wire is not None and not any(n in wire[2] for n in wire[1]),
            defaults=defaults,
            names=tuple(column.keyname for column in columns),
            decoders=tuple((name, decode) for name, decode in decoders.items() if decode),
        )


def open_sqlite(url: sa.URL, *, read_only: bool) -> SqliteStore:
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
        db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        for limit, value in limits.SQLITE.items():
            db.setlimit(limit, value)
        return db

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
    return SqliteStore(engine, connect)


@contextlib.contextmanager
def _binding() -> Iterator[None]:
    """A value that its column cannot take is the store's error, as through SQLAlchemy's engine."""
    try:
        yield
    except Exception as error:
        raise StoreError(advise(f"{type(error).__name__}: {error}")) from error
