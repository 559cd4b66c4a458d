"""The paired law: a candidate may not be worse than its baseline by more than a margin.

Runs are paired by scenario and averaged within it, so that repeated seeds of one task count once
(clustered). The bound is a mixture of constant bets, which no order of the pairs can change. The
bets are exactly anytime-valid when a scenario enters once; a scenario that is run again replaces
its own mean, which keeps the bound valid at each fixed look.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.release_gate.columns import Columns
from fleet.release_gate.dimensions import values_of
from fleet.release_gate.policy import DimensionRule, GatePolicy
from fleet.stats.betting import difference_bounds, pairs_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Candidate minus baseline in one dimension, over paired scenarios."""

    name: str
    pairs: int
    estimate: float | None
    lower: float
    upper: float
    margin: float
    critical: bool
    needed: int | None = None  # more such pairs that would rule the fall out; None if no number

    @property
    def state(self) -> str:
        """PASS when a fall beyond the margin is ruled out, FAIL when it is proved."""
        if not self.pairs:
            return "INSUFFICIENT"
        if self.upper < -self.margin:
            return "FAIL"
        return "PASS" if self.lower >= -self.margin else "MARGINAL"

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "name": self.name,
            "pairs": self.pairs,
            "estimate": None if self.estimate is None else round(self.estimate, 6),
            "lower": round(self.lower, 6),
            "upper": round(self.upper, 6),
            "max_regression": self.margin,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All paired differences, and the scenarios that had no partner."""

    differences: tuple[Difference, ...]
    scenarios: int
    unpaired: int

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "scenarios": self.scenarios,
            "unpaired": self.unpaired,
            "dimensions": [difference.as_json() for difference in self.differences],
        }


def compare(candidate: Columns, baseline: Columns, policy: GatePolicy) -> Comparison:
    """Pair two windows by scenario and bound each difference at level alpha."""
    ours, theirs = (set(side.values("scenario_id")) - {None} for side in (candidate, baseline))
    loners = sum(side.values("scenario_id").count(None) for side in (candidate, baseline))
    differences = [
        _difference(name, rule, candidate, baseline, policy.alpha)
        for name, rule in sorted(policy.dimensions.items())
        if rule.max_regression is not None
    ]
    return Comparison(
        differences=tuple(difference for difference in differences if difference is not None),
        scenarios=len(ours | theirs),
        unpaired=len(ours ^ theirs) + loners,
    )


def _difference(
    name: str, rule: DimensionRule, candidate: Columns, baseline: Columns, alpha: float
) -> Difference | None:
    ours, theirs = _means(name, rule, candidate), _means(name, rule, baseline)
    if not rule.required and not ours and not theirs:
        return None
    shared = sorted(set(ours) & set(theirs), key=str)
    gaps = np.array([ours[key] - theirs[key] for key in shared], dtype=np.float64)
    lower, upper = difference_bounds(gaps, alpha)
    return Difference(
        name=name, pairs=len(shared), estimate=math.fsum(gaps) / len(shared) if shared else None,
        lower=lower, upper=upper, margin=rule.max_regression or 0.0, critical=rule.critical,
        needed=pairs_needed(gaps, rule.max_regression or 0.0, alpha),
    )  # fmt: skip


def _means(name: str, rule: DimensionRule, columns: Columns) -> dict[Any, float]:
    sums: dict[Any, list[float]] = {}
    values = values_of(name, rule, columns).tolist()
    for scenario, value in zip(columns.values("scenario_id"), values, strict=True):
        if scenario is not None and not math.isnan(value):
            sums.setdefault(scenario, []).append(value)
    return {key: math.fsum(values) / len(values) for key, values in sums.items()}
