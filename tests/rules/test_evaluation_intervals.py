"""How far a run's chance of success and its score may be off, and when nobody can say."""

import math
import random
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.errors import PolicyError
from fleet.evaluation.calibrate import calibration_toml, fit, probability
from fleet.evaluation.judge import TrajectoryScore, judge
from fleet.evaluation.policy import Calibration, EvaluationPolicy
from fleet.evaluation.rubric import make_rubric
from fleet.evaluation.signals import measure
from fleet.evaluation.spread import chance_interval, covariance, score_interval
from fleet.policy import parse, section
from fleet.stats.intervals import wilson
from fleet.traces.read import read_runs

ROOT = Path(__file__).resolve().parents[2]
POLICY = section(read_policies(ROOT / "data" / "policies.toml"), "evaluation", EvaluationPolicy)
TABLE = Calibration(
    fitted_on="two signals", runs=50, intercept=0.5, weight={"a": -1.0, "b": -0.5},
    mean={"a": 1.0, "b": 0.0}, scale={"a": 2.0, "b": 1.0},
    covariance={"intercept": (0.04,), "a": (0.01, 0.09), "b": (0.0, -0.02, 0.16)},
)  # fmt: skip


def logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def test_the_interval_is_the_delta_methods_on_the_logit() -> None:
    x = np.array([1.0, 1.0, 2.0])  # a = 3 is one scale above its mean
    full = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, -0.02], [0.0, -0.02, 0.16]])
    half = 1.959963984540054 * math.sqrt(x @ full @ x)
    logit = 0.5 - 1.0 - 1.0
    found = chance_interval(TABLE, {"a": 3.0, "b": 2.0})
    assert found == pytest.approx((logistic(logit - half), logistic(logit + half)))
    assert probability(TABLE, {"a": 3.0, "b": 2.0}) == pytest.approx(logistic(logit))


