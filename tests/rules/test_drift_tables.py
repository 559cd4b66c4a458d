"""Drift between tables: real shifts alarm, noise, outliers and thin data do not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.tables import read_table
from fleet.monitor import DriftPolicy, compare_tables
from fleet.monitor.window_tests import distance_of
from fleet.policy import section
from fleet.stats.two_sample import ks_statistic

POLICY = section(read_policies(), "monitor.drift", DriftPolicy)
NANNYML = Path(__file__).resolve().parents[3] / "shared" / "data" / "nannyml"


def states(reference: dict[str, Any], current: dict[str, Any]) -> dict[str, str]:
    return {f["name"]: f["state"] for f in compare_tables(reference, current, POLICY).features}


def normal(seed: int, n: int, shift: float = 0.0) -> Any:
    return np.random.default_rng(seed).normal(shift, 1.0, n)


def test_the_same_distribution_is_stable() -> None:
    alarms = sum(
        states({"x": normal(seed, 1_000)}, {"x": normal(seed + 500, 1_000)})["x"] != "STABLE"
        for seed in range(100)
    )
    assert alarms <= 2


def test_a_shift_in_half_of_the_rows_is_found_at_its_row() -> None:
    current: Any = np.concatenate([normal(2, 1_000), normal(3, 1_000, 1.0)])
    (feature,) = compare_tables({"x": normal(1, 2_000)}, {"x": current}, POLICY).features
    assert feature["state"] == "DRIFT"
    assert abs(feature["change_point"] - 1_000) <= 30


def test_a_change_of_spread_is_found_too() -> None:
    current: Any = np.concatenate([normal(2, 1_000), 3 * normal(3, 1_000)])
    (feature,) = compare_tables({"x": normal(1, 2_000)}, {"x": current}, POLICY).features
    assert feature["state"] == "DRIFT"
    assert abs(feature["change_point"] - 1_000) <= 60


def test_one_outlier_never_alarms() -> None:
    current = normal(2, 1_000)
    current[500] = 1e12
    assert states({"x": normal(1, 1_000)}, {"x": current}) == {"x": "STABLE"}


def test_slow_drift_is_found_in_the_end() -> None:
    current: Any = np.concatenate([normal(10 + k, 200, 0.1 * k) for k in range(10)])
    assert states({"x": normal(1, 2_000)}, {"x": current}) == {"x": "DRIFT"}


def test_categories_are_compared_by_their_shares() -> None:
    reference = {"c": ["a"] * 500 + ["b"] * 500}
    assert states(reference, {"c": ["b", "a"] * 500}) == {"c": "STABLE"}
    assert states(reference, {"c": ["a", "new"] * 500}) == {"c": "DRIFT"}


def test_little_data_is_warming_not_stable() -> None:
    assert states({"x": normal(1, 1_000)}, {"x": normal(2, 49, 5.0)}) == {"x": "WARMING"}


def test_ids_and_clocks_are_no_features() -> None:
    rows: Any = np.arange(1_000)
    assert states(
        {"id": rows, "x": normal(1, 1_000)}, {"id": rows + 1_000, "x": normal(2, 1_000)}
    ) == {"x": "STABLE"}


def test_so_are_ids_that_only_fall() -> None:
    rows: Any = np.arange(1_000)
    assert states({"id": 5_000 - rows, "x": normal(1, 1_000)},
                  {"id": 4_000 - rows, "x": normal(2, 1_000)}) == {"x": "STABLE"}  # fmt: skip


@pytest.mark.parametrize("places", [0, 1, 9])
def test_the_distance_is_that_of_all_points_however_many_are_equal(places: int) -> None:
    """`ks_statistic` looks at every point of both sides."""
    for seed in range(20):
        base = np.sort(np.round(normal(seed, 301), places))
        side = np.sort(np.round(normal(seed + 50, 1 + seed * 7, 0.3), places))
        assert distance_of(base, side) == pytest.approx(ks_statistic(base, side))


def test_a_long_table_is_sketched_and_found_alike() -> None:
    reference, control = normal(1, 150_000), normal(2, 150_000)
    current: Any = np.concatenate([normal(3, 75_000), normal(4, 75_000, 0.8)])
    report = compare_tables({"x": reference, "y": reference}, {"x": current, "y": control}, POLICY)
    assert [(f["name"], f["state"], f["test"]) for f in report.features] == [
        ("x", "DRIFT", "Kolmogorov-Smirnov on 64 bins"),
        ("y", "STABLE", "Kolmogorov-Smirnov on 64 bins"),
    ]
    assert abs(report.features[0]["change_point"] - 75_000) <= 300


@pytest.mark.skipif(not NANNYML.exists(), reason="public data is not beside the checkout")
def test_alarms_at_the_true_row_of_the_car_loans_and_not_on_controls() -> None:
    reference, current = (
        read_table(NANNYML / f"{part}.csv.gz") for part in ("reference", "analysis")
    )
    report = compare_tables(reference, current, POLICY)
    assert report.drifted == ["car_value"]
    (found,) = [f for f in report.features if f["name"] == "car_value"]
    print(f"car_value changed at row {found['change_point']}, truth 25000")
    assert found["change_point"] == 25_000
    assert found["change_between"][1] - found["change_between"][0] <= 20
    assert {f["state"] for f in report.features if f["name"] != "car_value"} == {"STABLE"}
