"""What a raw composite is worth in approvals by people: a monotone map, fitted when labels exist.

Pool-adjacent-violators (Ayer, Brunk, Ewing, Reid and Silverman 1955), each block with one refusal
added, so that a thin block promises less than it showed.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Steps of a rising function: from `edges[i]` on it is worth `values[i]`."""

    edges: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, raw: float) -> float:
        """Return the calibrated value; a raw value under all that was seen is worth 0."""
        place = bisect_right(self.edges, raw)
        return self.values[place - 1] if place else 0.0


def fit_calibration(pairs: Sequence[tuple[float, bool]], *, min_labels: int) -> Calibration | None:
    """Fit (raw, approved by people) pairs; None with fewer than `min_labels`.

    >>> fit_calibration([(0.5, False), (0.9, True), (0.9, True), (0.9, True)], min_labels=4)
    Calibration(edges=(0.5, 0.9), values=(0.0, 0.75))
    """
    if len(pairs) < max(1, min_labels):
        return None
    sums: dict[float, list[int]] = {}
    for raw, approved in pairs:
        block = sums.setdefault(raw, [0, 0])
        block[0] += approved
        block[1] += 1
    blocks: list[tuple[float, int, int]] = []
    for raw in sorted(sums):
        edge, yes, n = raw, sums[raw][0], sums[raw][1]
        while blocks and blocks[-1][1] * n >= yes * blocks[-1][2]:
            before = blocks.pop()
            edge, yes, n = before[0], yes + before[1], n + before[2]
        blocks.append((edge, yes, n))
    values: list[float] = []
    for _, yes, n in blocks:
        values.append(max(yes / (n + 1), values[-1] if values else 0.0))
    return Calibration(tuple(edge for edge, _, _ in blocks), tuple(values))
