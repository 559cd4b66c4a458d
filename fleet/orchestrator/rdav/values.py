"""The closed vocabulary of a plan: actions, effects, what each needs, and what proves it.

A plan holds ids, codes and small numbers only. There is no free text in it that could reach a
recipient, a record or a prompt: foreign words have no way in.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = "orchestrator-1"
GRAPH = "orchestrator"


class Effect(StrEnum):
    """What a step changes, weakest first; compare with `.height`."""

    READ = "read"
    NOTE = "note"  # our own rows beside the CRM
    DRAFT = "draft"  # a text in the review queue
    RECORD = "record"  # a value of the system of record, or a sequence of others'
    DISPATCH = "dispatch"  # other runs that will write messages
    EXTERNAL = "external"  # leaves the house; never the orchestrator's

    @property
    def height(self) -> int:
        """Position, 0 for READ."""
        return list(Effect).index(self)


class Decision(StrEnum):
    """The three answers of the governance gate."""

    ALLOW = "ALLOW"
    HOLD = "HOLD"
    DENY = "DENY"


class State(StrEnum):
    """The named ends of a run."""

    COMPLETED = "completed"
    WAITING = "waiting_human"
    SUPPRESSED = "stopped_suppressed"
    REPLIED = "stopped_replied"
    LIVENESS = "stopped_liveness"
    FAILED = "failed"
    NOTHING = "nothing_to_do"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """One action: its effect, its arguments by kind, and whether it reaches out to a person."""

    effect: Effect
    args: Mapping[str, str]  # name -> kind: a table of the context, or days | stage | reason
    optional: tuple[str, ...] = ()
    outreach: bool = False


REASONS: Mapping[str, tuple[str, ...]] = {
    "update_stage": ("buyer_asks_for_terms", "buyer_names_budget"),
    "log_activity": ("planned", "reply_seen"),
    "hand_over": ("complaint", "declined", "hostile_text", "close_date_passed", "step_failed"),
    "pause_campaign": ("complaint",),
}
ACTIONS: Mapping[str, ActionSpec] = {
    "score": ActionSpec(effect=Effect.NOTE, args={"email_id": "emails"}),
    "recommend": ActionSpec(effect=Effect.NOTE, args={"contact_id": "contacts"}),
    "draft_reply": ActionSpec(effect=Effect.DRAFT, args={"email_id": "emails"}),
    "draft_first_touch": ActionSpec(
        effect=Effect.DRAFT, args={"contact_id": "contacts"}, outreach=True
    ),
    "start_campaign": ActionSpec(
        effect=Effect.DISPATCH, args={"contact_id": "contacts"}, outreach=True
    ),
    "pause_campaign": ActionSpec(
        effect=Effect.RECORD, args={"campaign_id": "campaigns", "reason": "reason"}
    ),
    "schedule_follow_up": ActionSpec(
        effect=Effect.NOTE,
        args={"contact_id": "contacts", "days": "days", "opportunity_id": "opportunities"},
        optional=("opportunity_id",),
    ),
    "update_stage": ActionSpec(
        effect=Effect.RECORD,
        args={"opportunity_id": "opportunities", "to_stage": "stage", "reason": "reason"},
    ),
    "log_activity": ActionSpec(
        effect=Effect.NOTE, args={"contact_id": "contacts", "reason": "reason"}
    ),
    "hand_over": ActionSpec(
        effect=Effect.NOTE, args={"contact_id": "contacts", "reason": "reason"}
    ),
}
TABLES = ("emails", "contacts", "opportunities", "campaigns")


def fingerprint(action: str, args: Mapping[str, Any]) -> str:
    """Name a step by what it does; the same step of another run has the same name."""
    return f"{action}:{digest(dict(args))[:16]}"


def canonical(value: Any) -> bytes:
    """Return the one JSON form of a value: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode("utf-8", "replace")


def digest(value: Any) -> str:
    """Return the SHA-256 (hex) of a value's canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def arg_refs(action: str, args: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the rows that a step's arguments name, as `table:id`."""
    spec = ACTIONS[action]
    return tuple(
        f"{kind}:{args[name]}"
        for name, kind in spec.args.items()
        if kind in TABLES and args.get(name) is not None
    )
