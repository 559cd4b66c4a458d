"""Our runs of a version in the order in which they ended, each with whether it may end again."""

from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.defects import OWN, measured
from fleet.adapters.store.runs import DEAD
from fleet.adapters.store.schema import runs, traces
from fleet.ports import Store

Row = dict[str, Any]


def finished_runs(
    store: Store, graph: str, version: str, *, after: str, until: str, limit: int
) -> list[Row]:
    """Return `{id, end, again}` of runs that ended after a time and by another, in that order.

    A run ends when it is done with, not while it waits for a person or its time; its trace may
    still be written a moment later, and then that is its end. A dead letter has ended, and may be
    taken up again. A trace without a run ends when it says.
    """
    t, r = traces.c, runs.c
    end = sa.case((r.ended_at > t.ended_at, r.ended_at), else_=t.ended_at)
    again = sa.case((r.status == DEAD, 1), else_=0)
    query = (
        sa.select(t.id, end.label("end"), again.label("again"))
        .select_from(traces.outerjoin(runs, r.id == t.run_id))
        .where(
            t.graph == graph, t.graph_version == version, t.origin == OWN,
            r.id.is_(None) | r.ended_at.is_not(None), end > after, end <= until,
        )
        .order_by(end, t.id).limit(limit)
    )  # fmt: skip
    return [row | {"again": bool(row["again"])} for row in store.read(query)]


def measures_of(store: Store, ids: list[str]) -> list[Row]:
    """Return the measures of these traces, as `run_measures` gives them, in the order of `ids`."""
    found = {row["id"]: row for row in measured(store, ids)}
    return [found[each] for each in ids if each in found]
