"""Liveness as rows: what each lead's runs did, in time order, and what the guard found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import actions, liveness_verdicts, runs, step_decisions
from fleet.adapters.store.statements import insert
from fleet.ports import Store

MOST_EVENTS = 20_000
OPEN = "open"
GUARD = "liveness"


def lead_events(store: Store, since: str, lead_id: str | None = None) -> list[dict[str, Any]]:
    """Return the done steps of runs since a time as guard events, across runs and restarts.

    With `lead_id` (`table:id`) only that lead's. The state of a step that writes is what it wrote;
    any other step says nothing about progress. Of more than `MOST_EVENTS` steps the newest count.
    """
    s = step_decisions.c
    query = (
        sa.select(
            s.run_id, s.position, s.action, s.at, s.inputs, runs.c.graph, runs.c.subject_table,
            runs.c.subject_id, runs.c.graph_version,
        )
        .join(runs, runs.c.id == s.run_id)
        .where(s.at >= since, s.status == "done")
        .order_by(s.at.desc(), s.id.desc())
        .limit(MOST_EVENTS)
    )  # fmt: skip
    if lead_id is not None:
        table, _, key = lead_id.partition(":")
        query = query.where(runs.c.subject_table == table, runs.c.subject_id == key)
    return [_event(seq, row) for seq, row in enumerate(reversed(store.read(query)))]


def _event(seq: int, row: Mapping[str, Any]) -> dict[str, Any]:
    step = (row["inputs"] or {}).get("step") or {}
    args = step.get("args") or {}
    writes = row["action"] == "update_stage"
    state = {f"stage of {args.get('opportunity_id')}": args.get("to_stage")} if writes else {}
    return {
        "run_id": row["run_id"], "lead_id": f"{row['subject_table']}:{row['subject_id']}",
        "seq": seq, "ts": row["at"], "actor": row["graph"], "node": row["action"],
        "action": row["action"], "args": args, "effect": "write" if writes else "none",
        "state": state, "graph_version": row["graph_version"],
    }  # fmt: skip


def save_finding(
    store: Store, finding: Mapping[str, Any], *, lead_id: str | None, graph: str | None,
    version: str | None, now: datetime,
) -> bool:  # fmt: skip
    """Keep one finding and ask a person to look, both once a run; False when it was known."""
    run_id, at = str(finding["run_id"]), stamp(now)
    row = {
        "id": f"{GUARD}:{run_id}", "run_id": run_id, "lead_id": lead_id,
        "verdict": finding["verdict"], "at_seq": finding["at_seq"], "detail": finding["evidence"],
        "action": finding["action"], "status": OPEN, "at": at,
    }  # fmt: skip
    text = str(finding["evidence"].get("text") or finding["verdict"])
    ask = {
        "id": f"{GUARD}:{run_id}", "kind": GUARD, "graph": graph, "graph_version": version,
        "reason": f"{finding['verdict']}: {text}"[:400],
        "evidence": [{"table": "runs", "id": run_id}], "status": OPEN, "at": at,
    }  # fmt: skip
    statements = [
        insert(liveness_verdicts).values(row).on_conflict_do_nothing(),
        insert(actions).values(ask).on_conflict_do_nothing(),
    ]
    mine = sa.select(liveness_verdicts.c.id).where(
        liveness_verdicts.c.id == row["id"], liveness_verdicts.c.at == at
    )
    entry = Entry(at, GUARD, "liveness.stop", f"runs:{run_id}", {"verdict": finding["verdict"]})
    return write_audited(store, statements, [entry], when=mine).recorded


def list_findings(store: Store, limit: int = 100) -> list[dict[str, Any]]:
    """Return what the guard found, the newest first."""
    query = sa.select(liveness_verdicts).order_by(liveness_verdicts.c.at.desc())
    return store.read(query.limit(limit))


def open_waits(store: Store, limit: int = 200) -> list[dict[str, Any]]:
    """Return runs that wait, with what they wait for."""
    r = runs.c
    query = sa.select(r.id, r.graph, r.subject_id, r.waits_for, r.due_at, r.started_at).where(
        r.status.in_(["waiting_human", "waiting_timer"])
    )
    return store.read(query.order_by(r.started_at).limit(limit))


def stuck_leads(store: Store) -> set[str]:
    """Return leads with a finding that nobody has settled: no new plan may touch them."""
    query = sa.select(liveness_verdicts.c.lead_id).where(
        liveness_verdicts.c.status == OPEN, liveness_verdicts.c.lead_id.is_not(None)
    )
    return {str(row["lead_id"]) for row in store.read(query)}


def settled_since(store: Store) -> dict[str, str]:
    """Return when each lead's last finding that a person settled was made."""
    v = liveness_verdicts.c
    query = (
        sa.select(v.lead_id, sa.func.max(v.at).label("at"))
        .where(v.status != OPEN, v.lead_id.is_not(None))
        .group_by(v.lead_id)
    )
    return {str(row["lead_id"]): str(row["at"]) for row in store.read(query)}


def settle_finding(store: Store, finding_id: str, *, actor: str, now: datetime) -> bool:
    """Close a finding and what it asks for: a person has looked; False when it was closed."""
    mine = liveness_verdicts.c.id == finding_id
    change = (
        sa.update(liveness_verdicts)
        .where(mine, liveness_verdicts.c.status == OPEN)
        .values(status="settled")
    )
    asked = (
        sa.update(actions)
        .where(actions.c.id == finding_id, actions.c.acknowledged_at.is_(None))
        .values(
            status="settled", owner=actor, acknowledged_at=stamp(now),
            row_version=actions.c.row_version + 1,
        )
    )  # fmt: skip
    entry = Entry(stamp(now), actor, "liveness.settle", f"liveness_verdicts:{finding_id}", {})
    done = sa.select(liveness_verdicts.c.id).where(mine, liveness_verdicts.c.status == "settled")
    return write_audited(store, [change, asked], [entry], when=done).results[0].changes > 0