def test_what_a_run_does_not_offer_widens_its_interval() -> None:
    known, thin = {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": None}
    assert probability(TABLE, known) == probability(TABLE, thin)
    z = 1.959963984540054
    for signals, half in ((known, z * 0.2), (thin, z * math.sqrt(0.04 + 0.5**2 + 0.16))):
        found = chance_interval(TABLE, signals)
        assert found == pytest.approx((logistic(0.5 - half), logistic(0.5 + half)))


def test_a_table_without_covariance_gives_no_interval() -> None:
    assert chance_interval(replace(TABLE, covariance=None), {"a": 1.0, "b": 0.0}) is None
    bare = judged(CHAT, replace(POLICY, calibration=replace(POLICY.calibration, covariance=None)))
    assert (bare.success_interval, bare.score_interval) == (None, None)
    assert (bare.score, bare.success_probability) == (
        judged(CHAT).score, judged(CHAT).success_probability,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"intercept": (0.04,), "a": (0.01, 0.09)},
        {"intercept": (0.04,), "a": (0.01, 0.09), "c": (0.0, -0.02, 0.16)},
        {"intercept": (0.04,), "a": (0.01,), "b": (0.0, -0.02, 0.16)},
        {"intercept": (0.04,), "a": (0.01, math.nan), "b": (0.0, -0.02, 0.16)},
        {"intercept": (0.04,), "a": (0.01, -0.09), "b": (0.0, -0.02, 0.16)},
        {"intercept": (0.04,), "a": (0.01, 0.09), "b": (0.0, 0.0, 0.1), "c": (0.0,) * 4},
    ],
)
def test_a_covariance_that_does_not_fit_is_refused(wrong: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(PolicyError, match=r"calibration\.covariance"):
        replace(TABLE, covariance=wrong)


def test_a_table_reads_as_it_was_written() -> None:
    table = tomllib.loads(calibration_toml(POLICY.calibration))["evaluation"]["calibration"]
    assert parse(Calibration, table, "evaluation.calibration") == POLICY.calibration
    assert POLICY.calibration.covariance is not None
    assert list(POLICY.calibration.covariance) == ["intercept", *POLICY.calibration.weight]


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Worlds with a known chance, tasks of four runs that share their luck."""
    rng, held, asked = random.Random(11), 0, 0
    for _ in range(40):
        rows, labels, tasks = [], [], []
        for task in range(60):
            hard = rng.gauss(0, 0.5)
            for _ in range(4):
                row = {"x": rng.gauss(0, 1), "y": rng.gauss(0, 1)}
                rows.append(row)
                tasks.append(str(task))
                chance = logistic(-0.2 - 0.8 * row["x"] - 0.5 * row["y"] + hard)
                labels.append(int(rng.random() < chance))
        fitted = fit(rows, labels, l2=1.0, groups=tasks)
        for x, y in ((0.0, 0.0), (1.0, 0.0), (-1.0, 1.0), (2.0, 1.0)):
            truth = logistic((-0.2 - 0.8 * x - 0.5 * y) / math.sqrt(1 + 0.346 * 0.25))
            interval = chance_interval(fitted, {"x": x, "y": y})
            assert interval is not None
            asked += 1
            held += interval[0] <= truth <= interval[1]
    assert 0.90 <= held / asked <= 0.99


def test_runs_of_one_task_that_are_alike_count_as_fewer() -> None:
    rng = random.Random(5)
    rows, labels, tasks = [], [], []
    for task in range(30):
        value, label = rng.gauss(0, 1), int(rng.random() < 0.5)
        for _ in range(4):
            rows.append({"x": value})
            labels.append(label)
            tasks.append(str(task))
    apart, together = fit(rows, labels, l2=1.0), fit(rows, labels, l2=1.0, groups=tasks)
    assert replace(apart, covariance=None) == replace(together, covariance=None)
    assert apart.covariance is not None
    assert together.covariance is not None
    ratio = together.covariance["intercept"][0] / apart.covariance["intercept"][0]
    assert 3 < ratio < 5


def test_labels_that_leave_a_direction_open_give_no_covariance() -> None:
    table = np.array([[1.0, 2.0], [-1.0, -2.0], [1.0, 2.0], [-1.0, -2.0]])
    labels, weights = np.array([1.0, 0.0, 0.0, 1.0]), np.array([-0.1, -0.1])
    groups = ["a", "b", "c", "d"]
    assert covariance(table, labels, weights, 0.0, 0.0, groups) is None
    assert covariance(table, labels, weights, 0.0, 1.0, groups) is not None
    assert covariance(table, labels, weights, 0.0, 1.0, ["a"] * 4) is None


def test_a_scores_interval_comes_from_its_steps_and_its_chance() -> None:
    low, high = wilson(2.5, 3)
    found = score_interval(0.7, 3, [1.0, 1.0, 0.5], (0.5, (0.3, 0.8)))
    below, above = math.hypot(2.5 / 3 - low, 0.2) / 3, math.hypot(high - 2.5 / 3, 0.3) / 3
    assert found == pytest.approx((0.7 - below, 0.7 + above))
    assert score_interval(0.7, 3, [1.0, 1.0, 0.5], (0.5, None)) is None
    assert score_interval(0.7, 3, [1.0], (0.5, (0.3, 0.8))) is None
    assert score_interval(0.7, 3, []) is None


def test_steps_that_all_passed_still_leave_something_open() -> None:
    few, many = score_interval(1.0, 1, [1.0] * 3), score_interval(1.0, 1, [1.0] * 300)
    assert few == pytest.approx((wilson(3, 3)[0], 1.0))
    assert many is not None
    assert few is not None
    assert few[0] < many[0] < 1


CHAT: list[dict[str, Any]] = [
    {"role": "user", "content": "Please say how warm it is."},
    {"role": "assistant", "content": "It is warm outside."},
    {"role": "user", "content": "And tomorrow, will it rain?"},
    {"role": "assistant", "content": "No, the sun will shine."},
]


def judged(messages: list[dict[str, Any]], policy: EvaluationPolicy = POLICY) -> TrajectoryScore:
    [run] = read_runs({"messages": messages}, "f#1")
    measured = measure(run, policy.findings)
    return judge(run, measured, make_rubric(run, measured), None, policy)


def test_a_run_carries_both_intervals_on_the_wire() -> None:
    line = judged(CHAT).as_json()
    low, high = line["score_interval"]
    assert 0 <= low < line["score"] < high <= 1
    low, high = line["success_interval"]
    assert 0 < low < line["success_probability"] < high < 1
    assert all(each == round(each, 4) for each in (low, high))


def test_one_step_gives_a_score_and_no_interval_of_it() -> None:
    line = judged(CHAT[:2]).as_json()
    assert line["score"] is not None
    assert line["score_interval"] is None
    assert line["success_interval"] is not None
    empty = judged([]).as_json()
    assert (empty["score_interval"], empty["success_interval"]) == (None, None)
