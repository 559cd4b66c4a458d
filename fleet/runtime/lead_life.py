"""One lead's life: every run that served it, when it slept, worked, was cut short, and waits."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fleet.adapters import checkpoints
from fleet.adapters.clock import stamp
from fleet.adapters.store import runs as rows
from fleet.adapters.store.schema import emails, runs, touches
from fleet.errors import EvidenceError

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

MOST_RUNS = 12
MOST_STEPS = 60
SLEEPS, WORKS, CUT, WAITS = "sleeps", "works", "cut short", "waits"


def lead_life(fleet: "Fleet", run: Mapping[str, Any], saver: Any) -> list[dict[str, Any]]:
    """Return the runs of the lead that a run serves, the oldest first.

    Each is `{run_id, graph, state, attempts, spans: [{kind, begin, end}]}` with ISO times; `cut
    short` lies between the last step that a worker kept and the first that another made.
    """
    lead = _lead(fleet, run)
    found = [_served(fleet, row, saver) for row in _runs_of(fleet, lead)] if lead else []
    return found or [_served(fleet, run, saver)]


def _lead(fleet: "Fleet", run: Mapping[str, Any]) -> str | None:
    tables = {"emails": emails, "touches": touches}
    table = tables.get(str(run["subject_table"]))
    if table is None:
        return str(run["subject_id"]) if run["subject_table"] == "contacts" else None
    query = sa.select(table.c.contact_id).where(table.c.id == run["subject_id"])
    known = fleet.store.read(query)
    return known[0]["contact_id"] if known else None


def _runs_of(fleet: "Fleet", lead: str) -> list[dict[str, Any]]:
    mine = {
        "contacts": sa.select(sa.literal(lead)),
        "emails": sa.select(emails.c.id).where(emails.c.contact_id == lead),
        "touches": sa.select(touches.c.id).where(touches.c.contact_id == lead),
    }
    served = [
        (runs.c.subject_table == table) & runs.c.subject_id.in_(ids) for table, ids in mine.items()
    ]
    query = sa.select(runs).where(sa.or_(*served)).order_by(runs.c.started_at.desc(), runs.c.id)
    return fleet.store.read(query.limit(MOST_RUNS))[::-1]


def _served(fleet: "Fleet", row: Mapping[str, Any], saver: Any) -> dict[str, Any]:
    try:
        history = checkpoints.read_history(saver, row["thread_id"], MOST_STEPS)[::-1]
    except EvidenceError:
        history = []  # the run's own view says what is wrong with it
    steps = [_utc(item.checkpoint["ts"]) for item in history]
    until = row["ended_at"] or stamp(fleet.clock.now())
    return {
        "run_id": row["id"], "graph": row["graph"], "state": row["status"],
        "attempts": row["attempts"], "spans": spans(row, steps, until),
    }  # fmt: skip


def spans(row: Mapping[str, Any], steps: list[str], until: str) -> list[dict[str, str]]:
    """Divide a run's time: asleep before its first step, at work, cut short, then waiting.

    A run that was begun n times was cut short n - 1 times, in the longest pauses between its steps.
    """
    if not steps:
        kind = WORKS if row["status"] in (rows.RUNNING, *rows.ENDED, rows.DEAD) else SLEEPS
        return [_span(kind, row["started_at"], until)]
    pauses = sorted(pairwise(steps), key=lambda pair: _seconds(*pair), reverse=True)
    cuts = set(pauses[: max(0, int(row["attempts"] or 0) - 1)])
    found = []
    if row["started_at"] < steps[0]:
        found.append(_span(SLEEPS, row["started_at"], steps[0]))
    for pair in pairwise(steps):
        kind = CUT if pair in cuts else WORKS
        if found and kind == WORKS == found[-1]["kind"]:
            found[-1]["end"] = pair[1]
        else:
            found.append(_span(kind, *pair))
    if until > steps[-1]:
        kind = CUT if row["status"] == rows.DEAD else WORKS
        found.append(_span(WAITS if _waits(row) else kind, steps[-1], until))
    return found


def _waits(row: Mapping[str, Any]) -> bool:
    """Whether the time after the last step was a wait: for a person, or for what they decided."""
    return row["status"] == rows.HUMAN or (
        row["status"] in rows.ENDED and row["subject_table"] == "touches"
    )


def _span(kind: str, begin: str, end: str) -> dict[str, str]:
    return {"kind": kind, "begin": begin, "end": max(begin, end)}


def _seconds(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def _utc(moment: str) -> str:
    return stamp(datetime.fromisoformat(moment))
