"""What the monitor found, applied to the ladder: it can only move a version down."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.grants import MONITOR, beat, read_grants
from fleet.adapters.store.schema import defects, drift_reports
from fleet.domain.trust import Rung
from fleet.errors import InputError
from fleet.release_gate.ladder import Grant
from fleet.runtime.ladder import demote, ladder_policy

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

ACTOR = "monitor"
OPEN = "open"


def watch(fleet: "Fleet") -> list[tuple[str, str]]:
    """End one round of the monitor: act on what it wrote down, then say that it lives.

    Call it after defects and drift reports were written; returns the versions that fell. Without it
    every grant falls back when the heartbeat of `[ladder]` has run out.
    """
    granted = read_grants(fleet.store)
    fell = [(g.graph, g.version) for g in granted if demote_for_findings(fleet, g)]
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
