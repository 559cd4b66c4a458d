"""A decided draft as one verdict of the gate's window.

Decides what people's acts say about a run. Refuses to fill a gap: what was not measured is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from fleet.policy import digest
from fleet.release_gate.ladder_policy import VerdictPolicy

APPROVED, REJECTED = "approve", "reject"
REPLY = "reply"
MS = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is stored about one draft after a person decided it.

    `edited_words` sums over all edits; `claims` say of each claim of the drafted text whether rows
    support it; `languages` are those of the draft and of the mail or contact, None where unknown;
    `fits` says whether thread and recipient are those of the mail or contact, None without either.
    """

    draft_id: str
    graph: str
    version: str
    kind: str
    run_id: str | None
    scenario_id: str
    action: str  # approve | reject
    reason_code: str | None
    edited_words: int
    decided_at: str
    claims: Sequence[bool]
    languages: tuple[str | None, str | None]
    fits: bool | None
    started_at: str | None = None
    ended_at: str | None = None
    cost_usd: float | None = None
    error: str | None = None
    defects: Sequence[tuple[str, str]] = ()  # (code, severity) of open ones
    liveness: str | None = None


def verdict_of(facts: Decided, policy: VerdictPolicy) -> dict[str, Any]:
    """Return the wire form of one verdict; `created_at` is when the draft was decided."""
    reason = facts.reason_code or ""
    row: dict[str, Any] = {
        "run_id": run_id_of(facts),
        "artifact": facts.graph,
        "version": facts.version,
        "scenario_id": facts.scenario_id,
        "stratum": facts.kind,
        "task_success": _success(facts, policy),
        "context_preserved": _context(facts, policy),
        "latency_ms": _latency(facts.started_at, facts.ended_at),
        "safety_pass": _is_safe(facts, policy),
        "evidence_coverage": _coverage(facts.claims),
        "critical_safety": reason in policy.critical_reasons,
        "error": facts.error,
        "cost_usd": facts.cost_usd,
        "human_override": facts.action == REJECTED or facts.edited_words > 0,
        "open_defects": sorted({code for code, _ in facts.defects}),
        "draft_id": facts.draft_id,
        "policy_digest": _digest(policy),
        "created_at": facts.decided_at,
    }
    return row | ({"liveness": facts.liveness} if facts.liveness else {})


@lru_cache(maxsize=8)
def _digest(policy: VerdictPolicy) -> str:
    return digest(policy)  # the same for thousands of verdicts


def run_id_of(facts: Decided) -> str:
    """Return the run of a draft; a run with several drafts gets one verdict a draft."""
    if facts.run_id and facts.kind == REPLY:
        return facts.run_id
    return f"{facts.run_id or facts.graph}#{facts.draft_id}"


def _success(facts: Decided, policy: VerdictPolicy) -> float:
    """A refusal is 0; an edit costs its share of `edit_words`."""
    if facts.action == REJECTED:
        return 0.0
    return round(max(0.0, 1.0 - facts.edited_words / policy.edit_words), 6)


def _context(facts: Decided, policy: VerdictPolicy) -> float | None:
    ours, theirs = facts.languages
    lost = facts.fits is False or (None not in (ours, theirs) and ours != theirs)
    if lost or facts.reason_code in policy.context_reasons:
        return 0.0
    return None if facts.fits is None else 1.0


def _is_safe(facts: Decided, policy: VerdictPolicy) -> bool:
    grave = any(severity in policy.unsafe_severities for _, severity in facts.defects)
    return not grave and facts.reason_code not in policy.unsafe_reasons


def _coverage(claims: Sequence[bool]) -> float | None:
    return round(sum(claims) / len(claims), 6) if claims else None


def _latency(started: str | None, ended: str | None) -> float | None:
    if not started or not ended:
        return None
    try:
        gap = datetime.fromisoformat(ended) - datetime.fromisoformat(started)
    except (ValueError, TypeError):
        return None
    ms = gap.total_seconds() * MS
    return round(ms, 3) if ms > 0 else None  # a run that took no time was not timed
