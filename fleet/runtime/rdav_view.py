"""What a page shows of the orchestrator: runs, one run's plan step by step, and the queue."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store import runs as run_rows
from fleet.adapters.store import steps
from fleet.adapters.store.schema import (
    audit_log,
    contacts,
    emails,
    opportunities,
    runs,
    step_decisions,
)
from fleet.errors import InputError
from fleet.orchestrator.rdav.gate import replay_step
from fleet.orchestrator.rdav.values import GRAPH, canonical
from fleet.runtime.fleet import Fleet

LIMIT = 100
VERIFIED = {"done": True, "failed": False}


def recent_runs(fleet: Fleet, limit: int = LIMIT) -> list[dict[str, Any]]:
    """Return the newest runs that took a decision or wait, each with its contact's name."""
    taken = sa.exists(sa.select(step_decisions.c.id).where(step_decisions.c.run_id == runs.c.id))
    query = (
        sa.select(runs, contacts.c.name.label("contact"))
        .outerjoin(contacts, contacts.c.id == runs.c.subject_id)
        .where(runs.c.graph == GRAPH, taken)
        .order_by(runs.c.started_at.desc(), runs.c.id)
    )
    return fleet.store.read(query.limit(limit))


def waiting_queue(fleet: Fleet, limit: int = LIMIT) -> list[dict[str, Any]]:
    """Return the held steps, the oldest first: what, for whom, why, and until when."""
    return [
        _step(row, None) | {"contact_id": row["subject_id"], "due_at": row["due_at"]}
        for row in steps.waiting_steps(fleet.store, limit)
    ]


def run_view(fleet: Fleet, run_id: str) -> dict[str, Any]:
    """Return one run: its row, cost so far, its steps in order, and what they are about.

    Raises InputError for an unknown run.
    """
    row = run_rows.find_run(fleet.store, run_id)
    if row is None or row["graph"] != GRAPH:
        raise InputError(f"no run {run_id!r} of the orchestrator: see 'fleet threads list'")
    taken = steps.read_steps(fleet.store, run_id)
    person = fleet.store.read(sa.select(contacts.c.name).where(contacts.c.id == row["subject_id"]))
    notes = _notes(fleet, [item["id"] for item in taken])
    names = ("id", "subject_id", "status", "outcome", "waits_for", "due_at", "started_at",
             "ended_at", "cost_usd", "tokens", "model_calls")  # fmt: skip
    return {name: row[name] for name in names} | {
        "contact": person[0]["name"] if person else row["subject_id"],
        "goal": next((item["inputs"]["step"].get("goal") for item in taken), None),
        "steps": [_step(item, notes.get(item["id"])) for item in taken],
        "about": _about(fleet, [item["inputs"]["step"] for item in taken]),
    }


def _about(fleet: Fleet, planned: list[Mapping[str, Any]]) -> dict[str, str]:
    """Return what the mails and deals say that steps name, by their id: theirs, so untrusted."""
    mails = {str(step["args"].get("email_id")) for step in planned} - {"None"}
    deals = {str(step["args"].get("opportunity_id")) for step in planned} - {"None"}
    e, o = emails.c, opportunities.c
    said = sa.select(e.id, e.subject, e.reply).where(e.id.in_(sorted(mails)[: steps.IDS_AT_ONCE]))
    stages = sa.select(o.id, o.stage).where(o.id.in_(sorted(deals)[: steps.IDS_AT_ONCE]))
    found = {
        row["id"]: f"{row['subject']}\n{row['reply']}" for row in fleet.store.read(said)
    } if mails else {}  # fmt: skip
    if deals:
        found |= {row["id"]: str(row["stage"]) for row in fleet.store.read(stages)}
    return found


def _step(row: Mapping[str, Any], note: str | None) -> dict[str, Any]:
    step, result = row["inputs"]["step"], row["result"]
    return {
        "decision_id": row["id"], "run_id": row["run_id"], "action": row["action"],
        "name": step["id"], "position": row["position"],
        "args": step["args"], "effect": step["effect"], "depends_on": step["depends_on"],
        "rationale": step["rationale"], "evidence": row["inputs"]["evidence"],
        "rung": row["inputs"]["rung"], "source": row["inputs"]["source"],
        "decision": row["decision"], "rules": result["rules"], "status": row["status"],
        "confidence": result["confidence"], "threshold": result["threshold"],
        "verified": VERIFIED.get(row["status"]), "proof": note,
        "decided_by": row["decided_by"], "at": row["at"],
        "same": replay_step(row) == canonical(result),
    }  # fmt: skip


def _notes(fleet: Fleet, ids: list[str]) -> dict[str, str]:
    """Return how each step ended in words: the newest note of the audit log about it."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), steps.IDS_AT_ONCE):
        subjects = [f"step_decisions:{key}" for key in ids[start : start + steps.IDS_AT_ONCE]]
        query = sa.select(audit_log.c.subject, audit_log.c.payload).where(
            audit_log.c.subject.in_(subjects), audit_log.c.kind == "step.settle"
        )
        for line in fleet.store.read(query.order_by(audit_log.c.seq)):
            if line["payload"].get("note"):
                found[line["subject"].partition(":")[2]] = str(line["payload"]["note"])
    return found
