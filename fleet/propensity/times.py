"""Read columns of times; one way of writing a day holds for a whole column."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

WAYS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y-%m", "%d-%m-%y", "%m-%d-%y")
DAY = re.compile(r"\s*(\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?)(?:(?:[ T,]+(\d.*))?\s*)", re.DOTALL)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SECONDS = 1e9  # above it a number is an epoch in seconds, above a thousand times that one in ms
DAYS_KEPT = 8_192  # read once: a column repeats its days
Key = tuple[str | float, ...]


def read_day(text: str, way: str) -> date | None:
    """Return the day a text begins with, written `way`; None when it is not.

    >>> read_day("28-01-2018 10:04", "%d-%m-%Y")
    datetime.date(2018, 1, 28)
    """
    match = DAY.fullmatch(text)
    return None if match is None else _day(match[1], way)


@lru_cache(DAYS_KEPT)
def _day(text: str, way: str) -> date | None:
    try:
        return datetime.strptime(re.sub(r"[./]", "-", text), way).date()  # noqa: DTZ007  # a day
    except ValueError:
        return None


def way_of(known: Sequence[str]) -> str | None:
    """Return the first way that reads every text, or None: years first, days, then months first."""
    return next((way for way in WAYS if known and all(read_day(t, way) for t in known)), None)


def time_order(texts: Sequence[str]) -> list[int] | None:
    """Return row numbers from the earliest to the latest; None when the column holds no times.

    Numbers (epochs, years) are read as numbers. Rows without a time come first.

    >>> time_order(["02-03-2018", "28-01-2018", ""])
    [2, 1, 0]
    """
    known = [text.strip() for text in texts if text.strip()]
    keys = _numbers(known) or _days(known)
    if keys is None:
        return None
    place = iter(keys)
    found = [next(place) if text.strip() else None for text in texts]
    return sorted(range(len(found)), key=lambda row: (found[row] is not None, found[row] or ("",)))


def future_rows(texts: Sequence[str], today: date) -> list[int]:
    """Return the numbers of the rows whose day is after `today`; epochs are read in seconds or ms.

    >>> future_rows(["2018-01-28", "", "2031-05-01"], date(2026, 1, 1))
    [2]
    """
    way = way_of([text.strip() for text in texts if text.strip()])
    if way is not None:
        days = [read_day(text, way) for text in texts]
        return [row for row, day in enumerate(days) if day is not None and day > today]
    return [row for row, text in enumerate(texts) if (_epoch_day(text) or today) > today]


def _epoch_day(text: str) -> date | None:
    try:
        number = float(text)
        if number < SECONDS:
            return None  # a year, a week, a running number
        return datetime.fromtimestamp(number / (1_000 if number > SECONDS * 1_000 else 1)).date()  # noqa: DTZ006  # a day
    except (ValueError, OverflowError, OSError):
        return None


def _numbers(known: Sequence[str]) -> list[Key] | None:
    try:
        return [("", float(text)) for text in known]
    except ValueError:
        return None


def _days(known: Sequence[str]) -> list[Key] | None:
    way = way_of(known)
    if way is None:
        return None
    found: list[Key] = []
    for text in known:
        day, match = read_day(text, way), DAY.fullmatch(text)
        found.append((day.isoformat() if day else "", (match and match[2]) or ""))
    return found
