"""One column of two tables as comparable values: numbers, or codes of levels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MISSING = "(missing)"
OTHER = "(other)"
NUMERIC_SHARE = 0.95
FIRST_ROWS = 1_000
STRIP = " %$€£"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Values in row order; NaN is missing in numbers, a level of its own among categories."""

    name: str
    numeric: bool
    reference: Floats
    current: Floats

    @property
    def known(self) -> tuple[int, int]:
        """How many values each side has."""
        return int((~np.isnan(self.reference)).sum()), int((~np.isnan(self.current)).sum())


def read_feature(
    name: str, reference: Sequence[Any], current: Sequence[Any], max_levels: int
) -> Feature | None:
    """Read one column; None for ids and clocks, whose values all differ, only rise or only fall."""
    first, second = as_numbers(reference), as_numbers(current)
    if first is not None and second is not None:
        if any(_rises(way * first) and _rises(way * second) for way in (1, -1)):
            return None
        return Feature(name=name, numeric=True, reference=first, current=second)
    words, other = ([_word(v) for v in column] for column in (reference, current))
    counts = Counter(words)
    if len(counts) > max_levels and len(set(words)) == len(words):
        return None
    codes = {word: code for code, (word, _) in enumerate(counts.most_common(max_levels))}
    rest = codes.setdefault(OTHER, len(codes))
    return Feature(
        name=name,
        numeric=False,
        reference=np.array([codes.get(w, rest) for w in words], dtype=np.float64),
        current=np.array([codes.get(w, rest) for w in other], dtype=np.float64),
    )


def as_numbers(column: Sequence[Any]) -> Floats | None:
    """Read a column as numbers, `40%` included; None when it is not one of numbers."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
        return column.astype(np.float64)
    values, good, present = np.full(len(column), np.nan), 0, 0
    for place, value in enumerate(column):
        if value is None or value == "" or value != value:  # NaN is not itself
            continue
        present += 1
        try:
            values[place] = float(value.strip(STRIP) if isinstance(value, str) else value)
            good += 1
        except (TypeError, ValueError):
            continue
    return values if present and good >= NUMERIC_SHARE * present else None


def _rises(values: Floats) -> bool:
    """Whether known values rise at every row; most columns show in their first rows that not."""
    for part in (values[:FIRST_ROWS], values):
        known = part[~np.isnan(part)]
        if not (known[1:] > known[:-1]).all():
            return False
    return known.size > 1


def _word(value: Any) -> str:
    absent = value is None or value == "" or value != value  # NaN is not itself
    return MISSING if absent else str(value)
