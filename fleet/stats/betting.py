"""Anytime-valid bounds for the mean of bounded differences, by betting with constant stakes.

For a fixed stake c in (0, 1) the capital prod(1 + c (x_i - m) / m) is a nonnegative martingale
when the mean of x in [0, 1] is m (Waudby-Smith and Ramdas 2024). A product does not depend on the
order of its factors, and neither does the mixture of several stakes: so the same pairs give the
same bound however they arrive. A Hoeffding bound of the same width would need several times the
pairs when the differences are mostly zero, as paired verdicts are.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

STAKES: tuple[float, ...] = tuple(float(c) for c in np.geomspace(0.008, 0.995, 24))
STEPS = 40
MOST = 1 << 24

Values = npt.NDArray[np.float64]


def difference_bounds(differences: Values, alpha: float) -> tuple[float, float]:
    """Bounds of the mean of differences in [-1, 1]; each side has error at most alpha.

    >>> low, high = difference_bounds(np.array([0.0] * 180 + [1.0] * 20), 0.05)
    >>> round(low, 3), round(high, 3)
    (0.045, 0.178)
    """
    if differences.size == 0:
        return -1.0, 1.0
    values, counts = np.unique((differences + 1) / 2, return_counts=True)
    low = _lower(values, counts, alpha)
    flipped = _lower((1 - values)[::-1], counts[::-1], alpha)
    return 2 * low - 1, 1 - 2 * flipped


def pairs_needed(differences: Values, margin: float, alpha: float) -> int | None:
    """How many more such pairs bring the lower bound to `-margin`; None if no number does.

    >>> pairs_needed(np.array([0.0] * 100), 0.05, 0.05), pairs_needed(np.array([]), 0.05, 0.05)
    (10, 110)
    >>> pairs_needed(np.array([-1.0] * 10 + [0.0] * 90), 0.05, 0.05) is None
    True
    """
    m = (1 - margin) / 2
    n = int(differences.size)
    sample = differences if n else np.zeros(1)
    if (float(sample.mean()) + 1) / 2 <= m:
        return None
    values, counts = np.unique((sample + 1) / 2, return_counts=True)

    def is_enough(more: int) -> bool:
        return _log_capital(values, counts * ((n + more) / sample.size), m) >= -math.log(alpha)

    high = 1
    while not is_enough(high):
        high *= 2
        if high > MOST:
            return None
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _lower(values: Values, counts: npt.NDArray[np.int64], alpha: float) -> float:
    """Largest m that the bets reject, by bisection: the capital falls as m rises."""
    needed = -math.log(alpha)
    low, high = 0.0, float(np.dot(values, counts) / counts.sum())
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle <= 0 or _log_capital(values, counts, middle) < needed:
            high = middle
        else:
            low = middle
    return low


def _log_capital(values: Values, counts: npt.NDArray[Any], m: float) -> float:
    stakes = np.array(STAKES)
    logs = np.log1p(stakes[:, None] * (values[None, :] - m) / m) @ counts
    top = float(logs.max())
    return top + math.log(float(np.exp(logs - top).mean()))
