"""The panel's answer in the wire format: days, channels and angles; no text of any message."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fleet.campaign_panel.brief import brief_json
from fleet.campaign_panel.compare import compare_answers
from fleet.campaign_panel.converge import Settled
from fleet.campaign_panel.demands import say
from fleet.campaign_panel.drip import weekly_drip
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.reading import quote_text
from fleet.campaign_panel.record import last_round, origins, problem_text, proposals
from fleet.campaign_panel.rules import Table
from fleet.campaign_panel.values import Note, Objection, Remedy, Severity, Source, Touch
from fleet.domain import provenance as domain
from fleet.policy import digest

VERSION = "panel-1"
LEAST_CONFIDENCE = 0.05
ID_CHARS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a panel used; None for a cost that nobody knows."""

    calls: int = 0
    cost_usd: float | None = 0.0
    model: str | None = None
    prompt_digest: str | None = None


def panel_json(table: Table, settled: Settled, *, stop: str, spent: Spent) -> dict[str, Any]:
    """Return the answer; a panel without a plan answers with the labelled default drip."""
    policy = table.policy
    failed = settled.failure is not None
    touches = weekly_drip(table.brief, policy) if failed else settled.touches
    record = _digest([note.as_json() for note in table.notes])
    brief = brief_json(table.brief)
    answer: dict[str, Any] = {
        "source": (Source.FALLBACK if failed else Source.PANEL).value,
        "touches": [touch_json(touch) for touch in touches],
        "dissent": _dissent(table, settled),
        "rounds": last_round(table.notes),
        "objections": {
            "raised": len(settled.raised),
            "resolved": len(settled.resolved),
            "open": len(settled.open),
        },
        "transcript": [_turn(note, settled, table) for note in table.notes],
    }
    extra = {
        "stop": settled.failure or stop,
        "problem": problem_text(table.notes),
        "adopted_from": settled.lens,
        "support": settled.support or {},
        "lenses": list(table.lenses),
        "budget": _budget(spent, policy),
        "flags": _flags(table),
        "transcript_digest": record,
        "brief_digest": _digest(brief),
        "day_0": "a Monday",
    }
    provenance = _provenance(table, settled, touches, spent)
    answer["provenance"] = provenance.as_json() | extra
    identity = [brief, record, digest(policy), answer["source"], list(table.lenses)]
    answer["id"] = f"panel-{_digest(identity)[:ID_CHARS]}"
    return answer


def edited(answer: Mapping[str, Any], touches: Sequence[Touch]) -> dict[str, Any]:
    """Return the answer with a person's touches; who changed what stands in its provenance."""
    made = dict(answer) | {"touches": [touch_json(touch) for touch in touches]}
    changes = compare_answers(answer, made)
    cited = dict.fromkeys(fact_id for touch in touches for fact_id in touch.evidence)
    made["provenance"] = dict(answer["provenance"]) | {
        "source": domain.Source.HUMAN.value,
        "reason": f"a person changed {len(changes)} things of {answer['id']}",
        "evidence": [domain.RowRef("offer_facts", fact_id).as_json() for fact_id in cited],
        "edited_from": answer["id"],
        "edits": changes,
    }
    made["id"] = f"panel-{_digest([answer['id'], made['touches']])[:ID_CHARS]}"
    return made


def touch_json(touch: Touch) -> dict[str, Any]:
    """Return the wire form of a touch."""
    return asdict(touch) | {"evidence": list(touch.evidence)}


def objection_json(item: Objection, settled: Settled) -> dict[str, Any]:
    """Return an objection with what became of it."""
    still = {other.key for other in settled.open}
    if item.key in still:
        status = "open"
    else:
        moot = item.demand.remedy is Remedy.NONE
        status = "not adopted" if moot else "resolved"
    return {
        "lens": item.lens, "against": item.against, "severity": item.severity.value,
        "reason": item.reason, "evidence": list(item.evidence), "demand": say(item.demand),
        "remedy": item.demand.remedy.value, "status": status, "forced": item.forced,
    }  # fmt: skip


def _turn(note: Note, settled: Settled, table: Table) -> dict[str, Any]:
    limit = table.policy.max_note
    turn: dict[str, Any] = {
        "stage": note.stage.value,
        "round": note.round,
        "lens": note.lens,
        "stance": note.stance,
        "claims": [
            {"text": quote_text(claim.text, limit), "evidence": list(claim.evidence)}
            for claim in note.claims
        ],
        "origin": note.origin,
    }
    if note.problem:
        turn["problem"] = quote_text(note.problem, limit)
    if note.touches:
        turn["touches"] = [touch_json(touch) for touch in note.touches]
    if note.objections:
        turn["objections"] = [objection_json(item, settled) for item in note.objections]
    if note.demands:
        turn["demands"] = [say(demand) for demand in note.demands]
    if note.why_rule:
        turn["why_rule"] = note.why_rule
    return turn


