"""What the monitor reads and writes: our newest traces, defects once each, drift, actions."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.grants import beat
from fleet.adapters.store.schema import (
    actions,
    defects,
    drafts,
    drift_reports,
    heartbeats,
    spans,
    traces,
    verdicts,
)
from fleet.adapters.store.statements import insert, many
from fleet.ports import Store
from fleet.traces.model import StepKind

SCAN = "monitor.scan"  # the heartbeat that holds how far the scan for defects has come
ACTOR = "monitor"
OWN = "fleet"
OPEN = "open"
IDS_AT_ONCE = 80  # D1 takes 100 parameters
MOST_GRAVE = 20_000
BATCH = 50
DIGITS = 24
BEGINNING = {"ended_at": "", "id": ""}
Row = dict[str, Any]
_MEASURES = sa.select(
    traces.c.id, traces.c.run_id, traces.c.started_at, traces.c.ended_at, traces.c.spans,
    traces.c.tokens, traces.c.cost_usd, traces.c.status,
)  # fmt: skip


def digest_id(prefix: str, *parts: str) -> str:
    """Return an id made from what it is about: the same thing again finds its row."""
    return prefix + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:DIGITS]


def scan_place(store: Store) -> Row:
    """Return `{ended_at, id}` of the last trace that was scanned."""
    found = store.read(sa.select(heartbeats.c.detail).where(heartbeats.c.name == SCAN))
    return dict(found[0]["detail"]) if found and found[0]["detail"] else dict(BEGINNING)


def keep_place(store: Store, place: Mapping[str, Any], now: datetime) -> None:
    """Remember how far the scan came; a later round never goes back."""
    beat(store, SCAN, now, place)


def forget_place(store: Store, after: datetime) -> None:
    """Let the next scan begin anew when the last was made after a time: a past is being played.

    What was seen before is seen again and written once.
    """
    seen = heartbeats.c.name == SCAN
    store.write(sa.delete(heartbeats).where(seen, heartbeats.c.at > stamp(after)))


def new_traces(
    store: Store, place: Mapping[str, Any], back_days: float, limit: int, until: str
) -> list[Row]:
    """Return our own traces that ended after a place and by `until`, the oldest end first."""
    t = traces.c
    after = sa.tuple_(t.ended_at, t.id) > sa.tuple_(
        sa.literal(place["ended_at"]), sa.literal(place["id"])
    )
    query = sa.select(traces).where(t.origin == OWN, t.ended_at <= until, after)
    if place["ended_at"]:  # the index is on the start: a run is not longer than this
        start = datetime.fromisoformat(place["ended_at"]) - timedelta(days=back_days)
        query = query.where(t.started_at >= stamp(start))
    return store.read(query.order_by(t.ended_at, t.id).limit(limit))


def save_defects(store: Store, rows: Sequence[Row]) -> int:
    """Write each defect once; return how many are new."""
    new = 0
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        new += store.write(many(defects, part, skip_known=True))[0].changes
    return new


def run_measures(
    store: Store, graph: str, version: str, *, after: str | None = None, until: str | None = None,
    limit: int, newest: bool,
) -> list[Row]:  # fmt: skip
    """Return one row a run, in time order: its trace and its verdict's measures, None where absent.

    `kind` is that of the run's first draft, None without one; a run that no person judged has it.
    With `newest` the last `limit` runs of the span of time, else the first.
    """
    t = traces.c
    query = _MEASURES.where(t.graph == graph, t.graph_version == version, t.origin == OWN)
    if after is not None:
        query = query.where(t.started_at > after)
    if until is not None:
        query = query.where(t.started_at <= until)
    order = (t.started_at.desc(), t.id.desc()) if newest else (t.started_at, t.id)
    found = store.read(query.order_by(*order).limit(limit))
    if newest:
        found.reverse()
    _add_spans(store, found)
    _add_verdicts(store, found)
    return found


def measured(store: Store, ids: Sequence[str]) -> list[Row]:
    """Return the rows of `run_measures` of these traces, in no order."""
    found: list[Row] = []
    for start in range(0, len(ids), IDS_AT_ONCE):
        part = ids[start : start + IDS_AT_ONCE]
        found += store.read(_MEASURES.where(traces.c.id.in_(part)))
    _add_spans(store, found)
    _add_verdicts(store, found)
    return found


def last_report(store: Store, graph: str, version: str) -> Row | None:
    """Return the newest drift report of a version, or None."""
    d = drift_reports.c
    query = sa.select(drift_reports).where(d.graph == graph, d.graph_version == version)
    return next(iter(store.read(query.order_by(d.at.desc(), d.id.desc()).limit(1))), None)


def save_report(store: Store, row: Row) -> bool:
    """Write one drift report; False when the same windows were reported before."""
    return bool(store.write(many(drift_reports, [row], skip_known=True))[0].changes)


def grave_defects(store: Store, since: Mapping[tuple[str, str], str]) -> list[Row]:
    """Return open critical defects of versions, each after the version's time, oldest first."""
    d = defects.c
    query = sa.select(defects).where(
        d.status == OPEN, d.severity == "critical", d.graph.is_not(None)
    )
    rows = store.read(query.order_by(d.at, d.id).limit(MOST_GRAVE))
    return [row for row in rows if row["at"] > since.get((row["graph"], row["graph_version"]), "")]


