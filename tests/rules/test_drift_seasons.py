"""Seasons are found, said and taken out; what drifts beneath them is found, what does not is not."""

import csv
import gzip
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.monitor import DriftPolicy, compare_tables
from fleet.monitor.season import SeasonPolicy, find_season
from fleet.policy import section

POLICY = section(read_policies(), "monitor.drift", DriftPolicy)
SEASONS = section(read_policies(), "monitor.season", SeasonPolicy)
ELEC = Path(__file__).resolve().parents[3] / "shared" / "data" / "drift_elec" / "elec.csv.gz"
DAY, WEEK = 24, 168


def hours(seed: int, start: int, n: int, *, level: float = 0.0) -> Any:
    """Return n hours of a load: days, quiet weekends, and noise of one deviation."""
    at = np.arange(start, start + n)
    day = 3 * np.sin(2 * math.pi * at / DAY)
    weekend = np.where(at % WEEK >= 5 * DAY, -4.0, 0.0)
    return day + weekend + level + np.random.default_rng(seed).standard_normal(n)


def feature(reference: Any, current: Any, seasons: SeasonPolicy | None = SEASONS) -> dict[str, Any]:
    report = compare_tables({"x": reference}, {"x": current}, POLICY, seasons=seasons)
    (found,) = report.features
    return found


def test_the_longer_of_two_nested_seasons_is_found_with_what_it_explains() -> None:
    found = find_season(hours(1, 0, 8 * WEEK), SEASONS)
    assert found is not None
    assert (found.period, found.cycles) == (WEEK, 8)
    assert 0.8 < found.share < 0.95


def test_a_day_alone_is_a_season_of_a_day_not_of_two() -> None:
    at = np.arange(40 * DAY)
    values: Any = np.sin(2 * math.pi * at / DAY) + 0.5 * np.random.default_rng(1).standard_normal(
        len(at)
    )
    found = find_season(values, SEASONS)
    assert found is not None
    assert found.period == DAY


def walk(rng: np.random.Generator, n: int) -> Any:
    return np.cumsum(rng.standard_normal(n))


def skewed(rng: np.random.Generator, n: int) -> Any:
    return rng.lognormal(sigma=2, size=n)


def steady(rng: np.random.Generator, n: int) -> Any:
    return rng.standard_normal(n)


@pytest.mark.parametrize("make", [steady, skewed, walk])
@pytest.mark.parametrize("n", [60, 500, 3_000])
def test_chance_and_long_memory_show_no_season(make: Any, n: int) -> None:
    found = [find_season(make(np.random.default_rng(seed), n), SEASONS) for seed in range(40)]
    assert [season for season in found if season] == []


def test_too_short_a_reference_or_none_at_all_shows_no_season() -> None:
    assert find_season(hours(1, 0, 4 * DAY - 1), SEASONS) is None
    for values in ([], [1.0], [2.0] * 500, [math.nan] * 500):
        assert find_season(np.array(values), SEASONS) is None


@pytest.mark.parametrize("n", [60, 200, 5 * WEEK + 40])
def test_a_table_that_only_follows_its_season_is_silent(n: int) -> None:
    quiet = [
        feature(hours(seed, 0, 12 * WEEK), hours(seed + 100, 12 * WEEK, n)) for seed in range(12)
    ]
    assert [found["state"] for found in quiet] == ["STABLE"] * 12
    assert {found["season"]["period"] for found in quiet} == {WEEK}


def test_the_same_table_is_called_drift_while_its_season_is_left_in() -> None:
    """What the treatment is for: a Saturday and a Sunday are no shift of a week."""
    friday = 12 * WEEK + 5 * DAY
    reference, weekend = hours(1, 0, friday), hours(2, friday, 2 * DAY + 2)
    assert feature(reference, weekend, None)["effect"] > POLICY.critical_effect
    assert feature(reference, weekend)["state"] == "STABLE"


@pytest.mark.parametrize("n", [60, 200, 5 * WEEK + 40])
def test_a_shift_beneath_the_season_is_found(n: int) -> None:
    loud = [
        feature(hours(seed, 0, 12 * WEEK), hours(seed + 100, 12 * WEEK, n, level=1.0))
        for seed in range(12)
    ]
    assert [found["state"] for found in loud] == ["DRIFT"] * 12


def test_the_row_of_a_shift_beneath_the_season_is_named() -> None:
    current: Any = np.concatenate(
        [hours(3, 12 * WEEK, 400), hours(4, 12 * WEEK + 400, 600, level=2.0)]
    )
    found = feature(hours(1, 0, 12 * WEEK), current)
    assert found["state"] == "DRIFT"
    assert abs(found["change_point"] - 400) <= 4
    assert found["change_between"][0] <= 400 <= found["change_between"][1]


