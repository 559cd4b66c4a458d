"""The row of a change: without bias to either side, with an interval that holds it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fleet.monitor.change import Change, change_point
from fleet.monitor.features import Feature, read_feature

SEEDS = 100
Maker = Callable[[np.random.Generator, int], Any]


def numbers(reference: Any, current: Any) -> Feature:
    return Feature(name="x", numeric=True, reference=reference, current=current)


def found(make: Maker, n: int, at: int, shift: float) -> list[Change]:
    changes = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        current = make(rng, n)
        current[at:] += shift
        changes.append(change_point(numbers(make(rng, 2_000), current)))
    return changes


def normal(rng: np.random.Generator, n: int) -> Any:
    return rng.standard_normal(n)


def tied(rng: np.random.Generator, n: int) -> Any:
    return np.round(rng.standard_normal(n))


@pytest.mark.parametrize(("n", "at"), [(200, 150), (400, 100), (1_000, 500), (1_000, 900)])
@pytest.mark.parametrize("make", [normal, tied])
def test_a_clear_shift_is_placed_at_its_row_as_often_early_as_late(
    make: Maker, n: int, at: int
) -> None:
    changes = found(make, n, at, 4.0)
    errors = np.array([change.row - at for change in changes])
    print(f"n {n}, at {at}: bias {errors.mean():+.2f}, exact {(errors == 0).mean():.2f}")
    assert (errors == 0).mean() >= 0.80
    assert abs(errors.mean()) <= 0.25
    assert np.abs(errors).max() <= 4


@pytest.mark.parametrize(("n", "at"), [(400, 100), (1_000, 500)])
def test_a_shift_of_one_deviation_has_no_side_either(n: int, at: int) -> None:
    errors = np.array([change.row - at for change in found(normal, n, at, 1.0)])
    assert abs(errors.mean()) <= 1.0
    assert abs(np.median(errors)) <= 1


@pytest.mark.parametrize("shift", [1.0, 2.0, 4.0])
def test_the_interval_holds_the_row_as_often_as_it_says(shift: float) -> None:
    changes = found(normal, 600, 250, shift)
    assert sum(change.low <= 250 <= change.high for change in changes) >= 0.88 * SEEDS
    assert all(change.low <= change.row <= change.high for change in changes)


@pytest.mark.parametrize("at", [0, 1, 57, 199, 250])
def test_the_row_is_the_first_of_the_new_ones_counted_from_0(at: int) -> None:
    """Without noise there is nothing to estimate: the row is the index of the first new value."""
    reference = np.tile(np.arange(10.0), 30)
    current = np.tile(np.arange(10.0), 30)
    current[at:] += 100.0
    assert change_point(numbers(reference, current)).row == at


@pytest.mark.parametrize("at", [1, 57, 250])
def test_so_is_it_among_categories(at: int) -> None:
    levels = ["a", "b", "c"] * 100
    feature = read_feature("c", levels, [*levels[:at], *["d"] * (300 - at)], 64)
    assert feature is not None
    assert abs(change_point(feature).row - at) <= 1


def test_missing_values_say_nothing_of_the_row() -> None:
    reference, current = np.tile(np.arange(10.0), 30), np.tile(np.arange(10.0), 30)
    current[150:] += 100.0
    current[::4] = np.nan
    assert change_point(numbers(reference, current)).row in (149, 150)  # 148 is missing


def test_one_outlier_does_not_move_the_row() -> None:
    rng = np.random.default_rng(3)
    current = normal(rng, 1_000)
    current[600:] += 3.0
    current[100] = 1e12
    assert abs(change_point(numbers(normal(rng, 2_000), current)).row - 600) <= 2


def test_a_change_of_spread_has_a_row_too() -> None:
    rng = np.random.default_rng(4)
    current = normal(rng, 1_000)
    current[400:] *= 4.0
    assert abs(change_point(numbers(normal(rng, 2_000), current)).row - 400) <= 15
