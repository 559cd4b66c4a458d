"""How often this gate would be wrong, and how soon it is right: simulated, by a given generator.

Answers three questions of somebody who has to trust it: the share of histories in which a version
whose rates lie exactly at the bars is promoted at *any* look; the same with a baseline whose paired
differences lie exactly at the margin; and the runs until PROMOTE at a true rate, beside Wald's SPRT
that was told that rate, which no sequential test of the same error beats (Wald and Wolfowitz 1948).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fleet.stats.betting import STAKES
from fleet.stats.confidence_sequence import log_evidence_above

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
CHUNK = 250  # histories at once: their capitals fit in a few megabytes
DISCORDANT = 0.15  # share of pairs that differ at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Histories simulated, and how many of them ended in a PROMOTE that was not earned."""

    histories: int
    looks: int
    dimensions: int
    is_paired: bool
    wrong: int

    @property
    def share(self) -> float:
        """Rate of false PROMOTE over all looks."""
        return self.wrong / self.histories


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Runs until one dimension reaches its bar at a true rate; None where fewer than half do."""

    rate: float
    histories: int
    median: int | None
    told: int | None  # of the SPRT that knows the rate
    shares: tuple[tuple[int, float], ...]  # (runs, share of histories promoted by then)

    @property
    def ratio(self) -> float | None:
        """How many times the runs of the SPRT."""
        return None if self.median is None or not self.told else self.median / self.told


def first_crossing(bar: float, alpha: float, looks: int) -> Counts:
    """Return the fewest successes that reach the bar, by number of runs (index 0 to `looks`)."""
    needed, good, log_needed = np.full(looks + 1, looks + 1), 0, -math.log(alpha)
    for n in range(1, looks + 1):
        while good <= n and not (good > bar * n and log_evidence_above(good, n, bar) >= log_needed):
            good += 1
        needed[n] = good
        good = max(good - 1, 0)
    return needed


def false_promotes(
    rng: np.random.Generator, *, histories: int, looks: int, dimensions: int, bar: float,
    alpha: float, margin: float | None = None,
) -> Risk:  # fmt: skip
    """Count PROMOTE at any look while every rate lies exactly at its bar.

    With a `margin` a baseline is paired as well, its mean difference exactly minus the margin in
    every dimension, and both laws must hold at the same look.
    """
    needed, wrong = first_crossing(bar, alpha, looks), 0
    for start in range(0, histories, CHUNK):
        size = min(CHUNK, histories - start)
        promoted = np.ones((size, looks), dtype=np.bool_)
        for _ in range(dimensions):
            promoted &= np.cumsum(rng.random((size, looks)) < bar, axis=1) >= needed[1:]
            if margin is not None and promoted.any():
                promoted &= _paired(rng, size, looks, margin, alpha)
        wrong += int(promoted.any(axis=1).sum())
    return Risk(
        histories=histories, looks=looks, dimensions=dimensions, is_paired=margin is not None,
        wrong=wrong,
    )  # fmt: skip


def false_paired(
    rng: np.random.Generator, *, histories: int, looks: int, margin: float, alpha: float
) -> Risk:
    """Count passes of the paired law alone, the mean difference exactly minus the margin."""
    wrong = sum(
        int(_paired(rng, min(CHUNK, histories - start), looks, margin, alpha).any(axis=1).sum())
        for start in range(0, histories, CHUNK)
    )
    return Risk(histories=histories, looks=looks, dimensions=1, is_paired=True, wrong=wrong)


def _paired(rng: np.random.Generator, size: int, looks: int, margin: float, alpha: float) -> Mask:
    """Say at which looks the capital against "a fall of the margin" is large enough."""
    luck, down = rng.random((size, looks)), (DISCORDANT + margin) / 2
    worse = np.cumsum(luck < down, axis=1)
    better = np.cumsum(luck >= 1 - (DISCORDANT - margin) / 2, axis=1)
    same = np.arange(1, looks + 1) - worse - better
    mean = (1 - margin) / 2
    capital = np.zeros((size, looks))
    for stake in STAKES:
        lost, kept, won = (math.log1p(stake * (value - mean) / mean) for value in (0.0, 0.5, 1.0))
        capital += np.exp(np.minimum(lost * worse + kept * same + won * better, 700.0))
    return np.asarray(capital / len(STAKES) >= 1 / alpha)


def power(
    rng: np.random.Generator, *, rate: float, bar: float, alpha: float, histories: int, looks: int,
    shown: Sequence[int] = (),
) -> Power:  # fmt: skip
    """Play histories at a true rate over the bar; return when they reach it, beside the SPRT."""
    counts = np.cumsum(rng.random((histories, looks)) < rate, axis=1)
    runs = np.arange(1, looks + 1)
    reached = counts >= first_crossing(bar, alpha, looks)[1:]
    sprt = counts * math.log(rate / bar)
    if rate < 1:
        sprt = sprt + (runs - counts) * math.log((1 - rate) / (1 - bar))
    ever = np.maximum.accumulate(reached, axis=1)
    return Power(
        rate=rate, histories=histories, median=_median(reached),
        told=_median(sprt >= -math.log(alpha)),
        shares=tuple((n, float(ever[:, n - 1].mean())) for n in shown if n <= looks),
    )  # fmt: skip


def _median(reached: Mask) -> int | None:
    """Return the median first look that reached, over all histories; None when most never do."""
    looks = reached.shape[1]
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, looks + 1)
    middle = int(np.median(first))
    return None if middle > looks else middle