def test_a_season_that_ends_is_a_drift() -> None:
    flat: Any = np.random.default_rng(5).standard_normal(6 * WEEK)
    found = feature(hours(1, 0, 12 * WEEK), flat)
    assert (found["state"], found["season"]["moved"]) == ("DRIFT", 0)


def test_a_table_that_begins_at_another_hour_is_moved_along_the_season() -> None:
    found = feature(hours(1, 0, 12 * WEEK), hours(2, 15 * WEEK + 50, 3 * WEEK))
    assert (found["state"], found["season"]["moved"]) == ("STABLE", 50)


def test_a_season_without_noise_leaves_no_dust_to_compare() -> None:
    """Means of equal numbers differ in their last bits; a hundredth of a deviation is no shift."""
    wheel: Any = np.tile(0.1 * np.arange(50), 40)
    dust = 1e-4 * np.random.default_rng(1).standard_normal(500)
    assert feature(wheel, wheel[:500])["state"] == "STABLE"
    assert feature(wheel, wheel[:500] + dust)["state"] == "STABLE"
    assert feature(wheel, wheel[:500] + 1)["state"] == "DRIFT"


def test_missing_values_stay_missing() -> None:
    reference, current = hours(1, 0, 12 * WEEK), hours(2, 12 * WEEK, 3 * WEEK)
    reference[::7], current[::5] = math.nan, math.nan
    found = feature(reference, current)
    assert (found["state"], found["season"]["period"]) == ("STABLE", WEEK)


def test_a_given_period_is_taken_out_whatever_it_explains() -> None:
    given = SeasonPolicy(min_cycles=4, min_share=0.1, z=4.0, period=10)
    rng = np.random.default_rng(1)
    found = feature(rng.standard_normal(1_000), rng.standard_normal(500), given)
    assert (found["state"], found["season"]["period"]) == ("STABLE", 10)
    assert abs(found["season"]["share"]) < 0.1


def test_a_reference_that_wanders_by_itself_asks_for_a_larger_shift() -> None:
    """A year's course: each quarter of the reference lies apart, and so does what comes next."""
    at = np.arange(4_000)
    slow = 1.5 * np.sin(2 * math.pi * at / 3_000)
    rng = np.random.default_rng(3)
    reference, current = (
        slow[:3_000] + rng.standard_normal(3_000), slow[3_000:] + rng.standard_normal(1_000)
    )  # fmt: skip
    found = feature(reference, current)
    assert found["effect"] > POLICY.critical_effect
    assert found["reference_effect"] > found["effect"]
    assert found["state"] == "STABLE"
    assert feature(reference, current + 6)["state"] == "DRIFT"


def test_a_short_table_is_held_against_parts_of_the_reference_as_short() -> None:
    """Runs of equal values: sixty rows of them differ by more than two hundred do."""
    rng = np.random.default_rng(6)
    blocks = np.repeat(rng.random(400) < 0.5, 20).astype(float)
    found = [feature(blocks[:6_000], blocks[6_000 + at : 6_060 + at]) for at in range(0, 1_900, 60)]
    assert sum(row["state"] == "DRIFT" for row in found) <= 1
    assert all(row["reference_effect"] > 0.3 for row in found)


def test_a_reference_without_such_a_course_asks_for_no_more() -> None:
    rng = np.random.default_rng(4)
    found = [
        feature(rng.standard_normal(n), rng.standard_normal(n)) for n in (200, 1_000, 5_000) * 10
    ]
    assert [row for row in found if "reference_effect" in row] == []


@pytest.mark.skipif(not ELEC.exists(), reason="public data is not beside the checkout")
def test_the_electricity_stream_is_found_where_it_changed_and_its_season_is_not() -> None:
    with gzip.open(ELEC, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = ("nswdemand", "vicprice", "vicdemand", "transfer")
    columns = {name: [float(row[name]) for row in rows] for name in names}
    split = 8_000
    report = compare_tables(
        {name: values[:split] for name, values in columns.items()},
        {name: values[split:] for name, values in columns.items()},
        POLICY,
        seasons=SEASONS,
    )
    assert report.drifted == ["vicprice", "vicdemand", "transfer"]
    by_name = {f["name"]: f for f in report.features}
    assert {by_name[name]["change_point"] + split for name in names[1:]} == {17_424}
    assert by_name["nswdemand"]["season"]["period"] == 336
    assert by_name["nswdemand"]["state"] == "STABLE"
