"""What a column is: numbers, levels, days, an identifier, a constant, or a leak; and why."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.propensity.leaks import Value, find_leak, plain_words
from fleet.propensity.policy import PropensityPolicy
from fleet.propensity.times import WEEKDAYS, read_day, way_of
from fleet.stats.ranking import auc

NUMERIC_SHARE = 0.95
LARGEST = 1e100  # of a number: its square, and a sum of squares, must be a number too

__all__ = [
    "LARGEST",
    "Column",
    "PropensityPolicy",
    "faked_auc",
    "read_column",
    "read_number",
    "refuse",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: `values` are floats or texts, None where nothing is known.

    A column of days has `way`, how they are written, and its values are weekdays: a day itself
    never comes again.
    """

    name: str
    numeric: bool
    values: tuple[Value, ...]
    way: str | None = None


def read_column(name: str, raw: Sequence[str], policy: PropensityPolicy) -> Column:
    """Infer a column's kind from its texts; placeholders count as missing."""
    missing = set(policy.missing_words)
    texts = [None if text.strip().lower() in missing else text.strip() for text in raw]
    known = [text for text in texts if text is not None]
    numbers = [read_number(text) for text in known]
    if known and sum(n is not None for n in numbers) >= NUMERIC_SHARE * len(known):
        values = tuple(None if text is None else read_number(text) for text in texts)
        return Column(name=name, numeric=True, values=values)
    if way := way_of(known):
        days = [None if text is None else read_day(text, way) for text in texts]
        names = tuple(None if day is None else WEEKDAYS[day.weekday()] for day in days)
        return Column(name=name, numeric=False, values=names, way=way)
    return Column(name=name, numeric=False, values=tuple(texts))


def refuse(
    column: Column, labels: Sequence[int], policy: PropensityPolicy
) -> tuple[str, str] | None:
    """Return `(kind, reason)` when the column must not be learned from, else None."""
    known = [value for value in column.values if value is not None]
    if len(set(known)) <= 1 and len(known) in (0, len(column.values)):
        return "constant", "one value in every row"
    if why := find_leak(column.name, column.values, labels, policy):
        return "leak", why
    if column.way:
        return None
    share = len(set(known)) / max(len(known), 1)
    identifier = re.search(r"\b(id|uuid|guid|number|no|key)\b", plain_words(column.name))
    if share >= policy.unique_share and (identifier or not column.numeric):
        return "identifier", "another value in every row"
    return None


def faked_auc(column: Column, labels: Sequence[int]) -> float | None:
    """The AUC that the column alone would have shown on these rows; absence counts as a value.

    Of numbers it is that of the numbers or that of their absence, whichever tells more.
    """
    if column.numeric:
        known = [v for v in column.values if isinstance(v, float)]
        middle = sorted(known)[len(known) // 2] if known else 0.0
        scores = [
            [v if isinstance(v, float) else middle for v in column.values],
            [float(v is None) for v in column.values],
        ]
    else:
        scores = [_by_other_half(column.values, labels)]
    found = [each for each in (auc(labels, part) for part in scores) if each is not None]
    return max((max(each, 1 - each) for each in found), default=None)


def _by_other_half(values: Sequence[Value], labels: Sequence[int]) -> list[float]:
    """Return each row's rate of its level in the half it is not in: rare levels fake nothing."""
    won, seen = Counter[tuple[int, Value]](), Counter[tuple[int, Value]]()
    turn, halves = Counter[int](), []
    for value, label in zip(values, labels, strict=True):
        half = turn[label] % 2  # every second row of each outcome, whatever the order of rows
        turn[label] += 1
        halves.append(half)
        seen[half, value] += 1
        won[half, value] += label
    base = sum(labels) / max(len(labels), 1)
    return [
        won[1 - half, value] / seen[1 - half, value] if seen[1 - half, value] else base
        for half, value in zip(halves, values, strict=True)
    ]


def read_number(text: str) -> float | None:
    """Return a number that can be reckoned with, thousands parted by commas allowed, or None.

    >>> read_number("1,250.5"), read_number("n/a"), read_number("inf"), read_number("1e300")
    (1250.5, None, None, None)
    """
    try:
        value = float(
            text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
        )
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None
