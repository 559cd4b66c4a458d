"""From a model's reply to a note: only what is cited, typed and inside the brief gets through.

A reply that is unusable for its stage gives a sentence that says why; the lens' rule note then
stands in its place.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.campaign_panel.demands import say, unmet
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.reading import has_word, quote_text
from fleet.campaign_panel.record import person_demands, proposals
from fleet.campaign_panel.rules import Table
from fleet.campaign_panel.validate import find_problems
from fleet.campaign_panel.values import (
    Claim,
    Demand,
    Note,
    Objection,
    Remedy,
    Severity,
    Stage,
    Touch,
)

BRIEF_REFS = (
    "brief.goal",
    "brief.segment",
    "brief.brand_voice",
    "brief.constraints.max_touches",
    "brief.constraints.horizon_days",
    "brief.constraints.min_gap_days",
    "brief.constraints.channels",
)
OF_FACT = (Remedy.LATER, Remedy.FIRST, Remedy.LEAVE_OUT)
NUMBERED = (Remedy.FEWER, Remedy.MORE, Remedy.GAPS, Remedy.LATER)
STANCES = {Stage.EMPATHISE: "finds", Stage.DEFINE: "defines", Stage.CRITIQUE: "objects"}


def note_from_reply(
    name: str, stage: Stage, round_: int, reply: Mapping[str, Any], table: Table
) -> Note | str:
    """Return the lens' note, or the reason why the reply cannot be one."""
    claims = _claims(reply["claims"], table)
    theme = reply.get("theme") if reply.get("theme") in table.policy.themes else None
    problem = _problem(reply.get("problem"), table.policy)
    touches = _touches(reply["touches"]) if stage is Stage.IDEATE else ()
    objections = _objections(name, reply["objections"], table) if stage is Stage.CRITIQUE else ()
    why = _unusable(stage, claims, theme, problem, touches, table)
    if why:
        return why
    return Note(
        lens=name, stage=stage, round=round_, origin="model",
        stance=_stance(name, stage, objections, touches, table),
        claims=claims or _reasons(objections), theme=theme,
        problem=problem if stage is Stage.DEFINE else None, touches=touches, objections=objections,
    )  # fmt: skip


def _unusable(
    stage: Stage, claims: Sequence[Claim], theme: str | None, problem: str | None,
    touches: Sequence[Touch], table: Table,
) -> str | None:  # fmt: skip
    if stage is Stage.EMPATHISE and not claims:
        return "no claim cites a fact"
    if stage is Stage.DEFINE and (problem is None or theme is None or not claims):
        return "no cited problem statement with a known theme"
    if stage is Stage.IDEATE:
        problems = find_problems(touches, table.brief, table.policy)
        if problems:
            return f"its plan does not hold: {problems[0]}"
        ignored = unmet(person_demands(table.notes), touches)
        return f"it ignores what a person asked: {say(ignored[0])}" if ignored else None
    return None


def _stance(
    name: str, stage: Stage, objections: Sequence[Objection], touches: Sequence[Touch], table: Table
) -> str:
    if stage is Stage.IDEATE:
        before = proposals(table.notes).get(name)
        if before is None:
            return "proposes"
        return "adapts" if tuple(touches) != tuple(before) else "stands by it"
    if stage is Stage.CRITIQUE and not objections:
        return "accepts"
    return STANCES[stage]


def _claims(raw: Sequence[Mapping[str, Any]], table: Table) -> tuple[Claim, ...]:
    found = []
    for item in raw:
        cited = _known(item["evidence"], table)
        text = quote_text(item["text"], table.policy.max_note)
        if cited and text:
            found.append(Claim(text=text, evidence=cited))
    return tuple(found)


def _known(ids: Sequence[str], table: Table) -> tuple[str, ...]:
    known = {*table.brief.fact_ids, *BRIEF_REFS}
    return tuple(dict.fromkeys(item for item in ids if item in known))


def _problem(raw: Any, policy: PanelPolicy) -> str | None:
    if not isinstance(raw, str) or not raw.strip() or has_word(raw, policy.message_like):
        return None
    return quote_text(raw, policy.max_note)


def _touches(raw: Sequence[Mapping[str, Any]]) -> tuple[Touch, ...]:
    return tuple(
        Touch(
            index=place, day_offset=item["day_offset"], channel=item["channel"],
            angle=" ".join(item["angle"].split()), goal=" ".join(item["goal"].split()),
            evidence=tuple(dict.fromkeys(item["evidence"])),
        )
        for place, item in enumerate(raw, 1)
    )  # fmt: skip


def _objections(name: str, raw: Sequence[Mapping[str, Any]], table: Table) -> tuple[Objection, ...]:
    plans = proposals(table.notes)
    found = []
    for item in raw:
        cited = _known(item["evidence"], table)
        reason = quote_text(item["reason"], table.policy.max_note)
        if item["against"] not in plans or item["against"] == name or not cited or not reason:
            continue
        found.append(
            Objection(
                lens=name, against=item["against"], severity=Severity(item["severity"]),
                reason=reason, evidence=cited, demand=_demand(item, table),
            )
        )  # fmt: skip
    return tuple(found)


def _demand(item: Mapping[str, Any], table: Table) -> Demand:
    """Read the remedy; one that no plan could be checked for becomes a doubt without a remedy."""
    remedy, target, number = Remedy(item["remedy"]), item.get("target"), item.get("number")
    if remedy in OF_FACT and target not in table.brief.fact_ids:
        return Demand()
    if remedy is Remedy.LESS_OF and target not in table.brief.constraints.channels:
        return Demand()
    if remedy in NUMBERED and (number is None or number < 1):
        return Demand()
    if remedy is Remedy.LESS_OF and (number is None or number < 0):
        return Demand()
    kept = target if remedy in (*OF_FACT, Remedy.LESS_OF) else None
    counted = number if remedy in (*NUMBERED, Remedy.LESS_OF) else None
    return Demand(remedy=remedy, target=kept, number=counted)


def _reasons(objections: Sequence[Objection]) -> tuple[Claim, ...]:
    return tuple(Claim(text=item.reason, evidence=item.evidence) for item in objections)
