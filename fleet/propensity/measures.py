"""How good a set of probabilities is: Brier score, calibration error, lift at the top.

Decides nothing. Every function takes parallel sequences: labels (0 or 1) and probabilities in 0..1.
"""

import itertools
from collections.abc import Sequence

BINS = 10


def brier(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the mean squared error of the probabilities; None without rows."""
    if not labels:
        return None
    return sum((s - y) ** 2 for y, s in zip(labels, scores, strict=True)) / len(labels)


def calibration_error(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the expected calibration error over ten equal-size bins; None without rows."""
    if not labels:
        return None
    rows = sorted(zip(scores, labels, strict=True), key=lambda row: row[0])  # not by label
    total = len(rows)
    edges = [total * step // BINS for step in range(BINS + 1)]
    gaps = (abs(sum(s - y for s, y in rows[low:high])) for low, high in itertools.pairwise(edges))
    return sum(gaps) / total


def top_lift(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the conversion rate of the top tenth over the base rate; None without a winner."""
    wins = sum(labels)
    if not wins:
        return None
    order = sorted(range(len(labels)), key=lambda index: -scores[index])
    top = order[: max(1, len(order) // BINS)]
    return (sum(labels[index] for index in top) / len(top)) / (wins / len(labels))
