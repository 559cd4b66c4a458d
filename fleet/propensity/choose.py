"""Which candidate earns the scoring: the best on rows that none of them learned from.

A candidate must rank better than a coin and have a better Brier score than the base rate. The
lowest Brier score wins; boosting must beat logistic, and a single column either of them, by a
standard error (Breiman et al. 1984).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.propensity.measures import (
    auc_interval,
    average_precision,
    brier,
    calibration_error,
    top_lift,
)
from fleet.propensity.policy import PropensityPolicy
from fleet.stats.intervals import Z95
from fleet.stats.ranking import auc

BASE, RULES, LLM, LOGISTIC, BOOSTING = "base rate", "rules", "llm", "logistic", "boosting"
SIMPLEST_FIRST = (BASE, RULES, LOGISTIC, BOOSTING, LLM)
CHANCE = 0.5  # AUC of a coin
NO_SIGNAL = "no usable signal: the base rate is returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen candidate and why, in a sentence a manager can read."""

    name: str
    why: str


def figures(labels: Sequence[int], scores: Sequence[float]) -> dict[str, Any]:
    """Return what one candidate shows on the judged rows, with 95 % intervals."""
    found, wins = auc(labels, scores), sum(labels)
    low, high = auc_interval(CHANCE if found is None else found, wins, len(labels) - wins)
    errors = [(s - y) ** 2 for y, s in zip(labels, scores, strict=True)]
    mean, half = _mean(errors)
    return {
        "auc": None if found is None else round(found, 4), "auc_low": round(low, 4),
        "auc_high": round(high, 4), "brier": brier(labels, scores),
        "brier_low": max(0.0, mean - half), "brier_high": mean + half,
        "ece": calibration_error(labels, scores), "pr_auc": average_precision(labels, scores),
        "lift": top_lift(labels, scores), "n": len(labels),
    }  # fmt: skip


def choose(
    labels: Sequence[int], chances: Mapping[str, Sequence[float]], policy: PropensityPolicy
) -> Choice:
    """Return the choice among candidates that scored the same rows."""
    shown = {name: figures(labels, scores) for name, scores in chances.items()}
    fit = [
        name for name in SIMPLEST_FIRST
        if name in shown and name != BASE and _usable(shown[name], shown[BASE], policy)
    ]  # fmt: skip
    if not fit:
        return Choice(name=BASE, why=NO_SIGNAL)
    best = min(fit, key=lambda name: shown[name]["brier"])
    name, said = best, ""
    for simpler, than in ((LOGISTIC, BOOSTING), (LOGISTIC, RULES), (BOOSTING, RULES)):
        if name == than and simpler in fit:
            gain, half = difference(labels, chances[simpler], chances[than])
            if gain <= half / Z95:
                name = simpler
                said = f"; {than} is better by {gain:.4f}, less than a standard error"
    ranks = f"Brier {shown[name]['brier']:.4f} against " + ", ".join(
        f"{shown[other]['brier']:.4f} of {other}" for other in shown if other != name
    )
    return Choice(name=name, why=ranks + said)


def difference(
    labels: Sequence[int], one: Sequence[float], other: Sequence[float]
) -> tuple[float, float]:
    """Return by how much `other` has less squared error, and half its 95 % interval; paired."""
    return _mean([(a - y) ** 2 - (b - y) ** 2 for y, a, b in zip(labels, one, other, strict=True)])


def _usable(mine: Mapping[str, Any], base: Mapping[str, Any], policy: PropensityPolicy) -> bool:
    if mine["auc"] is None or mine["auc"] < policy.usable_auc:
        return False
    return bool(mine["auc_low"] > CHANCE and mine["brier"] < base["brier"])


def _mean(values: Sequence[float]) -> tuple[float, float]:
    n = len(values)
    if not n:
        return 0.0, 0.0
    mean = sum(values) / n
    spread = sum((value - mean) ** 2 for value in values) / max(n - 1, 1)
    return mean, float(Z95) * (spread / n) ** 0.5
