"""Column kinds of the schema, chosen so that D1's REAL-only numbers cannot change a value."""

import math
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from fleet.errors import EvidenceError

METADATA = sa.MetaData()


class Json(TypeDecorator[Any]):
    """JSON kept as text: D1 refuses objects, and text compares equal on all three backends."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Encode; None stays NULL."""
        return None if value is None else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002  # SQLAlchemy's signature
        """Decode; NULL stays None. Raises EvidenceError for text that is no JSON."""
        try:
            return None if value is None else orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise EvidenceError(f"a row is damaged, a value in it is no JSON: {error}") from None


class Flag(TypeDecorator[bool]):
    """A boolean; kept as 0 or 1 where there is none: D1 hands booleans back as 1.0."""

    impl = sa.Boolean
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> bool | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Encode; None stays NULL."""
        return None if value is None else bool(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> bool | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Decode; NULL stays None."""
        return None if value is None else bool(value)


class Real(TypeDecorator[float]):
    """A double; NaN and the infinities become NULL, since D1 cannot carry them."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> float | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Encode; None stays NULL."""
        return None if value is None or not math.isfinite(value) else float(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> float | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Decode; D1 hands whole doubles back as integers."""
        return None if value is None else float(value)


def key() -> sa.Column[str]:
    """The primary key `id`: text, since integers over 2^53 do not survive D1."""
    return sa.Column("id", sa.Text, primary_key=True)


def text(name: str, *, needed: bool = False, **extra: Any) -> sa.Column[str]:
    """A text column."""
    return sa.Column(name, sa.Text, nullable=not needed, **extra)


def number(name: str, **extra: Any) -> sa.Column[float]:
    """A real column."""
    return sa.Column(name, Real, **extra)


def whole(name: str, default: int | None = None) -> sa.Column[int]:
    """An integer column; with a default it is never NULL."""
    if default is None:
        return sa.Column(name, sa.BigInteger)
    return sa.Column(
        name, sa.BigInteger, nullable=False, default=default, server_default=str(default)
    )


def flag(name: str, default: bool | None = None) -> sa.Column[bool]:
    """A boolean column; with a default it is never NULL."""
    if default is None:
        return sa.Column(name, Flag)
    return sa.Column(
        name,
        Flag,
        nullable=False,
        default=default,
        server_default=str(int(default)),
    )


def json(name: str, *, needed: bool = False) -> sa.Column[Any]:
    """A JSON column."""
    return sa.Column(name, Json, nullable=not needed)


def refers(
    name: str, target: str, *, needed: bool = False, on_delete: str = "SET NULL"
) -> sa.Column[str]:
    """A foreign key to `target` (`table.column`)."""
    return sa.Column(name, sa.Text, sa.ForeignKey(target, ondelete=on_delete), nullable=not needed)


def row_version() -> sa.Column[int]:
    """The version that every compare-and-set checks and raises by one."""
    return whole("row_version", 1)


def provenance() -> list[Any]:
    """Columns and checks without which the store refuses an AI decision."""
    return [
        sa.Column("confidence", Real, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        text("model"),
        text("prompt_digest"),
        text("policy_digest"),
        text("code_version"),
        text("run_id"),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1"),
        sa.CheckConstraint("length(reason) > 0"),
        sa.CheckConstraint("source IN ('model', 'rule', 'heuristic', 'trained', 'human')"),
    ]
