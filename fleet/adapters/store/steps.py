"""Gate decisions of the orchestrator as rows: stored once, settled by a compare-and-set."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store import runs as run_rows
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.grants import last_beat, read_grant
from fleet.adapters.store.schema import defects, drafts, effects, runs, step_decisions
from fleet.adapters.store.statements import Prepared, insert, many
from fleet.errors import RowNotFound
from fleet.policy import digest
from fleet.ports import Store
from fleet.release_gate.ladder import effective_rung
from fleet.release_gate.ladder_policy import LadderPolicy

WAITING, SUPERSEDED, EXPIRED = "waiting", "superseded", "expired"
SEVERITY = {"invented_id": "critical", "invented_action": "critical"}
IDS_AT_ONCE = 80
DECISION = Prepared(sa.select(step_decisions).where(step_decisions.c.id == sa.bindparam("step")))
Row = dict[str, Any]


def step_id(run_id: str, number: int, step: Mapping[str, Any]) -> str:
    """Return the one id that a step of a run has; the same step again finds its row."""
    return "st-" + digest([run_id, number, dict(step)])[:24]


def store_decision(
    store: Store, run_id: str, number: int, inputs: Mapping[str, Any], result: Mapping[str, Any],
    *, status: str, policy_digest: str, now: datetime, decided_by: str | None = None,
    row_id: str | None = None,
) -> Row:  # fmt: skip
    """Store one gate decision with its inputs, and return the row that stands: the first one."""
    at = stamp(now)
    row = {
        "id": row_id or step_id(run_id, number, inputs["step"]),
        "run_id": run_id, "position": number,
        "action": str(inputs["step"]["action"]), "decision": result["decision"],
        "inputs": dict(inputs), "result": dict(result), "status": status,
        "policy_digest": policy_digest, "decided_by": decided_by, "at": at,
    }  # fmt: skip
    payload = {
        "decision": result["decision"], "rules": list(result["rules"]), "action": row["action"],
        "provenance": result["provenance"],
    }  # fmt: skip
    mine = sa.select(step_decisions.c.id).where(
        step_decisions.c.id == row["id"], step_decisions.c.at == at
    )
    entry = Entry(at, decided_by or "fleet", "step.gate", f"step_decisions:{row['id']}", payload)
    fresh = insert(step_decisions).values(row).on_conflict_do_nothing()
    write_audited(store, [fresh], [entry], when=mine)
    return read_decision(store, str(row["id"]))


def read_decision(store: Store, decision_id: str) -> Row:
    """Return one stored decision; raises RowNotFound."""
    found = store.read(DECISION(step=decision_id))
    if not found:
        raise RowNotFound("step_decisions", decision_id)
    return found[0]


def read_steps(store: Store, run_id: str) -> list[Row]:
    """Return the decisions of a run in order."""
    c = step_decisions.c
    query = sa.select(step_decisions).where(c.run_id == run_id).order_by(c.position, c.id)
    return store.read(query)


def receipt_of(store: Store, decision_id: str) -> Any:
    """Return what a step's effect returned when it was done, or None."""
    query = sa.select(effects.c.receipt).where(effects.c.id == decision_id)
    found = store.read(query)
    return found[0]["receipt"] if found else None


def waiting_steps(store: Store, limit: int = 200) -> list[Row]:
    """Return the steps that wait for a person with their contact, the oldest first."""
    c = step_decisions.c
    query = (
        sa.select(step_decisions, runs.c.subject_id, runs.c.due_at)
        .join(runs, runs.c.id == c.run_id)
        .where(c.status == WAITING)
        .order_by(c.at, c.id)
    )
    return store.read(query.limit(limit))


def move_decision(
    store: Store, row: Mapping[str, Any], status: str, *, actor: str, now: datetime,
    note: str | None = None, named: bool = False,
) -> bool:  # fmt: skip
    """Settle a decision as seen; False when somebody else moved it first."""
    c = step_decisions.c
    change: Row = {"status": status, "row_version": row["row_version"] + 1}
    if named:
        change["decided_by"] = actor
    moved = (
        sa.update(step_decisions)
        .where(c.id == row["id"], c.row_version == row["row_version"], c.status == row["status"])
        .values(**change)
    )
    mine = sa.select(c.id).where(
        c.id == row["id"], c.row_version == row["row_version"] + 1, c.status == status
    )
    payload = {"from": row["status"], "to": status, "note": note}
    entry = Entry(now, actor, "step.settle", f"step_decisions:{row['id']}", payload)
    return write_audited(store, [moved], [entry], when=mine).results[0].changes == 1


def overtake(store: Store, contact_id: str, graph: str, keep_run: str, now: datetime) -> int:
    """Supersede what earlier runs of a contact left waiting; return how many steps."""
    c = step_decisions.c
    query = (
        sa.select(step_decisions)
        .join(runs, runs.c.id == c.run_id)
        .where(
            c.status == WAITING, runs.c.graph == graph, runs.c.subject_id == contact_id,
            runs.c.id != keep_run,
        )
    )  # fmt: skip
    left = store.read(query)
    for row in left:
        move_decision(store, row, SUPERSEDED, actor="fleet", now=now, note="a newer run began")
        close_waiting(store, row["run_id"], now)
    return len(left)


