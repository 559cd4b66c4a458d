"""What calls leave behind: the content-addressed cache of replies, and a row of accounting each.

Rows are written by one background thread in batches, so that 64 callers do not queue for the
database. A row waits under a tenth of a second; `flush` waits for all of them.
"""

import atexit
import logging
import queue
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import model_calls, response_cache
from fleet.adapters.store.statements import many
from fleet.errors import StoreError
from fleet.policy import digest
from fleet.ports import Store

LOG = logging.getLogger("fleet.gateway")
IN_MEMORY = 2_000
ROWS_AT_ONCE = 100
WAIT_S = 0.05
SPLIT_S = 2.0  # seconds of looking for the bad row of a batch; a store that is down takes longer
_STOP = object()


def cache_key(model: str, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any],
              temperature: float) -> str:  # fmt: skip
    """Return the address of a reply: what was asked of whom, and what shape was wanted."""
    return digest({"model": model, "messages": list(messages), "schema": dict(schema),
                   "temperature": round(temperature, 2)})  # fmt: skip


class ReplyCache:
    """Valid replies by what was asked; the newest in memory, all of them in the store."""

    def __init__(self, store: Store | None, max_bytes: int) -> None:
        self._store, self._max_bytes = store, max_bytes
        self._recent: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> str | None:
        """Return the content of a cached reply; a store that fails is a miss."""
        with self._lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        if self._store is None:
            return None
        try:
            rows = self._store.read(
                sa.select(response_cache.c.reply).where(response_cache.c.id == key)
            )
        except StoreError as error:
            LOG.warning("reply cache not readable: %s", type(error).__name__)
            return None
        content = rows[0]["reply"].get("content") if rows else None
        return content if isinstance(content, str) else None

    def keep(self, key: str, model: str, content: str, at: str) -> dict[str, Any] | None:
        """Remember a valid reply; return the row that stores it, or None when it is too big."""
        if len(content.encode()) > self._max_bytes or "\0" in content:  # PostgreSQL takes no NUL
            return None
        with self._lock:
            self._recent[key] = content
            while len(self._recent) > IN_MEMORY:
                self._recent.popitem(last=False)
        return {"id": key, "model": model, "reply": {"content": content}, "at": at}


class Ledger:
    """Writes rows of `model_calls` and cached replies behind the callers' backs."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def record(self, row: Mapping[str, Any]) -> None:
        """Queue the accounting of one call; without a store it is dropped."""
        self._put(model_calls, {"id": uuid.uuid4().hex, **row})

    def remember(self, row: Mapping[str, Any]) -> None:
        """Queue one cached reply; one that is there already stays as it is."""
        self._put(response_cache, row)

    def _put(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        if self._store is None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._drain, name="fleet-model-calls", daemon=True
                )
                self._thread.start()
                atexit.register(self.flush)
        self._queue.put((table, row))

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until what was queued is written; False when the time ran out."""
        if self._thread is None:
            return True
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout_s)

    def close(self) -> None:
        """Write what is queued and stop the thread."""
        if self._thread is not None:
            self.flush()
            self._queue.put(_STOP)
            atexit.unregister(self.flush)
            self._thread = None

    def _drain(self) -> None:
        while True:
            items = [self._queue.get()]
            if not isinstance(items[0], threading.Event) and items[0] is not _STOP:
                items += self._more()
            last = items[-1]
            marked = last is _STOP or isinstance(last, threading.Event)
            self._save(items[:-1] if marked else items)
            if isinstance(last, threading.Event):
                last.set()
            if last is _STOP:
                return

    def _more(self) -> list[Any]:
        found: list[Any] = []
        while len(found) < ROWS_AT_ONCE:
            try:
                found.append(self._queue.get(timeout=WAIT_S))
            except queue.Empty:
                break
            if isinstance(found[-1], threading.Event) or found[-1] is _STOP:
                break
        return found

    def _save(self, items: list[tuple[sa.Table, Mapping[str, Any]]], until: float = 0.0) -> None:
        if not items or self._store is None:
            return
        until = until or time.monotonic() + SPLIT_S
        batch = [
            many(table, rows, skip_known=True)
            for table in (model_calls, response_cache)
            if (rows := [row for place, row in items if place is table])
        ]
        try:
            self._store.write(*batch)
        except StoreError as error:
            middle = len(items) // 2
            if middle and time.monotonic() < until:  # one bad row must not take the others along
                self._save(items[:middle], until)
                self._save(items[middle:], until)
                return
            LOG.error("%d rows of model calls lost: %s", len(items), type(error).__name__)
