"""The ladder against the store: show, grant, revoke, demote, decide a version, let it climb."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store.controls import is_halted
from fleet.adapters.store.gate_log import save_decision
from fleet.adapters.store.grants import last_beat, move_rung, read_grant, read_history
from fleet.adapters.store.ladder_reads import newest_decision, read_recorded, save_waiver
from fleet.adapters.store.recalls import recall, recall_preview
from fleet.adapters.store.verdicts import read_verdicts, write_review_verdicts
from fleet.domain.trust import GateOutcome, Rung
from fleet.errors import InputError, WriteConflict
from fleet.policy import section
from fleet.release_gate.digest import canonical_line
from fleet.release_gate.judge import Decision, decide
from fleet.release_gate.ladder import (
    Effective,
    Grant,
    effective_rung,
    expiry,
    is_ending,
    missing_for,
    past_of,
)
from fleet.release_gate.ladder_policy import LadderPolicy
from fleet.release_gate.ladder_waivers import make_waiver
from fleet.release_gate.policy import GatePolicy, as_table
from fleet.runtime.autonomy_shadow import shadow_readiness

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

GATE = "release gate"


def ladder_policy(fleet: "Fleet") -> LadderPolicy:
    """Return `[ladder]` of the fleet's policies."""
    return section(fleet.policies, "ladder", LadderPolicy)


def effective(fleet: "Fleet", graph: str, version: str) -> Effective:
    """Return the rung of a version that counts at this moment."""
    return effective_rung(
        read_grant(fleet.store, graph, version), now=fleet.clock.now(),
        heartbeat_at=last_beat(fleet.store), halted=is_halted(fleet.store),
        policy=ladder_policy(fleet),
    )  # fmt: skip


def lacking(
    fleet: "Fleet", graph: str, version: str, target: Rung, *, waived: bool = False
) -> list[str]:
    """Say what a version lacks for a rung; empty when the move may be made now.

    `waived` asks what would still be lacking if somebody stood for the newest decision.
    """
    policy, now = ladder_policy(fleet), fleet.clock.now()
    seen = read_grant(fleet.store, graph, version)
    current = seen.rung if seen else policy.start
    if target.height < current.height or target.height <= policy.fall_to.height:
        return []
    past = past_of(read_history(fleet.store, graph, version), seen)
    weigh = past.fell_at is not None or target.height > Rung.SHADOW.height or target is current
    found = read_recorded(fleet.store, graph, version, now, with_evidence=weigh)
    if waived and found:
        found[0] = replace(found[0], waived=True)
    shadow: Sequence[str] = ()
    if target.height > Rung.SHADOW.height:
        shadow = shadow_readiness(fleet, graph, version).missing
    return missing_for(target, current, found, past, now=now, policy=policy, shadow_missing=shadow)


