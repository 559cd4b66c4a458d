"""Sends cleaned traces to LangSmith from a thread of its own, through a bounded queue.

A run never waits for it: a full queue, a slow or a dead endpoint costs traces, which are counted.
Only the configured endpoint is asked; redirects are not followed and proxy variables are ignored.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fleet.adapters.gateway_guard import is_loopback
from fleet.adapters.langsmith_counts import Counts, add_counts
from fleet.adapters.langsmith_wire import multipart
from fleet.errors import FleetError, InputError
from fleet.settings import LangSmith
from fleet.traces.redaction import Redactor
from fleet.traces.span_export import langsmith_runs
from fleet.traces.spans import RunRecord

LOG = logging.getLogger("fleet.tracing")
PATH = "/runs/multipart"
CAPACITY = 1_000  # runs that may wait
BATCH = 50  # runs a request
LINGER_S = 0.5  # how long a request waits for more runs
CLOSE_S = 2.0  # how long the end of a command may wait for the last requests
COOL_S = 5.0  # after a failure nothing is tried for so long
TIMEOUT = httpx.Timeout(connect=2.0, read=5.0, write=5.0, pool=5.0)
REFUSED = (401, 403)  # the key is wrong: nothing more is sent
GOOD = range(200, 300)
COUNTED = ("usage_metadata",)  # counts are no content: sent though outputs are hidden

Clean = Callable[[RunRecord], Redactor]


@dataclass(frozen=True, slots=True)
class _Offer:
    run: RunRecord
    seen: bool


class LangSmithSink:
    """One process's way to LangSmith; safe to share between threads."""

    def __init__(
        self, config: LangSmith, redactor: Clean, home: Path, *, capacity: int = CAPACITY
    ) -> None:
        self._config, self._redactor, self._home = config, redactor, home
        self._url = read_endpoint(config.endpoint) + PATH
        self._queue: queue.Queue[_Offer | None] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._quiet_until, self._refused = 0.0, False
        self._taken = 0  # runs of the request under way
        self.counts = Counts()

    def offer(self, run: RunRecord, *, seen: bool) -> None:
        """Take one run, or drop and count it when too many wait."""
        if self._closing.is_set():
            self._drop(1, "offered after the end")
            return
        try:
            self._queue.put_nowait(_Offer(run, seen))
        except queue.Full:
            self._drop(1, "the queue was full")
        self._start()

    def close(self) -> None:
        """Send what waits for at most two seconds; the rest is dropped and counted."""
        self._closing.set()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)  # wakes the thread; a full queue keeps it awake
        if self._thread is not None:
            self._thread.join(CLOSE_S)
        with self._lock:
            left = self._taken + sum(offer is not None for offer in self._queue.queue)
        if left:
            self._drop(left, "not sent before the end")
        add_counts(self._home, self.counts)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="langsmith")
                self._thread.start()

    def _work(self) -> None:
        headers = {"x-api-key": self._config.key}
        with httpx.Client(
            headers=headers, timeout=TIMEOUT, trust_env=False, follow_redirects=False
        ) as client:
            while batch := self._next():
                self._send(client, batch)
                with self._lock:
                    self._taken = 0

    def _next(self) -> list[_Offer]:
        """Wait for runs and return some; none at all is the end."""
        batch: list[_Offer] = []
        until: float | None = None
        while len(batch) < BATCH:
            left = LINGER_S if until is None else until - time.monotonic()
            try:
                offer = self._queue.get(timeout=0 if self._closing.is_set() else max(left, 0))
            except queue.Empty:
                if batch or self._closing.is_set():
                    break
                continue
            if offer is None:
                continue
            batch.append(offer)
            with self._lock:
                self._taken = len(batch)
            until = until or time.monotonic() + LINGER_S
        return batch

    def _send(self, client: httpx.Client, batch: list[_Offer]) -> None:
        if self._refused or time.monotonic() < self._quiet_until:
            self._drop(len(batch), self.counts.last_error or "the endpoint failed before")
            return
        try:
            kind, body = multipart(pair for offer in batch for pair in self._operations(offer))
            reply = client.post(self._url, content=body, headers={"content-type": kind})
        except httpx.HTTPError as error:
            self._fail(batch, type(error).__name__)
        except (FleetError, ValueError, TypeError) as error:
            # Whose names to take out is not known: what cannot be cleaned is not sent.
            self._drop(len(batch), f"not cleaned: {type(error).__name__}")
        else:
            if reply.status_code in GOOD:
                self.counts.sent += len(batch)
                return
            self._refused = reply.status_code in REFUSED
            self._fail(batch, f"HTTP {reply.status_code}")

    def _fail(self, batch: list[_Offer], why: str) -> None:
        self._quiet_until = time.monotonic() + COOL_S
        LOG.warning("LangSmith did not take %d traces: %s", len(batch), why)
        self._drop(len(batch), why)

    def _drop(self, count: int, why: str) -> None:
        with self._lock:
            self.counts.dropped += count
            self.counts.last_error = why

    def _operations(self, offer: _Offer) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the run's records; the root of a run that was sent before is changed."""
        redactor = self._redactor(offer.run)
        records = langsmith_runs(offer.run, self._config.project, redactor.value)
        for record in records:
            if self._config.hide_inputs:
                record["inputs"] = {}
            if self._config.hide_outputs:
                record["outputs"] = {
                    key: value for key, value in record["outputs"].items() if key in COUNTED
                }
        first = "patch" if offer.seen else "post"
        return [(first if n == 0 else "post", record) for n, record in enumerate(records)]


def read_endpoint(url: str) -> str:
    """Check LANGSMITH_ENDPOINT; raises InputError when traces must not go there."""
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise InputError(f"LANGSMITH_ENDPOINT is not a URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InputError("LANGSMITH_ENDPOINT must be https://HOST (http only on this machine)")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise InputError("LANGSMITH_ENDPOINT must hold no password, query or fragment")
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise InputError(f"LANGSMITH_ENDPOINT is plain http to {parsed.host}: use https")
    return str(parsed)
