"""Measures of probabilities."""

import pytest

from fleet.propensity.measures import (
    brier,
    calibration_error,
    lift_by_decile,
    lift_curve,
    reliability,
    top_lift,
)


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


def test_no_measure_depends_on_the_order_of_rows_with_equal_scores() -> None:
    labels = [1] * 40 + [0] * 60
    for scores in ([0.4] * 100, [0.2, 0.6] * 50):
        rows = sorted(zip(labels, scores, strict=True))
        backwards = [label for label, _ in rows], [score for _, score in rows]
        forwards = [label for label, _ in rows[::-1]], [score for _, score in rows[::-1]]
        for measure in (calibration_error, top_lift):
            assert measure(*backwards) == pytest.approx(measure(*forwards))
        for table in (lift_curve, lift_by_decile, reliability):
            for one, other in zip(table(*backwards), table(*forwards), strict=True):
                assert one == pytest.approx(other)


def test_a_base_rate_in_a_file_sorted_by_label_is_calibrated_and_lifts_nothing() -> None:
    labels = [0] * 60 + [1] * 40
    assert calibration_error(labels, [0.4] * 100) == pytest.approx(0.0)
    assert top_lift(labels, [0.4] * 100) == pytest.approx(1.0)
    assert {round(each["lift"], 9) for each in lift_by_decile(labels, [0.4] * 100)} == {1.0}
    assert [round(each["winners"], 9) for each in lift_curve(labels, [0.4] * 100)] == [
        0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
    ]  # fmt: skip
