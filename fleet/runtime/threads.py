"""Durable runs for people: list, look into, retry, cancel, or fork from an earlier step."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.adapters import checkpoints
from fleet.adapters.clock import stamp
from fleet.adapters.store import runs as rows
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import emails, runs, touches
from fleet.adapters.store.touches import end_statements
from fleet.durable.retry import DurablePolicy
from fleet.errors import EvidenceError, InputError
from fleet.orchestrator.registry import GraphRow, graph_row
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

import sqlalchemy as sa

FORK = "~"
PRUNED_AT_ONCE = 200
SUBJECTS = {  # the graph input that names the row
    "emails": "email_id", "touches": "touch_id", "contacts": "contact_id",
}  # fmt: skip
SHOWN = (
    "thread_id", "graph", "version", "state", "next", "waits_for", "due_at", "age_s", "attempts",
    "error", "outcome", "subject", "started_at", "ended_at",
)  # fmt: skip


def list_threads(
    fleet: "Fleet", *, state: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return runs as wire dicts, dead letters first; `next` is None where nothing was begun."""
    found = rows.list_runs(fleet.store, status=state, limit=limit)
    saver = (
        open_saver(fleet) if any(row["status"] in (rows.RUNNING, rows.DEAD) for row in found) else 0
    )
    return [_wire(fleet, row, _next(saver, row) if saver else None) for row in found]


def show_thread(fleet: "Fleet", run_id: str) -> dict[str, Any]:
    """Return one run with its steps, the newest first, each with what it would run next."""
    row = _find(fleet, run_id)
    saver = open_saver(fleet)
    limit = section(fleet.policies, "durable", DurablePolicy).steps_back
    try:
        history = checkpoints.read_history(saver, row["thread_id"], limit)
        problem = None
    except EvidenceError as error:
        history, problem = [], str(error)
    steps = [_step(checkpoint) for checkpoint in history]
    ahead = steps[0]["next"] if steps else None
    shown = _wire(fleet, row, ahead) | {"steps": steps, "problem": problem}
    if row["subject_table"] == "contacts":
        from fleet.runtime.rdav_decide import replay_run

        shown["decisions"] = replay_run(fleet, run_id.partition(FORK)[0])
    return shown


