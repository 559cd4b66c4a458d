"""How likely a test is to find a shift of a given size at given numbers of rows."""

import math

ROOM = 0.5  # the largest standard deviation of a share's indicator


def normal(z: float) -> float:
    """Return the normal distribution function.

    >>> round(normal(1.959964), 4)
    0.975
    """
    return 0.5 * math.erfc(-z / math.sqrt(2))


def ks_power(distance: float, n: int, m: int, alpha: float) -> float:
    """Return at least how likely a two-sample Kolmogorov-Smirnov test is to find a true distance.

    The statistic is no smaller than the difference at the point where the distance is reached,
    which is close to normal; its variance there is taken as large as it can be.

    >>> [round(ks_power(0.2, n, n, 0.01), 2) for n in (50, 200, 800)]
    [0.12, 0.78, 1.0]
    """
    size = n * m / (n + m)
    root = math.sqrt(size)
    critical = math.sqrt(-math.log(alpha / 2) / 2) / (root + 0.12 + 0.11 / root)
    return normal((distance - critical) * root / ROOM)


def chi_square_power(effect: float, total: int, levels: int, alpha: float) -> float:
    """Return how likely a chi-square test of homogeneity is to find a true Cramér's V.

    `total` counts the rows of both sides. Noncentral chi-square by Sankaran (1959), its critical
    value by Wilson and Hilferty (1931).

    >>> [round(chi_square_power(0.1, n, 2, 0.05), 2) for n in (100, 800, 2000)]
    [0.17, 0.82, 0.99]
    """
    k, shift = max(1, levels - 1), total * effect**2
    z = _normal_quantile(1 - alpha)
    critical = k * (1 - 2 / (9 * k) + z * math.sqrt(2 / (9 * k))) ** 3
    h = 1 - 2 * (k + shift) * (k + 3 * shift) / (3 * (k + 2 * shift) ** 2)
    p = (k + 2 * shift) / (k + shift) ** 2
    m = (h - 1) * (1 - 3 * h)
    middle = 1 + h * p * (h - 1 - 0.5 * (2 - h) * m * p)
    return 1 - normal(
        ((critical / (k + shift)) ** h - middle) / (h * math.sqrt(2 * p) * (1 + 0.5 * m * p))
    )


def _normal_quantile(share: float) -> float:
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if normal(middle) < share else (low, middle)
    return low
