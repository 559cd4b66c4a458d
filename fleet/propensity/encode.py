"""Columns into numbers, twice: as they are for trees, centred for a linear model.

A missing value is neutral: for a linear model it is the mean of the known ones, for trees the
typical one. Only where rows without a value convert otherwise, by far, is emptiness itself a level;
a placeholder such as "not chosen" says something then.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fleet.propensity.columns import Column
from fleet.propensity.linear import REACH
from fleet.propensity.policy import PropensityPolicy

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """How one column becomes slots; `other` and `empty` are slots of their own when learned."""

    name: str
    kind: str  # number, level or weekday
    way: str | None = None
    mean: float = 0.0
    scale: float = 1.0
    typical: float = 0.0
    levels: tuple[str, ...] = ()
    other: bool = False
    empty: bool = False

    @property
    def width(self) -> int:
        """How many slots it takes."""
        own = 1 if self.kind == "number" else len(self.levels) + self.other
        return own + self.empty


def learn_features(
    columns: Sequence[Column], labels: Sequence[int], rows: Sequence[int], policy: PropensityPolicy
) -> list[tuple[Column, Feature]]:
    """Return the columns that can be learned from, with how; looks at `rows` (indexes) only."""
    found = []
    for column in columns:
        values = [column.values[row] for row in rows]
        known = [value for value in values if value is not None]
        if not known:
            continue
        empty = _tells([v is None for v in values], [labels[row] for row in rows], policy)
        if column.numeric:
            numbers = np.array(known, dtype=float)
            found.append((column, Feature(
                name=column.name, kind="number", mean=float(numbers.mean()),
                scale=float(numbers.std()) or 1.0, typical=float(np.median(numbers)), empty=empty,
            )))  # fmt: skip
            continue
        counts = Counter(str(value) for value in known)
        levels = tuple(
            value for value, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            if n >= policy.min_level_rows
        )[: policy.max_levels]  # fmt: skip
        rest = len(known) - sum(counts[level] for level in levels)
        if levels:
            found.append((column, Feature(
                name=column.name, kind="weekday" if column.way else "level", way=column.way,
                levels=levels, other=rest >= policy.min_level_rows, empty=empty,
            )))  # fmt: skip
    return found


def _tells(empty: Sequence[bool], labels: Sequence[int], policy: PropensityPolicy) -> bool:
    """Whether rows without a value convert so differently that it is no accident."""
    n, m = sum(empty), len(empty) - sum(empty)
    if min(n, m) < policy.min_level_rows:
        return False
    gone = sum(label for label, is_empty in zip(labels, empty, strict=True) if is_empty)
    here = sum(labels) - gone
    pooled = sum(labels) / len(labels)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return bool(spread) and abs(gone / n - here / m) > policy.empty_z * spread


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows x slots for trees and for a linear model, and what was taken off each linear slot."""

    trees: Floats
    linear: Floats
    shares: Floats


def encode(pairs: Sequence[tuple[Column, Feature]], rows: int) -> Encoded:
    """Encode every row of the columns."""
    if not pairs:
        return Encoded(np.zeros((rows, 0)), np.zeros((rows, 0)), np.zeros(0))
    parts = [
        _numbers(column, feature) if feature.kind == "number" else _levels(column, feature)
        for column, feature in pairs
    ]
    return Encoded(
        np.hstack([part[0] for part in parts]),
        np.hstack([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
    )


def _numbers(column: Column, feature: Feature) -> tuple[Floats, Floats, Floats]:
    raw = np.array([np.nan if v is None else float(v) for v in column.values])
    empty = np.isnan(raw)
    plain = np.where(empty, feature.typical, raw)[:, None]
    span = np.clip((raw - feature.mean) / feature.scale, -REACH, REACH)
    linear = np.where(empty, 0.0, span)[:, None]
    if not feature.empty:
        return plain, linear, np.zeros(1)
    mark = empty.astype(float)[:, None]
    return np.hstack([plain, mark]), np.hstack([linear, mark]), np.zeros(2)


def _levels(column: Column, feature: Feature) -> tuple[Floats, Floats, Floats]:
    place = level_slots(feature)
    other = place.get(None) if feature.other else None
    codes = np.array([
        (feature.width - 1 if feature.empty else -1) if value is None
        else place.get(str(value), -1 if other is None else other)
        for value in column.values
    ])  # fmt: skip
    known = codes >= 0
    marks = np.zeros((len(codes), feature.width))
    marks[np.flatnonzero(known), codes[known]] = 1.0
    shares = marks[known].mean(axis=0) if known.any() else np.zeros(feature.width)
    linear = marks.copy()
    linear[known] -= shares
    marks[~known, 0] = 1.0  # the most frequent level is the typical one
    return marks, linear, shares


def level_slots(feature: Feature) -> dict[str | None, int]:
    """Return the slot of each level; None stands for all others."""
    places: dict[str | None, int] = {level: slot for slot, level in enumerate(feature.levels)}
    if feature.other:
        places[None] = len(feature.levels)
    return places


def feature_form(feature: Feature) -> dict[str, Any]:
    """Return the part of the exported form that both models share."""
    form: dict[str, Any] = {"name": feature.name, "kind": feature.kind}
    return form | ({"way": feature.way} if feature.way else {})
