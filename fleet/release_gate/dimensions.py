"""One dimension of a window: its values, bounds and state, strata included.

A value is a rate in 0..1 for each run. An error counts as a failure wherever it hides the value:
everywhere in a required dimension, in another one where the window measures it at all. A value
that is missing without an error counts as a failure in the lower bound of a required dimension and
as a success in the upper one: missing evidence can never help, and never convicts.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fleet.release_gate.columns import Columns, Floats
from fleet.release_gate.policy import DimensionRule
from fleet.release_gate.strata import Weakness, find_weak_stratum
from fleet.stats.confidence_sequence import lower_bound, runs_needed, upper_bound
from fleet.stats.intervals import Z95

JUDGED = frozenset({"task_success", "context_preserved", "evidence_coverage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """One dimension, judged; `needed` is how many more runs settle it at the present rate."""

    name: str
    rule: DimensionRule
    n: int
    missing: int
    estimate: float | None
    lower: float
    upper: float
    state: str
    reason: str
    needed: int | None
    values: Floats = field(repr=False)

    @property
    def has_evidence(self) -> bool:
        """Whether any run was measured on it."""
        return self.n > 0

    @property
    def under_floor(self) -> bool:
        """Whether even the upper bound lies under the rollback floor."""
        return self.state == "CRITICAL" or (self.state == "FAIL")

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "name": self.name,
            "n": self.n,
            "estimate": None if self.estimate is None else round(self.estimate, 6),
            "lower": round(self.lower, 6) if self.has_evidence else None,
            "upper": round(self.upper, 6) if self.has_evidence else None,
            "promote_bar": self.rule.promote_bar,
            "rollback_floor": self.rule.rollback_floor,
            "state": self.state,
        }


def values_of(name: str, rule: DimensionRule, columns: Columns) -> Floats:
    """Read one dimension: a rate for each run, NaN where nothing was measured."""
    values = _measured(name, rule, columns)
    if columns.values("error").count(None) < len(columns.rows):
        missing = np.isnan(values)
        if rule.required or not missing.all():
            hidden = missing & columns.present("error")
            if name == "routing":
                hidden &= columns.present("route_expected")
            values = np.where(hidden, 0.0, values)
    return values


def _measured(name: str, rule: DimensionRule, columns: Columns) -> Floats:
    match name:
        case "latency_p95":
            return _under(columns.floats("latency_ms"), rule.limit_ms)
        case "cost":
            return _under(columns.floats("cost_usd"), rule.limit_usd)
        case "routing":
            return _routes(columns)
        case "human_override":
            return np.asarray(1.0 - columns.floats("human_override"))
        case "safety":
            return columns.floats("safety_pass")
        case _:
            return columns.floats(name)


def _under(amounts: Floats, limit: float | None) -> Floats:
    good = amounts <= (math.inf if limit is None else limit)
    return np.where(np.isnan(amounts), np.nan, good.astype(np.float64))


def _routes(columns: Columns) -> Floats:
    expected, actual = columns.values("route_expected"), columns.values("route_actual")
    if expected.count(None) == len(expected):
        return np.full(len(expected), np.nan)
    nan = math.nan
    pairs = zip(expected, actual, strict=True)
    return np.array([nan if e is None or a is None else float(e == a) for e, a in pairs])


def judge_dimension(
    name: str, rule: DimensionRule, columns: Columns, *, alpha: float, min_stratum_n: int
) -> Judgment:
    """Judge one dimension; states in order: critical or failed, thin, marginal, passed."""
    values = values_of(name, rule, columns)
    known = ~np.isnan(values)
    n = int(known.sum())
    total = math.fsum(values[known].tolist())
    missing = len(values) - n if rule.required else 0
    spread = _judge_spread(columns) if name in JUDGED else 0.0
    lower = max(0.0, lower_bound(total, n + missing, alpha) - spread)
    upper = min(1.0, upper_bound(total + missing, n + missing, alpha) + spread)
    weak = find_weak_stratum(rule, columns, values, alpha=alpha, min_n=min_stratum_n)
    if weak and weak.kind == "FAIL":
        upper = min(upper, weak.upper)
    state, reason = _state(name, rule, n, missing, lower, upper, weak)
    estimate = total / n if n else None
    needed = 0 if state == "PASS" else _needed(rule, total, n, missing, alpha, weak)
    return Judgment(
        name=name, rule=rule, n=n, missing=missing, estimate=estimate, lower=lower, upper=upper,
        state=state, reason=reason, needed=needed, values=values,
    )  # fmt: skip


def _state(
    name: str, rule: DimensionRule, n: int, missing: int, lower: float, upper: float,
    weak: Weakness | None,
) -> tuple[str, str]:  # fmt: skip
    if n and upper < rule.rollback_floor:
        where = weak.text if weak and weak.kind == "FAIL" else "upper bound"
        reason = f"{name}: {where} {upper:.3f} is under the floor {rule.rollback_floor:g}"
        return ("CRITICAL" if rule.critical else "FAIL"), reason
    if n < rule.min_n:
        return "INSUFFICIENT", f"{name}: {n} runs measured, {rule.min_n} needed"
    if weak and weak.kind == "THIN":
        return "INSUFFICIENT", f"{name}: {weak.text}"
    if lower < rule.promote_bar:
        gap = f", {missing} runs not measured" if missing else ""
        bar = f"under the bar {rule.promote_bar:g}{gap}"
        return "MARGINAL", f"{name}: lower bound {lower:.3f} is {bar}"
    if weak:
        return "MARGINAL", f"{name}: {weak.text}"
    return "PASS", f"{name}: lower bound {lower:.3f} reaches the bar {rule.promote_bar:g}"


def _needed(
    rule: DimensionRule, total: float, n: int, missing: int, alpha: float, weak: Weakness | None
) -> int | None:
    if weak and weak.kind in ("FAIL", "LOW"):
        return None
    rate = total / n if n else 1.0
    more = runs_needed(rate, total, n + missing, bar=rule.promote_bar, alpha=alpha)
    if more is None:
        return None
    return max(more, rule.min_n - n, weak.needed if weak else 0, 1)


def _judge_spread(columns: Columns) -> float:
    """Half-width that the judge's own repeat variance adds to the mean of n runs."""
    spreads = columns.floats("judge_sd")
    known = spreads[~np.isnan(spreads)]
    if not known.size:
        return 0.0
    squares = math.fsum((known * known).tolist())
    return Z95 * math.sqrt(squares) / len(columns.rows)
