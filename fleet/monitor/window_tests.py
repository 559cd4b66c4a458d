"""One feature tested against its reference: the whole current table, and each window of it.

Beside them stands how far parts of the reference, each as long as a window, lie from the rest of
it. Where that is more than chance, rows follow each other (weather, a year's course), and a test
that takes them for independent calls every window a shift: then a shift must be larger than what
the reference did by itself.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fleet.monitor.features import Feature, Floats
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.season import Season
from fleet.monitor.sketch import Sketch, binned_distance
from fleet.stats.power import chi_square_power, ks_power
from fleet.stats.two_sample import chi_square, ks_p_value

FEWEST, MOST = 4, 40  # parts of a reference that are looked at
Result = tuple[float, float]  # effect, p value
Span = tuple[int, int]
Places = npt.NDArray[np.int64]
SIDES: tuple[Literal["right"], Literal["left"]] = ("right", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One feature against its reference: the whole, and each window in time order.

    `sizes` are the values of the reference and of one window, `levels` those of a category or 0.
    `own` is the largest effect to expect between parts of the reference as long as a window,
    `own_whole` between parts as long as the current table or a quarter of the reference; 0 where
    chance explains what they show.
    """

    feature: Feature
    test: str
    effect: float
    p_value: float
    windows: tuple[Result, ...]
    sizes: tuple[int, int] = (0, 0)
    levels: int = 0
    own: float = 0.0
    own_whole: float = 0.0
    season: Season | None = None

    def power(self, effect: float, alpha: float) -> float:
        """Return how likely one window's test is to find such an effect, of numbers at least."""
        before, now = self.sizes
        if min(before, now) < 1:
            return 0.0
        if self.levels:
            return chi_square_power(effect, before + now, self.levels, alpha)
        return ks_power(effect, before, now, alpha)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    """What is compared: windows of the current table; parts of the reference as long as them."""

    windows: list[Span]
    parts: list[Span]
    longer: list[Span]  # parts as long as the whole current table, where there are four


@dataclass(frozen=True, slots=True, kw_only=True)
class _Results:
    test: str
    whole: Result
    windows: list[Result]
    own: list[Result]
    own_whole: list[Result]


def run_test(feature: Feature, policy: DriftPolicy, season: Season | None = None) -> Tested:
    """Test a feature, whose season was taken out already."""
    rows, size = len(feature.reference), len(feature.current)
    before, now = feature.known
    count = max(1, min(policy.windows, size // policy.min_n))
    spans = _Spans(
        windows=list(itertools.pairwise([size * i // count for i in range(count + 1)])),
        parts=_parts(rows, size // count, policy.min_n),
        longer=_parts(rows, size, policy.min_n),
    )
    if not feature.numeric:
        found = _levels(feature, spans)
    elif max(before, now) > policy.exact_rows:
        found = _sketched(feature, spans, policy.bins)
    else:
        found = _exact(feature, spans)
    effect, p_value = found.whole
    return Tested(
        feature=feature, test=found.test, effect=effect, p_value=p_value,
        windows=tuple(found.windows), season=season, sizes=(before, now // count),
        levels=0 if feature.numeric else _count_levels(feature),
        own=_beyond_chance(found.own, policy.alpha),
        own_whole=_beyond_chance(found.own_whole, policy.alpha),
    )  # fmt: skip


def _parts(size: int, window: int, least: int) -> list[Span]:
    """Return parts of a reference, spread over it, as long as a window or a quarter of it."""
    if size < FEWEST * least:
        return []
    length = min(window, size // FEWEST)
    count = min(MOST, size // length)
    starts = [(size - length) * i // (count - 1) for i in range(count)]
    return [(start, start + length) for start in starts]


def _beyond_chance(found: Sequence[Result], alpha: float) -> float:
    """Return the largest effect to expect of such parts when any of them is more than chance.

    Of k parts the largest is below what more of them would show: m (k + 1) / k is the unbiased
    estimate for the end of a uniform distribution. 0 when chance explains them all.
    """
    if not any(p * len(found) < alpha for _, p in found):
        return 0.0
    return min(1.0, max(effect for effect, _ in found) * (1 + 1 / len(found)))


def _exact(feature: Feature, spans: _Spans) -> _Results:
    base = _ordered(feature.reference)

    def against(values: Floats) -> Result:
        side = _ordered(values)
        if not side.size:
            return 0.0, 1.0
        distance = distance_of(base, side)
        return distance, ks_p_value(distance, base.size, side.size)

    def within(start: int, end: int) -> Result:
        """A part against the rest of the reference, which need not be sorted for it."""
        part = _ordered(feature.reference[start:end])
        rest = base.size - part.size
        if not part.size or not rest:
            return 0.0, 1.0
        distance = min(1.0, distance_of(base, part) * base.size / rest)
        return distance, ks_p_value(distance, rest, part.size)

    return _Results(
        test="Kolmogorov-Smirnov", whole=against(feature.current),
        windows=[against(feature.current[start:end]) for start, end in spans.windows],
        own=[within(*part) for part in spans.parts],
        own_whole=[within(*part) for part in spans.longer],
    )  # fmt: skip


def distance_of(base: Floats, side: Floats) -> float:
    """Kolmogorov-Smirnov distance of two sorted sides, from the points of the second alone.

    Between two of them its share stands still, so that the distance is largest at one of them or
    just before it.
    """
    at, before = (
        np.searchsorted(base, side, side=end) / base.size
        - np.searchsorted(side, side, side=end) / side.size
        for end in SIDES
    )
    return float(max(np.abs(at).max(), np.abs(before).max()))


def _sketched(feature: Feature, spans: _Spans, bins: int) -> _Results:
    sketch = Sketch.of(feature.reference[~np.isnan(feature.reference)], bins)

    def compare(first: Floats, second: Floats) -> Result:
        n, m = int(first.sum()), int(second.sum())
        if not n or not m:
            return 0.0, 1.0
        distance = binned_distance(first, second)
        return distance, ks_p_value(distance, n, m)

    return _counted(
        f"Kolmogorov-Smirnov on {bins} bins", sketch.places(feature.reference),
        sketch.places(feature.current), bins, spans, compare,
    )  # fmt: skip


def _levels(feature: Feature, spans: _Spans) -> _Results:
    before, now = feature.reference.astype(np.int64), feature.current.astype(np.int64)
    levels = _count_levels(feature)
    return _counted(
        "chi-square", before, now, levels, spans,
        lambda first, second: chi_square(first.tolist(), second.tolist()),
    )  # fmt: skip


def _count_levels(feature: Feature) -> int:
    return int(max(feature.reference.max(), feature.current.max())) + 1


def _counted(
    test: str,
    reference: Places,
    current: Places,
    size: int,
    spans: _Spans,
    compare: Callable[[Floats, Floats], Result],
) -> _Results:
    """Compare counts of places below `size`; those from there on are missing."""

    def count(places: Places) -> Floats:
        return np.bincount(places, minlength=size)[:size].astype(np.float64)

    def within(start: int, end: int) -> Result:
        part = count(reference[start:end])
        return compare(base - part, part)

    base = count(reference)
    windows = [count(current[start:end]) for start, end in spans.windows]
    return _Results(
        test=test, whole=compare(base, np.sum(windows, axis=0)),
        windows=[compare(base, window) for window in windows],
        own=[within(*part) for part in spans.parts],
        own_whole=[within(*part) for part in spans.longer],
    )  # fmt: skip


def _ordered(values: Floats) -> Floats:
    return np.sort(values[~np.isnan(values)])
