"""Streaming drift: thresholds as simulated, no alarm on outliers or by cutting, short delays."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.monitor.stream import Cusum, StreamPolicy, StreamState, simulated_threshold
from fleet.policy import section

POLICY = section(read_policies(), "monitor.stream", StreamPolicy)
TCPD = Path(__file__).resolve().parents[3] / "shared" / "data" / "tcpd"


def noise(seed: int, n: int) -> Any:
    return np.random.default_rng(seed).standard_normal(n)


def watched(seed: int = 1, n: int = 2_000) -> Cusum:
    return Cusum.of_numbers(noise(seed, n), POLICY)


def test_the_shipped_thresholds_are_the_simulated_ones() -> None:
    rng = np.random.default_rng(8)
    assert simulated_threshold(rng, POLICY) == pytest.approx(POLICY.gaussian, rel=0.06)
    for rate in (0.05, 0.5):
        found = simulated_threshold(rng, POLICY, rate=rate)
        assert found == pytest.approx(POLICY.bernoulli[str(rate)], rel=0.08)


def test_without_a_change_alarms_are_as_rare_as_promised() -> None:
    events = alarms = 0
    for seed in range(60):
        end = watched(seed + 100).update(noise(seed + 900, 10_000))
        events += 10_000 if end.at is None else end.at
        alarms += end.at is not None
    assert events / max(alarms, 1) > 0.7 * POLICY.arl0


def test_rates_without_a_change_alarm_as_rarely() -> None:
    events = alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        start = Cusum.of_rate(rng.random(1_000) < 0.2, POLICY)
        end = start.update(rng.random(10_000) < 0.2)
        events += 10_000 if end.at is None else end.at
        alarms += end.at is not None
    assert events / max(alarms, 1) > 0.7 * POLICY.arl0


def test_one_outlier_never_alarms_however_far_it_is() -> None:
    events = 0.2 * noise(5, 500)
    events[250] = 1e300
    assert watched().update(events).state is StreamState.STABLE


@pytest.mark.parametrize("size", [1, 7, 99, 100, 1_000])
def test_the_cut_into_batches_changes_nothing(size: int) -> None:
    events = np.concatenate([noise(3, 900), 0.9 + noise(4, 200)])
    whole = watched().update(events)
    parts = watched()
    for start in range(0, len(events), size):
        parts = parts.update(events[start : start + size])
    assert whole.state is StreamState.DRIFT
    assert (parts.state, parts.at, parts.change_point) == (
        whole.state, whole.at, whole.change_point,
    )  # fmt: skip


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
    assert abs(found.mean()) <= 0.7
    assert (found == 0).mean() >= exact


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
    assert end.at < 12_000  # the rise was then at most 1.2 deviations


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
    assert (end.mean, end.spread, end.threshold) == (start.mean, start.spread, start.threshold)


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
