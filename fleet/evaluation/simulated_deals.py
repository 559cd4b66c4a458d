"""How deals begin and end in a simulated past: who wins them is hidden from the scorer.

The odds follow from features that the scorer sees, and from luck that nobody sees. Since the day
the past begins one segment wins otherwise than closed deals taught; under a drift the market falls.
Decides by a seeded generator that the caller passes in.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from fleet.evaluation.simulation import DriftRule, Scenario
from fleet.stats.logistic import logistic

TOUCHES = "touches"  # the one feature that is a count


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSegment:
    """A segment whose odds are no longer those of the closed deals: `by` in log odds."""

    column: str
    value: str
    by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRule:
    """The numbers of `[simulate_deals]` in data/policies.toml."""

    hour: int
    opened_a_day: int
    open_days: tuple[float, ...]
    shortest_days: int
    engagement: float
    most_touches: int
    base: float
    noise: float
    touch: float
    usual_touches: float
    market_fall: float
    refit_each: int
    refit_days: float
    changed: ChangedSegment
    effects: Mapping[str, Mapping[str, float]]


def win_chance(features: Mapping[str, str], rule: DealRule, *, fell: bool = False) -> float:
    """Return the chance, 0 to 1, that a deal with these features is won, luck left out.

    `features` are the columns of the scorer as texts; an unknown one moves nothing. `fell` says
    that the market has fallen.
    """
    return logistic(_odds(features, rule, fell=fell))


def _odds(features: Mapping[str, str], rule: DealRule, *, fell: bool) -> float:
    odds = rule.base
    for column, effects in rule.effects.items():
        odds += effects.get(features.get(column, ""), 0.0)
    odds += rule.touch * (int(features.get(TOUCHES) or 0) - rule.usual_touches)
    if features.get(rule.changed.column) == rule.changed.value:
        odds += rule.changed.by
    return odds + (rule.market_fall if fell else 0.0)


def is_won(
    features: Mapping[str, str], rule: DealRule, rng: random.Random, *, fell: bool = False
) -> bool:
    """Decide whether a deal that ends is won: by its chance, and by what no feature tells."""
    odds = _odds(features, rule, fell=fell) + rng.gauss(0, rule.noise)
    return rng.random() < logistic(odds)


def has_fallen(scenario: Scenario, day: int, days: int, drift: DriftRule) -> bool:
    """Whether the market has fallen on a day (0 is the first): under a drift, from its start on."""
    return scenario is Scenario.DRIFT and day >= round(drift.start * days)


def ends_on(opened: date, rule: DealRule, rng: random.Random) -> date:
    """Return the day on which a deal that is opened now will end."""
    middle, spread = rule.open_days
    drawn = rng.lognormvariate(math.log(middle), spread)
    return opened + timedelta(days=max(rule.shortest_days, round(drawn)))


def touches_before(rule: DealRule, rng: random.Random) -> int:
    """Return how often a customer was in touch before the deal was opened."""
    return min(rule.most_touches, int(rng.expovariate(rule.engagement)))
