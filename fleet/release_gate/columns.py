"""Verdicts as columns: each key read once, each value checked once, nothing copied a row.

A column of rates is a float array in which NaN means "not measured"; a NaN that was written as a
value is a problem, so the two cannot be confused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Row = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RATES = ("task_success", "context_preserved", "evidence_coverage")
AMOUNTS = ("latency_ms", "cost_usd", "judge_sd")
FLAGS = ("safety_pass", "critical_safety", "human_override")
NUMBERS: frozenset[type] = frozenset({int, float, type(None)})
BOOLEANS: frozenset[type] = frozenset({bool, type(None)})


class Columns:
    """Lazily read columns of one list of verdicts."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._lists: dict[str, list[Any]] = {}
        self._floats: dict[str, Floats] = {}
        self._strata: tuple[dict[str, int], npt.NDArray[np.int64]] | None = None

    def values(self, key: str) -> list[Any]:
        """Return one key of every verdict; None where it is absent."""
        if key not in self._lists:
            self._lists[key] = [row.get(key) for row in self.rows]
        return self._lists[key]

    def floats(self, key: str) -> Floats:
        """Return one numeric or boolean key; NaN where it is absent or not a number."""
        if key not in self._floats:
            column = self.values(key)
            if not set(map(type, column)) <= NUMBERS | BOOLEANS:
                column = [value if isinstance(value, (int, float)) else None for value in column]
            self._floats[key] = np.array(column, dtype=np.float64)
        return self._floats[key]

    def present(self, key: str) -> Mask:
        """Say where a key has a truthy value."""
        return np.fromiter(map(bool, self.values(key)), dtype=np.bool_, count=len(self.rows))

    def strata(self) -> tuple[dict[str, int], npt.NDArray[np.int64]]:
        """Return the code of each stratum, and the code of each verdict; -1 without a stratum."""
        if self._strata is None:
            index: dict[str, int] = {}
            names = self.values("stratum")
            codes = [-1 if s is None else index.setdefault(str(s), len(index)) for s in names]
            self._strata = index, np.array(codes, dtype=np.int64)
        return self._strata

    def problems(self) -> list[str]:
        """Name every column whose values are not what they must be."""
        found = [self._bad(key, NUMBERS, 1.0, "are not in 0..1") for key in RATES]
        found += [self._bad(key, NUMBERS, np.inf, "are not amounts") for key in AMOUNTS]
        found += [self._bad(key, BOOLEANS, 1.0, "are not true, false or null") for key in FLAGS]
        return [problem for problem in found if problem]

    def _bad(self, key: str, types: frozenset[type], top: float, words: str) -> str | None:
        column = self.values(key)
        if set(map(type, column)) <= types:
            numbers = self.floats(key)
            inside = (numbers >= 0) & (numbers <= top) & np.isfinite(numbers)
            bad = len(column) - column.count(None) - int(inside.sum())
        else:
            bad = sum(1 for value in column if type(value) not in types)
        return f"{bad} values of {key} {words}" if bad else None

    def epochs(self) -> Floats:
        """Return `created_at` in seconds since 1970; NaN where it cannot be read."""
        known: dict[Any, float] = {}
        column = self.values("created_at")
        for text in column:
            if text.__class__ is str and text not in known:
                known[text] = _epoch(text)
        return np.array([known.get(t, np.nan) if t.__class__ is str else np.nan for t in column])


def _epoch(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return float("nan")
