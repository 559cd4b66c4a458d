"""The rule baseline: the rates of the one column that ranks best on its own (Holte 1993, 1R).

What anybody could do with a spreadsheet; a model has to beat it to be worth its trouble.
"""

import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.propensity.columns import Column
from fleet.stats.ranking import auc

PARTS = 5  # of equal size, of a numeric column
PRIOR = 10  # rows of the base rate, added to every level


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRule:
    """One column's rates: of its levels, or of parts of its numbers."""

    column: str
    edges: tuple[float, ...]
    rates: dict[str | int | None, float]
    base: float

    def rate(self, value: float | str | None) -> float:
        """Return the rate of one value; the base rate where it was never seen."""
        return self.rates.get(_level(value, self.edges), self.base)


def learn_rule(
    columns: Sequence[Column], labels: Sequence[int], rows: Sequence[int]
) -> OneRule | None:
    """Return the rule of the best column over `rows` (indexes), or None without a column."""
    known = [labels[row] for row in rows]
    base = sum(known) / len(known) if known else 0.0
    best: tuple[float, OneRule] | None = None
    for column in columns:
        values = [column.values[row] for row in rows]
        rule = _rule(column.name, values, known, base)
        strength = auc(known, [rule.rate(value) for value in values]) or 0.5
        if best is None or strength > best[0]:
            best = (strength, rule)
    return best[1] if best else None


def _rule(
    name: str, values: Sequence[float | str | None], labels: Sequence[int], base: float
) -> OneRule:
    numbers = sorted(value for value in values if isinstance(value, float))
    edges = (
        tuple(numbers[len(numbers) * part // PARTS] for part in range(1, PARTS)) if numbers else ()
    )
    won, seen = Counter[str | int | None](), Counter[str | int | None]()
    for value, label in zip(values, labels, strict=True):
        level = _level(value, edges)
        seen[level] += 1
        won[level] += label
    rates = {level: (won[level] + PRIOR * base) / (seen[level] + PRIOR) for level in seen}
    return OneRule(column=name, edges=edges, rates=rates, base=base)


def _level(value: float | str | None, edges: Sequence[float]) -> str | int | None:
    return bisect.bisect_right(edges, value) if isinstance(value, float) else value
