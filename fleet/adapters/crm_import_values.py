"""Turns the cells of an export into values of the store; a cell that cannot be is a reason."""

import math
import re
from datetime import UTC, datetime

from fleet.adapters.clock import stamp
from fleet.adapters.crm_import_mapping import Column, Kind

TRUE = frozenset({"1", "true", "yes", "y", "t", "wahr", "ja", "oui", "si", "sí", "sim"})
FALSE = frozenset({"0", "false", "no", "n", "f", "falsch", "nein", "non", "não", "nee"})
MOJIBAKE = re.compile("[ÃÂâ][\u0080-\u00bf\u0152-\u2122]")
CURRENCY = re.compile(r"[\s\u00a0\u202f$€£¥]|\b[A-Z]{3}\b")
BIGGEST_WHOLE = 2**53  # beyond it D1 changes the value
EARLIEST, LATEST = 1900, 2200


class BadCell(Exception):
    """A cell that holds no value of its column's kind."""


def clean(cell: str, nulls: frozenset[str]) -> str | None:
    """Trim a cell and drop NUL characters; an empty cell and the mapping's nulls are None."""
    text = cell.replace("\x00", "").strip()
    return None if not text or text.casefold() in nulls else text


def mend_mojibake(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252, where that gives valid text.

    >>> mend_mojibake("MÃ¼ller")
    'Müller'
    >>> mend_mojibake("Ångström & Ãrea")
    'Ångström & Ãrea'
    """
    if not MOJIBAKE.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def convert(text: str, column: Column, decimal: str) -> str | float | int | bool | None:
    """Read one non-empty cell; raises BadCell with the reason."""
    match column.kind:
        case Kind.NUMBER:
            return read_number(text, decimal)
        case Kind.WHOLE:
            return _whole(text, decimal)
        case Kind.DATE | Kind.TIME:
            return _moment(text, column)
        case Kind.FLAG:
            return _flag(text)
        case Kind.EMAIL:
            return text.removeprefix("mailto:").strip("<> ").lower()
        case Kind.DOMAIN:
            return _domain(text)
        case Kind.CHOICE:
            return {key.casefold(): value for key, value in column.choices.items()}.get(
                text.casefold()
            )
        case _:
            return text


def read_number(text: str, decimal: str) -> float:
    """Read a number with thousands marks and currency signs.

    >>> read_number("€ 1.234,50", ",")
    1234.5
    """
    bare = CURRENCY.sub("", text)
    thousands = "." if decimal == "," else ","
    bare = bare.replace(thousands, "").replace("'", "").replace(decimal, ".")
    try:
        value = float(bare)
    except ValueError:
        raise BadCell(f"{text[:40]!r} is not a number") from None
    if not math.isfinite(value):
        raise BadCell(f"{text[:40]!r} is not a finite number")
    return value


def _whole(text: str, decimal: str) -> int:
    value = read_number(text, decimal)
    if value != int(value) or abs(value) > BIGGEST_WHOLE:
        raise BadCell(f"{text[:40]!r} is not a whole number")
    return int(value)


def _moment(text: str, column: Column) -> str:
    for shape in column.formats:
        try:
            at = datetime.strptime(text, shape)  # noqa: DTZ007  # an export without a zone is UTC
        except ValueError:
            continue
        if not EARLIEST <= at.year <= LATEST:
            raise BadCell(f"{text[:40]!r} lies outside the years {EARLIEST} to {LATEST}")
        if column.kind is Kind.DATE:
            return at.date().isoformat()
        return stamp(at if at.tzinfo else at.replace(tzinfo=UTC))
    raise BadCell(f"{text[:40]!r} is not a date of the form {' or '.join(column.formats)}")


def _flag(text: str) -> bool:
    word = text.casefold()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadCell(f"{text[:40]!r} is neither true nor false")


def _domain(text: str) -> str | None:
    host = text.lower().split("://")[-1].split("/")[0].split("?")[0].rpartition("@")[2]
    return host.removeprefix("www.").partition(":")[0] or None
