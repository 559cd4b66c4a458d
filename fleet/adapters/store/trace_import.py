"""Imported traces into the store: in bulk, each once, late spans joined to what came before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.imported import FILE
from fleet.adapters.store.schema import spans, traces
from fleet.adapters.store.statements import many
from fleet.adapters.store.trace_raw import RawTrace
from fleet.adapters.store.trace_rows import (
    chunk_rows,
    packed,
    steps_of,
    trace_row,
)
from fleet.adapters.store.traces import OWN
from fleet.ports import Store
from fleet.traces.model import Step, TraceFormat, Trajectory

IDS_A_QUERY = 90  # under the limit of bound parameters
TRACES_A_BATCH = 5_000
GLOBAL_DIGITS = 16  # a trace id of other systems has as many and more
ID_DIGITS = 12  # of the digest, added to an id that is no more than a place or a counter
LOCAL_IDS = (TraceFormat.OPENAI, TraceFormat.JSONL)  # their ids are unique in their file only
SPAN_SOURCES = (
    TraceFormat.OTLP,
    TraceFormat.LANGSMITH,
)  # their spans may come late, in other files


@dataclass(frozen=True, slots=True)
class Packed:
    """A trajectory ready for the store."""

    run: Trajectory
    chunks: list[tuple[int, bytes]]
    digest: str
    held: int = 0  # how many of its spans the store has already


def import_batch(store: Store, batch: Sequence[Trajectory], file: str = "") -> dict[str, int]:
    """Keep a batch of trajectories atomically; return `{traces, spans, unchanged}`.

    A trace whose content is known is left alone, and so is one that this fleet recorded itself.
    Spans of a known trace that come late are joined to it, and only they are counted; any other
    known trace is replaced.
    Within a batch the last of equal ids counts. `file` is what the batch came in, "" if unknown.
    """
    latest = {item.run.id: item for item in map(_pack, batch)}
    known = _known(store, list(latest))
    joined = [_joined(store, item, known) for item in latest.values()]
    fresh = [item for item in joined if not _is_known(item, known)]
    if fresh:
        replaced = [item.run.id for item in fresh if item.run.id in known]
        heads = [
            _from(trace_row(i.run, origin=i.run.source.value, digest=i.digest), file) for i in fresh
        ]
        chunks = [row for item in fresh for row in chunk_rows(item.run.id, item.chunks)]
        store.write(
            *_removals(replaced), many(traces, heads, skip_known=True),
            many(spans, chunks, skip_known=True),
        )  # fmt: skip
    return {
        "traces": sum(not item.held for item in fresh),
        "spans": sum(len(item.run.steps) - item.held for item in fresh),
        "unchanged": len(batch) - len(fresh),
    }


def import_raw(
    store: Store, batch: Sequence[RawTrace], file: str = ""
) -> tuple[dict[str, int], list[RawTrace]]:
    """Keep whole OTLP documents as they stand, atomically; return the counts, and what was left.

    A trace that is known with another content is left: its documents have to be joined.
    """
    known = _known(store, [raw.id for raw in batch])
    heads, packs, left = [], [], []
    unchanged = count = 0
    for raw in batch:
        row = known.get(raw.id)
        if row is None:
            heads.append(_from(raw.head, file))
            packs.append(raw.pack)
            count += raw.spans
        elif row["origin"] == OWN or row["digest"] == raw.digest:
            unchanged += 1
        else:
            left.append(raw)
    if heads:
        store.write(many(traces, heads, skip_known=True), many(spans, packs, skip_known=True))
    return {"traces": len(heads), "spans": count, "unchanged": unchanged}, left


def _from(head: dict[str, Any], file: str) -> dict[str, Any]:
    return head | {"summary": head["summary"] | {FILE: file}} if file else head


def _pack(run: Trajectory) -> Packed:
    chunks, digest = packed(run)
    place = run.id.rpartition("#")[2].replace(".", "")
    if run.source in LOCAL_IDS or (place.isdigit() and len(place) < GLOBAL_DIGITS):
        run = replace(run, id=f"{run.id}@{digest[:ID_DIGITS]}")
    return Packed(run, chunks, digest)


def _is_known(item: Packed, known: dict[str, dict[str, Any]]) -> bool:
    row = known.get(item.run.id)
    return row is not None and (row["origin"] == OWN or row["digest"] == item.digest)


def _joined(store: Store, item: Packed, known: dict[str, dict[str, Any]]) -> Packed:
    run = item.run
    if run.id not in known or run.source not in SPAN_SOURCES or _is_known(item, known):
        return item
    rows = store.read(sa.select(spans).where(spans.c.trace_id == run.id).order_by(spans.c.position))
    held = {step.id: step for row in rows for step in steps_of(row)}
    steps = held | {step.id: step for step in run.steps}
    packed_run = _pack(_with_steps(run, sorted(steps.values(), key=_start)))
    return replace(packed_run, held=len(held))


def _with_steps(run: Trajectory, steps: Sequence[Step]) -> Trajectory:
    starts = [step.started_at for step in steps if step.started_at is not None]
    ends = [step.ended_at for step in steps if step.ended_at is not None]
    costs = [step.cost_usd for step in steps if step.cost_usd is not None]
    counts = [step.tokens for step in steps if step.tokens is not None]
    ids = {step.id for step in steps}
    roots = [step for step in steps if step.parent_id not in ids]
    return replace(
        run, steps=tuple(replace(step, position=n) for n, step in enumerate(steps)),
        name=roots[0].name if roots else run.name, error=roots[0].error if roots else run.error,
        started_at=min(starts, default=None), ended_at=max(ends, default=None),
        tokens=sum(counts) if counts else None, cost_usd=sum(costs) if costs else None,
    )  # fmt: skip


def _start(step: Step) -> float:
    return float("-inf") if step.started_at is None else step.started_at


def _known(store: Store, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for chunk in _chunks(ids):
        query = sa.select(traces.c.id, traces.c.digest, traces.c.origin)
        found.update((row["id"], row) for row in store.read(query.where(traces.c.id.in_(chunk))))
    return found


def _removals(ids: Sequence[str]) -> Iterator[Any]:
    for chunk in _chunks(ids):
        yield sa.delete(spans).where(spans.c.trace_id.in_(chunk))
        yield sa.delete(traces).where(traces.c.id.in_(chunk))


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    stream = iter(ids)
    while chunk := list(islice(stream, IDS_A_QUERY)):
        yield chunk
