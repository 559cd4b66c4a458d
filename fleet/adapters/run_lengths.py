"""How many steps runs usually have: of one name where enough are known, else of one source.

Runs of another tool are no peers: a chat of ten messages says nothing about a graph of forty spans.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.traces.model import Trajectory

KINDS = 1_000  # names kept apart; runs of further ones count for their source
Kind = tuple[str, str]  # source and name


@dataclass(frozen=True, slots=True)
class Usual:
    """Median lengths by kind; a source alone has the name ""."""

    medians: Mapping[Kind, float]

    def usual(self, run: Trajectory) -> float | None:
        """Return the median number of steps of runs like this one; None when too few are known."""
        source = run.source.value
        return self.medians.get((source, run.name or ""), self.medians.get((source, "")))


@dataclass(slots=True)
class Lengths:
    """Counts how often each length was seen; `least` runs of a kind tell what is usual."""

    least: int
    seen: dict[Kind, Counter[int]] = field(default_factory=dict)

    def add(self, run: Trajectory) -> None:
        """Count one run."""
        kind = (run.source.value, run.name or "")
        if kind not in self.seen and len(self.seen) >= KINDS:
            kind = (run.source.value, "")
        self.seen.setdefault(kind, Counter())[len(run.steps)] += 1

    def medians(self) -> Usual:
        """Return what is usual for every kind of which enough runs were seen."""
        sources: dict[Kind, Counter[int]] = {}
        for (source, _), lengths in self.seen.items():
            sources.setdefault((source, ""), Counter()).update(lengths)
        kinds = {kind: lengths for kind, lengths in self.seen.items() if kind[1]} | sources
        return Usual({k: _median(seen) for k, seen in kinds.items() if seen.total() >= self.least})


def _median(lengths: Mapping[int, int]) -> float:
    """Return the median of lengths, each as often as it was seen."""
    total, seen, middle = sum(lengths.values()), 0, []
    for length, times in sorted(lengths.items()):
        middle += [
            length for place in ((total - 1) // 2, total // 2) if seen <= place < seen + times
        ]
        seen += times
    return sum(middle) / len(middle)
