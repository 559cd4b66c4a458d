"""Agreement between two raters: Cohen's kappa with its interval."""

import math

from fleet.stats.intervals import Z95


def kappa(
    both_yes: int, only_first: int, only_second: int, both_no: int
) -> tuple[float, float, float] | None:
    """Cohen's kappa (Cohen 1960) with a 95 % normal interval; None without data or variation.

    >>> tuple(round(x, 3) for x in kappa(20, 5, 10, 15))
    (0.4, 0.146, 0.654)
    """
    n = both_yes + only_first + only_second + both_no
    if not n:
        return None
    agreed = (both_yes + both_no) / n
    first, second = (both_yes + only_first) / n, (both_yes + only_second) / n
    chance = first * second + (1 - first) * (1 - second)
    if chance >= 1:
        return None
    value = (agreed - chance) / (1 - chance)
    half = Z95 * math.sqrt(agreed * (1 - agreed) / n) / (1 - chance)
    return value, value - half, min(1.0, value + half)
