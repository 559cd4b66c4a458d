"""What a batch is made of: Core statements, and `Many` rows of one table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

__all__ = ["Bound", "Many", "Prepared", "Result", "insert", "many"]
# `insert` is the one upsert of all backends: PostgreSQL's form compiles for SQLite and D1 as well.


@dataclass(slots=True)
class Result:
    """What one statement of a batch did: the rows it returned, and how many rows it changed."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Many:
    """Rows of one table, all with the same keys; `skip_known` leaves rows that conflict alone."""

    table: sa.Table
    rows: Sequence[Mapping[str, Any]]
    skip_known: bool = False

    def statement(self) -> Any:
        """Return the INSERT of one row."""
        base = insert(self.table)
        return base.on_conflict_do_nothing() if self.skip_known else base


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A prepared statement with the values of one call."""

    prepared: "Prepared"
    values: dict[str, Any]


class Prepared:
    """A statement that is built once and run often: building one costs more than running it.

    What differs between calls is a `sa.bindparam`, or, of an INSERT without values, a column.
    """

    __slots__ = ("is_select", "statement")

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self.is_select = bool(getattr(statement, "is_select", False))

    def __call__(self, **values: Any) -> Bound:
        """Return the statement with its values, for `Store.read` and `Store.write`."""
        return Bound(self, values)


def many(table: sa.Table, rows: Sequence[Mapping[str, Any]], *, skip_known: bool = False) -> Many:
    """Return a bulk insert; absent keys get the column's default, else NULL."""
    names = {name for row in rows for name in row}
    given = [column for column in table.c if column.key in names]
    unknown = names - {column.key for column in given}
    if unknown:
        raise ValueError(f"{table.name} has no column {sorted(unknown)[0]!r}")
    blank = {column.key: default_of(column) for column in given}
    return Many(table, [blank | dict(row) for row in rows], skip_known)


def widened(compiled: Any, values: dict[str, Any]) -> tuple[str, Any, Mapping[str, Any]]:
    """Return a compiled statement's text, the order of its values, and their encoders.

    An IN takes as many marks as its list has values: those are put into `values` one by one.
    """
    encoders = compiled._bind_processors  # noqa: SLF001  # no public form exists
    if not (compiled.post_compile_params or compiled.literal_execute_params):
        return compiled.string, compiled.positiontup or (), encoders
    wide = compiled._process_parameters_for_postcompile(values)  # noqa: SLF001  # no public form exists
    return wide.statement, wide.positiontup, {**encoders, **wide.processors}


def default_of(column: sa.Column[Any]) -> Any:
    """Return a column's scalar default, or None."""
    return column.default.arg if isinstance(column.default, sa.ColumnDefault) else None


def finite(value: Any) -> Any:
    """Turn NaN and the infinities into None: D1 cannot carry them, and they are not evidence."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