def grant(
    fleet: "Fleet", graph: str, version: str, target: Rung, *, reason: str, actor: str,
    until: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Move a version one rung up when it is earned, or down at once; return the new standing.

    Raises InputError saying what is missing, or that another gate moved the rung first.
    """
    policy, now = ladder_policy(fleet), fleet.clock.now()
    seen = read_grant(fleet.store, graph, version)
    current = seen.rung if seen else policy.start
    if target.height < current.height:
        return demote(fleet, graph, version, target, reason=reason, actor=actor)
    _check(reason, until, now)
    missing = lacking(fleet, graph, version, target)
    if missing:
        raise InputError(f"{graph} {version} may not rise to {target}: {'; '.join(missing)}")
    above = target.height > policy.fall_to.height
    used = newest_decision(fleet.store, graph, version) if above else None
    moved = _move(
        fleet, seen, graph, version, target, reason=reason, actor=actor,
        until=expiry(target, now, until, policy) if above else None,
        decision_id=used["id"] if used else None,
    )  # fmt: skip
    return _moved(moved, current, [])


def demote(
    fleet: "Fleet", graph: str, version: str, target: Rung, *, reason: str, actor: str,
    revoke: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Move a version down at once and take back what it has in flight; raises InputError."""
    policy, now = ladder_policy(fleet), fleet.clock.now()
    _check(reason, None, now)
    seen = read_grant(fleet.store, graph, version)
    current = seen.rung if seen else policy.start
    if target.height > current.height:
        raise InputError(f"{graph} {version} stands on {current}: {target} is no way down")
    moved = seen
    if target.height < current.height:
        above = target.height > policy.fall_to.height
        until = expiry(target, now, None, policy) if above else None
        moved = _move(
            fleet, seen, graph, version, target, reason=reason, actor=actor, until=until,
            revoke=revoke,
        )  # fmt: skip
    called_back = recall(
        fleet.store, graph, version, reason=f"{version} fell: {reason}", actor=actor,
        at=stamp(fleet.clock.now()),
    )  # fmt: skip
    if moved is None:
        return _still(graph, version, current, called_back)
    return _moved(moved, current, called_back)


def revoke(
    fleet: "Fleet", graph: str, version: str, *, reason: str, actor: str, preview: bool = False
) -> dict[str, Any]:
    """Take a grant back: the version falls to where people decide; `preview` only shows what."""
    policy = ladder_policy(fleet)
    seen = read_grant(fleet.store, graph, version)
    current = seen.rung if seen else policy.start
    target = min(current, policy.fall_to, key=lambda rung: rung.height)
    if preview:
        return _still(graph, version, current, []) | {
            "to": target.value,
            "preview": recall_preview(fleet.store, graph, version),
        }
    return demote(fleet, graph, version, target, reason=reason, actor=actor, revoke=True)


def waive(
    fleet: "Fleet", graph: str, version: str, dimensions: Sequence[str], *, target: Rung,
    by: str | None, reason: str, until: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    """Let a named person stand for what the newest HOLD of a version lacks for a rung.

    Raises InputError, and keeps nothing, when that would not be enough for the rung.
    """
    found = newest_decision(fleet.store, graph, version)
    if found is None:
        raise InputError(f"{graph} {version} has no recorded decision to waive")
    now = fleet.clock.now()
    waiver = make_waiver(
        found["result"], dimensions, by=by, reason=reason, until=until, now=now,
        max_days=ladder_policy(fleet).max_waiver_days,
    )  # fmt: skip
    missing = lacking(fleet, graph, version, target, waived=True)
    if missing:
        raise InputError(f"a waiver is not enough for {target}: {'; '.join(missing)}")
    save_waiver(fleet.store, found["id"], waiver, actor=waiver["by"], now=now)
    return waiver | {"decision_id": found["id"]}


def judge_version(
    fleet: "Fleet", graph: str, version: str, *, now: datetime | None = None,
    baseline: str | None = None,
) -> tuple[Decision, list[Any], list[Any] | None]:  # fmt: skip
    """Decide a version from its stored product verdicts, without recording anything.

    `baseline` names the version that served before, paired by scenario. Returns the decision and
    the verdicts of both.
    """
    rows = read_verdicts(fleet.store, graph, version)
    before = None if baseline is None else read_verdicts(fleet.store, graph, baseline)
    lines = [canonical_line(row) for row in (*rows, *(before or ()))]
    decision = decide(
        rows, section(fleet.policies, "release_gate", GatePolicy), now=now or fleet.clock.now(),
        serving=serving_rung(fleet, graph, version) is not None, baseline=before, lines=lines,
    )  # fmt: skip
    return decision, rows, before


def serving_rung(fleet: "Fleet", graph: str, version: str) -> str | None:
    """Return the rung of a version that stands above DRAFT, else None: it serves nobody."""
    seen = read_grant(fleet.store, graph, version)
    rung = seen.rung if seen else ladder_policy(fleet).start
    return rung.value if rung.height > Rung.DRAFT.height else None


def gate_version(
    fleet: "Fleet", graph: str, version: str, *, actor: str = GATE, baseline: str | None = None
) -> dict[str, Any]:
    """Write the verdicts of what people decided, judge the version, and record the decision."""
    now = fleet.clock.now()
    write_review_verdicts(
        fleet.store, policy=ladder_policy(fleet).verdicts, now=now,
        settle_s=fleet.settings.undo_s, graph=graph, version=version,
    )  # fmt: skip
    decision, rows, before = judge_version(fleet, graph, version, now=now, baseline=baseline)
    decision_id = save_decision(
        fleet.store, decision.as_json(), artifact=graph, version=version,
        serving=serving_rung(fleet, graph, version), lines=_texts(rows),
        baseline=None if before is None else _texts(before),
        policy=as_table(section(fleet.policies, "release_gate", GatePolicy)), now=now,
        decided_at=now, actor=actor,
        expires_at=now + timedelta(days=ladder_policy(fleet).decision_days),
    )  # fmt: skip
    return decision.as_json() | {"id": decision_id}


def _texts(rows: Sequence[Any]) -> list[str]:
    return [canonical_line(row).decode() for row in rows]


def climb(
    fleet: "Fleet", graph: str, version: str, *, actor: str = GATE, baseline: str | None = None
) -> dict[str, Any]:
    """Decide a version and act on it: one rung up when earned, down at once on ROLLBACK.

    A grant that ends soon is renewed by a PROMOTE that rests on runs judged since it was given.
    """
    decided = gate_version(fleet, graph, version, actor=actor, baseline=baseline)
    policy = ladder_policy(fleet)
    seen = read_grant(fleet.store, graph, version)
    current = seen.rung if seen else policy.start
    answer = {"decision": decided["decision"], "id": decided["id"], "rung": current.value}
    if decided["decision"] == GateOutcome.ROLLBACK and current.height > policy.fall_to.height:
        why = f"ROLLBACK by {decided['id']}: {decided['reasons'][0]}"
        return answer | demote(fleet, graph, version, policy.fall_to, reason=why, actor=actor)
    if decided["decision"] != GateOutcome.PROMOTE:
        return answer | {"moved": False, "missing": decided["reasons"]}
    why = f"PROMOTE by {decided['id']}"
    missing = list(decided["reasons"])
    if current is not Rung.UNATTENDED:
        target = list(Rung)[current.height + 1]
        missing = lacking(fleet, graph, version, target)
        if not missing:
            return answer | grant(fleet, graph, version, target, reason=why, actor=actor)
    if (
        seen is not None and is_ending(seen, fleet.clock.now(), policy)
        and not lacking(fleet, graph, version, current)
    ):  # fmt: skip
        answer |= grant(fleet, graph, version, current, reason=f"renewed: {why}", actor=actor)
    return answer | {"moved": False, "missing": missing}


def _move(
    fleet: "Fleet", seen: Grant | None, graph: str, version: str, target: Rung, *, reason: str,
    actor: str, until: datetime | None, decision_id: str | None = None, revoke: bool = False,
) -> Grant:  # fmt: skip
    try:
        return move_rung(
            fleet.store, seen, graph, version, target, start=ladder_policy(fleet).start,
            reason=reason, actor=actor, now=fleet.clock.now(), until=until,
            decision_id=decision_id, revoke=revoke,
        )  # fmt: skip
    except WriteConflict:
        raise InputError(
            f"another gate moved {graph} {version} first: see 'fleet ladder show'"
        ) from None


def _check(reason: str, until: datetime | None, now: datetime) -> None:
    if not reason.strip():
        raise InputError("give a reason: it stays in the history")
    if until is not None and until <= now:
        raise InputError(f"--until {until.isoformat()} is over: give a time to come")


def _moved(moved: Grant, current: Rung, called_back: list[str]) -> dict[str, Any]:
    return {
        "graph": moved.graph, "version": moved.version, "from": current.value,
        "rung": moved.rung.value, "reason": moved.reason, "by": moved.granted_by,
        "since": stamp(moved.granted_at),
        "until": stamp(moved.expires_at) if moved.expires_at else None,
        "decision_id": moved.decision_id, "moved": moved.rung is not current,
        "recalled": called_back,
    }  # fmt: skip


def _still(graph: str, version: str, current: Rung, called_back: list[str]) -> dict[str, Any]:
    return {
        "graph": graph, "version": version, "from": current.value, "rung": current.value,
        "moved": False, "recalled": called_back,
    }  # fmt: skip
