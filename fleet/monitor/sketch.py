"""A mergeable 64-bin sketch of one numeric feature, for tables too long to sort."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SAMPLE = 20_000
TAIL = 0.001


@dataclass(frozen=True, slots=True)
class Sketch:
    """Edges fixed by the reference; counts add up across parts, the ends catch the rest."""

    low: float
    high: float
    bins: int

    @classmethod
    def of(cls, reference: Floats, bins: int) -> "Sketch":
        """Choose edges from an even sample of the reference; infinities lie in the tails."""
        sample = reference[:: max(1, len(reference) // SAMPLE)]
        sample = sample[np.isfinite(sample)]
        if not sample.size:
            return cls(0.0, 1.0, bins)
        low, high = (float(q) for q in np.quantile(sample, [TAIL, 1 - TAIL]))
        return cls(low, high if high > low else low + 1.0, bins)

    def places(self, values: Floats) -> npt.NDArray[np.int64]:
        """Return each value's bin; the first and last hold the tails, one past them NaN."""
        scale = (self.bins - 2) / (self.high - self.low)
        with np.errstate(over="ignore"):  # what no number can hold lies in a tail
            spots = np.clip((values - self.low) * scale + 1.0, 0, self.bins - 1)
        missing = np.isnan(spots)
        if missing.any():
            spots[missing] = self.bins
        return spots.astype(np.int64)

    def counts(self, values: Floats) -> Floats:
        """Count values by bin."""
        found = np.bincount(self.places(values), minlength=self.bins)
        return found[: self.bins].astype(np.float64)


def binned_distance(first: Floats, second: Floats) -> float:
    """Kolmogorov-Smirnov distance of two rows of counts: never above the exact one.

    >>> binned_distance(np.array([2.0, 0.0]), np.array([0.0, 2.0]))
    1.0
    """
    left, right = np.cumsum(first) / first.sum(), np.cumsum(second) / second.sum()
    return float(np.abs(left - right).max())
