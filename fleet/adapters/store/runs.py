"""Durable runs as rows: begun, waiting, ended, or parked as a dead letter with its error.

A run's row is written before its graph starts and after it ends, each by one statement, so that
what is listed is true whenever the process was killed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import runs
from fleet.adapters.store.statements import Prepared, insert
from fleet.ports import Store

RUNNING, TIMER, HUMAN, DEAD = "running", "waiting_timer", "waiting_human", "dead"
COMPLETED, CANCELLED = "completed", "cancelled"
ENDED = (COMPLETED, CANCELLED)
OPEN = (RUNNING, TIMER, HUMAN, DEAD)
STATES = (*OPEN, *ENDED)
MAX_ERROR = 500


def _begin() -> Prepared:
    fresh = insert(runs)
    # A sleeper that never ran holds no checkpoint: it wakes under today's version.
    version = sa.case(
        (runs.c.attempts == 0, fresh.excluded.graph_version), else_=runs.c.graph_version
    )
    taken = {key: fresh.excluded[key] for key in ("status", "heartbeat_at", "executor", "error")}
    return Prepared(
        fresh.on_conflict_do_update(
            index_elements=[runs.c.id],
            set_=taken
            | {
                "graph_version": version, "attempts": runs.c.attempts + 1, "waits_for": None,
                "due_at": None, "ended_at": None, "max_steps": fresh.excluded.max_steps,
                "row_version": runs.c.row_version + 1,
            },
            where=runs.c.status.not_in((*ENDED, HUMAN)),
        ).returning(*runs.c)
    )  # fmt: skip


BEGIN = _begin()
END = Prepared(
    sa.update(runs)
    .where(runs.c.id == sa.bindparam("run"), runs.c.status == RUNNING)
    .values(
        status=COMPLETED, outcome=sa.bindparam("how"), ended_at=sa.bindparam("ended"),
        row_version=runs.c.row_version + 1,
    )
)  # fmt: skip


def begin_run(
    store: Store, run: Mapping[str, Any], now: datetime, executor: str | None = None
) -> dict[str, Any]:
    """Mark a run as begun and return its row; one that ended or waits is returned so.

    `run` holds id, graph, graph_version, subject_table, subject_id. A row keeps the version and the
    moment with which it began.
    """
    at = stamp(now)
    row = {"thread_id": run["id"], "rung": "DRAFT"} | dict(run)
    fresh = {
        "status": RUNNING, "heartbeat_at": at, "executor": executor, "error": None,
        "started_at": at, "attempts": 1,
    }  # fmt: skip
    begun = store.write(BEGIN(**row | fresh))[0].rows
    return begun[0] if begun else find_run(store, row["id"]) or row


def end_run(store: Store, run_id: str, outcome: str, now: datetime) -> None:
    """Mark a running run as completed; one that waits or ended already is left alone."""
    store.write(END(run=run_id, how=outcome, ended=stamp(now)))


def park_run(store: Store, run_id: str, error: str, now: datetime) -> None:
    """Park a run as a dead letter with its error; `fleet threads resume` tries it again.

    One that waits for a person has done its work and is left alone.
    """
    values = {"status": DEAD, "error": error[:MAX_ERROR], "ended_at": stamp(now)}
    store.write(_move(run_id, (RUNNING, TIMER, DEAD), values))


def cancel_statement(run_id: str, outcome: str, now: datetime) -> Any:
    """Return the statement that ends an open run for good."""
    values = {
        "status": CANCELLED, "outcome": outcome, "ended_at": stamp(now), "waits_for": None,
        "due_at": None,
    }  # fmt: skip
    return _move(run_id, OPEN, values)


def timer_row(run: Mapping[str, Any], due_at: str, now: datetime) -> dict[str, Any]:
    """Return the row of a run that sleeps until its time comes."""
    return {
        "thread_id": run["id"], "rung": "DRAFT", "status": TIMER, "due_at": due_at,
        "waits_for": "its time", "started_at": stamp(now), "attempts": 0, **run,
    }  # fmt: skip


def copy_statement(run: Mapping[str, Any], now: datetime) -> Any:
    """Return the insert of a run that is about to begin."""
    row = timer_row(run, "", now) | {"status": RUNNING, "due_at": None, "waits_for": None}
    return sa.insert(runs).values(**row)


def wait_statement(run_id: str, waits_for: str) -> Any:
    """Return the statement that makes a run wait for a person."""
    return _move(run_id, (RUNNING,), {"status": HUMAN, "waits_for": waits_for})


def find_run(store: Store, run_id: str) -> dict[str, Any] | None:
    """Return one run's row, or None."""
    found = store.read(sa.select(runs).where(runs.c.id == run_id))
    return found[0] if found else None


def list_runs(
    store: Store, *, status: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return runs, those that need a person first, then the open ones, the newest first."""
    order = sa.case(
        {state: n for n, state in enumerate((DEAD, RUNNING, HUMAN, TIMER))},
        value=runs.c.status,
        else_=len(STATES),
    )
    timer = sa.case((runs.c.status == TIMER, runs.c.due_at), else_=None)
    query = sa.select(runs).order_by(order, timer, runs.c.started_at.desc(), runs.c.id)
    if status is not None:
        query = query.where(runs.c.status == status)
    return store.read(query.limit(limit) if limit is not None else query)


def count_runs(store: Store) -> dict[str, int]:
    """Return how many runs stand in each state."""
    query = sa.select(runs.c.status, sa.func.count().label("n")).group_by(runs.c.status)
    return {row["status"]: int(row["n"]) for row in store.read(query)}


def ended_before(store: Store, at: str, limit: int) -> list[str]:
    """Return threads of runs that ended before a moment and may still have checkpoints."""
    query = sa.select(runs.c.thread_id).where(
        runs.c.status.in_(ENDED), runs.c.ended_at < at, runs.c.heartbeat_at.is_not(None)
    )
    return [row["thread_id"] for row in store.read(query.order_by(runs.c.ended_at).limit(limit))]


def pruned_statement(thread_id: str) -> Any:
    """Return the statement that notes that a thread has no checkpoints any more."""
    return sa.update(runs).where(runs.c.thread_id == thread_id).values(heartbeat_at=None)


def parked_ids(store: Store, graph: str) -> set[str]:
    """Return the subjects of a graph whose run is a dead letter or was cancelled."""
    query = sa.select(runs.c.subject_id).where(
        runs.c.graph == graph, runs.c.status.in_([DEAD, CANCELLED])
    )
    return {row["subject_id"] for row in store.read(query)}


def _move(run_id: str, before: tuple[str, ...], values: Mapping[str, Any]) -> Any:
    return (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.status.in_(before))
        .values(**values, row_version=runs.c.row_version + 1)
    )
