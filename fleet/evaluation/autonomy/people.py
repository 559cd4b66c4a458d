"""People are measured too: canaries caught, seconds taken, agreement with the gate.

Shown to the team with intervals; decides nothing, and nothing reads it to punish silently.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.evaluation.autonomy.policy import PeoplePolicy
from fleet.stats.agreement import kappa
from fleet.stats.intervals import wilson

YES, NO = "approve", "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One decision of one person; `gate` is what the gate thought of that text, None if nothing."""

    actor: str
    draft_id: str
    action: str  # approve | edit | reject
    is_canary: bool = False
    seconds: float | None = None
    gate: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """One person's measures; a rate that rests on too little is None."""

    actor: str
    decided: int
    canaries: int
    caught: int
    catch_rate: tuple[float, float, float] | None  # rate, low, high (Wilson 95 %)
    median_s: float | None
    fast_share: float | None
    kappa: tuple[float, float, float] | None
    compared: int

    def as_json(self) -> dict[str, Any]:
        """Return the form that pages and `fleet ladder show` read."""
        return {
            "actor": self.actor, "decided": self.decided, "canaries": self.canaries,
            "caught": self.caught, "catch_rate": _rounded(self.catch_rate),
            "median_s": self.median_s, "fast_share": self.fast_share,
            "kappa": _rounded(self.kappa), "compared": self.compared,
        }  # fmt: skip


def measure_people(acts: Iterable[Act], policy: PeoplePolicy) -> list[Reviewer]:
    """Return each person's measures, by name."""
    by_actor: dict[str, list[Act]] = {}
    for act in acts:
        by_actor.setdefault(act.actor, []).append(act)
    return [_measure(actor, by_actor[actor], policy) for actor in sorted(by_actor)]


def team_kappa(acts: Sequence[Act]) -> tuple[float, float, float] | None:
    """Return Cohen's kappa of people and gate with its 95 % interval; None without variation."""
    compared = [act for act in acts if act.gate is not None]
    return kappa(
        sum(act.action == YES and act.gate is True for act in compared),
        sum(act.action == YES and act.gate is False for act in compared),
        sum(act.action != YES and act.gate is True for act in compared),
        sum(act.action != YES and act.gate is False for act in compared),
    )


def second_kappa(pairs: Sequence[tuple[str, str]]) -> tuple[float, float, float] | None:
    """Return kappa of first and blind second reviewers over (action, action) pairs."""
    return kappa(
        sum(a == YES and b == YES for a, b in pairs),
        sum(a == YES and b != YES for a, b in pairs),
        sum(a != YES and b == YES for a, b in pairs),
        sum(a != YES and b != YES for a, b in pairs),
    )


def approve_streaks(acts: Sequence[Act]) -> Mapping[str, int]:
    """Return each person's longest run of approvals in a row, acts in time order."""
    best: dict[str, int] = {}
    now: dict[str, int] = {}
    for act in acts:
        now[act.actor] = now.get(act.actor, 0) + 1 if act.action == YES else 0
        best[act.actor] = max(best.get(act.actor, 0), now[act.actor])
    return best


def _measure(actor: str, acts: Sequence[Act], policy: PeoplePolicy) -> Reviewer:
    canaries = [act for act in acts if act.is_canary]
    caught = sum(act.action == NO for act in canaries)
    rate = None
    if len(canaries) >= policy.min_canaries:
        rate = (caught / len(canaries), *wilson(caught, len(canaries)))
    times = [act.seconds for act in acts if act.seconds is not None and act.seconds >= 0]
    return Reviewer(
        actor=actor, decided=len(acts), canaries=len(canaries), caught=caught, catch_rate=rate,
        median_s=statistics.median(times) if times else None,
        fast_share=sum(t < policy.fast_s for t in times) / len(times) if times else None,
        kappa=team_kappa(acts), compared=sum(act.gate is not None for act in acts),
    )  # fmt: skip


def _rounded(triple: tuple[float, float, float] | None) -> list[float] | None:
    return None if triple is None else [round(value, 4) for value in triple]
