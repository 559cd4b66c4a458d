"""An interval holds its chance with room on both sides, and the rate that comes true at it."""

import itertools
import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.propensity_export import interval_form
from fleet.adapters.propensity_fit import fit_table
from fleet.policy import section
from fleet.propensity.model import Model
from fleet.propensity.policy import PropensityPolicy

SHIPPED = section(read_policies(), "propensity", PropensityPolicy)
POLICY = replace(
    SHIPPED, boosting=replace(SHIPPED.boosting, rounds=5), bootstrap=40, folds=3, inner_folds=2
)  # quick
HEAD = ("source", "visits", "minutes")
PARTS = 15
Rows = tuple[list[list[str]], list[int], list[float]]


def leads(count: int, seed: int) -> Rows:
    """Return rows, labels, and the true chance behind each label."""
    rng, rows, labels, truth = random.Random(seed), list[list[str]](), list[int](), list[float]()
    for _ in range(count):
        source, visits = rng.choice(["web", "fair", "call", "mail"]), rng.randrange(30)
        minutes = rng.expovariate(0.2)
        odds = -3 + 2.2 * (source == "fair") + visits / 8 - 1.5 * (minutes > 8)
        rows.append([source, str(visits), f"{minutes:.2f}"])
        truth.append(1 / (1 + math.exp(-odds)))
        labels.append(int(rng.random() < truth[-1]))
    return rows, labels, truth


@pytest.mark.parametrize(("split", "seeds"), [(False, 1), (True, 3)])
def test_intervals_cover_the_true_rate_of_rows_that_were_never_seen(
    tmp_path: Path, split: bool, seeds: int
) -> None:
    from fleet.adapters.propensity_train import later_quarter

    new, _, truth = leads(1_500, 99)
    covered, asked = 0, 0
    for seed in range(seeds):
        rows, labels, _ = leads(700, seed)
        where = later_quarter(len(rows)) if split else None
        fit_table(HEAD, rows, labels, tmp_path / str(seed), POLICY, split=where)
        model = Model(json.loads((tmp_path / str(seed) / "model.json").read_text("utf-8")))
        scored = [model.score(dict(zip(HEAD, row, strict=True))) for row in new]
        assert all(s.low < s.propensity < s.high for s in scored)
        order = sorted(range(len(new)), key=lambda row: scored[row].propensity)
        size = len(order) // PARTS
        for start in range(0, size * PARTS, size):
            part = order[start : start + size]
            rate = sum(truth[row] for row in part) / size
            low = sum(scored[row].low for row in part) / size
            high = sum(scored[row].high for row in part) / size
            covered, asked = covered + (low <= rate <= high), asked + 1
    print(f"{covered} of {asked} parts of the rows had a rate inside their interval")
    assert covered >= 0.9 * asked


def test_a_chance_that_promises_too_much_stands_between_its_doubt_and_what_came_true() -> None:
    rng = random.Random(3)
    chances = [rng.choice([0.2, 0.6, 0.97]) for _ in range(900)]
    labels = [int(rng.random() < min(chance, 0.9)) for chance in chances]
    form = interval_form(labels, chances, 80)
    assert form["at"] == [0.2, 0.6, 0.97]
    low, high = form["low"][-1], form["high"][-1]
    came_true = [y for y, p in zip(labels, chances, strict=True) if p == form["at"][-1]]
    assert low < sum(came_true) / len(came_true) < 0.97 < high


def test_beyond_the_judged_chances_the_doubt_of_the_end_stays_around_the_chance() -> None:
    model = Model({
        "version": "v", "method": "trained", "kind": "linear", "bias": 0.0,
        "features": [{"name": "x", "kind": "number", "mean": 0.0, "scale": 1.0, "weight": 2.0}],
        "missing_words": [""], "high_band": 0.6, "low_band": 0.25, "calibration": {"kind": "none"},
        "interval": {"at": [0.3, 0.7], "low": [0.2, 0.6], "high": [0.35, 0.78]},
    })  # fmt: skip
    found = [model.score({"x": str(x)}) for x in (-2.0, 0.0, 2.0)]
    least, middle, most = found
    assert (least.low, least.high) == (0.0, 0.35)
    assert (middle.low, middle.high) == pytest.approx((0.4, 0.565))
    assert (most.low, most.high) == (0.6, 1.0)
    near = model.score({"x": "0.5"})
    assert (near.low, near.high) == pytest.approx((0.6, near.propensity + 0.08))
    for one, two in itertools.pairwise(found):
        assert one.propensity < two.propensity
