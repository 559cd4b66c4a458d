"""Order rows by a column of times; one way of writing a day holds for the whole column."""

import re
from collections.abc import Sequence
from datetime import datetime

WAYS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y-%m", "%d-%m-%y", "%m-%d-%y")
DAY = re.compile(r"\s*(\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?)(.*)", re.DOTALL)


def time_order(texts: Sequence[str]) -> list[int] | None:
    """Return row numbers from the earliest to the latest; None when the column holds no times.

    A column is read as years first, days first, or months first, the first way that fits every
    row; numbers (epochs, years) are read as numbers. Rows without a time come first.

    >>> time_order(["02-03-2018", "28-01-2018", ""])
    [2, 1, 0]
    """
    known = [text.strip() for text in texts if text.strip()]
    keys = _numbers(known) or next((k for way in WAYS if (k := _days(known, way))), None)
    if keys is None:
        return None
    place = iter(keys)
    found = [next(place) if text.strip() else None for text in texts]
    return sorted(range(len(found)), key=lambda row: (found[row] is not None, found[row] or ("",)))


def _numbers(known: Sequence[str]) -> list[tuple[str | float, ...]] | None:
    try:
        return [("", float(text)) for text in known]
    except ValueError:
        return None


def _days(known: Sequence[str], way: str) -> list[tuple[str | float, ...]] | None:
    keys: list[tuple[str | float, ...]] = []
    for text in known:
        match = DAY.fullmatch(text)
        if match is None:
            return None
        try:
            day = datetime.strptime(re.sub(r"[./]", "-", match[1]), way).date()  # noqa: DTZ007  # a day
        except ValueError:
            return None
        keys.append((day.isoformat(), match[2].strip(" T")))
    return keys
