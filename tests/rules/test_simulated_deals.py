"""Deals of a simulated past: hidden odds that features tell, one changed segment, a falling market."""

import random
from collections.abc import Mapping
from datetime import date
from statistics import mean

from fleet.adapters.files import read_policies
from fleet.adapters.sample_deals import (
    BASE,
    ENGAGEMENT_EFFECT,
    INDUSTRY_EFFECT,
    NOISE,
    SENIORITY_EFFECT,
    SOURCE_EFFECT,
)
from fleet.adapters.store.played import OUTCOME, PLAYED, is_played_outcome
from fleet.evaluation.simulated_deals import (
    DealRule,
    ends_on,
    has_fallen,
    is_won,
    touches_before,
    win_chance,
)
from fleet.evaluation.simulation import Scenario, SimulatePolicy
from fleet.policy import section
from fleet.propensity.follow_up import FollowPolicy
from fleet.propensity.snapshots import FEATURES, size_class

POLICIES = read_policies()
RULE = section(POLICIES, "simulate_deals", DealRule)
DRIFT = section(POLICIES, "simulate", SimulatePolicy).drift
GOOD = {"lead source": "referral", "seniority": "director", "touches": "6"}
BAD = {"lead source": "purchased list", "seniority": "junior", "touches": "0"}


def share(features: Mapping[str, str], *, fell: bool = False, n: int = 4000) -> float:
    rng = random.Random(5)
    return mean(is_won(features, RULE, rng, fell=fell) for _ in range(n))


def test_features_tell_the_chance_and_luck_only_blurs_it() -> None:
    assert win_chance(BAD, RULE) < 0.15 < 0.75 < win_chance(GOOD, RULE)
    for features in (GOOD, BAD, {}):
        assert abs(share(features) - win_chance(features, RULE)) < 0.04


def test_a_feature_that_is_unknown_or_not_known_moves_nothing() -> None:
    usual = {"touches": str(round(RULE.usual_touches))}
    assert win_chance(usual, RULE) == win_chance({**usual, "lead source": "?", "x": "y"}, RULE)
    assert 0 < win_chance({"touches": "9999"}, RULE) <= 1


def test_the_odds_are_those_of_the_samples_closed_deals_but_for_the_changed_segment() -> None:
    """What a model learned from them is right, everywhere but in one segment."""
    assert (RULE.base, RULE.noise, RULE.touch) == (BASE, NOISE, ENGAGEMENT_EFFECT)
    taught: dict[str, Mapping[str | None, float] | Mapping[str, float]] = {
        "lead source": SOURCE_EFFECT, "seniority": SENIORITY_EFFECT, "industry": INDUSTRY_EFFECT,
    }  # fmt: skip
    for column, effects in taught.items():
        known = {str(name): by for name, by in effects.items() if by}
        assert dict(RULE.effects[column]) == known
    edges = POLICIES["lead_scoring"]["size_edges"]
    sizes = {size_class(count, edges) for count in (3, 20, 100, 500, 5000)}
    assert set(RULE.effects["company size"]) < sizes
    changed = RULE.changed
    assert changed.column in FEATURES
    assert changed.value in SOURCE_EFFECT
    before = RULE.base + SOURCE_EFFECT[changed.value] + changed.by
    found = win_chance({changed.column: changed.value, "touches": "2"}, RULE)
    assert abs(found - win_chance({"touches": "2"}, RULE)) > 0.05
    assert before < RULE.base, "the segment that won more wins less"


def test_the_market_falls_only_under_a_drift_and_only_from_its_start() -> None:
    start = round(DRIFT.start * 30)
    fell = [has_fallen(Scenario.DRIFT, day, 30, DRIFT) for day in range(30)]
    assert fell == [day >= start for day in range(30)]
    assert not any(
        has_fallen(scenario, day, 30, DRIFT)
        for scenario in Scenario if scenario is not Scenario.DRIFT
        for day in range(30)
    )  # fmt: skip
    assert share(GOOD, fell=True) < share(GOOD) - 0.2


def test_a_deal_ends_days_after_it_began_and_the_same_luck_gives_the_same_day() -> None:
    opened = date(2026, 3, 1)
    days = [(ends_on(opened, RULE, random.Random(n)) - opened).days for n in range(400)]
    assert min(days) >= RULE.shortest_days
    assert abs(sorted(days)[200] - RULE.open_days[0]) <= 1
    assert days == [(ends_on(opened, RULE, random.Random(n)) - opened).days for n in range(400)]
    counts = [touches_before(RULE, random.Random(n)) for n in range(400)]
    assert (min(counts), max(counts) <= RULE.most_touches) == (0, True)


def test_the_played_days_train_less_often_than_a_worker() -> None:
    shipped = section(POLICIES, "propensity_follow_up", FollowPolicy)
    assert RULE.refit_each > shipped.refit_each
    assert RULE.refit_days > shipped.refit_days


def test_only_an_outcome_that_was_played_counts_as_played() -> None:
    assert is_played_outcome({PLAYED: {"by": "v", OUTCOME: "won"}})
    for extra in (None, {}, {PLAYED: {"by": "v"}}, {PLAYED: None}, {"source": "event"}):
        assert not is_played_outcome(extra)
