"""Intervals for a proportion: Wilson (1927) and Clopper-Pearson (1934)."""

import math

Z95 = 1.959963984540054  # two-sided 95 %


def wilson(successes: float, trials: float, z: float = Z95) -> tuple[float, float]:
    """Two-sided Wilson score interval (Wilson 1927); (0, 1) without trials.

    >>> tuple(round(x, 4) for x in wilson(45, 50))
    (0.7864, 0.9565)
    """
    if trials <= 0:
        return 0.0, 1.0
    p = successes / trials
    scale = 1 + z * z / trials
    centre = (p + z * z / (2 * trials)) / scale
    half = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def clopper_pearson(successes: int, trials: int, alpha: float = 0.05) -> tuple[float, float]:
    """Two-sided exact interval (Clopper and Pearson 1934); `alpha` is split evenly.

    >>> tuple(round(x, 4) for x in clopper_pearson(45, 50, alpha=0.10))
    (0.8012, 0.9598)
    """
    if trials <= 0:
        return 0.0, 1.0
    low = 0.0 if successes == 0 else _solve(successes, trials, alpha / 2, upper=False)
    high = 1.0 if successes == trials else _solve(successes, trials, alpha / 2, upper=True)
    return low, high


def _solve(successes: int, trials: int, tail: float, *, upper: bool) -> float:
    """Bisect for the p at which the binomial tail equals `tail`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if upper:
            moved_up = binomial_cdf(successes, trials, middle) > tail
        else:
            moved_up = 1 - binomial_cdf(successes - 1, trials, middle) < tail
        low, high = (middle, high) if moved_up else (low, middle)
    return (low + high) / 2


def binomial_cdf(k: int, n: int, p: float) -> float:
    """P(X <= k) for X ~ Binomial(n, p), summed in log space.

    >>> round(binomial_cdf(5, 10, 0.5), 4)
    0.623
    """
    if k < 0:
        return 0.0
    if k >= n or p <= 0:
        return 1.0
    if p >= 1:
        return 0.0
    log_p, log_q = math.log(p), math.log1p(-p)
    top = math.lgamma(n + 1)
    terms = (
        math.exp(top - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * log_p + (n - i) * log_q)
        for i in range(k + 1)
    )
    return min(1.0, math.fsum(terms))
