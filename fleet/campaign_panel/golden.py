"""Scores one lens' note against a golden case: usable, cited, and what the case expects of it.

Each cell is 0..1; a case without a certain expectation has no such cell, which is not a pass.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleet.campaign_panel.brief import parse_brief
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.replies import BRIEF_REFS
from fleet.campaign_panel.rules import Table, rule_note
from fleet.campaign_panel.values import Claim, Note, Severity, Stage, read_touch

ORDER = (Severity.MINOR, Severity.MAJOR, Severity.BLOCKER)


def case_table(case: Mapping[str, Any], policy: PanelPolicy) -> Table:
    """Build what lies on the table in a case: its brief, and what others are said to have said."""
    given = case["input"]
    notes = [
        Note(
            lens=lens, stage=Stage.IDEATE, round=1, stance="proposes",
            touches=tuple(read_touch(touch) for touch in touches),
        )
        for lens, touches in given.get("plans", {}).items()
    ]  # fmt: skip
    if "problem" in given:
        claims = (
            Claim(text=given["problem"]["text"], evidence=tuple(given["problem"]["evidence"])),
        )
        notes.insert(0, Note(
            lens=policy.lead, stage=Stage.DEFINE, round=1, stance="defines", claims=claims,
            theme=given["problem"]["theme"], problem=given["problem"]["text"],
        ))  # fmt: skip
    brief = parse_brief(given["brief"], policy, case["id"])
    table = Table(brief=brief, notes=tuple(notes), lenses=tuple(policy.lenses), policy=policy)
    if given["stage"] != Stage.DEFINE:
        return table
    heard = tuple(rule_note(name, Stage.EMPATHISE, 1, table) for name in table.lenses)
    return replace(table, notes=heard)


def score_note(case: Mapping[str, Any], note: Note | str) -> dict[str, float]:
    """Return `{cell: score}` of a note, or of the reason why there is none."""
    if isinstance(note, str):
        return {"usable": 0.0}
    expect, cited = case["expect"], _cited(note)
    known = {*(fact["id"] for fact in case["input"]["brief"]["offer_facts"]), *BRIEF_REFS}
    cells = {"usable": 1.0, "cited": float(bool(cited or not note.touches) and cited <= known)}
    checks: dict[str, bool] = {}
    if "theme_in" in expect:
        checks["theme"] = note.theme in expect["theme_in"]
    if "cites_any" in expect:
        checks["evidence"] = bool(cited & set(expect["cites_any"]))
    if "never_cites" in expect:
        checks["refused"] = not cited & set(expect["never_cites"])
    if "first_in" in expect:
        checks["opening"] = bool(note.touches) and bool(
            set(note.touches[0].evidence) & set(expect["first_in"])
        )
    if "most" in expect:
        checks["length"] = 1 <= len(note.touches) <= expect["most"]
    if "never_says" in expect:
        text = json.dumps(note.as_json(), ensure_ascii=False).lower()
        checks["silent"] = not any(word.lower() in text for word in expect["never_says"])
    if "against" in expect:
        checks["objection"] = _objects(note, expect)
    if "objections_most" in expect:
        checks["restraint"] = len(note.objections) <= expect["objections_most"]
    return cells | {name: float(met) for name, met in checks.items()}


def _cited(note: Note) -> set[str]:
    parts = [item.evidence for item in note.claims]
    parts += [item.evidence for item in note.touches]
    parts += [item.evidence for item in note.objections]
    return {item for part in parts for item in part}


def _objects(note: Note, expect: Mapping[str, Any]) -> bool:
    least = ORDER.index(Severity(expect.get("least", "minor")))
    return any(
        item.against == expect["against"]
        and ORDER.index(item.severity) >= least
        and item.demand.remedy.value in expect.get("remedy_in", [item.demand.remedy.value])
        for item in note.objections
    )
