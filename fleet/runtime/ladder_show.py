"""The ladder as people see it: one row a version, with why, until when, and what would move it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store.controls import halt_state
from fleet.adapters.store.grants import (
    known_versions,
    last_beat,
    read_grant,
    read_history,
    used_today,
)
from fleet.adapters.store.ladder_reads import newest_decision, read_outcomes, read_waivers
from fleet.domain.trust import Rung
from fleet.orchestrator.registry import REGISTRY
from fleet.release_gate.ladder import effective_rung, fallen_at
from fleet.release_gate.ladder_waivers import score_waiver
from fleet.runtime.autonomy_shadow import shadow_readiness
from fleet.runtime.ladder import judge_version, lacking, ladder_policy

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

NEW = "a new version starts here"


def ladder_rows(fleet: "Fleet") -> list[dict[str, Any]]:
    """Return one row for every version of the registry, the drafts and the grants."""
    pairs = {(row.name, row.version) for row in REGISTRY} | set(known_versions(fleet.store))
    return [ladder_row(fleet, graph, version) for graph, version in sorted(pairs)]


def ladder_row(fleet: "Fleet", graph: str, version: str) -> dict[str, Any]:
    """Return one version: granted and effective rung, rights, reason, times, next moves."""
    policy, now = ladder_policy(fleet), fleet.clock.now()
    grant = read_grant(fleet.store, graph, version)
    heard, halted = last_beat(fleet.store), halt_state(fleet.store)
    found = effective_rung(
        grant, now=now, heartbeat_at=heard, halted=halted is not None, policy=policy
    )
    history = read_history(fleet.store, graph, version)
    last = newest_decision(fleet.store, graph, version)
    return {
        "graph": graph, "version": version, "rung": found.granted.value,
        "effective": found.rung.value, "fell_back": found.fell,
        "permissions": list(found.permissions), "daily_cap": found.daily_cap,
        "used_today": used_today(fleet.store, graph, version, now),
        "sample_share": found.sample_share, "canary_share": found.canary_share,
        "why": grant.reason if grant else NEW, "by": grant.granted_by if grant else None,
        "since": stamp(grant.granted_at) if grant else None,
        "until": stamp(grant.expires_at) if grant and grant.expires_at else None,
        "decision_id": grant.decision_id if grant else None,
        "last_decision": _decision(last), "heartbeat_at": stamp(heard) if heard else None,
        "up": _up(fleet, graph, version, found.granted),
        "waivers": _waivers(fleet, graph, version, fallen_at(history), now),
        "history": history,
    }  # fmt: skip


def _up(fleet: "Fleet", graph: str, version: str, current: Rung) -> dict[str, Any] | None:
    """Return the next rung and what it lacks, verdicts counted; None at the top."""
    if current is Rung.UNATTENDED:
        return None
    target = list(Rung)[current.height + 1]
    decision, rows, _ = judge_version(fleet, graph, version)
    missing = lacking(fleet, graph, version, target)
    shadow = shadow_readiness(fleet, graph, version) if current is Rung.SHADOW else None
    return {
        "to": target.value, "ready": not missing, "missing": missing, "verdicts": len(rows),
        "would_be": decision.outcome.value, "needed_verdicts": decision.needed_n,
        "blocking": list(decision.reasons), "shadow": shadow.as_json() if shadow else None,
    }  # fmt: skip


def _decision(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {key: row[key] for key in ("id", "decision", "decided_at")}


def scored_waivers(fleet: "Fleet", graph: str, version: str) -> list[dict[str, Any]]:
    """Return every waiver of a version with what became of it, newest first."""
    history = read_history(fleet.store, graph, version)
    return _waivers(fleet, graph, version, fallen_at(history), fleet.clock.now())


def _waivers(
    fleet: "Fleet", graph: str, version: str, fell: str | None, now: datetime
) -> list[dict[str, Any]]:
    given = read_waivers(fleet.store, graph, version)
    if not given:
        return []
    later = read_outcomes(fleet.store, graph, version)
    fell_at = datetime.fromisoformat(fell) if fell else None
    return [each | {"score": score_waiver(each, later, fell_at, now)} for each in given]
