"""Reads for the defects page: how many runs had which defect on which day, and the newest ones."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.played import of_versions
from fleet.adapters.store.schema import defects, traces
from fleet.ports import Clock, Store

OWN = "fleet"
MOST_CELLS = 20_000  # (version, code, day) counted in one look
DAY = len("2026-11-25")


def first_day(clock: Clock, weeks: int) -> str:
    """Return the Monday, as `YYYY-MM-DD`, on which the last so many calendar weeks began."""
    today = clock.now()
    return stamp(today - timedelta(days=today.weekday() + 7 * (weeks - 1)))[:DAY]


def defect_days(store: Store, since: str) -> list[dict[str, Any]]:
    """Return `{graph, graph_version, code, severity, day, runs}`; the day is that of the run.

    A defect whose trace was pruned counts on the day it was found.
    """
    d, day = defects.c, _day()
    runs = sa.func.count(sa.distinct(d.run_id)).label("runs")
    query = (
        sa.select(d.graph, d.graph_version, d.code, d.severity, day.label("day"), runs)
        .select_from(_found()).where(day >= since)
        .group_by(d.graph, d.graph_version, d.code, d.severity, day)
        .limit(MOST_CELLS)
    )  # fmt: skip
    return store.read(query)


def run_days(store: Store, since: str) -> list[dict[str, Any]]:
    """Return `{graph, graph_version, day, runs}` of our own finished runs since a day."""
    t = traces.c
    day = sa.func.substr(t.started_at, 1, DAY)
    query = (
        sa.select(t.graph, t.graph_version, day.label("day"), sa.func.count().label("runs"))
        .where(t.origin == OWN, t.ended_at.is_not(None), t.started_at >= since)
        .group_by(t.graph, t.graph_version, day)
        .limit(MOST_CELLS)
    )  # fmt: skip
    return store.read(query)


def faulty_runs(store: Store, since: str, *, played: bool) -> dict[str, int]:
    """Return how many runs since a day have a defect of each severity, and of any (`all`).

    Runs of simulated versions with `played`, else of real ones.
    """
    d = defects.c
    runs = sa.func.count(sa.distinct(d.run_id)).label("runs")
    which = (_day() >= since, of_versions(d.graph_version, played=played))
    query = sa.select(d.severity, runs).select_from(_found()).where(*which)
    found = {row["severity"]: int(row["runs"]) for row in store.read(query.group_by(d.severity))}
    every = sa.select(runs).select_from(_found()).where(*which)
    return found | {"all": int(store.read(every)[0]["runs"])}


def newest_defects(
    store: Store, since: str, wanted: Mapping[str, str], *, played: bool, limit: int
) -> list[dict[str, Any]]:
    """Return the newest defects since a day; `wanted` maps columns of `defects` to a value.

    Those of simulated versions with `played`, else of real ones.
    """
    when = sa.func.coalesce(traces.c.started_at, defects.c.at)
    query = (
        sa.select(defects, when.label("ran_at"), traces.c.id.label("kept"))
        .select_from(_found())
        .where(
            _day() >= since, of_versions(defects.c.graph_version, played=played),
            *(defects.c[name] == value for name, value in wanted.items()),
        )
        .order_by(when.desc(), defects.c.id).limit(limit)
    )  # fmt: skip
    return store.read(query)


def _found() -> sa.Join:
    return defects.outerjoin(traces, traces.c.id == defects.c.trace_id)


def _day() -> sa.ColumnElement[str]:
    return sa.func.substr(sa.func.coalesce(traces.c.started_at, defects.c.at), 1, DAY)
