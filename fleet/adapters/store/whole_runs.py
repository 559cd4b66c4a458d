"""Whole runs out of the trace store, inputs and outputs included, for the judges and detectors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import spans
from fleet.adapters.store.trace_rows import steps_of
from fleet.ports import Store
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory

IDS_AT_ONCE = 80  # D1 takes 100 parameters
MOST_SPANS = 20_000  # of one batch of runs
KINDS = frozenset(StepKind)
FORMATS = frozenset(known.value for known in TraceFormat)
NO_LABELS: Mapping[str, float] = {}


def read_runs(
    store: Store, rows: Sequence[Mapping[str, Any]], labels: Mapping[str, float] = NO_LABELS
) -> Iterator[Trajectory]:
    """Yield the whole run of each row of `traces`, in order, a batch of them in memory at a time.

    The ids of the steps of our own runs are those of `spans`, of imported ones those of their
    origin. `labels` (by run id) are outcomes people gave; else the recorded one counts.
    """
    for part in _parts(rows):
        kept: dict[str, list[Step]] = {row["id"]: [] for row in part}
        query = sa.select(spans).where(spans.c.trace_id.in_(list(kept)))
        for span in store.read(query.order_by(spans.c.trace_id, spans.c.position)):
            kept[span["trace_id"]] += steps_of(span) or [_step(span)]
        for row in part:
            yield _run(row, tuple(kept.pop(row["id"])), labels)


def _parts(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Cut rows so that no part has many more spans than one read should hold."""
    part: list[Mapping[str, Any]] = []
    held = 0
    for row in rows:
        if part and (len(part) == IDS_AT_ONCE or held + row["spans"] > MOST_SPANS):
            yield part
            part, held = [], 0
        part.append(row)
        held += row["spans"]
    if part:
        yield part


def _step(row: Mapping[str, Any]) -> Step:
    kind = StepKind(row["kind"]) if row["kind"] in KINDS else StepKind.NODE
    more = row["attributes"] if isinstance(row["attributes"], dict) else {}
    calls: tuple[ToolCall, ...] = ()
    if row["tool"] and kind is StepKind.TOOL:
        calls = (
            ToolCall(
                id=row["id"], name=row["tool"], arguments=row["input"], output=row["output"],
                error=row["error"],
            ),
        )  # fmt: skip
    return Step(
        id=row["id"], parent_id=row["parent_id"], position=row["position"], kind=kind,
        name=row["name"], node=row["node"], input=row["input"], output=row["output"],
        error=row["error"], started_at=_seconds(row["started_at"]),
        ended_at=_seconds(row["ended_at"]), tokens_in=more.get("tokens_in"),
        tokens_out=more.get("tokens_out"), cost_usd=row["cost_usd"], model=more.get("model"),
        tool_calls=calls,
    )  # fmt: skip


def _run(
    row: Mapping[str, Any], steps: tuple[Step, ...], labels: Mapping[str, float]
) -> Trajectory:
    kept = row["summary"] or {}
    return Trajectory(
        id=row["id"], steps=steps, task=row["task"], task_id=kept.get("task_id"),
        source=TraceFormat(row["origin"]) if row["origin"] in FORMATS else TraceFormat.OTLP,
        outcome=labels.get(row["run_id"] or "", kept.get("outcome")), name=row["graph"],
        version=row["graph_version"], answer=kept.get("answer"), error=kept.get("error"),
        started_at=_seconds(row["started_at"]), ended_at=_seconds(row["ended_at"]),
        tokens=row["tokens"], cost_usd=row["cost_usd"], tools=tuple(kept.get("tools") or ()),
        odd=tuple(row["odd"] or ()),
    )  # fmt: skip


def _seconds(at: str | None) -> float | None:
    """Read a time of the store, which ends in Z."""
    return None if at is None else datetime.fromisoformat(at).timestamp()
