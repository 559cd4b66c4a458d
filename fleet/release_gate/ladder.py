"""The ladder: what a (graph, version) may do at one moment, and which moves are allowed.

Decides the effective rung and whether a move up is earned. Refuses two rungs at once, a PROMOTE
that is missing, old, used or followed by another answer, and every rise during a cool-down.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fleet.domain.trust import GateOutcome, Rung
from fleet.release_gate.ladder_policy import LadderPolicy

ACTS = "approve"  # the permission without which a machine answers nothing
FULL = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a version was granted; `version_seen` is the row version a move must still find."""

    graph: str
    version: str
    rung: Rung
    reason: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None = None
    revoked: bool = False
    decision_id: str | None = None
    version_seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The rung that counts now; `fell` says why it is lower than the granted one."""

    granted: Rung
    rung: Rung
    permissions: tuple[str, ...]
    daily_cap: int
    sample_share: float
    canary_share: float
    fell: str | None

    @property
    def may_answer(self) -> bool:
        """Whether a machine may approve a draft at this moment."""
        return ACTS in self.permissions and self.daily_cap > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recorded release decision as the ladder needs it; `stored_share` of its verdicts is ours.

    `newest_evidence` is the time of its newest verdict; `waived` says that a person stands for
    what it lacks.
    """

    id: str
    outcome: GateOutcome
    decided_at: datetime
    expires_at: datetime | None = None
    stored_share: float | None = None
    newest_evidence: datetime | None = None
    evidence_digest: str = ""
    waived: bool = False

    @property
    def promotes(self) -> bool:
        """Whether it stands for one rung up."""
        return self.outcome is GateOutcome.PROMOTE or self.waived


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What counts against a rise: the last fall, since when the rung stands, decisions used up.

    `granted_at` is when the rung was granted last: a renewal needs runs that were judged since.
    """

    fell_at: datetime | None = None
    since: datetime | None = None
    granted_at: datetime | None = None
    used: frozenset[str] = frozenset()


def past_of(history: Sequence[Mapping[str, Any]], grant: Grant | None) -> Past:
    """Return a version's past from its moves and renewals in time order, and the grant it holds."""
    fell, moves = fallen_at(history), moves_only(history)
    return Past(
        fell_at=datetime.fromisoformat(fell) if fell else None,
        since=datetime.fromisoformat(moves[-1]["at"]) if moves else None,
        granted_at=grant.granted_at if grant else None,
        used=frozenset(move["decision_id"] for move in history if move["decision_id"]),
    )


def effective_rung(
    grant: Grant | None, *, now: datetime, heartbeat_at: datetime | None, halted: bool,
    policy: LadderPolicy,
) -> Effective:  # fmt: skip
    """Return what counts now: an expired, revoked, unwatched or halted grant falls back."""
    granted = policy.start if grant is None else grant.rung
    fell = None
    if grant is not None and granted.height > policy.fall_to.height:
        fell = _fallen(grant, now, heartbeat_at, halted, policy)
    rung = policy.fall_to if fell else granted
    rule = policy.rungs[rung.value]
    return Effective(
        granted=granted, rung=rung, permissions=rule.permissions, daily_cap=rule.daily_cap,
        sample_share=rule.sample_share, canary_share=rule.canary_share, fell=fell,
    )  # fmt: skip


def _fallen(
    grant: Grant, now: datetime, heartbeat_at: datetime | None, halted: bool, policy: LadderPolicy
) -> str | None:
    if grant.revoked:
        return "revoked"
    if halted:
        return "halted"
    if grant.granted_at > now:
        return "granted in the future"
    if grant.expires_at is None or grant.expires_at <= now:
        return "expired"
    silent = timedelta(seconds=policy.heartbeat_s)
    if heartbeat_at is None or heartbeat_at > now + silent or now - heartbeat_at > silent:
        return "monitor silent"
    return None


