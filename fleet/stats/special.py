"""Special functions in pure Python: the regularised incomplete beta function."""

import math

TINY = 1e-300
EPSILON = 1e-14
ROUNDS = 20_000


def log_beta(a: float, b: float) -> float:
    """Logarithm of the beta function.

    >>> round(math.exp(log_beta(2, 3)), 6)
    0.083333
    """
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def log_beta_tails(a: float, b: float, x: float) -> tuple[float, float]:
    """Logarithms of I_x(a, b) and 1 - I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22).

    >>> [round(math.exp(t), 6) for t in log_beta_tails(2, 3, 0.4)]
    [0.5248, 0.4752]
    """
    if x <= 0:
        return -math.inf, 0.0
    if x >= 1:
        return 0.0, -math.inf
    front = a * math.log(x) + b * math.log1p(-x) - log_beta(a, b)
    if x < (a + 1) / (a + b + 2):
        lower = min(0.0, front + math.log(_fraction(a, b, x)) - math.log(a))
        return lower, _log_complement(lower)
    upper = min(0.0, front + math.log(_fraction(b, a, 1 - x)) - math.log(b))
    return _log_complement(upper), upper


def _log_complement(log_p: float) -> float:
    if log_p >= 0:
        return -math.inf
    return math.log1p(-math.exp(log_p)) if log_p < -1e-17 else -math.inf


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > TINY else TINY)
    value = d
    for m in range(1, ROUNDS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + step * d
            d = 1 / (d if abs(d) > TINY else TINY)
            c = 1 + step / c
            c = c if abs(c) > TINY else TINY
            value *= c * d
        if abs(c * d - 1) < EPSILON:
            return value
    return value
