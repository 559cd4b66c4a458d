"""Where a feature left its reference: the split that explains most of the shift.

For numbers the rows are placed by their rank in the reference, so that one outlier weighs no more
than another extreme value; both the level and the spread of ranks are tried. The estimate is the k
that maximises S_k^2 / (n - k), S_k the sum from row k on (Hinkley 1970 with a known first mean).
"""

import numpy as np

from fleet.monitor.features import Feature, Floats

REFERENCE_POINTS = 4_096


def change_point(feature: Feature) -> int:
    """Return the 0-based row of the current table from which on it differs most."""
    if feature.numeric:
        known = np.sort(feature.reference[~np.isnan(feature.reference)])
        grid = known[:: max(1, len(known) // REFERENCE_POINTS)]
        low = np.searchsorted(grid, feature.current, side="left")
        high = np.searchsorted(grid, feature.current, side="right")
        ranks = (low + high) / (2 * len(grid)) - 0.5
        ranks[np.isnan(feature.current)] = 0.0
        signals = [ranks, np.abs(ranks) - 0.25]
    else:
        levels = int(max(feature.reference.max(), feature.current.max())) + 1
        shares = np.bincount(feature.reference.astype(np.int64), minlength=levels) / len(
            feature.reference
        )
        signals = [
            (feature.current == level) - shares[level]
            for level in np.argsort(shares)[::-1][:8]  # the commonest levels carry a shift
        ]
    best = max((_split(signal) for signal in signals), key=lambda found: found[0])
    return best[1]


def _split(signal: Floats) -> tuple[float, int]:
    n = len(signal)
    sums = np.cumsum(signal[::-1])[::-1]
    gains = sums * sums / (n - np.arange(n))
    place = int(np.argmax(gains))
    return float(gains[place]), place
