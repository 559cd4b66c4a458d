"""Recorded release decisions: the evidence, the policy and the answer, as they were."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import gate_decisions
from fleet.errors import RowNotFound
from fleet.ports import Store

LIST_LIMIT = 500


def save_decision(
    store: Store, result: dict[str, Any], *, artifact: str, version: str, serving: str | None,
    lines: Sequence[str], baseline: Sequence[str] | None, policy: dict[str, Any], now: datetime,
    decided_at: datetime, actor: str, expires_at: datetime | None = None,
) -> str:  # fmt: skip
    """Append one decision and its audit entry in one batch; return its id."""
    decision_id = f"gate-{uuid.uuid4().hex[:12]}"
    evidence = {
        "verdicts": list(lines),
        "baseline": baseline and list(baseline),
        "now": now.isoformat(),
    }
    row = {
        "id": decision_id, "artifact": artifact, "version": version, "decision": result["decision"],
        "serving_rung": serving, "result": result, "evidence": evidence, "policy": policy,
        "evidence_digest": result["evidence_digest"], "policy_digest": result["policy_digest"],
        "code_version": result["code_version"], "decided_at": stamp(decided_at),
        "expires_at": stamp(expires_at) if expires_at else None,
    }  # fmt: skip
    digests = {key: result[key] for key in ("decision", "evidence_digest", "policy_digest")}
    entry = Entry(row["decided_at"], actor, "gate", f"gate_decisions:{decision_id}", digests)
    write_audited(store, [sa.insert(gate_decisions).values(row)], [entry])
    return decision_id


def load_decision(store: Store, decision_id: str) -> dict[str, Any]:
    """Return one recorded decision; raises RowNotFound."""
    rows = store.read(sa.select(gate_decisions).where(gate_decisions.c.id == decision_id))
    if not rows:
        raise RowNotFound("gate_decisions", decision_id)
    return rows[0]


def list_decisions(store: Store, limit: int = LIST_LIMIT) -> list[dict[str, Any]]:
    """Return recorded decisions without their evidence, newest first."""
    c = gate_decisions.c
    columns = [
        c.id,
        c.artifact,
        c.version,
        c.decision,
        c.serving_rung,
        c.decided_at,
        c.evidence_digest,
    ]
    return store.read(sa.select(*columns).order_by(c.decided_at.desc(), c.id).limit(limit))
