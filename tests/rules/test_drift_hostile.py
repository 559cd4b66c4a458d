"""Tables no one would make: a report all the same, in JSON, and never a warning or a crash."""

import json
import random
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.monitor import DriftPolicy, compare_tables
from fleet.monitor.season import SeasonPolicy
from fleet.policy import section

POLICY = section(read_policies(), "monitor.drift", DriftPolicy)
SEASONS = section(read_policies(), "monitor.season", SeasonPolicy)
SIZES = (0, 1, 2, 9, 49, 50, 51, 100, 199, 200, 201, 500)
Rng = np.random.Generator


def holes(rng: Rng, n: int) -> Any:
    return np.where(rng.random(n) < 0.9, np.nan, rng.standard_normal(n))


def endless(rng: Rng, n: int) -> Any:
    return np.where(rng.random(n) < 0.02, np.inf, rng.standard_normal(n))


def week(rng: Rng, n: int) -> Any:
    at = np.arange(n)
    return at % 24 + np.where(at % 168 > 120, 5, 0) + rng.standard_normal(n) / 100


COLUMNS: tuple[Callable[[Rng, int], Any], ...] = (
    lambda rng, n: rng.standard_normal(n),
    lambda rng, n: [str(word) for word in rng.choice(list("abc"), n)],
    lambda _, n: [None] * n,
    lambda _, n: np.full(n, 3.0),
    lambda _, n: 1e300 * np.sin(np.arange(n) / 3),
    lambda _, n: 1e-300 * (np.arange(n) % 7),
    lambda _, n: [f"row {at}" for at in range(n)],
    lambda rng, n: [f"{value:.2f}%" for value in rng.standard_normal(n)],
    lambda rng, n: [bool(value) for value in rng.random(n) < 0.5],
    lambda rng, n: np.repeat(rng.standard_normal(n // 50 + 1), 50)[:n],
    lambda rng, n: [(None, "", "1", "x")[at] for at in rng.integers(0, 4, n)],
    holes,
    endless,
    week,
)


@pytest.mark.parametrize("seed", range(8))
def test_any_two_tables_give_a_report_that_is_json(seed: int) -> None:
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    for _ in range(50):
        sizes = draw.choice(SIZES), draw.choice(SIZES)
        before, now = ({f"c{k}": draw.choice(COLUMNS)(rng, n) for k in range(3)} for n in sizes)
        seasons = replace(SEASONS, period=draw.choice([None, None, 2, 7, 100, 10**6]))
        policy = replace(POLICY, exact_rows=draw.choice([100, 100_000]))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            report = compare_tables(before, now, policy, seasons=seasons)
        json.dumps(report.as_json(), allow_nan=False)
        for feature in report.features:
            if "change_point" in feature:
                low, high = feature["change_between"]
                assert 0 <= low <= feature["change_point"] <= high < sizes[1]
