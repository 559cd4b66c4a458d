"""Reads a brief: every way in which it can be wrong has one sentence, and nothing is guessed.

Refuses what no plan could satisfy. Unknown keys are left alone: a brief may carry more than the
panel reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.values import Brief, Constraints, Fact
from fleet.errors import InputError

NAMES = ("goal", "segment", "offer_facts", "brand_voice", "constraints")
NUMBERS = ("max_touches", "horizon_days", "min_gap_days")
SHOWN = 60
ID_CHARS = 200
WEEK, SATURDAY = 7, 5


def parse_brief(raw: Any, policy: PanelPolicy, where: str = "the brief") -> Brief:
    """Build a brief from decoded JSON; raises InputError: what, where, what to do."""
    if not isinstance(raw, Mapping):
        raise InputError(f"{where} must be one JSON object, not {_kind(raw)}")
    missing = [name for name in NAMES if name not in raw]
    if missing:
        raise InputError(f"{where} lacks {missing[0]!r}: give {', '.join(NAMES)}")
    return Brief(
        goal=_text(raw["goal"], f"{where}: goal", policy),
        segment=_text(raw["segment"], f"{where}: segment", policy),
        facts=_facts(raw["offer_facts"], f"{where}: offer_facts", policy),
        brand_voice=_text(raw["brand_voice"], f"{where}: brand_voice", policy, empty=True),
        constraints=_constraints(raw["constraints"], f"{where}: constraints", policy),
    )


def brief_json(brief: Brief) -> dict[str, Any]:
    """Return the wire form; equal briefs have equal forms."""
    limits = brief.constraints
    constraints: dict[str, Any] = {name: getattr(limits, name) for name in NUMBERS}
    constraints["channels"] = list(limits.channels)
    if not limits.business_days_only:
        constraints["business_days_only"] = False
    if limits.blackout:
        constraints["blackout"] = list(limits.blackout)
    return {
        "goal": brief.goal,
        "segment": brief.segment,
        "offer_facts": [{"id": fact.id, "text": fact.text} for fact in brief.facts],
        "brand_voice": brief.brand_voice,
        "constraints": constraints,
    }


def open_days(limits: Constraints) -> tuple[int, ...]:
    """Return the days on which a touch may fall; day 0 is a Monday.

    >>> open_days(Constraints(max_touches=1, horizon_days=9, min_gap_days=1, channels=("email",)))
    (0, 1, 2, 3, 4, 7, 8)
    """
    closed = set(limits.blackout)
    return tuple(
        day
        for day in range(limits.horizon_days)
        if day not in closed and not (limits.business_days_only and day % WEEK >= SATURDAY)
    )


def _facts(raw: Any, where: str, policy: PanelPolicy) -> tuple[Fact, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise InputError(f"{where} must be a list of {{id, text}}, not {_kind(raw)}")
    if not raw:
        raise InputError(f"{where} is empty: a plan needs at least one fact to rest on")
    if len(raw) > policy.max_facts:
        raise InputError(f"{where} holds {len(raw)} facts: give at most {policy.max_facts}")
    facts: list[Fact] = []
    for place, item in enumerate(raw):
        here = f"{where}[{place}]"
        if not isinstance(item, Mapping) or "id" not in item or "text" not in item:
            raise InputError(f"{here} must be an object with id and text")
        fact_id = _id(item["id"], here)
        if any(fact.id == fact_id for fact in facts):
            raise InputError(f"{here}: id {fact_id[:SHOWN]!r} is there twice: ids must differ")
        facts.append(Fact(id=fact_id, text=_text(item["text"], f"{here}: text", policy)))
    return tuple(facts)


def _id(raw: Any, where: str) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise InputError(f"{where}: id must be text, not {_kind(raw)}")
    text = str(raw).strip()
    if not text or len(text) > ID_CHARS or not text.isprintable():
        raise InputError(f"{where}: id must be 1 to {ID_CHARS} printable characters")
    return text


def _constraints(raw: Any, where: str, policy: PanelPolicy) -> Constraints:
    if not isinstance(raw, Mapping):
        raise InputError(f"{where} must be an object, not {_kind(raw)}")
    missing = [name for name in (*NUMBERS, "channels") if name not in raw]
    if missing:
        raise InputError(f"{where} lacks {missing[0]!r}")
    touches = _whole(raw["max_touches"], f"{where}.max_touches", 1, policy.max_max_touches)
    horizon = _whole(raw["horizon_days"], f"{where}.horizon_days", 1, policy.max_horizon_days)
    gap = _whole(raw["min_gap_days"], f"{where}.min_gap_days", 0, policy.max_horizon_days)
    if gap > horizon:
        raise InputError(
            f"{where}.min_gap_days is {gap} and horizon_days {horizon}: the gap must fit in"
        )
    business = raw.get("business_days_only", True)
    if not isinstance(business, bool):
        raise InputError(f"{where}.business_days_only must be true or false")
    limits = Constraints(
        max_touches=touches, horizon_days=horizon, min_gap_days=gap,
        channels=_channels(raw["channels"], f"{where}.channels", policy),
        business_days_only=business, blackout=_blackout(raw.get("blackout", []), where, horizon),
    )  # fmt: skip
    if not open_days(limits):
        raise InputError(f"{where}.blackout leaves no day on which a touch may fall")
    return limits


def _channels(raw: Any, where: str, policy: PanelPolicy) -> tuple[str, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise InputError(f"{where} must be a list of at least one channel")
    found: list[str] = []
    for item in raw:
        if not isinstance(item, str) or item.strip().lower() not in policy.known_channels:
            shown = repr(item)[:SHOWN]
            raise InputError(f"{where}: {shown} is unknown: use {', '.join(policy.known_channels)}")
        if item.strip().lower() not in (known.strip().lower() for known in found):
            found.append(item)
    return tuple(found)


def _blackout(raw: Any, where: str, horizon: int) -> tuple[int, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise InputError(f"{where}.blackout must be a list of days from 0")
    return tuple(sorted({_whole(day, f"{where}.blackout", 0, horizon) for day in raw}))


def _whole(raw: Any, where: str, least: int, most: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise InputError(f"{where} must be a whole number, not {repr(raw)[:SHOWN]}")
    if not least <= raw <= most:
        raise InputError(f"{where} is {str(raw)[:SHOWN]}: give {least} to {most}")
    return raw


def _text(raw: Any, where: str, policy: PanelPolicy, *, empty: bool = False) -> str:
    if not isinstance(raw, str):
        raise InputError(f"{where} must be text, not {_kind(raw)}")
    if not raw.strip() and not empty:
        raise InputError(f"{where} is empty: write a sentence")
    if len(raw) > policy.max_text:
        raise InputError(f"{where} has {len(raw)} characters: give at most {policy.max_text}")
    return raw


def _kind(raw: Any) -> str:
    names = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}
    return names.get(type(raw), "a number")
