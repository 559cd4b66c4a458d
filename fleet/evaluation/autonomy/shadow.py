"""Leaving SHADOW: what the silent verdicts have shown beside people, and how much is lacking.

Decides whether the gate has earned the right to answer. Refuses a mean where a bound is needed: all
bounds are confidence sequences, so that looking every day changes nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fleet.evaluation.autonomy.policy import ShadowPolicy
from fleet.stats.agreement import kappa
from fleet.stats.confidence_sequence import lower_bound, runs_needed

YES, CHANGED, NO = "approve", "edit", "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One draft that gate and people decided apart from each other, on the same text."""

    composite: float | None
    approves: bool
    human: str  # approve | edit | reject
    is_canary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The state of one version in SHADOW; `missing` is empty when it may leave.

    `composite` is (mean, lower bound) over drafts that people let through unchanged, `rejected` the
    same for agreement on drafts they refused; `kappa` is (value, low, high); `needed` counts how
    many more of each would do at the rates seen, None where no number would.
    """

    verdicts: int
    rejections: int
    composite: tuple[float, float] | None
    rejected: tuple[float, float] | None
    precision: tuple[float, float] | None
    kappa: tuple[float, float, float] | None
    needed: dict[str, int | None]
    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether it may leave SHADOW."""
        return not self.missing

    def as_json(self) -> dict[str, Any]:
        """Return the form of `fleet ladder show`."""
        return {
            "verdicts": self.verdicts, "rejections": self.rejections,
            "composite": _bounds(self.composite), "rejected_agreement": _bounds(self.rejected),
            "precision": _bounds(self.precision),
            "kappa": None if self.kappa is None else [round(x, 4) for x in self.kappa],
            "needed": self.needed, "missing": list(self.missing),
        }  # fmt: skip


def readiness(seen: Sequence[Seen], policy: ShadowPolicy) -> Readiness:
    """Judge what a version showed in SHADOW."""
    passed = [s.composite for s in seen if s.human == YES and not s.is_canary]
    refused = [not s.approves for s in seen if s.human == NO]
    approved = [s.human == YES for s in seen if s.approves]
    composites = [c if c is not None and math.isfinite(c) else 0.0 for c in passed]
    alpha = policy.alpha
    composite = _mean(composites, alpha)
    rejected = _mean([float(x) for x in refused], alpha)
    agreement = kappa(
        sum(s.approves and s.human == YES for s in seen),
        sum(s.approves and s.human != YES for s in seen),
        sum(not s.approves and s.human == YES for s in seen),
        sum(not s.approves and s.human != YES for s in seen),
    )
    needed = {
        "verdicts": max(0, policy.min_verdicts - len(seen)),
        "rejections": max(0, policy.min_rejections - len(refused)),
        "composite": _more(composites, policy.composite_bar, alpha),
        "rejected_agreement": _more([float(x) for x in refused], policy.rejected_bar, alpha),
    }
    return Readiness(
        verdicts=len(seen), rejections=len(refused), composite=composite, rejected=rejected,
        precision=_mean([float(x) for x in approved], alpha), kappa=agreement, needed=needed,
        missing=tuple(_missing(needed, composite, rejected, agreement, policy)),
    )  # fmt: skip


def _missing(
    needed: dict[str, int | None], composite: tuple[float, float] | None,
    rejected: tuple[float, float] | None, agreement: tuple[float, float, float] | None,
    policy: ShadowPolicy,
) -> list[str]:  # fmt: skip
    found = []
    if needed["verdicts"]:
        found.append(f"{needed['verdicts']} more verdicts beside people")
    if needed["rejections"]:
        found.append(f"{needed['rejections']} more drafts that people refuse")
    for name, bounds, bar, key in (
        ("composite of approved drafts", composite, policy.composite_bar, "composite"),
        ("agreement on refused drafts", rejected, policy.rejected_bar, "rejected_agreement"),
    ):
        if bounds is None:
            found.append(f"{name}: none yet")
        elif bounds[1] < bar:
            more = needed[key]
            ahead = "no number of such drafts would do" if more is None else f"{more} more needed"
            found.append(f"{name}: lower bound {bounds[1]:.2f} under {bar:.2f}, {ahead}")
    if agreement is None:
        found.append("kappa: not defined while one side always says the same")
    elif agreement[1] <= 0:
        found.append(f"kappa {agreement[0]:.2f} is not above chance: from {agreement[1]:.2f}")
    return found


def _mean(values: Sequence[float], alpha: float) -> tuple[float, float] | None:
    if not values:
        return None
    total = math.fsum(values)
    return total / len(values), lower_bound(total, len(values), alpha)


def _more(values: Sequence[float], bar: float, alpha: float) -> int | None:
    n, total = len(values), math.fsum(values)
    if n and lower_bound(total, n, alpha) >= bar:
        return 0
    return runs_needed(total / n if n else 1.0, total, n, bar=bar, alpha=alpha)


def _bounds(pair: tuple[float, float] | None) -> dict[str, float] | None:
    return None if pair is None else {"estimate": round(pair[0], 4), "lower": round(pair[1], 4)}


def must_demote(
    human: Sequence[tuple[str, str | None]], *, window: int, most: int, severe: Sequence[str]
) -> str | None:
    """Say why the sampled approvals that people decided cost the grant, or None.

    `human` holds (act, reason code) of samples the gate would have approved, newest first.
    """
    latest = list(human)[:window]
    refused = [code for act, code in latest if act == NO]
    grave = next((code for code in refused if code in severe), None)
    if grave is not None:
        return f"people refused a sampled draft that the gate passed: {grave}"
    if len(refused) > most:
        return f"people refused {len(refused)} of {len(latest)} sampled drafts, {most} may be"
    return None
