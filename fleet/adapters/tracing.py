"""Keeps the trace of a run: a line in the home's files, rows in the store, LangSmith if configured.

It never raises: a run is not lost because its trace could not be kept; what failed is counted.
"""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from fleet.adapters.store.traces import trace_known, write_run
from fleet.adapters.tracing_files import append_document
from fleet.errors import FleetError
from fleet.ports import Store
from fleet.settings import Settings
from fleet.traces.span_export import otlp_document, trajectory_of
from fleet.traces.spans import NS_PER_S, RunRecord, step_span_id, totals

LOG = logging.getLogger("fleet.tracing")


class Sink(Protocol):
    """A place outside this machine; `offer` must not block."""

    def offer(self, run: RunRecord, *, seen: bool) -> None:
        """Take one run; `seen` when an earlier part of it was offered before."""
        ...

    def close(self) -> None:
        """Send what waits, within a bounded time."""
        ...


class LocalTracer:
    """Traces of one home; safe to share between threads."""

    def __init__(self, home: Path, store: Store, sink: Sink | None = None) -> None:
        self._home, self._store, self._sink = home, store, sink
        self.failed = 0

    def record(self, trace: RunRecord) -> None:
        """Keep one finished run, or the part of a resumed one that is not yet kept."""
        try:
            self._record(trace)
        except (FleetError, ValueError, TypeError, OSError) as error:
            self.failed += 1
            LOG.warning("a trace was not kept: %s: %s", type(error).__name__, error)

    def close(self) -> None:
        """Send what waits for LangSmith, within a bounded time."""
        if self._sink is not None:
            self._sink.close()

    def _record(self, run: RunRecord) -> None:
        row: dict[str, Any] | None = None
        known: set[str] = set()
        if run.resumed:
            row, known = trace_known(self._store, run.trace_id)
            run = _rest(run, row, known)
        append_document(self._home, otlp_document(run), run.ended_ns)
        if self._sink is not None:
            self._sink.offer(run, seen=row is not None)
        write_run(self._store, trajectory_of(run), run.thread_id, totals(run), known)


def open_tracer(settings: Settings, store: Store) -> LocalTracer:
    """Open the tracer of a home."""
    return LocalTracer(settings.home, store)


def _rest(run: RunRecord, row: dict[str, Any] | None, known: set[str]) -> RunRecord:
    """Leave out the steps that are kept already; the run began when its first part did."""
    steps = tuple(step for step in run.steps if step_span_id(run.trace_id, step) not in known)
    started = run.started_ns
    if row is not None and row["started_at"]:
        at = datetime.fromisoformat(row["started_at"]).astimezone(UTC)
        started = min(started, int(at.timestamp()) * NS_PER_S + at.microsecond * 1000)
    return replace(run, steps=steps, started_ns=started)
