"""Recorded decisions as the ladder needs them, and waivers written beside them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import gate_decisions
from fleet.adapters.store.verdicts import stored_share
from fleet.domain.trust import GateOutcome
from fleet.errors import InputError
from fleet.ports import Store
from fleet.release_gate.ladder import Recorded
from fleet.release_gate.ladder_waivers import holds

LOOKED_AT = 6  # newest decisions of a version; a rise after a fall needs two


def newest_decision(store: Store, graph: str, version: str) -> dict[str, Any] | None:
    """Return the newest recorded decision of a version without its evidence, or None."""
    g = gate_decisions.c
    query = (
        sa.select(g.id, g.decision, g.result, g.waiver, g.decided_at, g.expires_at)
        .where(g.artifact == graph, g.version == version)
        .order_by(g.decided_at.desc(), g.id)
    )
    return next(iter(store.read(query.limit(1))), None)


def ledger(store: Store, graph: str, version: str, limit: int = 100) -> list[dict[str, Any]]:
    """Return the recorded decisions of a version with their answers and waivers, newest first."""
    g = gate_decisions.c
    query = sa.select(
        g.id, g.decision, g.serving_rung, g.decided_at, g.evidence_digest, g.result, g.waiver
    ).where(g.artifact == graph, g.version == version)
    return store.read(query.order_by(g.decided_at.desc(), g.id).limit(limit))


def read_recorded(
    store: Store, graph: str, version: str, now: datetime, *, with_evidence: bool
) -> list[Recorded]:
    """Return the newest decisions of a version, newest first; evidence is weighed when asked."""
    g = gate_decisions.c
    columns = [g.id, g.decision, g.decided_at, g.expires_at, g.evidence_digest, g.waiver]
    query = (
        sa.select(*columns, *([g.evidence] if with_evidence else []))
        .where(g.artifact == graph, g.version == version)
        .order_by(g.decided_at.desc(), g.id)
    )
    return [
        _recorded(store, graph, version, row, now) for row in store.read(query.limit(LOOKED_AT))
    ]


def read_waivers(store: Store, graph: str, version: str) -> list[dict[str, Any]]:
    """Return every waiver of a version with its decision's id, newest first."""
    g = gate_decisions.c
    query = sa.select(g.id, g.waiver).where(g.artifact == graph, g.version == version)
    rows = store.read(query.where(g.waiver.is_not(None)).order_by(g.decided_at.desc(), g.id))
    return [row["waiver"] | {"decision_id": row["id"]} for row in rows]


def read_outcomes(store: Store, graph: str, version: str) -> list[tuple[GateOutcome, datetime]]:
    """Return outcome and time of every decision that nobody waived, newest first."""
    g = gate_decisions.c
    query = sa.select(g.decision, g.decided_at).where(
        g.artifact == graph, g.version == version, g.waiver.is_(None)
    )
    rows = store.read(query.order_by(g.decided_at.desc()))
    return [
        (GateOutcome(row["decision"]), datetime.fromisoformat(row["decided_at"])) for row in rows
    ]


def save_waiver(
    store: Store, decision_id: str, waiver: Mapping[str, Any], *, actor: str, now: datetime
) -> None:
    """Write a waiver beside a decision that has none; raises InputError when it has one."""
    mine = (gate_decisions.c.id == decision_id) & gate_decisions.c.waiver.is_(None)
    statement = sa.update(gate_decisions).where(mine).values(waiver=dict(waiver))
    entry = Entry(stamp(now), actor, "gate.waive", f"gate_decisions:{decision_id}", waiver)
    written = sa.select(gate_decisions.c.id).where(
        gate_decisions.c.id == decision_id, gate_decisions.c.waiver == dict(waiver)
    )
    done = write_audited(store, [statement], [entry], when=written)
    if not done.results[0].changes:
        raise InputError(f"decision {decision_id} was waived already")


def _recorded(
    store: Store, graph: str, version: str, row: Mapping[str, Any], now: datetime
) -> Recorded:
    lines = (row.get("evidence") or {}).get("verdicts") or []
    ends = row["expires_at"]
    return Recorded(
        id=row["id"], outcome=GateOutcome(row["decision"]),
        decided_at=datetime.fromisoformat(row["decided_at"]),
        expires_at=datetime.fromisoformat(ends) if ends else None,
        stored_share=stored_share(store, graph, version, lines),
        newest_evidence=max((at for line in lines if (at := _time(line))), default=None),
        evidence_digest=row["evidence_digest"], waived=holds(row["waiver"], now),
    )  # fmt: skip


def _time(line: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(orjson.loads(line)["created_at"])
    except (ValueError, KeyError, TypeError):
        return None
    return at if at.tzinfo else None
