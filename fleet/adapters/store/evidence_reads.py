"""Reads for the evidence pages: runs to judge, people's labels, drift, actions."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.played import of_versions
from fleet.adapters.store.schema import (
    actions,
    decisions,
    drafts,
    drift_reports,
    grant_history,
    traces,
)
from fleet.adapters.store.traces import OWN, list_traces
from fleet.ports import Store

CHUNK = 90  # ids a query: D1 takes 100 parameters
REPORTS = 60
VERSIONS = 5  # as many reports are read as so many versions may keep
ACTIONS = 200  # of one version since an alert
DRIFT_REASON = "drift"  # how the ladder begins the reason of a move for drift


def newest_traces(
    store: Store, graph: str | None, limit: int, most_spans: int, *, played: bool | None = None
) -> list[dict[str, Any]]:
    """Return the rows of the newest traces that together hold at most so many spans.

    With `played` our own of simulated versions only, or of real ones; else imported ones too.
    """
    ours = () if played is None else _ours(played=played)
    return within(list_traces(store, graph=graph, where=ours, limit=limit)["traces"], most_spans)


def within(rows: Iterable[dict[str, Any]], most_spans: int) -> list[dict[str, Any]]:
    """Return the rows of `traces`, in order, that together hold at most so many spans."""
    chosen, held = [], 0
    for row in rows:
        if held + row["spans"] <= most_spans:
            held += row["spans"]
            chosen.append(row)
    return chosen


def _ours(*, played: bool) -> tuple[sa.ColumnElement[bool], ...]:
    return traces.c.origin == OWN, of_versions(traces.c.graph_version, played=played)


def traced_graphs(store: Store) -> list[dict[str, Any]]:
    """Return `{graph, real, played}` by name: how many of our traces are of each kind."""
    t = traces.c
    played = sa.func.sum(sa.case((of_versions(t.graph_version, played=True), 1), else_=0))
    query = sa.select(t.graph, sa.func.count().label("n"), played.label("played"))
    query = query.where(t.origin == OWN)
    return [
        {"graph": row["graph"], "real": row["n"] - row["played"], "played": int(row["played"])}
        for row in store.read(query.group_by(t.graph).order_by(t.graph).limit(CHUNK))
    ]


def trace_origin(store: Store, trace_id: str) -> tuple[bool, str | None] | None:
    """Return whether a trace is our own, and the version it names; None when there is no such."""
    query = sa.select(traces.c.origin, traces.c.graph_version).where(traces.c.id == trace_id)
    found = store.read(query)
    return (found[0]["origin"] == OWN, found[0]["graph_version"]) if found else None


def people_labels(store: Store, run_ids: Iterable[str | None]) -> dict[str, float]:
    """Return 1 for a run whose drafts people approved as written, 0 where they did not.

    The last decision of a person on a draft counts; drafts planted as a test do not.
    """
    ids, found = sorted({key for key in run_ids if key}), dict[str, dict[str, float]]()
    for start in range(0, len(ids), CHUNK):
        query = (
            sa.select(
                drafts.c.run_id, drafts.c.id, decisions.c.action,
                (drafts.c.body == drafts.c.original_body).label("as_written"),
            )
            .select_from(decisions.join(drafts, drafts.c.id == decisions.c.draft_id))
            .where(
                drafts.c.run_id.in_(ids[start : start + CHUNK]), drafts.c.is_canary == sa.false(),
                decisions.c.is_machine == sa.false(),
                decisions.c.action.in_(("approve", "reject")),
            )
            .order_by(decisions.c.at, decisions.c.id)
        )  # fmt: skip
        for row in store.read(query):
            good = row["action"] == "approve" and bool(row["as_written"])
            found.setdefault(row["run_id"], {})[row["id"]] = float(good)
    return {run: min(by_draft.values()) for run, by_draft in found.items()}


def drift_windows(store: Store) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the newest drift reports of each (graph, version), in time order."""
    query = sa.select(drift_reports).order_by(drift_reports.c.at.desc(), drift_reports.c.id)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in reversed(store.read(query.limit(REPORTS * VERSIONS))):
        found.setdefault((row["graph"], row["graph_version"]), []).append(row)
    return {pair: rows[-REPORTS:] for pair, rows in found.items()}


def drift_action(store: Store, graph: str, version: str, since: str) -> dict[str, Any] | None:
    """Return the newest action since a time whose evidence is a drift report of the version.

    What the monitor raised for a defect of the same version is another matter.
    """
    a = actions.c
    query = (
        sa.select(actions)
        .where(a.graph == graph, a.graph_version == version, a.at >= since)
        .order_by(a.at.desc(), a.id).limit(ACTIONS)
    )  # fmt: skip
    return next((row for row in store.read(query) if _about_drift(row["evidence"])), None)


def _about_drift(evidence: Any) -> bool:
    rows = evidence if isinstance(evidence, list) else []
    return any(isinstance(each, dict) and each.get("table") == drift_reports.name for each in rows)


def cut_since(store: Store, graph: str, version: str, since: str) -> dict[str, Any] | None:
    """Return the monitor's first move of a version's grant since a time that names its drift."""
    g = grant_history.c
    query = (
        sa.select(grant_history)
        .where(
            g.graph == graph, g.version == version, g.at >= since, g.by == "monitor",
            g.reason.startswith(DRIFT_REASON, autoescape=True),
        )
        .order_by(g.at, g.id).limit(1)
    )  # fmt: skip
    return next(iter(store.read(query)), None)


def recalled_since(store: Store, graph: str, version: str, since: str) -> tuple[int, str | None]:
    """Return how many approvals of a version were taken back since a time, and when first."""
    query = (
        sa.select(sa.func.count().label("n"), sa.func.min(decisions.c.at).label("at"))
        .select_from(decisions.join(drafts, drafts.c.id == decisions.c.draft_id))
        .where(
            drafts.c.graph == graph, drafts.c.graph_version == version,
            decisions.c.action == "recall", decisions.c.at >= since,
        )
    )  # fmt: skip
    row = store.read(query)[0]
    return int(row["n"]), row["at"]


def runs_between(
    store: Store, graph: str, version: str, start: str, end: str, limit: int
) -> list[dict[str, Any]]:
    """Return our traces of a version that started within a window, newest first."""
    t = traces.c
    query = sa.select(t.id, t.run_id, t.started_at, t.spans, t.status).where(
        t.origin == OWN, t.graph == graph, t.graph_version == version, t.started_at >= start,
        t.started_at <= end,
    )  # fmt: skip
    return store.read(query.order_by(t.started_at.desc(), t.id).limit(limit))
