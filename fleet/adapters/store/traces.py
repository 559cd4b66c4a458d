"""The trace store: our own runs and imported ones; listed and opened a page at a time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import runs, spans, traces
from fleet.adapters.store.statements import Prepared, many
from fleet.adapters.store.trace_rows import (
    CHUNK_STEPS,
    PACKS,
    span_row,
    trace_row,
    unpacked,
)
from fleet.ports import Store
from fleet.traces.model import Trajectory

SPAN_PAGE = 10_000  # a page draws all of these; give a smaller limit where the first are enough
HEAVY = ("input", "output", "attributes")
OWN = "fleet"
RENEWED = ("status", "ended_at", "summary", "spans")
ROWS_A_READ = 2
OF_RUN = Prepared(
    sa.update(runs)
    .where(runs.c.id == sa.bindparam("run"))
    .values(
        trace_id=sa.bindparam("trace"), tokens=sa.bindparam("all_tokens"),
        cost_usd=sa.bindparam("all_cost_usd"), model_calls=sa.bindparam("all_model_calls"),
    )
)  # fmt: skip
Cursor = tuple[str | None, str]


def list_traces(
    store: Store, *, graph: str | None = None, status: str | None = None,
    where: Sequence[sa.ColumnElement[bool]] = (), after: Cursor | None = None, limit: int = 50,
) -> dict[str, Any]:  # fmt: skip
    """Return `{traces: [row], next: (started_at, id) | None}`, newest first, undated ones last.

    Pass `next` as `after` to get the following page; `where` are more conditions on `traces`.
    """
    filters = [
        *where,
        *(
            column == value
            for column, value in ((traces.c.graph, graph), (traces.c.status, status))
            if value is not None
        ),
    ]
    found: list[dict[str, Any]] = []
    if after is None or after[0] is not None:
        dated = [*filters, traces.c.started_at.is_not(None)]
        if after is not None:
            place = sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
            dated.append(sa.tuple_(traces.c.started_at, traces.c.id) < place)
        found = _page(store, dated, (traces.c.started_at.desc(), traces.c.id.desc()), limit + 1)
    if len(found) <= limit:
        undated = [*filters, traces.c.started_at.is_(None)]
        if after is not None and after[0] is None:
            undated.append(traces.c.id < after[1])
        found += _page(store, undated, (traces.c.id.desc(),), limit + 1 - len(found))
    page, more = found[:limit], len(found) > limit
    last = page[-1] if page else None
    return {"traces": page, "next": (last["started_at"], last["id"]) if last and more else None}


def open_trace(
    store: Store, trace_id: str, *, after: int = -1, limit: int = SPAN_PAGE
) -> dict[str, Any] | None:
    """Return `{trace, spans, next}`, or None when there is no such trace.

    The spans come in order, without their inputs, outputs and attributes (`open_span` has them);
    `next` is the position to pass as `after` for the rest, or None.
    """
    rows = store.read(sa.select(traces).where(traces.c.id == trace_id))
    if not rows:
        return None
    page: list[dict[str, Any]] = []
    for span in _stream(store, trace_id, after, _rows_for(limit, rows[0]["origin"])):
        if len(page) == limit:
            return {"trace": rows[0], "spans": page, "next": page[-1]["position"]}
        for name in HEAVY:
            del span[name]
        page.append(span)
    return {"trace": rows[0], "spans": page, "next": None}


def open_span(store: Store, span_id: str, *, position: int | None = None) -> dict[str, Any] | None:
    """Return one span with its input, output and attributes, or None.

    `position`, as `open_trace` gave it, finds it at once in a long imported trace.
    """
    rows = store.read(sa.select(spans).where(spans.c.id == span_id, spans.c.kind.not_in(PACKS)))
    if rows:
        return rows[0]
    after = -1 if position is None else position - 1
    packs = _stream(store, span_id.rpartition(":")[0], after, ROWS_A_READ)
    return next((span for span in packs if span["id"] == span_id), None)


def span_place(store: Store, trace_id: str, span_id: str) -> int | None:
    """Return the position of a span in its trace, None when it is not there.

    `span_id` is the id of a row, or the id that the span has within its trace.
    """
    full = span_id if span_id.startswith(f"{trace_id}:") else f"{trace_id}:{span_id}"
    query = sa.select(spans.c.position).where(spans.c.id == full, spans.c.kind.not_in(PACKS))
    rows = store.read(query)
    if rows:
        return int(rows[0]["position"])
    packs = _stream(store, trace_id, -1, ROWS_A_READ)
    return next((span["position"] for span in packs if span["id"] == full), None)


def _rows_for(limit: int, origin: str) -> int:
    """Return how many rows hold so many spans and one more: only imported ones are packed."""
    return limit + 1 if origin == OWN else limit // CHUNK_STEPS + ROWS_A_READ


def _stream(store: Store, trace_id: str, after: int, rows_a_read: int) -> Iterator[dict[str, Any]]:
    """Yield the spans of a trace in order; packed rows are read a few at a time."""
    at = after
    while True:
        # A packed row starts at or before the place after which we read.
        first = (
            sa.select(sa.func.coalesce(sa.func.max(spans.c.position), 0))
            .where(spans.c.trace_id == trace_id, spans.c.position <= at + 1)
            .scalar_subquery()
        )
        query = (
            sa.select(spans)
            .where(spans.c.trace_id == trace_id, spans.c.position >= first)
            .order_by(spans.c.position)
            .limit(rows_a_read)
        )
        before = at
        for row in store.read(query):
            for span in unpacked(row):
                if span["position"] > at:
                    at = span["position"]
                    yield span
        if at == before:
            return


def trace_known(store: Store, trace_id: str) -> tuple[dict[str, Any] | None, set[str]]:
    """Return the row of a trace, if there is one, and the ids of the spans it already has."""
    rows = store.read(sa.select(traces).where(traces.c.id == trace_id))
    if not rows:
        return None, set()
    found = store.read(sa.select(spans.c.id).where(spans.c.trace_id == trace_id))
    return rows[0], {row["id"].rpartition(":")[2] for row in found}


def write_run(
    store: Store, run: Trajectory, run_id: str, totals: Mapping[str, Any], known: Collection[str]
) -> None:
    """Keep one of our own runs, in one batch.

    `known` are the ids of the spans that an earlier part of it left: they stay, its end is renewed,
    and what the new spans used is added. `totals` (`tokens`, `cost_usd`, `model_calls`) are those
    of the new spans; they go to the run's row too. The first step is the run itself.
    """
    root, *rest = (span_row(run.id, step) for step in run.steps)
    fresh = [row for row in rest if row["id"].rpartition(":")[2] not in known]
    for position, row in enumerate(fresh, start=max(len(known), 1)):
        row["position"] = position
    row = trace_row(run, origin=OWN, digest=None) | {"run_id": run_id}
    row["spans"] = max(len(known), 1) + len(fresh)
    new_spans = many(spans, [root, *fresh], skip_known=True)
    if not known:
        store.write(
            many(traces, [row], skip_known=True), new_spans,
            OF_RUN(run=run_id, trace=run.id, **{f"all_{name}": n for name, n in totals.items()}),
        )  # fmt: skip
        return
    of_run = sa.update(runs).where(runs.c.id == run_id)
    end = {name: root[name] for name in ("ended_at", "duration_ms", "status", "error", "output")}
    renewed = {name: row[name] for name in RENEWED} | {
        name: _more(traces.c[name], row[name]) for name in ("tokens", "cost_usd")
    }
    added = {name: _more(runs.c[name], value) for name, value in totals.items()}
    store.write(
        sa.update(traces).where(traces.c.id == run.id).values(renewed), new_spans,
        sa.update(spans).where(spans.c.id == root["id"]).values(end),
        of_run.values({"trace_id": run.id} | added),
    )  # fmt: skip


def _more(column: Any, value: Any) -> Any:
    """Add what a part of a run used to what is kept; an unknown part makes the sum unknown."""
    return sa.func.coalesce(column, 0) + value


def _page(store: Store, where: list[Any], order: tuple[Any, ...], limit: int) -> list[Any]:
    return store.read(sa.select(traces).where(*where).order_by(*order).limit(limit))
