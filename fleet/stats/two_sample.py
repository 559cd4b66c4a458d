"""Two samples: Kolmogorov-Smirnov, chi-square, and Benjamini-Hochberg across many of them."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TERMS = 100


def ks_statistic(first: Floats, second: Floats) -> float:
    """Largest distance of two empirical distribution functions; both inputs sorted.

    >>> ks_statistic(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    1.0
    """
    both = np.concatenate((first, second))
    left = np.searchsorted(first, both, side="right") / len(first)
    right = np.searchsorted(second, both, side="right") / len(second)
    return float(np.abs(left - right).max())


def ks_p_value(distance: float, n: int, m: int) -> float:
    """Asymptotic p value of the two-sample statistic (Smirnov 1948, with Stephens' correction).

    >>> round(ks_p_value(0.2, 100, 100), 3)
    0.031
    """
    size = math.sqrt(n * m / (n + m))
    x = (size + 0.12 + 0.11 / size) * distance
    if x < 0.2:
        return 1.0
    total: float = sum((-1.0) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, TERMS))
    return min(1.0, max(0.0, 2 * total))


def chi_square(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Homogeneity of two rows of counts: Cramér's V and the p value (Wilson-Hilferty 1931).

    >>> [round(x, 3) for x in chi_square([50, 50], [80, 20])]
    [0.314, 0.0]
    """
    table = np.array([first, second], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    n, levels = float(table.sum()), table.shape[1]
    if levels <= 1 or table.sum(axis=1).min() == 0:
        return 0.0, 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = levels - 1
    z = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return math.sqrt(statistic / n), 0.5 * math.erfc(z / math.sqrt(2))


def adjust_p_values(p_values: Sequence[float]) -> list[float]:
    """False-discovery-rate adjusted p values (Benjamini and Hochberg 1995), in the given order.

    >>> [round(p, 3) for p in adjust_p_values([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    total, smallest = len(p_values), 1.0
    adjusted = [1.0] * total
    order = sorted(range(total), key=p_values.__getitem__)
    for rank in range(total, 0, -1):
        place = order[rank - 1]
        smallest = min(smallest, p_values[place] * total / rank)
        adjusted[place] = smallest
    return adjusted
