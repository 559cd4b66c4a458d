"""Chances that were given against outcomes that came later: does the scoring still keep its word?

Only a chance given on a day before the outcome's counts, and of one deal the first that a method
gave: later ones know more the nearer the end is. Deals still open are counted and not judged; where
quick deals end otherwise than slow ones, the picture leans towards the quick.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from fleet.propensity.measures import BINS, calibration_error, reliability
from fleet.propensity.report import SEGMENT_LEVELS, segment_of

KEEPS, OFF, FEW = "KEEPS", "OFF", "FEW"
TRAINED, RATE = "trained", "rate"  # by a trained model; by the base rate or the best column's rates
RATES = (TRAINED, RATE)  # learned from outcomes; what rules and a language model say is a rank
FOLDED_MEAN = math.sqrt(2 / math.pi)  # of |z|, z standard normal; its variance is 1 - 2 / pi
FOLDED_VARIANCE = 1 - 2 / math.pi
FOLDED_SKEW = FOLDED_MEAN * (4 / math.pi - 1)  # its third central moment


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPolicy:
    """Table [propensity_follow_up] of the policies."""

    window: int
    least: int
    alpha: float
    segment_rows: int
    round_leads: int
    refit_each: int
    refit_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A chance that was kept, with its time (ISO), and the deal's outcome if it has one by now.

    `segments` are what was known of the deal when the chance was given, by column; `played` says
    that a simulation gave the deal its outcome.
    """

    deal_id: str
    method: str
    at: str
    chance: float
    ended_at: str | None = None
    won: bool | None = None
    segments: Mapping[str, str] = field(default_factory=dict)
    played: bool = False


def is_counted(given: Given) -> bool:
    """Whether the outcome is known and came on a later day than the chance: no look-ahead.

    >>> is_counted(Given(deal_id="a", method="rules", at="2026-03-01T09:00:00Z", chance=0.4,
    ...                  ended_at="2026-03-01", won=True))
    False
    """
    ended = (given.ended_at or "")[:10]
    return given.won is not None and given.at[:10] < ended


def follow_up(rows: Sequence[Given], policy: FollowPolicy) -> dict[str, dict[str, Any]]:
    """Return, for each method, how its chances came true among the newest ended deals.

    A method's entry is `{n, late, chance, rate, ece, expected, limit, state, from, to, reliability,
    segments}`: `late` chances were not given before the outcome; `expected` is the ECE that chance
    alone gives a calibrated model of so many rows, and above `limit` the state is OFF. With fewer
    than `least` rows the state is FEW and nothing is concluded.
    """
    methods: dict[str, list[Given]] = {}
    for row in _first_of_each(rows):
        methods.setdefault(row.method, []).append(row)
    return {method: _of_method(found, policy) for method, found in sorted(methods.items())}


def _first_of_each(rows: Sequence[Given]) -> list[Given]:
    first: dict[tuple[str, str], Given] = {}
    for row in sorted(rows, key=lambda row: row.at):
        first.setdefault((row.method, row.deal_id), row)
    return list(first.values())


def _of_method(rows: Sequence[Given], policy: FollowPolicy) -> dict[str, Any]:
    counted = sorted(filter(is_counted, rows), key=lambda row: (row.ended_at or "", row.deal_id))
    late = sum(row.won is not None for row in rows) - len(counted)
    seen = counted[-policy.window :]
    labels, chances = [int(bool(row.won)) for row in seen], [row.chance for row in seen]
    found: dict[str, Any] = {"n": len(seen), "late": late, "state": FEW, "ece": None}
    if not seen:
        return found
    expected, limit = calibrated_noise(chances, policy.alpha)
    ece = calibration_error(labels, chances) or 0.0
    if len(seen) >= policy.least:
        found["state"] = OFF if ece > limit else KEEPS
    return found | {
        "chance": sum(chances) / len(seen), "rate": sum(labels) / len(seen), "ece": ece,
        "expected": expected, "limit": limit, "from": min(row.at for row in seen),
        "to": seen[-1].ended_at, "reliability": reliability(labels, chances),
        "segments": _segments(seen, labels, chances, policy),
    }  # fmt: skip


def _segments(
    rows: Sequence[Given], labels: Sequence[int], chances: Sequence[float], policy: FollowPolicy
) -> list[dict[str, Any]]:
    """Return the calibration of each value of each column that parts the rows, largest first.

    Columns come in the order of how many of their values came true otherwise than was said.
    """
    found: list[tuple[int, str, list[dict[str, Any]]]] = []
    for column in sorted({name for row in rows for name in row.segments}):
        parts: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            parts.setdefault(row.segments.get(column) or "", []).append(place)
        if len(parts) not in SEGMENT_LEVELS:
            continue
        order = sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))
        shown = [
            segment_of(column, value or None, places, labels, chances)
            for value, places in order if len(places) >= policy.segment_rows
        ]  # fmt: skip
        off = sum(not part["low"] <= part["chance"] <= part["high"] for part in shown)
        found.append((-off, column, shown))
    return [part for *_, shown in sorted(found, key=lambda each: each[:2]) for part in shown]


def calibrated_noise(chances: Sequence[float], alpha: float) -> tuple[float, float]:
    """Return the ECE that a calibrated model shows by chance, and what it exceeds once in 1/alpha.

    The gap of a bin is nearly normal, its size folded normal; their sum is taken as normal and
    corrected for its skew (Cornish and Fisher 1938).

    >>> [round(x, 3) for x in calibrated_noise([0.3] * 400, 0.001)]
    [0.058, 0.107]
    """
    rows, total = sorted(chances), len(chances)
    edges = [total * step // BINS for step in range(BINS + 1)]
    spreads = [
        math.sqrt(sum(p * (1 - p) for p in rows[low:high]))
        for low, high in itertools.pairwise(edges)
    ]
    mean = FOLDED_MEAN * sum(spreads) / total
    deviation = math.sqrt(FOLDED_VARIANCE * sum(s * s for s in spreads)) / total
    if not deviation:
        return mean, mean
    skew = FOLDED_SKEW * sum(s**3 for s in spreads) / (deviation * total) ** 3
    z = NormalDist().inv_cdf(1 - alpha)
    return mean, mean + deviation * (z + skew * (z * z - 1) / 6)
