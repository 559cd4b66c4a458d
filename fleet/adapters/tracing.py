"""Keeps the trace of a run: a line in the home's files, rows in the store, LangSmith if configured.

It never raises: a run is not lost because its trace could not be kept; what failed is counted.
"""

import contextlib
import logging
import os
import secrets as secrets_module
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from fleet.adapters.store.trace_names import subject_names, team_names
from fleet.adapters.store.traces import trace_known, write_run
from fleet.adapters.tracing_files import FOLDER, append_document
from fleet.errors import FleetError
from fleet.ports import Store
from fleet.settings import Settings
from fleet.traces.redaction import Redactor
from fleet.traces.span_export import otlp_document, trajectory_of
from fleet.traces.spans import NS_PER_S, RunRecord, step_span_id, totals

LOG = logging.getLogger("fleet.tracing")
SALT_BYTES = 32


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
    """Open the tracer of a home; a LangSmith endpoint that must not be used is left out."""
    if settings.langsmith is None:
        return LocalTracer(settings.home, store)
    from fleet.adapters.langsmith_sink import LangSmithSink

    try:
        redactor = run_redactor(settings, store)
        sink = LangSmithSink(settings.langsmith, redactor, settings.home)
    except (FleetError, OSError) as error:
        LOG.warning("nothing is sent to LangSmith: %s", error)
        return LocalTracer(settings.home, store)
    return LocalTracer(settings.home, store, sink)


def run_redactor(settings: Settings, store: Store) -> Callable[[RunRecord], Redactor]:
    """Return what makes the redactor of a run: its people's names and our secrets are known."""
    salt, secrets = _salt(settings.home), _secrets(settings)
    team: list[set[str]] = []

    def redactor(run: RunRecord) -> Redactor:
        if not team:
            team.append(team_names(store))
        return Redactor(salt, names=team[0] | subject_names(store, run.subject), secrets=secrets)

    return redactor


def _secrets(settings: Settings) -> list[str]:
    known = [settings.gateway_token, settings.api_key, settings.encryption_key]
    known += [settings.langsmith.key] if settings.langsmith else []
    for url in (settings.smtp_url, settings.inbox, settings.store_url, settings.engine_url):
        with contextlib.suppress(ValueError):
            known.append(urlsplit(url or "").password)
    return [secret for secret in known if secret]


def _salt(home: Path) -> bytes:
    """Return the home's secret for placeholders; whoever makes it first wins."""
    path = home / FOLDER / "salt"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"salt.{os.getpid()}.partial")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets_module.token_bytes(SALT_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()


def _rest(run: RunRecord, row: dict[str, Any] | None, known: set[str]) -> RunRecord:
    """Leave out the steps that are kept already; the run began when its first part did."""
    steps = tuple(step for step in run.steps if step_span_id(run.trace_id, step) not in known)
    started = run.started_ns
    if row is not None and row["started_at"]:
        at = datetime.fromisoformat(row["started_at"]).astimezone(UTC)
        started = min(started, int(at.timestamp()) * NS_PER_S + at.microsecond * 1000)
    return replace(run, steps=steps, started_ns=started)
