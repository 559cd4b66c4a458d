"""The season of a feature, found in its frozen reference and taken out of both tables.

A season is a period of P rows after which values come again: of half-hours 48 make a day and 336 a
week. Where a table is shorter than it, or cut into windows that are, the season alone looks like
drift. Its period is given, or it is a peak of the reference's autocorrelation that stands out of
the noise of such a series (Bartlett 1946) and whose phases tell the reference's variance when each
cycle is foretold from the others alone: chance and long memory do not. What is compared afterwards
is each value less the mean of its phase; in the reference, of the other cycles, so that both sides
have the same spread. A shift beneath the season stays, and so does a season that has changed its
shape.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fleet.monitor.features import Feature, Floats

SEEN_ROWS = 65_536  # of a reference, its first ones, to find a period in
PEAKS = 12  # of the autocorrelation that are tried, the highest
ALIKE = 0.02  # of the variance: of two periods within it the shorter one is the season
TAIL = 0.005  # cut off each end before phases are averaged, so that no outlier makes a season
GRAIN = 0.01  # of the reference's deviation: what a season leaves below it changes no decision
FIRST_ROWS = 4_096  # that tell how many values a column has
FEW_VALUES = 10  # a column with no more is one of levels: less a mean it would no longer be
ALIGN = 0.75  # of the residual variance: the current table is moved along the season below it


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPolicy:
    """When a season is taken out: `period` in rows, or None to look for one."""

    min_cycles: int
    min_share: float
    z: float
    period: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What was taken out: rows, whole cycles of them in the reference, share of its variance.

    `moved` is by how many rows the current table begins later in the season than if it followed
    the reference at once.
    """

    period: int
    cycles: int
    share: float
    moved: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as the value of a feature's `season`."""
        return {
            "period": self.period, "cycles": self.cycles, "share": round(self.share, 4),
            "moved": self.moved,
        }  # fmt: skip


def without_season(feature: Feature, policy: SeasonPolicy) -> tuple[Feature, Season | None]:
    """Return a feature less its season; as it was, with None, where it has none.

    A given period is taken out whatever it explains, if the reference has two cycles of it.
    """
    if not feature.numeric or _of_levels(feature.reference):
        return feature, None
    with np.errstate(over="ignore", invalid="ignore"):  # of values that no variance can hold
        return _without_season(feature, policy)


def _without_season(feature: Feature, policy: SeasonPolicy) -> tuple[Feature, Season | None]:
    season = (
        find_season(feature.reference, policy)
        if policy.period is None
        else _given(feature.reference, policy.period)
    )
    if season is None:
        return feature, None
    phases = np.arange(len(feature.reference)) % season.period
    means, others = _by_phase(feature.reference, phases, season.period)
    start = len(feature.reference)
    moved = _moved(feature.current, start, means)
    current = (np.arange(len(feature.current)) + start + moved) % season.period
    grain = GRAIN * float(np.nanstd(_clipped(feature.reference))) or 1.0
    rest = replace(
        feature,
        reference=np.round((feature.reference - others) / grain) * grain,
        current=np.round((feature.current - means[current]) / grain) * grain,
    )
    return rest, replace(season, moved=moved)


def _of_levels(values: Floats) -> bool:
    return len(np.unique(values[:FIRST_ROWS])) <= FEW_VALUES


def find_season(reference: Floats, policy: SeasonPolicy) -> Season | None:
    """Return the season of a reference, None where it has none or is too short to tell."""
    values = reference[:SEEN_ROWS]
    found = [
        season
        for period in _peaks(values, policy)
        if (season := _given(values, period)) and season.share >= policy.min_share
    ]
    if not found:
        return None
    best = max(season.share for season in found)
    chosen = min((s for s in found if s.share >= best - ALIKE), key=lambda s: s.period)
    return replace(chosen, cycles=len(reference) // chosen.period)


def _given(values: Floats, period: int) -> Season | None:
    """Judge one period: the share of variance that each cycle's fellows foretell of it."""
    cycles = len(values) // period
    known = _clipped(values)
    if period <= 1 or cycles <= 1 or np.isnan(known).all():
        return None
    _, others = _by_phase(values, np.arange(len(values)) % period, period)
    left, whole = np.nanvar(known - others), np.nanvar(known)
    share = float(1 - left / whole) if whole else 0.0
    return Season(period=period, cycles=cycles, share=share) if math.isfinite(share) else None


def _peaks(values: Floats, policy: SeasonPolicy) -> list[int]:
    """Return the lags at which the series is most like itself, and more so than about them."""
    n = len(values)
    longest = n // policy.min_cycles
    known = _clipped(values)
    spread = 0.0 if np.isnan(known).all() else float(np.nanstd(known))
    if longest <= 1 or not spread or not math.isfinite(spread):
        return []
    centred = np.nan_to_num((known - np.nanmean(known)) / spread)
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    likeness = np.fft.irfft(power)[: longest + 2] / n
    noise = np.sqrt((1 + 2 * np.cumsum(likeness[1:] ** 2)) / n)  # of the lag after these
    inner = likeness[2 : longest + 1]
    peak = (inner >= likeness[1:longest]) & (inner >= likeness[3 : longest + 2])
    lags = np.flatnonzero(peak & (inner > policy.z * noise[: longest - 1])) + 2
    return sorted(lags.tolist(), key=lambda lag: -likeness[lag])[:PEAKS]


def _by_phase(values: Floats, phases: Any, period: int) -> tuple[Floats, Floats]:
    """Return each phase's mean, and for each row the mean of its phase without the row itself."""
    known = _clipped(values)
    there = ~np.isnan(known)
    filled = np.where(there, known, 0.0)
    sums = np.bincount(phases, weights=filled, minlength=period)
    counts = np.bincount(phases, weights=there, minlength=period)
    middle = float(np.nanmean(known)) if there.any() else 0.0
    means = np.where(counts > 0, sums / np.maximum(counts, 1), middle)
    rest = counts[phases] - there
    others = np.where(rest > 0, (sums[phases] - filled) / np.maximum(rest, 1), middle)
    return means, others


def _clipped(values: Floats) -> Floats:
    """Return values with their tails cut; what is not finite is missing."""
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        return values
    low, high = np.nanquantile(values, [TAIL, 1 - TAIL])
    return np.clip(values, low, high)


def _moved(current: Floats, start: int, means: Floats) -> int:
    """Return by how many rows the season must be moved to fit a table that does not follow.

    Two tables may lie any time apart. A table shorter than a cycle tells nothing: it follows.
    """
    period = len(means)
    if len(current) < period or not np.isfinite(current).any():
        return 0
    profile, _ = _by_phase(current, (np.arange(len(current)) + start) % period, period)
    profile, known = profile - profile.mean(), means - means.mean()
    # Circular correlation: likeness[k] is that of the profile with the season moved by k rows.
    likeness = np.fft.irfft(np.conj(np.fft.rfft(profile)) * np.fft.rfft(known), period)
    best = int(np.argmax(likeness))
    whole = float(np.nanvar(_clipped(current))) + float((known**2).mean())
    left_now, left_best = (whole - 2 * float(likeness[k]) / period for k in (0, best))
    return best if left_best < ALIGN * left_now else 0
