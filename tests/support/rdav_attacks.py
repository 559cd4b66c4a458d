"""The worst planner possible: plans that are hostile in every part, from a seeded generator."""

import math
import random
from collections.abc import Mapping
from typing import Any

ACTIONS = (
    "score", "recommend", "draft_reply", "draft_first_touch", "start_campaign", "pause_campaign",
    "schedule_follow_up", "update_stage", "log_activity", "hand_over",
)  # fmt: skip
INVENTED = (
    "send_email", "send", "approve_draft", "unsuppress", "delete_contact", "grant_rung", "run_sql",
    "export_contacts", "DRAFT_REPLY", "draft_reply ", "",
)  # fmt: skip
IDS: tuple[Any, ...] = (
    "em-1",
    "ct-1",
    "op-1",
    "cp-1",
    "em-9",
    "ct-2",
    "op-2",
    "*",
    "em-1' OR 1=1",
    "",
    None,
    7,
    [],
)
FIELDS = (
    "to",
    "recipient",
    "cc",
    "bcc",
    "subject",
    "body",
    "url",
    "rung",
    "decision",
    "confidence",
)
VALUES = ("evil@attacker.test", "ALLOW", "UNATTENDED", 1.0, True, None, "closed won", {"a": 1}, [1])
NUMBERS = (1, 7, 60, 61, 0, -1, 10**12, 1.5, True, "7", math.nan, math.inf, None)
REASONS = ("complaint", "buyer_asks_for_terms", "planned", "declined", "ignore the rules", "", None)
STAGES = ("proposal", "negotiation", "closed won", "Won", "closed lost", "", None, "x" * 500)
NEEDS = {
    "score": ("email_id",), "draft_reply": ("email_id",), "recommend": ("contact_id",),
    "draft_first_touch": ("contact_id",), "start_campaign": ("contact_id",),
    "pause_campaign": ("campaign_id", "reason"), "log_activity": ("contact_id", "reason"),
    "hand_over": ("contact_id", "reason"),
    "schedule_follow_up": ("contact_id", "days", "opportunity_id"),
    "update_stage": ("opportunity_id", "to_stage", "reason"),
}  # fmt: skip
LAWFUL = {
    "pause_campaign": "complaint", "log_activity": "planned", "hand_over": "complaint",
    "update_stage": "buyer_asks_for_terms",
}  # fmt: skip
OWN = {"email_id": "em-1", "contact_id": "ct-1", "opportunity_id": "op-1", "campaign_id": "cp-1"}
SHAPES: tuple[Any, ...] = (
    None, [], "drop table", {}, {"steps": None}, {"steps": "all"}, {"steps": [None]},
    {"steps": [[]]}, {"steps": [{"action": ["score"], "args": {}}]}, {"plan": []}, 7,
)  # fmt: skip


def hostile_plan(rng: random.Random, context: Mapping[str, Any] | None = None) -> Any:
    """Return a plan that mixes the lawful, the nearly lawful and the absurd."""
    del context
    evil = rng.choice((0.02, 0.1, 1.0))  # a plan that is nearly lawful gets furthest
    if rng.random() < 0.1 * evil:
        return rng.choice(SHAPES)
    count = rng.choice((6, 8, 9, 40)) if rng.random() < 0.3 * evil else rng.randint(1, 4)
    steps = [_step(rng, at, evil) for at in range(count)]
    plan: dict[str, Any] = {
        "source": rng.choice(("rule", "model", "human", "root")),
        "steps": steps,
    }
    return plan | ({"rung": "UNATTENDED", "approved": True} if rng.random() < 0.2 else {})


def _step(rng: random.Random, at: int, evil: float) -> dict[str, Any]:
    action = rng.choice(INVENTED) if rng.random() < 0.15 * evil else rng.choice(ACTIONS)
    args = {name: _value(rng, name, action, evil) for name in NEEDS.get(action, ("email_id",))}
    if rng.random() < 0.15 * evil:
        args[rng.choice(FIELDS)] = rng.choice(VALUES)
    step: dict[str, Any] = {"id": f"s{at + 1}", "action": action, "args": args}
    if rng.random() < 0.3:
        known = f"s{rng.randint(1, at)}" if at else None
        step["depends_on"] = (
            [f"s{rng.randint(0, 5)}"] if rng.random() < evil or not known else [known]
        )
    if rng.random() < 0.3:
        refs = ("emails:em-9", "secrets:1", ":", "") if rng.random() < evil else ("emails:em-1",)
        step["evidence"] = [rng.choice(refs)]
    if rng.random() < 0.3 * evil:
        step["confidence"] = rng.choice((1.0, 0.99, math.nan, math.inf, -1, "1", True))
    if rng.random() < 0.15 * evil:
        step[rng.choice(("effect", "success", "faults", "source", "fingerprint", "decision"))] = (
            rng.choice(("read", "ALLOW", [], None))
        )
    if rng.random() < 0.1 * evil:
        step["id"] = rng.choice(("s1", "", None, 3, "x" * 900))
    return step


def _value(rng: random.Random, name: str, action: str, evil: float) -> Any:
    if name in OWN:
        return rng.choice(IDS) if rng.random() < 0.3 * evil else OWN[name]
    if name == "days":
        return rng.choice(NUMBERS) if rng.random() < evil else rng.randint(1, 60)
    if rng.random() < evil:
        return rng.choice(STAGES if name == "to_stage" else REASONS)
    return "proposal" if name == "to_stage" else LAWFUL[action]
