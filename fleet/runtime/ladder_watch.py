"""What the monitor found, applied to the ladder: it can only move a version down."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.grants import MONITOR, beat, read_grants
from fleet.adapters.store.schema import defects, drift_reports
from fleet.adapters.store.verdicts import write_review_verdicts
from fleet.domain.trust import GateOutcome, Rung
from fleet.errors import InputError
from fleet.release_gate.ladder import Grant
from fleet.runtime.ladder import climb, demote, judge_version, ladder_policy

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

ACTOR = "monitor"
OPEN = "open"


def watch(fleet: "Fleet") -> list[tuple[str, str]]:
    """End one round of the monitor: act on what it wrote down, then say that it lives.

    A version above DRAFT whose window says ROLLBACK falls as well, with the decision recorded. Call
    it after defects and drift reports were written; returns the versions that fell. Without it
    every grant falls back when the heartbeat of `[ladder]` has run out.
    """
    granted = read_grants(fleet.store)
    fell = [
        (each.graph, each.version)
        for each in granted
        if demote_for_findings(fleet, each) or roll_back(fleet, each)
    ]
    beat(fleet.store, MONITOR, fleet.clock.now(), {"versions": len(granted), "fell": len(fell)})
    return fell


def demote_for_findings(fleet: "Fleet", grant: Grant) -> bool:
    """Move a version down when it drifted, or has an open grave defect, since it was granted.

    Returns whether it fell; a version on which people decide stays where it is.
    """
    policy = ladder_policy(fleet)
    if grant.rung.height <= max(policy.fall_to.height, Rung.DRAFT.height):
        return False
    why = _drifted(fleet, grant) or _defect(fleet, grant)
    if why is None:
        return False
    try:
        demote(fleet, grant.graph, grant.version, policy.fall_to, reason=why, actor=ACTOR)
    except InputError:
        return False  # moved by another gate in the meantime: the next call looks again
    return True


def roll_back(fleet: "Fleet", grant: Grant) -> bool:
    """Take a version down when its window of verdicts says ROLLBACK; return whether it fell."""
    if grant.rung.height <= Rung.DRAFT.height:
        return False
    write_review_verdicts(
        fleet.store, policy=ladder_policy(fleet).verdicts, now=fleet.clock.now(),
        settle_s=fleet.settings.undo_s, graph=grant.graph, version=grant.version,
    )  # fmt: skip
    decision, _, _ = judge_version(fleet, grant.graph, grant.version)
    if decision.outcome is not GateOutcome.ROLLBACK:
        return False
    return bool(climb(fleet, grant.graph, grant.version, actor=ACTOR).get("moved"))


def _drifted(fleet: "Fleet", grant: Grant) -> str | None:
    d = drift_reports.c
    query = (
        sa.select(d.id, d.state, d.at)
        .where(
            d.graph == grant.graph, d.graph_version == grant.version,
            d.at > stamp(grant.granted_at),
        )
        .order_by(d.at.desc(), d.id)
        .limit(1)
    )  # fmt: skip
    found = fleet.store.read(query)
    if not found or found[0]["state"] != "DRIFT":
        return None
    return f"drift report {found[0]['id']} of {found[0]['at'][:16]}"


def _defect(fleet: "Fleet", grant: Grant) -> str | None:
    d = defects.c
    query = (
        sa.select(d.code, d.run_id)
        .where(
            d.graph == grant.graph, d.graph_version == grant.version, d.status == OPEN,
            d.severity.in_(ladder_policy(fleet).demoting_severities),
            d.at > stamp(grant.granted_at),
        )
        .order_by(d.at, d.id)
        .limit(1)
    )  # fmt: skip
    found = fleet.store.read(query)
    return f"open defect {found[0]['code']} in run {found[0]['run_id']}" if found else None
