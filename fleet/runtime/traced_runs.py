"""Leaves one trace of a graph's run, whatever becomes of it; a resumed run goes on in its trace."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langsmith import tracing_context

from fleet.adapters.checkpoints import thread_config
from fleet.adapters.tracing_context import RECORDER
from fleet.adapters.tracing_recorder import Recorder, recovered_steps
from fleet.orchestrator.registry import GraphRow
from fleet.ports import Tracer
from fleet.traces.spans import RunRecord


@dataclass(slots=True)
class Traced:
    """What a traced block gives to the graph (`callbacks`) and takes from it (`outcome`)."""

    recorder: Recorder
    outcome: str | None = None

    @property
    def callbacks(self) -> list[Recorder]:
        """For the configuration of `graph.invoke`."""
        return [self.recorder]


@contextlib.contextmanager
def traced(
    tracer: Tracer, graph: Any, row: GraphRow, thread_id: str, subject: Mapping[str, Any],
    state: Any, *, now_ns: Callable[[], int] = time.time_ns,
) -> Iterator[Traced]:  # fmt: skip
    """Record the block as (a part of) the run of a thread whose state was `state` before.

    A failure is recorded and raised on. Steps of a process that was killed come from the
    checkpoints.
    """
    resumed, started = bool(state.created_at), now_ns()
    before = recovered_steps(graph.get_state_history(thread_config(thread_id))) if resumed else ()
    trace = Traced(Recorder(before, now_ns))
    token = RECORDER.set(trace.recorder)
    error = None
    try:
        # LangChain would send every text to LangSmith as it is; our own sink cleans it first.
        with tracing_context(enabled=False):
            yield trace
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
        raise
    finally:
        RECORDER.reset(token)
        tracer.record(
            RunRecord(
                thread_id=thread_id, graph=row.name, version=row.version, started_ns=started,
                ended_ns=now_ns(), steps=trace.recorder.steps, subject=dict(subject),
                outcome=trace.outcome, error=error, resumed=resumed,
            )
        )  # fmt: skip
