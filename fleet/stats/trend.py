"""Monotone trend: the Mann-Kendall test with ties in time and value (Mann 1945, Kendall 1955)."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Trend:
    """Kendall's S, its Z score, and the one-sided p value of a fall."""

    s: float
    z: float
    p_falling: float


def mann_kendall(times: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> Trend:
    """Test for a trend; pairs at the same time or of the same value count nothing.

    >>> mann_kendall(np.arange(10.0), np.arange(10.0)[::-1]).s
    -45.0
    """
    n = len(values)
    if n < 3:
        return Trend(0.0, 0.0, 1.0)
    s = _kendall_s(times, values)
    variance = _variance(n, _tie_counts(times), _tie_counts(values))
    if variance <= 0:
        return Trend(s, 0.0, 1.0)
    z = (s - math.copysign(1, s)) / math.sqrt(variance) if s else 0.0
    return Trend(s, z, 0.5 * math.erfc(-z / math.sqrt(2)))


def _kendall_s(times: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> float:
    """Concordant minus discordant pairs; O(n u) for u distinct values, else O(n log n)."""
    order = np.lexsort((values, times))
    t, v = times[order], values[order]
    distinct = np.unique(v)
    if len(distinct) <= 8:
        return _s_by_level(t, v, distinct)
    ranks = np.searchsorted(distinct, v)
    return _s_by_tree(t, ranks, len(distinct))


def _s_by_level(
    t: npt.NDArray[np.float64], v: npt.NDArray[np.float64], distinct: npt.NDArray[np.float64]
) -> float:
    first = np.searchsorted(t, t, side="left")
    s = 0.0
    for level in distinct:
        prefix = np.concatenate(([0], np.cumsum(v == level)))
        before = prefix[first]
        s += float(before[v > level].sum() - before[v < level].sum())
    return s


def _s_by_tree(t: npt.NDArray[np.float64], ranks: npt.NDArray[np.int64], levels: int) -> float:
    tree = [0] * (levels + 1)

    def count(upto: int) -> int:
        total = 0
        while upto > 0:
            total += tree[upto]
            upto &= upto - 1
        return total

    s, seen, start = 0, 0, 0
    rank_list, time_list = ranks.tolist(), t.tolist()
    n = len(rank_list)
    while start < n:
        end = start
        while end < n and time_list[end] == time_list[start]:
            rank = rank_list[end]
            s += count(rank) - (seen - count(rank + 1))
            end += 1
        for rank in rank_list[start:end]:
            place = rank + 1
            while place <= levels:
                tree[place] += 1
                place += place & -place
        seen, start = end, end
    return float(s)


def _tie_counts(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    _, counts = np.unique(x, return_counts=True)
    return counts[counts > 1].astype(float)


def _variance(n: int, t: npt.NDArray[np.float64], u: npt.NDArray[np.float64]) -> float:
    def full(c: npt.NDArray[np.float64]) -> float:
        return float((c * (c - 1) * (2 * c + 5)).sum())

    def three(c: npt.NDArray[np.float64]) -> float:
        return float((c * (c - 1) * (c - 2)).sum())

    def two(c: npt.NDArray[np.float64]) -> float:
        return float((c * (c - 1)).sum())

    base = (n * (n - 1) * (2 * n + 5) - full(t) - full(u)) / 18
    return (
        base
        + three(t) * three(u) / (9 * n * (n - 1) * (n - 2))
        + two(t) * two(u) / (2 * n * (n - 1))
    )
