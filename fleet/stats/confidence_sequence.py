"""Anytime-valid bounds for the mean of values in [0, 1], from their count and sum alone.

One-sided mixture martingale: for H0 "mean <= p" the likelihood ratio of q > p against p, averaged
over a uniform prior on (p, 1) (Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021). For a value
x in [0, 1] the factor (q/p)^x ((1-q)/(1-p))^(1-x) has mean <= 1 under H0 by the inequality of
weighted means, so fractional values are covered too. The statistic depends on (n, sum) only, so
the order of the values cannot matter, and by Ville's inequality (1939) the bound holds at every
look at once with error at most alpha.
"""

import math

from fleet.stats.special import log_beta, log_beta_tails

STEPS = 44
EDGE = 1e-12


def log_evidence_above(total: float, n: float, p: float) -> float:
    """Log e-value against "the mean is at most p".

    >>> round(math.exp(log_evidence_above(20, 20, 0.8)), 2)
    20.46
    """
    _, tail = log_beta_tails(total + 1, n - total + 1, p)
    mixture = log_beta(total + 1, n - total + 1) + tail - math.log1p(-p)
    return mixture - total * math.log(p) - (n - total) * math.log1p(-p)


def lower_bound(total: float, n: float, alpha: float) -> float:
    """Lower confidence sequence of a mean in [0, 1] at level 1 - alpha, valid at every look.

    >>> round(lower_bound(95, 100, 0.05), 4)
    0.8656
    >>> lower_bound(0, 0, 0.05)
    0.0
    """
    if n <= 0 or total <= 0:
        return 0.0
    needed = -math.log(alpha)
    low, high = EDGE, min(total / n, 1 - EDGE)
    if log_evidence_above(total, n, low) < needed:
        return 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if log_evidence_above(total, n, middle) >= needed:
            low = middle
        else:
            high = middle
    return low


def upper_bound(total: float, n: float, alpha: float) -> float:
    """Upper confidence sequence of a mean in [0, 1] at level 1 - alpha, valid at every look.

    >>> round(upper_bound(5, 100, 0.05), 4)
    0.1344
    """
    return 1.0 - lower_bound(n - total, n, alpha)


def runs_needed(rate: float, total: float, n: float, *, bar: float, alpha: float) -> int | None:
    """How many more runs at `rate` bring the lower bound to `bar`; None if no number does.

    >>> runs_needed(1.0, 0, 0, bar=0.8, alpha=0.05)
    20
    """
    if rate <= bar:
        return None

    def enough(more: int) -> bool:
        return lower_bound(total + rate * more, n + more, alpha) >= bar

    high = 1
    while not enough(high):
        high *= 2
        if high > 1 << 24:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return 0 if enough(0) else high
