"""Durable runs on DBOS: one workflow a subject, which runs its whole graph.

LangGraph's checkpoints own the state inside a run, DBOS owns which worker runs it. The workflow id
is the thread id, so that starting the same run again finds the first one. A worker beats its heart
into the store; whoever drains next resumes the runs of workers whose heart has stopped.
"""

import contextlib
import logging
import os
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from dbos import DBOS, SetWorkflowID

from fleet.adapters.clock import SystemClock, stamp
from fleet.adapters.store.schema import heartbeats
from fleet.adapters.store.statements import insert
from fleet.errors import FleetError, InputError, StoreError
from fleet.ports import Store

BEAT_S = 1.0
DEAD_AFTER_S = 3.5  # with a look each half second and one of DBOS a second, a run moves within 5 s
REAP_S = 0.5
SKEW_S = 60.0  # a beat further in the future was written before the clock jumped back
POLL_S = 0.2  # between looks at a run that another worker has in hand
LISTEN_S = 0.2  # closing waits for the listener's next look
GRACE_S = 5  # for runs taken over from a dead executor; DBOS looks once a second
APP_NAME = "sales-fleet"
PREFIX = "executor:"
OVER = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")
GOING = ["PENDING", "ENQUEUED"]
TRY = "#try-"

LOOKED_UP = 500  # runs in one look
RECORDED_S = 10.0  # the engine writes a run's end at once
BUSY_S = 30.0
SPARE_CONNECTIONS = 2  # beside one for each run: DBOS's own listener and the reaper

Pair = tuple[str, dict[str, Any]]
Runner = Callable[[str, Mapping[str, Any]], dict[str, Any]]
_RUNNERS: dict[str, Runner] = {}
_ENDED: dict[str, float] = {}  # when a thread's run ended in this process


@DBOS.workflow()
def _graph_run(graph: str, thread_id: str, subject: dict[str, Any]) -> dict[str, Any]:
    # No step of DBOS inside: the graph's checkpoints and its run's row already make it safe to
    # repeat, and one more durable write a run cost a third of the wall time.
    runner = _RUNNERS.get(graph)
    if runner is None:
        raise InputError(f"run {thread_id}: this build has no graph {graph!r}: use one that has it")
    _ENDED.pop(thread_id, None)
    try:
        return runner(thread_id, subject)
    finally:
        _ENDED[thread_id] = time.monotonic()


