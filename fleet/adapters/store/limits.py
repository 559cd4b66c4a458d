"""D1's limits, held on every backend, so that what runs here runs there."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from fleet.errors import StoreError

PARAMETERS = 100
STATEMENT_BYTES = 100_000
ROW_BYTES = 2_000_000
MOST_BYTES = 4  # of a character
EXACT_INTEGER = 2**53  # a larger one changes its value on the way through a double

SQLITE = {
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: PARAMETERS,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: STATEMENT_BYTES,
    sqlite3.SQLITE_LIMIT_LENGTH: ROW_BYTES,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 50,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}


def check(sql: str, values: Iterable[Any]) -> None:
    """Refuse one statement that D1 would refuse or change; raises StoreError."""
    size = len(sql) if sql.isascii() else len(sql.encode())
    if size > STATEMENT_BYTES:
        raise StoreError(f"a statement of {size} bytes is over the limit of {STATEMENT_BYTES}")
    bound = list(values)
    if len(bound) > PARAMETERS:
        raise StoreError(
            f"{len(bound)} bound parameters are over the limit of {PARAMETERS}: use insert_many, "
            "or split the list"
        )
    total = 0
    for value in bound:
        if isinstance(value, str):
            total += len(value)
        elif isinstance(value, int) and abs(value) > EXACT_INTEGER:
            raise StoreError(f"the integer {value} is over 2^53 and would lose digits: use text")
    if total * MOST_BYTES > ROW_BYTES:  # rarely: only then the bytes are counted one by one
        total = sum(len(v.encode("utf-8", "replace")) for v in bound if isinstance(v, str))
    if total > ROW_BYTES:
        raise StoreError(f"a row of {total} bytes is over the limit of {ROW_BYTES}: shorten it")