def resume_thread(
    fleet: "Fleet", run_id: str, *, actor: str, note: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Try a parked or cut short run again from its last step; return its row and `changed`.

    A run that ended is left alone (`changed` False). Raises InputError for one that waits.
    """
    row = _find(fleet, run_id)
    if row["status"] in rows.ENDED:
        return _wire(fleet, row, []) | {"changed": False}
    if row["status"] == rows.TIMER:
        raise InputError(f"run {run_id} sleeps until {row['due_at']}: it wakes by itself then")
    if row["status"] == rows.HUMAN:
        raise InputError(f"run {run_id} waits for {row['waits_for']}: decide that first")
    fresh = (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.status.in_([rows.DEAD, rows.RUNNING]))
        .values(status=rows.RUNNING, error=None, attempts=0, row_version=runs.c.row_version + 1)
    )
    entry = Entry(fleet.clock.now(), actor, "run.resume", f"runs:{run_id}", {"error": row["error"]})
    write_audited(fleet.store, [fresh], [entry])
    return _run(fleet, row, note) | {"changed": True}


def resume_all(
    fleet: "Fleet", *, actor: str, note: Callable[[str], None] | None = None
) -> list[dict[str, Any]]:
    """Try every dead letter again, one after the other; return their rows."""
    dead = rows.list_runs(fleet.store, status=rows.DEAD)
    return [resume_thread(fleet, row["id"], actor=actor, note=note) for row in dead]


def cancel_thread(fleet: "Fleet", run_id: str, *, actor: str) -> dict[str, Any]:
    """End a run for good with what it serves: the mail is handled, the touch and its draft go."""
    row = _find(fleet, run_id)
    if row["status"] in rows.ENDED:
        return _wire(fleet, row, []) | {"changed": False}
    now = fleet.clock.now()
    statements = [rows.cancel_statement(run_id, f"cancelled by {actor}", now)]
    if row["subject_table"] == "emails" and FORK not in run_id:
        statements.append(
            sa.update(emails)
            .where(emails.c.id == row["subject_id"], emails.c.handled_at.is_(None))
            .values(handled_at=stamp(now), handled_as="cancelled")
        )
    if row["subject_table"] == "touches" and FORK not in run_id:
        wanted = touches.c.id == row["subject_id"]
        statements += end_statements(wanted, "cancelled", f"by {actor}", now)
    entry = Entry(now, actor, "run.cancel", f"runs:{run_id}", {"state": row["status"]})
    write_audited(fleet.store, statements, [entry])
    if row["subject_table"] == "touches":
        from fleet.runtime.campaigns import withdraw_loose

        withdraw_loose(fleet.store, fleet.review, f"cancelled by {actor}")
    return _wire(fleet, _find(fleet, run_id), []) | {"changed": True}


def fork_thread(
    fleet: "Fleet", run_id: str, *, actor: str, step: int | None = None,
    note: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Start a copy of a run from one of its steps (by default the newest) under a new thread id.

    Its effects carry the same keys as the first run's, so nothing is queued or sent twice.
    """
    row = _find(fleet, run_id)
    graph = _graph(row)
    number = 1
    while rows.find_run(fleet.store, f"{run_id}{FORK}{number}"):
        number += 1
    copy = f"{run_id}{FORK}{number}"
    if step != 0:  # from its start means without any checkpoint: a corrupt thread can be forked too
        saver = open_saver(fleet)
        limit = section(fleet.policies, "durable", DurablePolicy).steps_back
        history = checkpoints.read_history(saver, row["thread_id"], limit)
        chosen = [c for c in history if step is None or c.metadata.get("step") == step]
        if not chosen:
            known = sorted({c.metadata.get("step") for c in history})
            raise InputError(f"run {run_id} has no step {step}: it has {known}")
        checkpoints.copy_checkpoint(saver, chosen[0], copy)
    made = {"id": copy, "graph": row["graph"], "graph_version": graph.version}
    served = {"subject_table": row["subject_table"], "subject_id": row["subject_id"]}
    rows.begin_run(fleet.store, made | served, fleet.clock.now())
    entry = Entry(
        fleet.clock.now(), actor, "run.fork", f"runs:{copy}", {"of": run_id, "step": step}
    )
    write_audited(fleet.store, [], [entry])
    return _run(fleet, _find(fleet, copy), note) | {"fork_of": run_id}


def prune_threads(fleet: "Fleet", limit: int = PRUNED_AT_ONCE) -> int:
    """Delete the checkpoints of runs that ended long ago; return how many; their rows stay."""
    keep = timedelta(days=section(fleet.policies, "durable", DurablePolicy).keep_days)
    old = rows.ended_before(fleet.store, stamp(fleet.clock.now() - keep), limit)
    if not old:
        return 0
    saver = open_saver(fleet)
    for thread_id in old:
        saver.delete_thread(thread_id)
        fleet.store.write(rows.pruned_statement(thread_id))
    return len(old)


def _run(
    fleet: "Fleet", row: Mapping[str, Any], note: Callable[[str], None] | None
) -> dict[str, Any]:
    from fleet.runtime.durable_runs import drain_runs
    from fleet.runtime.graph_builds import build_for

    graph = _graph(row)
    subject = {SUBJECTS.get(row["subject_table"], "id"): row["subject_id"]}
    if row["subject_table"] == "contacts":  # a fork decides and acts under the first run's keys
        subject["run_id"] = row["id"].partition(FORK)[0]
    pairs = [(row["thread_id"], subject)]
    drain_runs(fleet, graph, build_for(fleet, graph), lambda: pairs, concurrency=1, note=note)
    return _wire(fleet, _find(fleet, row["id"]), None)


def _graph(row: Mapping[str, Any]) -> GraphRow:
    graph = graph_row(row["graph"])
    if graph is None:
        raise InputError(
            f"run {row['id']} is of graph {row['graph']!r}, which this build does not have: "
            "use a build that has it, or cancel the run"
        )
    return graph


def _find(fleet: "Fleet", run_id: str) -> dict[str, Any]:
    row = rows.find_run(fleet.store, run_id)
    if row is None:
        raise InputError(f"no run {run_id!r}: see 'fleet threads list' for ids")
    return row


def open_saver(fleet: "Fleet") -> Any:
    """Return the checkpoints of the fleet's engine."""
    settings = fleet.settings
    return checkpoints.open_checkpoints(settings.engine_url, encryption_key=settings.encryption_key)


def _next(saver: Any, row: Mapping[str, Any]) -> list[str] | None:
    if row["status"] not in (rows.RUNNING, rows.DEAD):
        return None
    try:
        newest = checkpoints.read_history(saver, row["thread_id"], 1)
    except EvidenceError:
        return None  # `show` says what is wrong with it
    return checkpoints.next_steps(newest[0]) if newest else None


def _step(checkpoint: Any) -> dict[str, Any]:
    return {
        "step": checkpoint.metadata.get("step"), "at": checkpoint.checkpoint["ts"],
        "checkpoint_id": checkpoint.checkpoint["id"], "next": checkpoints.next_steps(checkpoint),
        "keys": sorted(
            name for name in checkpoint.checkpoint["channel_values"]
            if not name.startswith((checkpoints.BRANCH, "__"))
        ),
    }  # fmt: skip


def _wire(fleet: "Fleet", row: Mapping[str, Any], ahead: list[str] | None) -> dict[str, Any]:
    until = row["ended_at"] if row["status"] in rows.ENDED else stamp(fleet.clock.now())
    age = datetime.fromisoformat(until) - datetime.fromisoformat(row["started_at"])
    known = {
        "version": row["graph_version"], "state": row["status"], "next": ahead,
        "age_s": max(round(age.total_seconds(), 3), 0.0),  # a clock may have jumped back
        "subject": {"table": row["subject_table"], "id": row["subject_id"]},
    }  # fmt: skip
    return {key: known[key] if key in known else row[key] for key in SHOWN}
