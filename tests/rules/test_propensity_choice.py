"""Which candidate is chosen, when a rate has changed, and days that are written in many ways."""

import random
from datetime import date

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.policy import section
from fleet.propensity.choose import BASE, BOOSTING, LOGISTIC, NO_SIGNAL, RULES, choose, figures
from fleet.propensity.policy import PropensityPolicy
from fleet.propensity.shift import find_shift, shift_weights
from fleet.propensity.times import future_rows, time_order

POLICY = section(read_policies(), "propensity", PropensityPolicy)


def world(rows: int = 2_000) -> tuple[list[int], list[float]]:
    rng = random.Random(3)
    chances = [rng.choice([0.1, 0.3, 0.6]) for _ in range(rows)]
    return [int(rng.random() < chance) for chance in chances], chances


def test_the_base_rate_stays_when_nothing_beats_it() -> None:
    labels, _ = world()
    base, rng = sum(labels) / len(labels), random.Random(1)
    noise = [min(0.9, max(0.1, base + rng.gauss(0, 0.1))) for _ in labels]
    found = choose(labels, {BASE: [base] * len(labels), LOGISTIC: noise}, POLICY)
    assert (found.name, found.why) == (BASE, NO_SIGNAL)


def test_boosting_must_beat_logistic_by_more_than_chance() -> None:
    labels, truth = world()
    base = [sum(labels) / len(labels)] * len(labels)
    shaken = [chance + 0.001 * (row % 2) for row, chance in enumerate(truth)]
    same = choose(labels, {BASE: base, LOGISTIC: shaken, BOOSTING: truth}, POLICY)
    assert same.name == LOGISTIC
    worse = [0.5 * chance + 0.5 * base[0] for chance in truth]
    found = choose(labels, {BASE: base, RULES: base, LOGISTIC: worse, BOOSTING: truth}, POLICY)
    assert found.name == BOOSTING
    assert "of logistic" in found.why


def test_figures_hold_intervals() -> None:
    labels, truth = world()
    found = figures(labels, truth)
    assert found["auc_low"] < found["auc"] < found["auc_high"]
    assert found["brier_low"] < found["brier"] < found["brier_high"]
    assert (found["n"], found["lift"] > 1) == (2_000, True)


def test_a_rate_that_triples_is_found_and_older_rows_are_weighted_to_it() -> None:
    rng = random.Random(8)
    labels = [int(rng.random() < 0.04) for _ in range(1_500)]
    labels += [int(rng.random() < 0.14) for _ in range(1_500)]
    found = find_shift(labels, POLICY)
    assert found is not None
    assert abs(found.at - 1_500) < 60
    weights = shift_weights(labels, found)
    old = np.average(labels[: found.at], weights=weights[: found.at])
    assert old == pytest.approx(found.after)
    assert weights[found.at :].tolist() == [1.0] * (3_000 - found.at)


@pytest.mark.parametrize("seed", range(12))
def test_a_steady_rate_is_no_shift(seed: int) -> None:
    rng = random.Random(seed)
    assert find_shift([int(rng.random() < 0.1) for _ in range(3_000)], POLICY) is None


def test_few_rows_are_no_shift() -> None:
    assert find_shift([], POLICY) is None
    assert find_shift([0, 1] * 5, POLICY) is None


def test_days_are_ordered_as_days_however_they_are_written() -> None:
    assert time_order(["02-03-2018", "28-01-2018", "01-12-2017"]) == [2, 1, 0]
    assert time_order(["2018-03-02 10:00:00", "2018-03-02 09:59:59"]) == [1, 0]
    assert time_order(["3/14/2018", "12/2/2017"]) == [1, 0]
    assert time_order(["soon", "2018-01-01"]) is None


def test_days_to_come_are_found() -> None:
    today = date(2026, 1, 1)
    assert future_rows(["01-01-2026", "02-01-2026", ""], today) == [1]
    assert future_rows(["1500000000", "4100000000", "4100000000000"], today) == [1, 2]
    assert future_rows(["2030", "17"], today) == []