def missing_for(
    target: Rung, current: Rung, decisions: Sequence[Recorded], past: Past, *, now: datetime,
    policy: LadderPolicy, shadow_missing: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """Say what a move from `current` up to `target`, or its renewal, lacks; empty when earned.

    A way down lacks nothing, and neither does a rung on which people decide. `decisions` are newest
    first. `shadow_missing` is what the autonomy gate lacks to leave SHADOW.
    """
    if target.height < current.height or target.height <= policy.fall_to.height:
        return []
    if target.height > current.height + 1:
        above = list(Rung)[current.height + 1]
        return [f"{target} is {target.height - current.height} rungs up: {above} comes first"]
    missing = _cooling(past, now, policy)
    if target is not current:
        missing += _dwell(current, past, now, policy)
    newest = decisions[0] if decisions else None
    missing += _decision_gaps(newest, target, past, now, policy)
    if target is current and newest is not None:
        missing += _stale(newest, past)
    if past.fell_at is not None:
        missing += _after_fall(decisions, past.fell_at, policy)
    if target.height > Rung.SHADOW.height:
        missing += list(shadow_missing)
    return missing


def _cooling(past: Past, now: datetime, policy: LadderPolicy) -> list[str]:
    if past.fell_at is None:
        return []
    end = past.fell_at + timedelta(hours=policy.cool_down_hours)
    return [f"it fell: no way up before {end:%Y-%m-%d %H:%M} UTC"] if now < end else []


def _dwell(current: Rung, past: Past, now: datetime, policy: LadderPolicy) -> list[str]:
    hours = policy.rungs[current.value].min_hours
    if not hours or past.since is None:
        return []
    end = past.since + timedelta(hours=hours)
    return [f"{hours:g} h on {current} end at {end:%Y-%m-%d %H:%M} UTC"] if now < end else []


def _decision_gaps(
    newest: Recorded | None, target: Rung, past: Past, now: datetime, policy: LadderPolicy
) -> list[str]:
    if newest is None:
        return ["no recorded decision: run 'fleet gate decide --record'"]
    if not newest.promotes:
        return [f"the newest decision {newest.id} is {newest.outcome}, PROMOTE is needed"]
    if newest.id in past.used:
        return [f"decision {newest.id} lifted it before: a new PROMOTE is needed"]
    end = newest.decided_at + timedelta(days=policy.decision_days)
    end = min(end, newest.expires_at) if newest.expires_at else end
    if newest.decided_at > now or now >= end:
        return [f"decision {newest.id} expired on {end:%Y-%m-%d %H:%M} UTC: decide again"]
    share = newest.stored_share
    if target.height > Rung.SHADOW.height and (share is None or share < policy.min_stored_share):
        return [f"decision {newest.id} rests on verdicts that are not, or no longer, ours"]
    return []


def _stale(newest: Recorded, past: Past) -> list[str]:
    """Say what a renewal lacks: the same evidence may not prolong a grant for ever."""
    seen = newest.newest_evidence
    if past.granted_at is None or (seen is not None and seen > past.granted_at):
        return []
    return [f"no run was judged since the grant of {past.granted_at:%Y-%m-%d %H:%M} UTC"]


def is_ending(grant: Grant, now: datetime, policy: LadderPolicy) -> bool:
    """Tell whether a valid grant is in the last part of its days, in which it may be renewed.

    One that has ended is not renewed: its version stands where people decide and climbs anew.
    """
    if grant.revoked or grant.expires_at is None or not grant.granted_at <= now < grant.expires_at:
        return False
    days = policy.rungs[grant.rung.value].grant_days
    return grant.expires_at - now <= timedelta(days=days * policy.renew_share)


def moves_only(history: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the history, in time order, without the renewals."""
    return [move for move in history if move["from_rung"] != move["to_rung"]]


def _after_fall(
    decisions: Sequence[Recorded], fell_at: datetime, policy: LadderPolicy
) -> list[str]:
    fresh: set[str] = set()
    for decision in decisions:
        newest = decision.newest_evidence
        if decision.decided_at <= fell_at or not decision.promotes:
            break
        if newest is not None and newest > fell_at:
            fresh.add(decision.evidence_digest)
    lacking = policy.promotes_after_fall - len(fresh)
    if lacking <= 0:
        return []
    return [f"{lacking} more PROMOTE on runs after the fall of {fell_at:%Y-%m-%d %H:%M} UTC"]


def expiry(target: Rung, now: datetime, until: datetime | None, policy: LadderPolicy) -> datetime:
    """Return when a grant ends: as asked, and never later than the rung allows."""
    latest = now + timedelta(days=policy.rungs[target.value].grant_days)
    return latest if until is None else min(until, latest)


def share_of(*parts: str) -> float:
    """Return a number in [0, 1) that the same parts always get: no chance, and no clock."""
    text = "\n".join(part.replace("\n", " ") for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]) / FULL


def in_canary(lead: str, graph: str, version: str, share: float) -> bool:
    """Whether a lead belongs to the share that this version may answer.

    A lead that is in at one share is in at every larger one.
    """
    return share_of("canary", graph, version, lead) < share


def is_sampled(draft_id: str, text_hash: str, share: float) -> bool:
    """Whether people see this draft instead of the machine's approval."""
    return share_of("sample", draft_id, text_hash) < share


def fallen_at(history: Sequence[Mapping[str, str | None]]) -> str | None:
    """Return when the last move down happened (as stored), from moves in time order."""
    fell = None
    for move in history:
        before = move["from_rung"]
        after = Rung(str(move["to_rung"]))
        if before is not None and after.height < Rung(before).height:
            fell = move["at"]
    return fell
