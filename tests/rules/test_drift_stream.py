"""Streaming drift: thresholds as simulated, no alarm on outliers or by cutting, short delays."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.monitor.stream import CHUNK, Cusum, StreamPolicy, StreamState, rate_thresholds
from fleet.monitor.stream_threshold import simulated_thresholds
from fleet.policy import section

POLICY = section(read_policies(), "monitor.stream", StreamPolicy)
TCPD = Path(__file__).resolve().parents[3] / "shared" / "data" / "tcpd"


def noise(seed: int, n: int) -> Any:
    return np.random.default_rng(seed).standard_normal(n)


def watched(seed: int = 1, n: int = 2_000) -> Cusum:
    return Cusum.of_numbers(noise(seed, n), POLICY)


def test_the_shipped_thresholds_are_the_simulated_ones() -> None:
    rng = np.random.default_rng(8)
    found = simulated_thresholds(rng, POLICY, paths=2_000)
    assert found == pytest.approx(POLICY.gaussian, rel=0.04)
    for rate, thresholds in POLICY.bernoulli.items():
        found = simulated_thresholds(rng, POLICY, rate=float(rate), paths=1_000)
        assert found == pytest.approx(thresholds, rel=0.05)


@pytest.mark.parametrize("rate", [0.014, 0.07, 0.72])
def test_between_the_tabled_rates_the_threshold_is_between_theirs(rate: float) -> None:
    found = simulated_thresholds(np.random.default_rng(9), POLICY, rate=rate, paths=1_500)
    assert rate_thresholds(rate, POLICY) == pytest.approx(found, rel=0.04)
    assert rate_thresholds(1 - rate, POLICY) == pytest.approx(rate_thresholds(rate, POLICY))


def alarms_and_events(streams: Iterable[Cusum]) -> tuple[int, int]:
    """Return how many alarmed, and the events they all took until then."""
    ends = list(streams)
    return sum(end.at is not None for end in ends), sum(end.n for end in ends)


@pytest.mark.parametrize("size", [100, 400, 2_000])
def test_without_a_change_alarms_are_as_rare_as_promised(size: int) -> None:
    """Whatever the length of the reference, whose mean and spread are estimates."""
    rng = np.random.default_rng(size)
    ends = (
        Cusum.of_numbers(rng.standard_normal(size), POLICY).update(rng.standard_normal(10_000))
        for _ in range(300)
    )
    alarms, events = alarms_and_events(ends)
    assert alarms >= 20
    assert events / alarms > 0.85 * POLICY.arl0


@pytest.mark.parametrize(("rate", "size"), [(0.02, 400), (0.2, 100), (0.07, 1_000), (0.5, 1_000)])
def test_rates_without_a_change_alarm_as_rarely(rate: float, size: int) -> None:
    rng = np.random.default_rng(size)
    ends = (
        Cusum.of_rate(rng.random(size) < rate, POLICY).update(rng.random(10_000) < rate)
        for _ in range(300)
    )
    alarms, events = alarms_and_events(ends)
    assert alarms >= 20
    assert events / alarms > 0.85 * POLICY.arl0


def test_one_outlier_never_alarms_however_far_it_is() -> None:
    events = 0.2 * noise(5, 500)
    events[250] = 1e300
    assert watched().update(events).state is StreamState.STABLE


def known(stream: Cusum) -> tuple[object, ...]:
    """Return all that a stream goes on from, sums without the last digits."""
    bank = [(each.zero, each.held, round(each.total, 8)) for each in stream.bank]
    recent = [round(each, 8) for each in stream.recent]
    return (stream.state, stream.n, stream.at, stream.change_point, bank, recent)


def in_parts(stream: Cusum, events: Any, size: int) -> Cusum:
    for start in range(0, len(events), size):
        stream = stream.update(events[start : start + size])
    return stream


def test_from_below_the_watch_line_no_outlier_lifts_a_sum_to_its_threshold() -> None:
    for allowance, threshold in zip(POLICY.allowances, POLICY.gaussian, strict=True):
        assert POLICY.clip - allowance <= (1 - POLICY.watch_share) * threshold


@pytest.mark.parametrize("outlier", [1e300, -50.0])
def test_in_any_noise_one_outlier_leaves_a_stable_stream_without_an_alarm(outlier: float) -> None:
    """Not at the end of a window: there it can be the second in a row above the watch line."""
    stable = 0
    for seed in range(2_000):
        before = noise(seed, 40 + seed % 50)
        stream = watched().update(before)
        if stream.state is StreamState.STABLE:
            stable += 1
            assert stream.update([outlier]).state is not StreamState.DRIFT
    assert stable > 1_900


@pytest.mark.parametrize("size", [1, 7, 99, 100, 1_000])
@pytest.mark.parametrize("shift", [0.0, 0.12, 0.3, 0.9, -2.0])
def test_the_cut_into_batches_changes_nothing(size: int, shift: float) -> None:
    events = np.concatenate([noise(3, 900), shift + noise(4, 2_100)])
    whole = watched().update(events)
    assert (whole.state is StreamState.DRIFT) == (shift != 0)
    assert known(in_parts(watched(), events, size)) == known(whole)


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
@pytest.mark.parametrize("rate", [0.2, 0.22, 0.3, 0.7])
def test_nor_does_it_of_a_rate(size: int, rate: float) -> None:
    rng = np.random.default_rng(5)
    start = Cusum.of_rate(rng.random(1_000) < 0.2, POLICY)
    events = np.concatenate([rng.random(900), rng.random(1_100) + 0.2 - rate]) < 0.2
    assert known(in_parts(start, events, size)) == known(start.update(events))


def test_a_batch_longer_than_what_is_worked_through_at_once_is_one_stream() -> None:
    events = 0.3 * noise(3, 3 * CHUNK)
    events[2 * CHUNK + 50 :] += 1.0
    end = watched().update(events)
    assert known(end) == known(in_parts(watched(), events, 777))
    assert end.change_point == 2 * CHUNK + 50


def test_a_shift_is_found_at_its_event() -> None:
    events = np.concatenate([noise(3, 1_000), 1.0 + noise(4, 500)])
    end = watched().update(events)
    assert end.state is StreamState.DRIFT
    assert end.at is not None
    assert 1_000 <= end.at <= 1_060
    assert end.change_point is not None
    assert abs(end.change_point - 1_000) <= 25


@pytest.mark.parametrize(("shift", "exact"), [(2.0, 0.5), (4.0, 0.8)])
def test_the_event_of_a_shift_is_missed_as_often_early_as_late(shift: float, exact: float) -> None:
    """The event after the last sum of 0 alone would be early by six in the mean."""
    errors = []
    for seed in range(120):
        events = np.concatenate([noise(seed, 600), shift + noise(seed + 500, 200)])
        end = watched(seed + 1_000).update(events)
        if end.at is not None and end.at >= 600:
            assert end.change_point is not None
            errors.append(end.change_point - 600)
    found = np.array(errors)
    assert len(found) >= 100
    near = abs(found) <= 20  # the others had alarmed anyway
    assert near.mean() >= 0.97
    assert abs(found[near].mean()) <= 0.7
    assert (found == 0).mean() >= exact


@pytest.mark.parametrize("shift", [0.25, 0.5])
def test_the_event_of_a_small_shift_is_named_without_a_lean(shift: float) -> None:
    errors = []
    for seed in range(150):
        events = np.concatenate([noise(seed, 600), shift + noise(seed + 500, 3_000)])
        end = watched(seed + 1_000).update(events)
        if end.at is not None and end.at >= 600:
            assert end.change_point is not None
            errors.append((end.change_point - 600, end.at - 600))
    error, delay = np.median(np.array(errors), axis=0)
    assert abs(error) <= 0.25 * delay


@pytest.mark.parametrize("at", [1, 99, 100, 101, 250])
def test_the_event_is_the_first_of_the_new_ones_counted_from_0(at: int) -> None:
    events: Any = np.zeros(at + 200)
    events[at:] = 3.0
    assert watched().update(events).change_point == at
    one_by_one = watched()
    for event in events[: at + 20]:
        one_by_one = one_by_one.update([event])
    assert one_by_one.change_point == at


def test_a_long_climb_keeps_few_events_and_names_the_one_after_the_last_zero() -> None:
    slow = watched().update(np.full(600, 0.27))
    assert len(slow.recent) <= 256
    assert len(watched().update(-0.5 * np.ones(5_000)).recent) <= 256


def test_slow_drift_of_a_hundredth_a_window_is_found_in_the_end() -> None:
    rise = np.arange(20_000) // POLICY.window * 0.01
    end = watched().update(0.5 * noise(6, 20_000) + rise)
    assert end.state is StreamState.DRIFT
    assert end.at is not None
    assert end.at < 2_000  # the rise was then at most 0.2 deviations


def test_a_rate_that_doubles_is_found() -> None:
    rng = np.random.default_rng(2)
    start = Cusum.of_rate(rng.random(1_000) < 0.05, POLICY)
    events = np.concatenate([rng.random(1_000) < 0.05, rng.random(1_000) < 0.15])
    end = start.update(events)
    assert end.state is StreamState.DRIFT
    assert end.at is not None
    assert 1_000 <= end.at <= 1_200


def test_too_short_a_reference_is_warming_and_says_nothing() -> None:
    start = Cusum.of_numbers(noise(1, POLICY.min_n - 1), POLICY)
    assert start.update(50 + noise(2, 5_000)).state is StreamState.WARMING
    assert Cusum.of_numbers(np.ones(5_000), POLICY).state is StreamState.WARMING
    assert Cusum.of_rate([], POLICY).state is StreamState.WARMING


def test_values_that_are_no_numbers_are_passed_over() -> None:
    events = noise(3, 500)
    holes = np.insert(events, [10, 400], [np.nan, np.inf])
    assert watched().update(holes) == watched().update(events)


def test_the_threshold_does_not_follow_the_stream() -> None:
    start = watched()
    end = start.update(noise(9, 5_000))
    lines = [[each.threshold for each in stream.bank] for stream in (start, end)]
    assert (end.mean, end.spread, lines[1]) == (start.mean, start.spread, lines[0])


def test_quality_control_series_alarm_by_their_change_and_not_without_one() -> None:
    if not TCPD.exists():
        pytest.skip("tcpd is not here")
    found = {}
    for name in ("quality_control_1", "quality_control_5"):
        series = json.loads((TCPD / f"{name}.json").read_text("utf-8"))["series"][0]["raw"]
        first = POLICY.min_n
        end = Cusum.of_numbers(series[:first], POLICY).update(series[first:])
        found[name] = None if end.at is None else end.at + first
    print(found)
    assert found["quality_control_5"] is None
    assert found["quality_control_1"] is not None
    # It creeps up by a deviation from event 100 on, before the jump that is marked at 146.
    assert 100 < found["quality_control_1"] <= 170


def test_a_policy_without_clipping_would_let_an_outlier_alarm() -> None:
    """The rule that protects from outliers is the clip: without it the same event alarms."""
    bare = replace(POLICY, clip=1e9)
    events = 0.2 * noise(5, 500)
    events[250] = 1e6
    assert Cusum.of_numbers(noise(1, 2_000), bare).update(events).state is StreamState.DRIFT
