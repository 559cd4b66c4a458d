"""One way to run any graph durably: a row before it starts, bounded retries, a dead letter after.

A kill leaves the row `running` and the checkpoint of the last step; whoever drains next goes on
from there. What uses up its retries is parked with its error until a person resumes or cancels it.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from fleet.adapters.checkpoints import open_checkpoints, read_state, run_graph, thread_config
from fleet.adapters.engine import Engine, said
from fleet.adapters.store.runs import CANCELLED, ENDED, HUMAN, begin_run, end_run, park_run
from fleet.durable.retry import DurablePolicy, run_durably
from fleet.errors import AttemptsExhausted, InputError
from fleet.liveness.graph import certify_compiled
from fleet.orchestrator.registry import GraphRow
from fleet.policy import section
from fleet.runtime.traced_runs import Traced, traced

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

ERRORS_SHOWN = 3
SPARE_STEPS = 1  # LangGraph counts the step that finds nothing left to do

Pairs = Iterable[tuple[str, dict[str, Any]]]
Build = Callable[[Any], Any]  # checkpointer -> compiled graph
Begin = Callable[[Engine], None]  # waits for whoever drains the same runs beside us


class DurableRun:
    """Runs one graph's threads; safe to call from many threads, and again after a kill."""

    def __init__(self, fleet: "Fleet", row: GraphRow, graph: Any, executor: str) -> None:
        self._fleet, self._row, self._graph, self._executor = fleet, row, graph, executor
        self._policy = section(fleet.policies, "durable", DurablePolicy)
        self._steps = certify_compiled(graph, bounds=row.bounds).max_steps
        self._rng = random.Random()  # spreads retries, guards no secret

    def __call__(self, thread_id: str, subject: Mapping[str, Any]) -> dict[str, Any]:
        """Bring a thread to its end and return `{"outcome"}`; one that ended already says which.

        So does one that waits for a person: another worker took it over and came that far. Raises
        the error of a run that was parked.
        """
        store, clock = self._fleet.store, self._fleet.clock
        begun = begin_run(store, self._described(thread_id, subject), clock.now(), self._executor)
        if begun["status"] in (*ENDED, HUMAN):
            if begun["status"] != CANCELLED and not begun.get("trace_id"):
                self._trace_ended(thread_id, subject, begun)
            return {"outcome": begun["outcome"] or self._outcome(thread_id) or begun["status"]}
        try:
            self._check(begun)
            ended = self._traced(thread_id, subject)
        except Exception as error:
            park_run(store, thread_id, said(error), clock.now())
            raise
        end_run(store, thread_id, ended["outcome"], clock.now())
        return {"outcome": ended["outcome"]}

    def _outcome(self, thread_id: str) -> str | None:
        """Return the outcome that a thread's last checkpoint holds."""
        return dict(read_state(self._graph, thread_config(thread_id)).values).get("outcome")

    def _traced(self, thread_id: str, subject: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run to the end under one trace, with bounded retries of each step."""
        config: dict[str, Any] = thread_config(thread_id)
        if self._steps is not None:
            config["recursion_limit"] = self._steps + SPARE_STEPS
        state = read_state(self._graph, config)
        with self._trace(thread_id, subject, state) as trace:
            config["callbacks"] = trace.callbacks
            ended = run_durably(
                lambda: self._advance(config, subject), sleep=time.sleep, rng=self._rng,
                progress=lambda: self._position(thread_id), policy=self._policy,
            )  # fmt: skip
            trace.outcome = ended["outcome"]
        return ended

    def _trace(
        self, thread_id: str, subject: Mapping[str, Any], state: Any
    ) -> AbstractContextManager[Traced]:
        fleet = self._fleet
        return traced(
            fleet.tracer, self._graph, self._row, thread_id, subject, state, now_ns=fleet.now_ns
        )

    def _trace_ended(
        self, thread_id: str, subject: Mapping[str, Any], begun: Mapping[str, Any]
    ) -> None:
        """Leave the trace of a run that a kill hit between its end and its trace.

        When its last step is not in the checkpoints it is done once more, which is safe.
        """
        state = read_state(self._graph, thread_config(thread_id))
        if state.tasks and begun["graph_version"] == self._row.version:
            self._traced(thread_id, subject)
            return
        with self._trace(thread_id, subject, state) as trace:
            trace.outcome = begun["outcome"] or state.values.get("outcome")

    def _advance(self, config: Mapping[str, Any], subject: Mapping[str, Any]) -> Mapping[str, Any]:
        """Go on from where the thread stands.

        A kill between a step's writes and the checkpoint after them leaves a thread with nothing
        next (`state.next`) and yet a task whose writes wait to be applied: it is not over. One
        without an outcome and without a task is begun anew, which is safe because every act is.
        """
        state = read_state(self._graph, config)
        ended = state.values
        if state.tasks:
            ended = run_graph(self._graph, None, config) or {}
        if "outcome" not in ended:
            ended = run_graph(self._graph, dict(subject), config)
        return dict(ended)

    def _position(self, thread_id: str) -> Any:
        state = read_state(self._graph, thread_config(thread_id))
        return state.config["configurable"].get("checkpoint_id")

    def _check(self, begun: Mapping[str, Any]) -> None:
        if begun["graph_version"] != self._row.version:
            raise InputError(
                f"run {begun['id']} was begun by version {begun['graph_version']}, and this build "
                f"has {self._row.version}: finish it there, or fork it from its start"
            )
        if begun["attempts"] > self._policy.begins:
            raise AttemptsExhausted(
                f"run {begun['id']} was begun {begun['attempts']} times and never ended: look at "
                "its steps, then resume or cancel it"
            )

    def _described(self, thread_id: str, subject: Mapping[str, Any]) -> dict[str, Any]:
        return described(self._row, thread_id, subject) | {"max_steps": self._steps}


def described(row: GraphRow, thread_id: str, subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's row; the subject's first value is the id of the row that it serves."""
    return {
        "id": thread_id, "graph": row.name, "graph_version": row.version,
        "subject_table": row.subject, "subject_id": str(next(iter(subject.values()), "")),
    }  # fmt: skip


def drain_runs(
    fleet: "Fleet", row: GraphRow, build: Build, pairs: Callable[[], Pairs], *, concurrency: int,
    note: Callable[[str], None] | None = None, begin: Begin | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run `(thread_id, subject)` pairs of a graph to their ends, and first those a kill cut short.

    `pairs` is asked after dead workers' runs were taken over, `begin` just before the first starts.
    Returns the counts of `fleet run`.
    """
    settings = fleet.settings
    saver = open_checkpoints(settings.engine_url, encryption_key=settings.encryption_key)
    engine = Engine(
        settings.engine_url, fleet.store, version=row.version, concurrency=concurrency
    )  # fmt: skip
    try:
        engine.register(row.name, DurableRun(fleet, row, build(saver), engine.executor))
        resumed = engine.reap()
        wanted = list(pairs())
        if begin is not None:
            begin(engine)
        ended = engine.drain(row.name, wanted)
        subjects = dict(wanted)
        for end in ended:  # what never reached its runner is parked here
            if "error" in end:
                run = described(row, end["thread_id"], subjects[end["thread_id"]])
                park_unstarted(fleet, run, end["error"])
    finally:
        engine.close()
    return tally(ended, repeated=len(resumed), note=note)


def park_unstarted(fleet: "Fleet", run: Mapping[str, Any], error: str) -> None:
    """Make a run that the engine itself refused visible as a dead letter."""
    from fleet.adapters.store.runs import DEAD, find_run

    known = find_run(fleet.store, run["id"])
    if known is None:
        begin_run(fleet.store, run, fleet.clock.now())
    if known is None or known["status"] != DEAD:
        park_run(fleet.store, run["id"], error, fleet.clock.now())


def tally(
    ended: list[dict[str, Any]], *, repeated: int, note: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Count outcomes as `{handled, created, held, skipped: {reason: n}, failed, repeated}`."""
    outcomes = Counter(end["outcome"] for end in ended if "outcome" in end)
    failed = [end for end in ended if "error" in end]
    for end in failed[:ERRORS_SHOWN]:
        if note:
            note(f"{end['thread_id']} failed: {end['error']}")
    skipped = {
        outcome.removeprefix("skipped:"): count
        for outcome, count in sorted(outcomes.items())
        if outcome.startswith("skipped:")
    }
    return {
        "handled": sum(outcomes.values()),
        "created": outcomes["created"] + outcomes["held"],
        "held": outcomes["held"],
        "skipped": skipped,
        "failed": len(failed),
        "repeated": repeated,
    }
