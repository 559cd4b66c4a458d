"""How well chances foresaw outcomes: the ROC curve with its band, and calibration by bins."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.stats.intervals import wilson

GRID = tuple(i / 50 for i in range(51))
RESAMPLES = 200
TAIL = 0.025
SEED = 7
BINS = 8
LEAST_IN_BIN = 5
LEAST = 10  # of the rarer outcome, below which a curve says nothing

Pair = tuple[float, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roc:
    """Hit rates over `GRID` false-alarm rates with a 95 % band; `chosen` maximises their gap."""

    hits: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    chosen: tuple[float, float, float]  # threshold, false alarms, hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Runs of like chance: the mean chance, the share that succeeded with its interval, n."""

    predicted: float
    came_true: float
    low: float
    high: float
    n: int


def enough(pairs: Sequence[Pair]) -> bool:
    """Whether there are enough labels of both kinds to draw a curve."""
    good = sum(outcome for _, outcome, _ in pairs)
    return min(good, len(pairs) - good) >= LEAST


def roc(pairs: Sequence[Pair]) -> Roc:
    """Return the curve; the band comes from resampled runs, those of one task together."""
    rng = random.Random(SEED)  # resampling, not secrets
    groups: dict[str, list[Pair]] = {}
    for place, pair in enumerate(pairs):
        groups.setdefault(pair[2] or f"#{place}", []).append(pair)
    names = sorted(groups)
    drawn = []
    for _ in range(RESAMPLES):
        sample = [pair for _ in names for pair in groups[rng.choice(names)]]
        if 0 < sum(outcome for _, outcome, _ in sample) < len(sample):
            drawn.append(_on_grid(_corners(sample)))
    corners = _corners(pairs)
    cut = int(TAIL * (len(drawn) - 1)) if drawn else 0
    columns = [sorted(column) for column in zip(*drawn, strict=True)]
    return Roc(
        hits=_on_grid(corners),
        low=tuple(column[cut] for column in columns),
        high=tuple(column[-1 - cut] for column in columns),
        chosen=max(corners, key=lambda corner: corner[2] - corner[1]),
    )


def _corners(pairs: Sequence[Pair]) -> list[tuple[float, float, float]]:
    """Return (threshold, false-alarm rate, hit rate), from none above the threshold to all."""
    good = sum(outcome for _, outcome, _ in pairs)
    bad = len(pairs) - good
    found, hits, alarms = [(1.0, 0.0, 0.0)], 0, 0
    ordered = sorted(pairs, key=lambda pair: -pair[0])
    for place, (chance, outcome, _) in enumerate(ordered):
        hits, alarms = hits + outcome, alarms + 1 - outcome
        if place + 1 == len(ordered) or ordered[place + 1][0] < chance:
            found.append((chance, alarms / bad, hits / good))
    return found


def _on_grid(corners: Sequence[tuple[float, float, float]]) -> tuple[float, ...]:
    values, at = [], 0
    for x in GRID:
        while at + 1 < len(corners) and corners[at + 1][1] <= x:
            at += 1
        _, left, low = corners[at]
        if at + 1 < len(corners) and corners[at + 1][1] > left:
            _, right, high = corners[at + 1]
            values.append(low + (high - low) * (x - left) / (right - left))
        else:
            values.append(low)
    return tuple(values)


def calibration(pairs: Sequence[Pair]) -> list[Bin]:
    """Return bins of about equally many runs, in order of their chance; equal chances share one."""
    ordered = sorted(pairs)
    size = max(LEAST_IN_BIN, len(ordered) / BINS)
    parts: list[list[Pair]] = []
    for pair in ordered:
        if not parts or (len(parts[-1]) >= size and pair[0] > parts[-1][-1][0]):
            parts.append([])
        parts[-1].append(pair)
    return [_bin(part) for part in parts]


def _bin(part: Sequence[Pair]) -> Bin:
    good, n = sum(outcome for _, outcome, _ in part), len(part)
    low, high = wilson(good, n)
    mean = sum(chance for chance, _, _ in part) / n
    return Bin(predicted=mean, came_true=good / n, low=low, high=high, n=n)


def calibration_error(pairs: Sequence[Pair]) -> tuple[float, float, float]:
    """Return the expected calibration error over the bins, with a 95 % bootstrap range."""
    rng, whole = random.Random(SEED), _error(pairs)
    drawn = sorted(_error([rng.choice(pairs) for _ in pairs]) for _ in range(RESAMPLES))
    cut = int(TAIL * (len(drawn) - 1))
    return whole, drawn[cut], drawn[-1 - cut]


def _error(pairs: Sequence[Pair]) -> float:
    gaps = sum(abs(each.predicted - each.came_true) * each.n for each in calibration(pairs))
    return gaps / len(pairs)