def expire(store: Store, now: datetime) -> int:
    """Take back steps whose wait is over, so that they return with fresh evidence."""
    overdue = [row for row in waiting_steps(store) if row["due_at"] and row["due_at"] < stamp(now)]
    for row in overdue:
        move_decision(
            store, row, EXPIRED, actor="clock", now=now, note="nobody decided", named=True
        )
        close_waiting(store, row["run_id"], now)
    return len(overdue)


def close_waiting(store: Store, run_id: str, now: datetime) -> None:
    """Complete a run that waited for a person when none of its steps waits any more."""
    c = step_decisions.c
    open_step = sa.exists(sa.select(c.id).where(c.run_id == run_id, c.status == WAITING))
    values = {"status": run_rows.COMPLETED, "waits_for": None, "ended_at": stamp(now)}
    store.write(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.status == run_rows.HUMAN, ~open_step)
        .values(**values, row_version=runs.c.row_version + 1)
    )


def end_statement(
    run_id: str, outcome: str, now: datetime, *, waits_for: str | None, due_at: str | None
) -> Any:
    """Return the statement that ends a run in a named state, or lets it wait for a person."""
    status = run_rows.HUMAN if waits_for else run_rows.COMPLETED
    values = {
        "status": status, "outcome": outcome, "waits_for": waits_for, "due_at": due_at,
        "ended_at": None if waits_for else stamp(now),
    }  # fmt: skip
    return (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.status == run_rows.RUNNING)
        .values(**values, row_version=runs.c.row_version + 1)
    )


def ended_runs(store: Store, ids: Sequence[str]) -> set[str]:
    """Return which of these runs (at most 90) ended, or wait for a person."""
    states = [*run_rows.ENDED, run_rows.HUMAN]
    query = sa.select(runs.c.id).where(runs.c.id.in_(list(ids)), runs.c.status.in_(states))
    return {row["id"] for row in store.read(query)}


def close_at_once(store: Store, rows: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Write runs that ended before they began, as one batch; return how many were new."""
    at = stamp(now)
    full = [
        {"thread_id": row["id"], "rung": "DRAFT", "status": run_rows.COMPLETED, "started_at": at}
        | {"ended_at": at, "attempts": 1, **row}
        for row in rows
    ]
    return store.write(many(runs, full, skip_known=True))[0].changes if full else 0


def count_defects(
    store: Store, run_id: str, graph: str, version: str, steps: Sequence[Mapping[str, Any]],
    replans: int, now: datetime,
) -> int:  # fmt: skip
    """Count each fault of each step once as a defect; return how many are new."""
    rows = [
        {
            "id": f"plan-{step_id(run_id, replans, step)[3:]}-{at}-{fault}", "run_id": run_id,
            "graph": graph, "graph_version": version, "code": fault, "dimension": "plan",
            "symptom": f"the plan's step {at + 1} ({str(step['action'])[:40]}): {fault}",
            "severity": SEVERITY.get(fault, "major"), "status": "open", "at": stamp(now),
            "evidence": [{"table": "runs", "id": run_id}], "confidence": 1.0,
        }
        for at, step in enumerate(steps)
        for fault in step["faults"]
    ]  # fmt: skip
    return store.write(many(defects, rows, skip_known=True))[0].changes if rows else 0


def drafts_since(store: Store, since: str) -> int:
    """Return how many drafts were queued since a time."""
    query = sa.select(sa.func.count().label("n")).where(drafts.c.created_at >= since)
    return int(store.read(query)[0]["n"])


def count_done(store: Store, run_ids: Sequence[str], actions: Sequence[str]) -> int:
    """Return how many steps of these actions are done in these runs."""
    c, total = step_decisions.c, 0
    for start in range(0, len(run_ids), IDS_AT_ONCE):
        query = sa.select(sa.func.count().label("n")).where(
            c.run_id.in_(list(run_ids[start : start + IDS_AT_ONCE])), c.status == "done",
            c.action.in_(list(actions)),
        )  # fmt: skip
        total += int(store.read(query)[0]["n"])
    return total


def charge(store: Store, run_id: str, reading: Any) -> None:
    """Add what one model call cost to its run; an unknown cost adds nothing but the call."""
    tokens = (reading.input_tokens or 0) + (reading.output_tokens or 0)
    store.write(
        sa.update(runs)
        .where(runs.c.id == run_id)
        .values(
            cost_usd=sa.func.coalesce(runs.c.cost_usd, 0.0) + (reading.cost_usd or 0.0),
            tokens=runs.c.tokens + tokens, model_calls=runs.c.model_calls + 1,
        )
    )  # fmt: skip


def serving_rung(
    store: Store, graph: str, version: str, *, now: datetime, halted: bool, policy: LadderPolicy
) -> str:
    """Return the rung that counts now for a version."""
    grant = read_grant(store, graph, version)
    beat = last_beat(store) if grant else None
    return effective_rung(
        grant, now=now, heartbeat_at=beat, halted=halted, policy=policy
    ).rung.value
