"""A dimension's confidence sequence run by run, for looking at: it only ever narrows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.release_gate.dimensions import Judgment
from fleet.stats.confidence_sequence import lower_bound, upper_bound

FIRST = 8  # runs; a band before that fills the chart and says nothing
POINTS = 40


@dataclass(frozen=True, slots=True)
class Point:
    """What was known after `n` runs."""

    n: int
    estimate: float
    lower: float
    upper: float


def running_bounds(judgment: Judgment, times: Sequence[float], alpha: float) -> tuple[Point, ...]:
    """Return at most `POINTS` looks in time order; each band lies inside the one before it.

    The running intersection of a confidence sequence is one itself (Robbins 1970).
    """
    order = sorted(range(len(times)), key=times.__getitem__)
    values = [float(judgment.values[at]) for at in order]
    measured = [value for value in values if not math.isnan(value)]
    looks, total, low, high = _looks(len(measured)), 0.0, 0.0, 1.0
    points = []
    for n, value in enumerate(measured, start=1):
        total += value
        if n in looks:
            low = max(low, lower_bound(total, n, alpha))
            high = min(high, upper_bound(total, n, alpha))
            points.append(Point(n, total / n, low, high))
    return tuple(points)


def _looks(n: int) -> frozenset[int]:
    if n <= POINTS:
        return frozenset(range(min(FIRST, n), n + 1))
    step = (n - FIRST) / (POINTS - 1)
    return frozenset(round(FIRST + step * look) for look in range(POINTS))
