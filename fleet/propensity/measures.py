"""How good a set of probabilities is: Brier score, calibration error, lift at the top.

Decides nothing. Every function takes parallel sequences: labels (0 or 1) and probabilities in 0..1.
Rows of one and the same chance share their winners evenly: no figure depends on the order of rows.
"""

import itertools
from collections.abc import Sequence

from fleet.stats.intervals import Z95, wilson

BINS = 10
BIN_ROWS = 10  # least of a bin that is drawn


def brier(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the mean squared error of the probabilities; None without rows."""
    if not labels:
        return None
    return sum((s - y) ** 2 for y, s in zip(labels, scores, strict=True)) / len(labels)


def calibration_error(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the expected calibration error over ten equal-size bins; None without rows."""
    if not labels:
        return None
    rows = _shared(labels, scores)
    total = len(rows)
    edges = [total * step // BINS for step in range(BINS + 1)]
    gaps = (abs(sum(s - y for s, y in rows[low:high])) for low, high in itertools.pairwise(edges))
    return sum(gaps) / total


def top_lift(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the conversion rate of the top tenth over the base rate; None without a winner."""
    wins = sum(labels)
    if not wins:
        return None
    top = _shared(labels, scores)[-max(1, len(labels) // BINS) :]
    return (sum(won for _, won in top) / len(top)) / (wins / len(labels))


def _shared(labels: Sequence[int], scores: Sequence[float]) -> list[tuple[float, float]]:
    """Return (chance, winners) a row, the lowest chance first; equal chances share winners."""
    found: list[tuple[float, float]] = []
    order = sorted(zip(scores, labels, strict=True))
    for score, group in itertools.groupby(order, key=lambda row: row[0]):
        part = [label for _, label in group]
        found += [(score, sum(part) / len(part))] * len(part)
    return found


def average_precision(labels: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the area under precision and recall, ties taken together; None without a winner."""
    wins = sum(labels)
    if not wins:
        return None
    order = sorted(zip(scores, labels, strict=True), key=lambda row: -row[0])
    area, hits, seen = 0.0, 0, 0
    for _, group in itertools.groupby(order, key=lambda row: row[0]):
        part = [label for _, label in group]
        hits, seen = hits + sum(part), seen + len(part)
        area += sum(part) / wins * hits / seen
    return area


def auc_interval(value: float, wins: int, losses: int) -> tuple[float, float]:
    """Return the 95 % interval of an AUC (Hanley and McNeil 1982); (0, 1) without both classes."""
    if not wins or not losses:
        return 0.0, 1.0
    pair, triple = value / (2 - value), 2 * value * value / (1 + value)
    spread = (
        value * (1 - value)
        + (wins - 1) * (pair - value * value)
        + (losses - 1) * (triple - value * value)
    ) / (wins * losses)
    half = Z95 * max(spread, 0.0) ** 0.5
    return max(0.0, value - half), min(1.0, value + half)


def reliability(labels: Sequence[int], scores: Sequence[float]) -> list[dict[str, float]]:
    """Return the bins of the diagram: mean chance, rate that came true, its interval, rows.

    Bins are of equal size, ten of them; of few rows fewer, for a bin of three says nothing. Bins of
    one and the same chance are one.
    """
    order = _shared(labels, scores)
    total, parts = len(order), list[list[tuple[float, float]]]()
    bins = max(2, min(BINS, total // BIN_ROWS))
    for step in range(bins):
        part = order[total * step // bins : total * (step + 1) // bins]
        if parts and part and parts[-1][0][0] == part[-1][0]:
            parts[-1] += part
        elif part:
            parts.append(part)
    found = []
    for part in parts:
        wins = min(sum(won for _, won in part), len(part))  # shares may add up to a hair more
        low, high = wilson(wins, len(part))
        mean = sum(score for score, _ in part) / len(part)
        found.append(
            {"chance": mean, "rate": wins / len(part), "low": low, "high": high, "n": len(part)}
        )
    return found


def lift_curve(labels: Sequence[int], scores: Sequence[float]) -> list[dict[str, float]]:
    """Return, for each tenth of the rows taken from the top, the share of all winners in it."""
    wins = sum(labels)
    if not wins:
        return []
    order = [won for _, won in reversed(_shared(labels, scores))]
    found = []
    for step in range(1, BINS + 1):
        part = order[: len(order) * step // BINS]
        found.append({"share": step / BINS, "winners": sum(part) / wins})
    return found


def lift_by_decile(labels: Sequence[int], scores: Sequence[float]) -> list[dict[str, float]]:
    """Return each tenth of the rows from the top: its rate, and that over the base rate."""
    wins = sum(labels)
    if not wins:
        return []
    order = [won for _, won in reversed(_shared(labels, scores))]
    found, base = [], wins / len(labels)
    for step in range(BINS):
        part = order[len(order) * step // BINS : len(order) * (step + 1) // BINS]
        if part:
            rate = sum(part) / len(part)
            found.append({"decile": step + 1, "rate": rate, "lift": rate / base, "n": len(part)})
    return found
