"""One feature tested against its reference: the whole current table, and each window of it.

Beside them stands how far parts of the reference, each as long as a window, lie from the rest of
it. Where that is more than chance, rows follow each other (weather, a year's course), and a test
that takes them for independent calls every window a shift: then a shift must be larger than what
the reference did by itself.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from fleet.monitor.features import Feature, Floats
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.season import Season
from fleet.monitor.sketch import Sketch, binned_distance
from fleet.stats.two_sample import chi_square, ks_p_value, ks_statistic

QUARTERS = 4  # fewest parts of a reference
MOST_QUARTERS = 10  # so many times that
Result = tuple[float, float]  # effect, p value
Span = tuple[int, int]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One feature against its reference: the whole, and each window in time order.

    `own` is the largest effect to expect between parts of the reference as long as a window,
    `own_whole` between parts as long as the current table or a quarter of the reference; 0 where
    chance explains what they show.
    """

    feature: Feature
    test: str
    effect: float
    p_value: float
    windows: tuple[Result, ...]
    own: float = 0.0
    own_whole: float = 0.0
    season: Season | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Results:
    test: str
    whole: Result
    windows: list[Result]
    own: list[Result]
    own_whole: list[Result]


def run_test(feature: Feature, policy: DriftPolicy, season: Season | None = None) -> Tested:
    """Test a feature, whose season was taken out already."""
    size = len(feature.current)
    count = max(1, min(policy.windows, size // policy.min_n))
    spans = _cut(size, count)
    parts = _parts(len(feature.reference), size // count, policy.min_n)
    group = max(1, min(len(parts) // QUARTERS, count))
    if not feature.numeric:
        found = _levels(feature, spans, parts, group)
    elif max(feature.known) > policy.exact_rows:
        found = _sketched(feature, spans, parts, group, policy.bins)
    else:
        found = _exact(feature, spans, parts, group)
    effect, p_value = found.whole
    return Tested(
        feature=feature, test=found.test, effect=effect, p_value=p_value,
        windows=tuple(found.windows), season=season,
        own=_beyond_chance(found.own, policy.alpha),
        own_whole=_beyond_chance(found.own_whole, policy.alpha),
    )  # fmt: skip


def _cut(size: int, count: int) -> list[Span]:
    return list(itertools.pairwise([size * i // count for i in range(count + 1)]))


def _parts(size: int, window: int, least: int) -> list[Span]:
    """Cut a reference into parts about as long as a window, four at least; none when too short."""
    if size < QUARTERS * least:
        return []
    times = max(1, min(MOST_QUARTERS, size // (QUARTERS * window)))
    return _cut(size, QUARTERS * times)


def _beyond_chance(found: Sequence[Result], alpha: float) -> float:
    """Return the largest effect to expect of such parts when any of them is more than chance.

    Of k parts the largest is below what more of them would show: m (k + 1) / k is the unbiased
    estimate for the end of a uniform distribution. 0 when chance explains them all.
    """
    if not any(p * len(found) < alpha for _, p in found):
        return 0.0
    return min(1.0, max(effect for effect, _ in found) * (1 + 1 / len(found)))


def _batched(items: list[T], group: int) -> list[list[T]]:
    return [items[at : at + group] for at in range(0, len(items), group)]


def _exact(feature: Feature, spans: list[Span], parts: list[Span], group: int) -> _Results:
    base = _ordered(feature.reference)

    def against(side: Floats) -> Result:
        if not side.size:
            return 0.0, 1.0
        distance = ks_statistic(base, side)
        return distance, ks_p_value(distance, base.size, side.size)

    def within(start: int, end: int) -> Result:
        """A part against the rest of the reference, which need not be sorted for it."""
        part = _ordered(feature.reference[start:end])
        rest = base.size - part.size
        if not part.size or not rest:
            return 0.0, 1.0
        distance = min(1.0, ks_statistic(base, part) * base.size / rest)
        return distance, ks_p_value(distance, rest, part.size)

    return _Results(
        test="Kolmogorov-Smirnov", whole=against(_ordered(feature.current)),
        windows=[against(_ordered(feature.current[start:end])) for start, end in spans],
        own=[within(*part) for part in parts],
        own_whole=[within(some[0][0], some[-1][1]) for some in _batched(parts, group)],
    )  # fmt: skip


def _sketched(
    feature: Feature, spans: list[Span], parts: list[Span], group: int, bins: int
) -> _Results:
    known = feature.reference[~np.isnan(feature.reference)]
    sketch = Sketch.of(known, bins)

    def count(values: Floats) -> Floats:
        return sketch.counts(values[~np.isnan(values)])

    def compare(first: Floats, second: Floats) -> Result:
        n, m = int(first.sum()), int(second.sum())
        if not n or not m:
            return 0.0, 1.0
        distance = binned_distance(first, second)
        return distance, ks_p_value(distance, n, m)

    blocks = [count(feature.reference[start:end]) for start, end in parts] or [sketch.counts(known)]
    windows = [count(feature.current[start:end]) for start, end in spans]
    return _counted(
        f"Kolmogorov-Smirnov on {bins} bins", windows, blocks if parts else [],
        np.sum(blocks, axis=0), group, compare,
    )  # fmt: skip


def _levels(feature: Feature, spans: list[Span], parts: list[Span], group: int) -> _Results:
    before, now = feature.reference.astype(np.int64), feature.current.astype(np.int64)
    levels = int(max(before.max(), now.max())) + 1

    def count(codes: Floats) -> Floats:
        return np.bincount(codes.astype(np.int64), minlength=levels).astype(np.float64)

    return _counted(
        "chi-square",
        [count(feature.current[start:end]) for start, end in spans],
        [count(feature.reference[start:end]) for start, end in parts],
        np.bincount(before, minlength=levels).astype(np.float64),
        group,
        lambda first, second: chi_square(first.tolist(), second.tolist()),
    )


def _counted(
    test: str,
    windows: list[Floats],
    blocks: list[Floats],
    base: Floats,
    group: int,
    compare: Callable[[Floats, Floats], Result],
) -> _Results:
    """Compare counts, which add up: windows to the whole, blocks to longer ones."""
    longer: list[Floats] = [np.sum(some, axis=0) for some in _batched(blocks, group)]
    return _Results(
        test=test, whole=compare(base, np.sum(windows, axis=0)),
        windows=[compare(base, window) for window in windows],
        own=[compare(base - block, block) for block in blocks],
        own_whole=[compare(base - block, block) for block in longer],
    )  # fmt: skip


def _ordered(values: Floats) -> Floats:
    return np.sort(values[~np.isnan(values)])
