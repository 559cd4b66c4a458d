"""The logistic function, held where a double can hold it."""

import math

MOST = 30.0  # log odds; further out a chance is 0 or 1 to thirteen digits


def logistic(odds: float) -> float:
    """Return the chance (0 to 1) of log odds.

    >>> logistic(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-max(-MOST, min(MOST, odds))))