def raise_action(store: Store, row: Row) -> bool:
    """Write one action once; False when it was raised before."""
    fresh = insert(actions).values(row).on_conflict_do_nothing()
    mine = sa.select(actions.c.id).where(actions.c.id == row["id"], actions.c.at == row["at"])
    payload = {"reason": row["reason"], "graph": row["graph"], "version": row["graph_version"]}
    entry = Entry(row["at"], ACTOR, f"action.{row['kind']}", f"actions:{row['id']}", payload)
    return write_audited(store, [fresh], [entry], when=mine).recorded


def undelivered(store: Store, limit: int = 50) -> list[Row]:
    """Return what the monitor raised and nobody was told of, oldest first."""
    a = actions.c
    query = sa.select(actions).where(a.delivered_at.is_(None), a.id.like("mon-%"), a.status == OPEN)
    return store.read(query.order_by(a.at, a.id).limit(limit))


def mark_delivered(store: Store, action_id: str, at: str) -> None:
    """Note when an action reached the people behind its gate."""
    a = actions.c
    store.write(
        sa.update(actions).where(a.id == action_id, a.delivered_at.is_(None))
        .values(delivered_at=at, row_version=a.row_version + 1)
    )  # fmt: skip


def _add_spans(store: Store, found: list[Row]) -> None:
    path: dict[str, list[str]] = {row["id"]: [] for row in found}
    tools: dict[str, list[str]] = {row["id"]: [] for row in found}
    ids, s = list(path), spans.c
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = (
            sa.select(s.trace_id, s.kind, s.node, s.tool)
            .where(s.trace_id.in_(ids[start : start + IDS_AT_ONCE]))
            .order_by(s.trace_id, s.position)
        )  # fmt: skip
        for row in store.read(query):
            if row["tool"]:
                tools[row["trace_id"]].append(row["tool"])
            elif row["kind"] == StepKind.NODE and row["node"]:
                path[row["trace_id"]].append(row["node"])
    for row in found:
        row["path"], row["tools"] = path[row["id"]], tools[row["id"]]


def _add_verdicts(store: Store, found: list[Row]) -> None:
    records: dict[str, Mapping[str, Any]] = {}
    kinds: dict[str, str] = {}
    ids = sorted({row["run_id"] for row in found if row["run_id"]})
    for start in range(0, len(ids), IDS_AT_ONCE):
        part = ids[start : start + IDS_AT_ONCE]
        query = sa.select(verdicts.c.run_id, verdicts.c.record).where(verdicts.c.run_id.in_(part))
        for row in store.read(query.order_by(verdicts.c.created_at)):
            records[row["run_id"]] = row["record"]
        d = drafts.c
        drafted = sa.select(d.run_id, d.kind).where(d.run_id.in_(part), d.is_canary == sa.false())
        for row in store.read(drafted.order_by(d.created_at, d.id)):
            kinds.setdefault(row["run_id"], row["kind"])
    for row in found:
        row["verdict"] = records.get(row["run_id"] or "", {})
        row["kind"] = kinds.get(row["run_id"] or "")
