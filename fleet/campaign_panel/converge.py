"""Settles on one plan: a pure function of the notes, so the same notes give the same plan.

Order of precedence: the mandatory lens must have spoken, then the quorum, then the validator, then
the veto of an open blocker or of a person's demand, then the weighted support, then the lenses'
order in the policy. Dissent is kept, never averaged away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.campaign_panel.demands import unmet
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.record import (
    is_open,
    last_round,
    objections,
    person_demands,
    proposals,
)
from fleet.campaign_panel.rules import Table
from fleet.campaign_panel.validate import find_problems
from fleet.campaign_panel.values import Note, Objection, Remedy, Severity, Stage, Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The plan the panel adopted, or why there is none."""

    touches: tuple[Touch, ...] = ()
    lens: str | None = None
    support: dict[str, float] | None = None
    raised: tuple[Objection, ...] = ()
    open: tuple[Objection, ...] = ()
    failure: str | None = None

    @property
    def resolved(self) -> tuple[Objection, ...]:
        """Objections that the plan meets, or whose target was not adopted."""
        still = {item.key for item in self.open}
        return tuple(item for item in self.raised if item.key not in still)


def converge(table: Table, *, need: tuple[str, ...]) -> Settled:
    """Choose the plan; `need` names the lenses without which there is none."""
    raised = objections(table.notes)
    absent = _absent(table.notes, need)
    plans = {lens: touches for lens, touches in proposals(table.notes).items() if touches}
    if absent:
        return Settled(raised=raised, open=raised, failure=f"the {absent} did not speak")
    if len(plans) < min(table.policy.quorum, len(table.lenses)):
        return Settled(raised=raised, open=raised, failure=f"{len(plans)} lenses proposed a plan")
    failures: list[str] = []
    for lens, touches in plans.items():
        failures += [f"{lens}: {why}" for why in _vetoes(lens, touches, raised, table)[:1]]
    barred = {failure.split(":", 1)[0] for failure in failures}
    left = [lens for lens in table.policy.lenses if lens in plans and lens not in barred]
    if not left:
        return Settled(raised=raised, open=raised, failure=failures[0])
    support = {
        lens: round(_support(lens, plans[lens], raised, table.lenses, table.policy), 4)
        for lens in left
    }
    best = max(left, key=lambda lens: (support[lens], -left.index(lens)))
    still = tuple(item for item in raised if is_open(item, best, plans[best]))
    return Settled(
        touches=plans[best], lens=best, support=support, raised=raised, open=still
    )  # fmt: skip


def force_objection(table: Table) -> Note | None:
    """Return the mandatory lens' doubt when a first round raised nothing: unanimity is no proof."""
    now = last_round(table.notes)
    name = table.policy.mandatory
    if now != 1 or objections(table.notes) or name not in table.lenses:
        return None
    plans = {lens: plan for lens, plan in proposals(table.notes).items() if plan and lens != name}
    if not plans:
        return None
    doubts = tuple(
        Objection(
            lens=name, against=lens, severity=Severity.MINOR, evidence=plan[-1].evidence,
            reason="Everybody agreed at once; the last touch has not been put to any test.",
            forced=True,
        )
        for lens, plan in plans.items()
    )  # fmt: skip
    return Note(
        lens=name, stage=Stage.CRITIQUE, round=now, stance="doubts the agreement", objections=doubts
    )


def _absent(notes: Sequence[Note], need: tuple[str, ...]) -> str | None:
    for lens in need:
        for stage in (Stage.IDEATE, Stage.CRITIQUE):
            if not any(note.lens == lens and note.stage is stage for note in notes):
                return lens
    return None


def _vetoes(
    lens: str, touches: Sequence[Touch], raised: Sequence[Objection], table: Table
) -> list[str]:
    problems = find_problems(touches, table.brief, table.policy)
    if unmet(person_demands(table.notes), touches):
        problems.append("what a person asked for is not met")
    problems += [
        f"a blocker is open: {item.reason}"
        for item in raised
        if item.severity is Severity.BLOCKER and is_open(item, lens, touches)
    ]
    return problems


def _support(
    lens: str, touches: Sequence[Touch], raised: Sequence[Objection], lenses: Sequence[str],
    policy: PanelPolicy,
) -> float:  # fmt: skip
    cost = {Severity.MAJOR: policy.major_weight, Severity.MINOR: policy.minor_weight}
    total = 0.0
    for voter in lenses:
        against = [item for item in raised if item.lens == voter and is_open(item, lens, touches)]
        lost = sum(cost.get(item.severity, 1.0) for item in against)
        total += policy.lenses[voter].weight * max(0.0, 1.0 - lost)
    return total


def open_doubts(settled: Settled) -> tuple[Objection, ...]:
    """Return open objections that named no remedy."""
    return tuple(item for item in settled.open if item.demand.remedy is Remedy.NONE)