class Engine:
    """One executor of this process; open it once, close it when the work is drained."""

    def __init__(self, url: str, store: Store, *, version: str, concurrency: int) -> None:
        self._store, self._version = store, version
        self.executor = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._concurrency = concurrency
        self._stopped, self._took_over = threading.Event(), False
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # we report each failure ourselves
        database = sa.make_url(url).database
        if url.startswith("sqlite") and database:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
            _log_ahead(database)
        DBOS(
            config={
                "name": APP_NAME,
                "system_database_url": url,
                "executor_id": self.executor,
                "application_version": version,
                "console_log_level": "CRITICAL",
                "log_level": "CRITICAL",
                "sys_db_pool_size": concurrency + SPARE_CONNECTIONS,
                "notification_listener_polling_interval_sec": LISTEN_S,
            }
        )
        DBOS.launch()
        self._beat()
        self._heart = threading.Thread(target=self._beating, daemon=True, name="heartbeat")
        self._heart.start()

    def register(self, graph: str, runner: Runner) -> None:
        """Say what runs a graph: `runner(thread_id, subject) -> outcome`, safe to repeat."""
        _RUNNERS[graph] = runner

    def workers(self) -> int:
        """Count the executors that are alive, this one among them."""
        return len(self._alive())

    def drain(self, graph: str, subjects: Iterable[Pair]) -> list[dict[str, Any]]:
        """Run `(thread_id, subject)` pairs to their ends, `concurrency` at a time.

        One poisoned run does not stop the others: its answer is `{"error": text}`. Workers that
        drain the same pairs take a share each, then what is left of the others' shares, and wait
        at the end for what another still has in hand.
        """
        mine, others = self._shares(list(subjects))
        done = threading.Event()
        reaper = threading.Thread(target=self._reaping, args=(done,), daemon=True, name="reaper")
        reaper.start()
        try:
            with ThreadPoolExecutor(self._concurrency, thread_name_prefix="run") as pool:
                known = self._known(mine) if not others else None
                ends = list(pool.map(lambda pair: self._one(graph, *pair, known=known), mine))
                done_there = self._done_elsewhere([thread_id for thread_id, _ in others])
                rest = [pair for pair in others if pair[0] not in done_there]
                ends += pool.map(lambda pair: self._one(graph, *pair), rest)
                left = [p for p, end in zip(mine + rest, ends, strict=True) if end is None]
                ends += pool.map(lambda pair: self._one(graph, *pair, waits=True), left)
                return [*done_there.values(), *(end for end in ends if end is not None)]
        finally:
            done.set()
            reaper.join()

    def _shares(self, pairs: list[Pair]) -> tuple[list[Pair], list[Pair]]:
        """Divide pairs into this worker's share and the others', by a hash of the thread."""
        alive = sorted(self._alive())
        place, workers = alive.index(self.executor), len(alive)
        mine: list[Pair] = []
        others: list[Pair] = []
        for pair in pairs:
            (mine if crc32(pair[0].encode()) % workers == place else others).append(pair)
        return mine, others

    def _known(self, pairs: list[Pair]) -> set[str]:
        """Return the threads that ever had a run here; one look for many, for a lone worker."""
        found: set[str] = set()
        for first in range(0, len(pairs), LOOKED_UP):
            part = [thread_id for thread_id, _ in pairs[first : first + LOOKED_UP]]
            runs = DBOS.list_workflows(workflow_ids=part, load_input=False, load_output=False)
            found |= {run.workflow_id for run in runs}
        return found

    def _done_elsewhere(self, thread_ids: list[str]) -> dict[str, dict[str, Any]]:
        """Return the ends of runs that other workers completed meanwhile, by thread."""
        ends = {}
        for first in range(0, len(thread_ids), LOOKED_UP):
            part = thread_ids[first : first + LOOKED_UP]
            for run in DBOS.list_workflows(workflow_ids=part, status="SUCCESS", load_input=False):
                ends[run.workflow_id] = {"thread_id": run.workflow_id} | dict(run.output or {})
        return ends

    def _one(
        self, graph: str, thread_id: str, subject: dict[str, Any], *, waits: bool = False,
        known: Collection[str] | None = None,
    ) -> dict[str, Any] | None:  # fmt: skip
        """Run one pair and return its end; None when another worker has it in hand.

        A thread that is not among those `known` never ran: it needs no look.
        """
        try:
            workflow_id, elsewhere = thread_id, False
            if known is None or thread_id in known:
                workflow_id, elsewhere = self._workflow_id(thread_id)
            if elsewhere and not waits:
                return None
            with SetWorkflowID(workflow_id):
                handle = DBOS.start_workflow(_graph_run, graph, thread_id, subject)
            return {"thread_id": thread_id} | _result(handle, thread_id)
        except Exception as error:  # noqa: BLE001  # a run may die of anything; it is parked, not lost
            return {"thread_id": thread_id, "error": said(error)}
        finally:
            _ENDED.pop(thread_id, None)

    def _workflow_id(self, thread_id: str) -> tuple[str, bool]:
        """Name the next try of a run, and whether another worker has it in hand.

        A failed one is tried anew, any other is found again.

        Raises InputError for one that is in flight under another version: waiting for it here would
        never end.
        """
        tries = DBOS.list_workflows(workflow_ids=[thread_id], load_input=False, load_output=False)
        if tries and tries[0].status in OVER:  # only then are there more; a prefix scans them all
            known = DBOS.list_workflows(
                workflow_id_prefix=thread_id, load_input=False, load_output=False
            )
            tries = [w for w in known if w.workflow_id.partition(TRY)[0] == thread_id]
        for going in tries:
            if going.status in GOING and going.app_version not in (None, self._version):
                raise InputError(
                    f"run {thread_id} is in flight under version {going.app_version}, and this "
                    f"build has {self._version}: finish it there, or cancel it"
                )
        over = sum(w.status in OVER for w in tries)
        elsewhere = any(w.status in GOING and w.executor_id != self.executor for w in tries)
        return (f"{thread_id}{TRY}{over + 1}" if over else thread_id), elsewhere

    def reap(self) -> list[str]:
        """Resume this version's runs of executors whose heart has stopped; return their ids."""
        alive = self._alive()
        pending = DBOS.list_workflows(
            status=["PENDING"], app_version=self._version, load_input=False, load_output=False
        )
        lost = [w.workflow_id for w in pending if w.executor_id not in alive]
        for workflow_id in lost:
            DBOS.resume_workflow(workflow_id)
        self._took_over = self._took_over or bool(lost)
        return lost

    def _reaping(self, done: threading.Event) -> None:
        """While runs are drained, take over those of an executor that dies in the middle."""
        while not done.wait(REAP_S):
            try:
                self.reap()
            except (FleetError, sa.exc.SQLAlchemyError) as error:
                logging.getLogger(__name__).warning("reaper: %s", type(error).__name__)

    def close(self) -> None:
        """Stop the heart and DBOS; runs that are still going end first."""
        self._stopped.set()
        self._heart.join()
        DBOS.destroy(workflow_completion_timeout_sec=GRACE_S if self._took_over else 0)
        self._store.write(sa.delete(heartbeats).where(heartbeats.c.name == PREFIX + self.executor))

    def _alive(self) -> set[str]:
        now = SystemClock().now()
        since, until = (stamp(now + timedelta(seconds=s)) for s in (-DEAD_AFTER_S, SKEW_S))
        beating = heartbeats.c.at.between(since, until)
        rows = self._store.read(sa.select(heartbeats.c.name).where(beating))
        names = [row["name"] for row in rows]  # the monitor beats here too, and runs nothing
        return {n.removeprefix(PREFIX) for n in names if n.startswith(PREFIX)} | {self.executor}

    def _beating(self) -> None:
        while not self._stopped.wait(BEAT_S):
            try:
                self._beat()
            except FleetError:
                continue  # a busy store; the next beat comes in a second

    def _beat(self) -> None:
        at = stamp(SystemClock().now())
        statement = insert(heartbeats).values(name=PREFIX + self.executor, at=at)
        self._store.write(
            statement.on_conflict_do_update(index_elements=[heartbeats.c.name], set_={"at": at})
        )


def _log_ahead(database: str) -> None:
    """Put DBOS's file into WAL mode, which the file keeps: two commits a run wait for less."""
    with contextlib.closing(sqlite3.connect(database, timeout=BUSY_S)) as db:
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            return  # in use by another process; it works without


def _result(handle: Any, thread_id: str) -> dict[str, Any]:
    """Wait for a run's end.

    Raises StoreError when a run that was taken over ended here and its end could not be written,
    as on a full disk: the engine would wait for it for ever.
    """
    in_hand = hasattr(handle, "future")  # runs here, and its failure is told at once
    while not in_hand and handle.get_status().status in GOING:
        ended = _ENDED.get(thread_id)
        if ended is not None and time.monotonic() - ended > RECORDED_S:
            raise StoreError(
                f"the end of run {thread_id} could not be written: free some space, run it again"
            )
        time.sleep(POLL_S)
    return dict(handle.get_result(polling_interval_sec=POLL_S))


def said(error: Exception) -> str:
    """Return an error as one line: the fleet's own words, else its type before them."""
    text = " ".join(str(error).split())
    return text if isinstance(error, FleetError) else f"{type(error).__name__}: {text}"
