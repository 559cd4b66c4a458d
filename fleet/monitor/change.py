"""Where a feature left its reference: a first split, then the likelihood of every row about it.

The first split is the k that maximises S_k^2 / (n - k), S_k the sum of scores from row k on
(Hinkley 1970 with a known first mean); scores are ranks in the reference, so that one outlier
weighs no more than another extreme value, and both their level and their spread are tried. Ranks
saturate: of a clear shift this split comes early in three cases of ten and late in none. So the
rows after it give the new distribution, each row gets its likelihood ratio in bins, and the
posterior of k (all rows alike beforehand) its mean, which has the least squared error, and its
central 95 %.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fleet.monitor.features import Feature, Floats

REFERENCE_POINTS = 4_096
LEVELS_TRIED = 8  # the commonest levels carry a shift
BINS = (4, 32)  # fewest and most; between them twice the cube root of the rows after
LEAST_AFTER = 10  # rows that give a distribution
ROUNDS = 2  # the split moves the rows after it, and they the split; the second moves it by a row
OUTSIDE = 0.025  # of the posterior, on either side of the interval
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Change:
    """The 0-based row of the current table from which on it differs, and the 95 % interval of it.

    The interval holds while rows are independent; where they follow each other it is too narrow.
    """

    row: int
    low: int
    high: int


def change_point(feature: Feature) -> Change:
    """Return where the current table left the reference; there must be a row on each side."""
    split = _first_split(feature)
    for _ in range(ROUNDS):
        split = max(0, min(split, len(feature.current) - LEAST_AFTER))
        gains = np.cumsum(_likelihoods(feature, split)[::-1])[::-1]
        split = int(np.argmax(gains))
    weights = np.exp(gains - gains[split])
    weights /= weights.sum()
    below = np.cumsum(weights)
    low, high = (int(at) for at in np.searchsorted(below, [OUTSIDE, 1 - OUTSIDE]))
    row = round(float(weights @ np.arange(len(weights))))
    return Change(row, min(low, row), max(min(high, len(weights) - 1), row))


def _first_split(feature: Feature) -> int:
    if feature.numeric:
        known = np.sort(feature.reference[~np.isnan(feature.reference)])
        grid = known[:: max(1, len(known) // REFERENCE_POINTS)]
        low = np.searchsorted(grid, feature.current, side="left")
        high = np.searchsorted(grid, feature.current, side="right")
        ranks = (low + high) / (2 * len(grid)) - 0.5
        ranks[np.isnan(feature.current)] = 0.0
        signals = [ranks, np.abs(ranks) - 0.25]
    else:
        shares = np.bincount(feature.reference.astype(np.int64), minlength=_levels(feature)) / len(
            feature.reference
        )
        signals = [
            (feature.current == level) - shares[level]
            for level in np.argsort(shares)[::-1][:LEVELS_TRIED]
        ]
    return max((_split(signal) for signal in signals), key=lambda found: found[0])[1]


def _split(signal: Floats) -> tuple[float, int]:
    n = len(signal)
    sums = np.cumsum(signal[::-1])[::-1]
    gains = sums * sums / (n - np.arange(n))
    place = int(np.argmax(gains))
    return float(gains[place]), place


def _likelihoods(feature: Feature, split: int) -> Floats:
    """Return each row's log likelihood ratio, after against before; 0 where the value is missing.

    One count more in each bin keeps an empty one from deciding.
    """
    if feature.numeric:
        reference, current, bins = _binned(feature, split)
    else:
        reference, current = feature.reference.astype(np.int64), feature.current.astype(np.int64)
        bins = _levels(feature)
    missing = current < 0
    after = current[split:]
    before, now = (
        np.bincount(side, minlength=bins) + 1.0 for side in (reference, after[after >= 0])
    )
    ratios = np.log(now / now.sum()) - np.log(before / before.sum())
    return np.where(missing, 0.0, ratios[current])


def _binned(feature: Feature, split: int) -> tuple[Codes, Codes, int]:
    """Cut numbers at quantiles of both distributions, each with half of the weight."""
    known = feature.reference[~np.isnan(feature.reference)]
    after = feature.current[split:]
    after = after[~np.isnan(after)]
    sides = [side[:: max(1, len(side) // REFERENCE_POINTS)] for side in (known, after)]
    fewest, most = BINS
    bins = int(min(most, max(fewest, 2 * len(after) ** (1 / 3))))
    values = np.concatenate(sides)
    weights = np.concatenate([np.full(len(side), 0.5 / max(1, len(side))) for side in sides])
    order = np.argsort(values, kind="stable")
    places = np.searchsorted(np.cumsum(weights[order]), np.arange(1, bins) / bins)
    edges = np.unique(values[order][np.minimum(places, len(values) - 1)])
    current = np.searchsorted(edges, feature.current, side="right")
    current[np.isnan(feature.current)] = -1
    return np.searchsorted(edges, known, side="right"), current, len(edges) + 1


def _levels(feature: Feature) -> int:
    return int(max(feature.reference.max(), feature.current.max())) + 1
