"""Measures of probabilities."""

import pytest

from fleet.propensity.measures import brier, calibration_error, reliability, top_lift


def test_no_rows_is_no_number() -> None:
    assert (brier([], []), calibration_error([], []), top_lift([], [])) == (None, None, None)


def test_brier_is_the_mean_squared_error() -> None:
    assert brier([1, 0], [0.5, 0.0]) == pytest.approx(0.125)


def test_a_constant_score_is_off_by_its_distance_in_each_bin() -> None:
    assert calibration_error([0] * 20, [0.3] * 20) == pytest.approx(0.3)


def test_the_top_tenth_of_a_perfect_ranking_lifts_by_the_inverse_base_rate() -> None:
    labels = [1] * 2 + [0] * 18
    assert top_lift(labels, [0.9] * 2 + [0.1] * 18) == pytest.approx(10.0)


def test_equal_scores_are_not_ordered_by_label() -> None:
    assert calibration_error([1, 0] * 20, [0.5] * 40) == pytest.approx(0.0)


def test_bins_of_few_rows_are_fewer_and_bins_of_one_chance_are_one() -> None:
    few = reliability([0, 1] * 12, [n / 24 for n in range(24)])
    assert [each["n"] for each in few] == [12, 12]
    many = reliability([0, 1] * 150, [0.3] * 200 + [0.6] * 100)
    assert [(round(each["chance"], 2), each["n"]) for each in many] == [
        (0.3, 180), (0.4, 30), (0.6, 90),
    ]  # fmt: skip
    (one,) = reliability([0, 1] * 60, [0.5] * 120)
    assert (one["n"], one["rate"]) == (120, 0.5)
