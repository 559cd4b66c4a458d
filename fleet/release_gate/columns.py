"""Verdicts as columns: each key read once, each value checked once, nothing copied a row.

A column of rates is a float array in which NaN means "not measured"; a NaN that was written as a
value is a problem, so the two cannot be confused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
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
TEXTS: frozenset[type] = frozenset({str, type(None)})


class Columns:
    """Lazily read columns of one list of verdicts."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._keys: frozenset[str] | None = None
        self._lists: dict[str, list[Any]] = {}
        self._floats: dict[str, Floats] = {}
        self._strata: tuple[dict[str, int], npt.NDArray[np.int64]] | None = None

    def values(self, key: str) -> list[Any]:
        """Return one key of every verdict; None where it is absent."""
        if key not in self._lists:
            self._lists[key] = self._read(key)
        return self._lists[key]

    def is_known(self, key: str) -> bool:
        """Whether any verdict has a key at all."""
        if self._keys is None:
            self._keys = frozenset().union(*self.rows)
        return key in self._keys

    def _read(self, key: str) -> list[Any]:
        """Look a key up in every row, in C where it can be; not at all where no row has it."""
        if not self.is_known(key):
            return [None] * len(self.rows)
        try:
            return list(map(itemgetter(key), self.rows))
        except KeyError:
            return [row.get(key) for row in self.rows]

    def floats(self, key: str) -> Floats:
        """Return one numeric or boolean key; NaN where it is absent or not a number."""
        if key not in self._floats and not self.is_known(key):
            self._floats[key] = np.full(len(self.rows), np.nan)
        if key not in self._floats:
            column = self.values(key)
            if not set(map(type, column)) <= NUMBERS | BOOLEANS:
                column = [value if isinstance(value, (int, float)) else None for value in column]
            self._floats[key] = _array(column)
        return self._floats[key]

    def present(self, key: str) -> Mask:
        """Say where a key has a truthy value."""
        return np.fromiter(map(bool, self.values(key)), dtype=np.bool_, count=len(self.rows))

    def strata(self) -> tuple[dict[str, int], npt.NDArray[np.int64]]:
        """Return the code of each stratum, and the code of each verdict; -1 without a stratum."""
        if self._strata is None:
            names = self.values("stratum")
            if set(map(type, names)) <= TEXTS:
                index = {name: at for at, name in enumerate(sorted(set(names) - {None}))}
                known: dict[Any, int] = {None: -1, **index}
                codes = list(map(known.__getitem__, names))
            else:
                index = {}
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
        if not self.is_known(key):
            return None
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
        column = self.values("created_at")
        if set(map(type, column)) <= TEXTS:
            known = {text: np.nan if text is None else _epoch(text) for text in set(column)}
            return np.array(list(map(known.__getitem__, column)), dtype=np.float64)
        return np.array([_epoch(t) if t.__class__ is str else np.nan for t in column])


def _array(column: list[Any]) -> Floats:
    try:
        return np.array(column, dtype=np.float64)
    except OverflowError:  # a whole number beyond every float is no amount
        return np.array([_number(value) for value in column], dtype=np.float64)


def _number(value: float | None) -> float:
    try:
        return np.nan if value is None else float(value)
    except OverflowError:
        return np.inf


def _epoch(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return float("nan")