def _dissent(table: Table, settled: Settled) -> list[dict[str, Any]]:
    found = [
        {
            "kind": "objection", "lens": item.lens, "severity": item.severity.value,
            "view": item.reason, "asked": say(item.demand), "evidence": list(item.evidence),
            "touches": at_issue(item, settled.touches),
        }
        for item in settled.open
    ]  # fmt: skip
    for lens, plan in proposals(table.notes).items():
        if settled.touches and lens != settled.lens and plan and _differs(plan, settled.touches):
            days = ", ".join(str(touch.day_offset) for touch in plan)
            found.append({
                "kind": "minority_plan", "lens": lens, "severity": Severity.MINOR.value,
                "view": f"{len(plan)} touches on days {days} instead of {len(settled.touches)}.",
                "asked": "another plan", "evidence": list(plan[0].evidence),
                "touches": [t.index for t in settled.touches if t.index > len(plan)],
            })  # fmt: skip
    return found


def at_issue(item: Objection, touches: Sequence[Touch]) -> list[int]:
    """Return the touches an open objection is about; all when it is about the whole plan."""
    demand = item.demand
    if demand.remedy is Remedy.FEWER:
        return [touch.index for touch in touches if touch.index > (demand.number or 0)]
    if demand.remedy in (Remedy.LATER, Remedy.LEAVE_OUT):
        return [touch.index for touch in touches if demand.target in touch.evidence]
    if demand.remedy is Remedy.MORE:
        return [touches[-1].index] if touches else []
    if demand.remedy is Remedy.FIRST:
        return [1]
    if demand.remedy is Remedy.LESS_OF:
        return [touch.index for touch in touches if touch.channel == demand.target]
    return [touch.index for touch in touches]


def _differs(one: Sequence[Touch], other: Sequence[Touch]) -> bool:
    return len(one) != len(other) or one[0].evidence[:1] != other[0].evidence[:1]


def _budget(spent: Spent, policy: PanelPolicy) -> dict[str, Any]:
    return {
        "calls": spent.calls, "max_calls": policy.max_calls, "cost_usd": spent.cost_usd,
        "max_cost_usd": policy.max_cost_usd, "max_rounds": policy.max_rounds,
    }  # fmt: skip


def _flags(table: Table) -> list[dict[str, str]]:
    flags = []
    for reading in table.readings():
        if reading.commands:
            flags.append({"evidence": reading.id, "flag": "orders or markup: quoted, not obeyed"})
        if reading.forbidden:
            flags.append({"evidence": reading.id, "flag": "a promise nobody may make"})
    return flags


def _provenance(
    table: Table, settled: Settled, touches: Sequence[Touch], spent: Spent
) -> domain.Provenance:
    policy, failed = table.policy, settled.failure is not None
    cited = dict.fromkeys(fact_id for touch in touches for fact_id in touch.evidence)
    by_model = not failed and origins(table.notes).get(settled.lens or "") == "model"
    if failed:
        source, confidence = domain.Source.HEURISTIC, policy.fallback_confidence
    else:
        source = domain.Source.MODEL if by_model else domain.Source.RULE
        base = policy.model_confidence if by_model else policy.rule_confidence
        major = sum(item.severity is not Severity.MINOR for item in settled.open)
        confidence = max(LEAST_CONFIDENCE, base - policy.open_major_cost * major)
    return domain.Provenance(
        confidence=round(confidence, 4), reason=_reason(table, settled), source=source,
        evidence=tuple(domain.RowRef("offer_facts", fact_id) for fact_id in cited),
        model=spent.model if by_model else None,
        prompt_digest=spent.prompt_digest if by_model else None,
        policy_digest=digest(policy), code_version=VERSION,
    )  # fmt: skip


def _reason(table: Table, settled: Settled) -> str:
    if settled.failure is not None:
        return f"the default weekly drip, since the panel settled on nothing: {settled.failure}"
    same = [t.day_offset for t in settled.touches] == [
        touch.day_offset for touch in weekly_drip(table.brief, table.policy)
    ]
    as_drip = "; its days equal the default's, its angles do not" if same else ""
    lens = table.policy.lenses[settled.lens or table.policy.lead].title
    return (
        f"the {lens}'s plan after {last_round(table.notes)} rounds: {len(settled.raised)} "
        f"objections, {len(settled.resolved)} resolved, {len(settled.open)} kept{as_drip}"
    )


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def read_plan(raw: Mapping[str, Any]) -> tuple[Touch, ...]:
    """Read the touches of a stored answer."""
    return tuple(
        Touch(**{**touch, "evidence": tuple(touch["evidence"])}) for touch in raw["touches"]
    )
