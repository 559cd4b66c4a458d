"""The order of the queue: risk first, then age in days, then value.

Decides what a reviewer sees first. Refuses nothing.
"""

import math

from fleet.domain import Risk

RANKS = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}
VALUE_WIDTH = 15
VALUE_TOP = 10**VALUE_WIDTH - 1
DAY = 10  # characters of an ISO date


def priority(risk: Risk, created_at: str, value: float | None) -> str:
    """Return a text that sorts as the queue does.

    Drafts of one risk class and one day are ordered by value, then by time of day, so that value
    can matter without an old draft ever waiting behind all newer ones.
    """
    money = value if value is not None and math.isfinite(value) else 0.0
    cents = min(VALUE_TOP, max(0, round(money)))
    return f"{RANKS[risk]}|{created_at[:DAY]}|{VALUE_TOP - cents:0{VALUE_WIDTH}d}|{created_at}"
