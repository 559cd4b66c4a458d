"""Reads the notes of a panel: who said what last, and what is still unsettled.

Every question about a panel is answered from its notes alone, so that the same notes always give
the same answer.
"""

from collections.abc import Iterable, Sequence

from fleet.campaign_panel.demands import is_met
from fleet.campaign_panel.values import Demand, Note, Objection, Remedy, Severity, Stage, Touch

PERSON = "person"  # the lens under which a person steers


def said(notes: Iterable[Note], stage: Stage, round_: int) -> list[Note]:
    """Return the lenses' notes of one stage of one round."""
    return [
        note for note in notes
        if note.stage is stage and note.round == round_ and note.lens != PERSON
    ]  # fmt: skip


def last_round(notes: Iterable[Note]) -> int:
    """Return the highest round in which a lens proposed; 0 before the first."""
    return max((note.round for note in notes if note.stage is Stage.IDEATE), default=0)


def proposals(notes: Iterable[Note], upto: int | None = None) -> dict[str, tuple[Touch, ...]]:
    """Return each lens' last proposal, up to a round."""
    found: dict[str, tuple[int, tuple[Touch, ...]]] = {}
    for note in notes:
        if note.stage is not Stage.IDEATE or (upto is not None and note.round > upto):
            continue
        if note.lens not in found or note.round >= found[note.lens][0]:
            found[note.lens] = (note.round, note.touches)
    return {lens: touches for lens, (_, touches) in found.items()}


def origins(notes: Iterable[Note]) -> dict[str, str]:
    """Return who made each lens' last proposal: rule or model."""
    return {note.lens: note.origin for note in notes if note.stage is Stage.IDEATE}


def objections(notes: Iterable[Note]) -> tuple[Objection, ...]:
    """Return every objection once, in the order raised, with its heaviest severity."""
    found: dict[object, Objection] = {}
    weight = {Severity.MINOR: 0, Severity.MAJOR: 1, Severity.BLOCKER: 2}
    for note in notes:
        for item in note.objections:
            known = found.get(item.key)
            if known is None or weight[item.severity] > weight[known.severity]:
                found[item.key] = item
    return tuple(found.values())


def person_demands(notes: Iterable[Note]) -> tuple[Demand, ...]:
    """Return what a person asked for, in order."""
    return tuple(demand for note in notes if note.lens == PERSON for demand in note.demands)


def is_open(objection: Objection, lens: str, touches: Sequence[Touch]) -> bool:
    """Tell whether an objection stands against the plan of `lens`.

    One with a demand stands until the plan meets it; a doubt without a remedy stands against the
    plan it was raised against.
    """
    if objection.demand.remedy is Remedy.NONE:
        return objection.against == lens
    return not is_met(objection.demand, touches)


def problem_theme(notes: Iterable[Note]) -> str | None:
    """Return the theme of the one problem, when it is defined."""
    return next((note.theme for note in notes if note.stage is Stage.DEFINE and note.theme), None)


def problem_text(notes: Iterable[Note]) -> str | None:
    """Return the one problem statement."""
    return next((n.problem for n in notes if n.stage is Stage.DEFINE and n.problem), None)


def stop_reason(notes: Sequence[Note], max_rounds: int) -> str | None:
    """Say why the panel stops after its last round of critique; None: another round is worth it."""
    now = last_round(notes)
    asked = person_demands(notes)
    plans = proposals(notes)
    unsettled = [
        item
        for note in said(notes, Stage.CRITIQUE, now)
        for item in note.objections
        if item.demand.remedy is not Remedy.NONE
        and is_open(item, item.against, plans.get(item.against, ()))
    ]
    drawn = [plan for plan in plans.values() if plan]
    steered = any(not is_met(demand, plan) for demand in asked for plan in drawn)
    if not unsettled and not steered:
        return "every objection that names a remedy is settled"
    if now >= max_rounds:
        return f"the bound of {max_rounds} rounds is reached"
    fresh = {item.key for item in unsettled} - _keys_before(notes, now)
    if now > 1 and not fresh and not steered:
        return "nothing new was objected, so nothing new would be proposed"
    return None


def _keys_before(notes: Iterable[Note], round_: int) -> set[object]:
    return {item.key for note in notes if note.round < round_ for item in note.objections}
