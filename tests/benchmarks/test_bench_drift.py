"""What drift costs: a stream beside river's ADWIN, a million rows beside a bare histogram."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from river import drift

from fleet.adapters.files import read_policies
from fleet.monitor import DriftPolicy, compare_tables
from fleet.monitor.season import SeasonPolicy
from fleet.monitor.sketch import Sketch
from fleet.monitor.stream import Cusum, StreamPolicy
from fleet.policy import section

STREAM = section(read_policies(), "monitor.stream", StreamPolicy)
DRIFT = section(read_policies(), "monitor.drift", DriftPolicy)
SEASONS = section(read_policies(), "monitor.season", SeasonPolicy)
ADWIN: Any = drift.ADWIN  # it ships no types
ADWIN_DELTA = 0.25  # its alarms on noise come once in 8,000 events: not rarer than ours
ROWS, COLUMNS = 1_000_000, 10


def best(act: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return min(took)


def adwin_at(events: list[float], start: int) -> int | None:
    """Return the first alarm at or after `start`; earlier ones restart it."""
    detector = ADWIN(delta=ADWIN_DELTA)
    for at, event in enumerate(events):
        detector.update(event)
        if detector.drift_detected:
            if at >= start:
                return at
            detector = ADWIN(delta=ADWIN_DELTA)
    return None


def test_shifts_are_found_in_half_the_time_of_adwin_at_equal_false_alarms() -> None:
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((20, 5_000))
    ours = sum(
        Cusum.of_numbers(rng.standard_normal(5_000), STREAM).update(row).at is not None
        for row in noise
    )
    theirs = sum(adwin_at(row.tolist(), 0) is not None for row in noise)
    print(f"false alarms in 20 x 5,000 events: CUSUM {ours}, ADWIN {theirs}")
    assert ours <= theirs + 3
    for shift in (0.5, 1.0, 2.0):
        mine, other = [], []
        for _ in range(60):
            events = rng.standard_normal(2_000)
            start = 1_000 + int(rng.integers(32))  # ADWIN looks every 32 events
            events[start:] += shift
            end = Cusum.of_numbers(rng.standard_normal(5_000), STREAM).update(events)
            if end.at is not None and end.at >= start:
                mine.append(end.at - start)
            at = adwin_at(events.tolist(), start)
            other.append(2_000 - start if at is None else at - start)
        print(f"shift {shift}: delay CUSUM {np.mean(mine):.1f}, ADWIN {np.mean(other):.1f}")
        if shift >= 1.0:  # at half a deviation both need about fifty events
            assert np.mean(mine) <= 0.6 * np.mean(other)


def test_a_batch_of_events_costs_less_than_adwin_takes_for_them() -> None:
    events = np.random.default_rng(6).standard_normal(100_000)
    quiet = Cusum.of_numbers(events[:5_000], STREAM)
    ours = best(lambda: quiet.update(events[: STREAM.arl0 // 4]), 5) / (STREAM.arl0 // 4)
    detector = ADWIN(delta=0.002)
    listed = events[:20_000].tolist()
    theirs = best(lambda: [detector.update(event) for event in listed], 2) / len(listed)
    print(f"CUSUM {1e6 * ours:.3f} µs an event in batches, ADWIN {1e6 * theirs:.3f} µs")
    assert ours < 3 * theirs
    assert ours < 5e-6


def test_a_million_rows_cost_few_times_a_bare_histogram() -> None:
    rng = np.random.default_rng(7)
    table = rng.standard_normal((COLUMNS, ROWS))
    sketches = [Sketch.of(column, DRIFT.bins) for column in table]

    def sketch() -> None:
        for each, column in zip(sketches, table, strict=True):
            each.counts(column)

    def histogram() -> None:
        for column in table:
            np.histogram(column, bins=DRIFT.bins)

    ours, bare = best(sketch, 2), best(histogram, 2)
    print(f"{ROWS} x {COLUMNS}: sketch {ours:.2f} s, histogram {bare:.2f} s, {ours / bare:.2f} x")
    assert ours <= 3 * bare


@pytest.mark.bench
def test_print_the_whole_comparison_of_a_million_rows() -> None:
    rng = np.random.default_rng(8)
    names = [f"f{at}" for at in range(COLUMNS)]
    reference: dict[str, Any] = {name: rng.standard_normal(ROWS) for name in names}
    current: dict[str, Any] = {name: rng.standard_normal(ROWS) for name in names}
    took = best(lambda: compare_tables(reference, current, DRIFT, seasons=SEASONS), 2)
    both = [*reference.values(), *current.values()]
    bare = best(lambda: [np.histogram(column, bins=64) for column in both], 2)
    print(f"comparison {took:.2f} s, a histogram of either side {bare:.2f} s, {took / bare:.1f} x")
