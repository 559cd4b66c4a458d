"""The stratum that a mean could hide: one that failed, one that is low, one that is thin."""

from dataclasses import dataclass

import numpy as np

from fleet.release_gate.columns import Columns, Floats
from fleet.release_gate.policy import DimensionRule
from fleet.stats.confidence_sequence import upper_bound

ORDER = ("FAIL", "LOW", "THIN")


@dataclass(frozen=True, slots=True)
class Weakness:
    """The weakest stratum of one dimension; `needed` is how many runs a thin one lacks."""

    kind: str
    stratum: str
    text: str
    upper: float
    needed: int


def find_weak_stratum(
    rule: DimensionRule, columns: Columns, values: Floats, *, alpha: float, min_n: int
) -> Weakness | None:
    """Return the worst stratum, most severe kind first, then by name; None if all are fine."""
    index, codes = columns.strata()
    if len(index) <= 1:
        return None
    known = (codes >= 0) & ~np.isnan(values)
    order = np.lexsort((values[known], codes[known]))
    part_codes, part_values = codes[known][order], values[known][order]
    edges = np.searchsorted(part_codes, np.arange(len(index) + 1))
    found = []
    for stratum, code in index.items():
        part = part_values[edges[code] : edges[code + 1]]
        weakness = _judge(stratum, float(part.sum()), len(part), rule, alpha, min_n)
        if weakness:
            found.append(weakness)
    return min(found, key=lambda w: (ORDER.index(w.kind), w.stratum)) if found else None


def _judge(
    stratum: str, total: float, n: int, rule: DimensionRule, alpha: float, min_n: int
) -> Weakness | None:
    if n == 0:
        return None
    rate, bar = total / n, rule.promote_bar
    upper = upper_bound(total, n, alpha) if rate < bar else 1.0
    if upper < rule.rollback_floor:
        return Weakness("FAIL", stratum, f"upper bound of stratum {stratum!r}", upper, 0)
    if n < min_n:
        text = f"stratum {stratum!r} has {n} runs, {min_n} needed"
        return Weakness("THIN", stratum, text, upper, min_n - n)
    if rate < bar:
        text = f"stratum {stratum!r} is at {rate:.3f}, under the bar {bar:g}"
        return Weakness("LOW", stratum, text, upper, 0)
    return None
