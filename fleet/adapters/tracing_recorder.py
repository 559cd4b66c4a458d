"""Collects what the nodes of one run do, as LangGraph reports it; the nodes know nothing of it."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.config import get_config

from fleet.traces.spans import CallRecord, EffectRecord, StepRecord

NODE_TAG = "graph:step:"
PLACE = "langgraph_checkpoint_ns"
NS_PER_US = 1_000


class Recorder(BaseCallbackHandler):
    """One run's steps; pass it as a callback, read `steps` when the run has ended.

    `now_ns` is the time in nanoseconds since 1970.
    """

    run_inline = True

    def __init__(
        self, before: Iterable[StepRecord] = (), now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self.now_ns = now_ns
        self._lock = threading.Lock()
        self._open: dict[UUID, tuple[str, int, int, str]] = {}
        self._calls: dict[str, list[CallRecord]] = {}
        self._effects: dict[str, list[EffectRecord]] = {}
        self._steps = list(before)

    @property
    def steps(self) -> tuple[StepRecord, ...]:
        """The steps so far, in the order in which they ended."""
        return tuple(self._steps)

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, tags: list[str] | None = None,
        metadata: Mapping[str, Any] | None = None, **_: Any,
    ) -> None:  # fmt: skip
        """Note the start of a node; chains inside nodes are no steps."""
        del serialized, inputs
        if metadata is None or not any(tag.startswith(NODE_TAG) for tag in tags or ()):
            return
        place = (str(metadata["langgraph_node"]), int(metadata["langgraph_step"]))
        self._open[run_id] = (*place, self.now_ns(), str(metadata.get(PLACE)))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        """Note the end of a node and the keys it changed."""
        self._end(run_id, outputs, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Note the failure of a node; an interrupt is a wait, not a failure."""
        waits = type(error).__name__ in ("GraphInterrupt", "NodeInterrupt")
        self._end(run_id, None, None if waits else f"{type(error).__name__}: {error}")

    def add_call(self, call: CallRecord) -> None:
        """Keep one model call under the node that runs."""
        with self._lock:
            self._calls.setdefault(_place(), []).append(call)

    def add_effect(self, effect: EffectRecord) -> None:
        """Keep one effect under the node that runs."""
        with self._lock:
            self._effects.setdefault(_place(), []).append(effect)

    def _end(self, run_id: UUID, output: Any, error: str | None) -> None:
        started = self._open.pop(run_id, None)
        if started is None:
            return
        node, number, at, place = started
        with self._lock:
            calls = tuple(self._calls.pop(place, ()))
            effects = tuple(self._effects.pop(place, ()))
            self._steps.append(
                StepRecord(
                    node=node, number=number, started_ns=at, ended_ns=self.now_ns(),
                    output=output, error=error, calls=calls, effects=effects,
                )
            )  # fmt: skip


def recovered_steps(history: Iterable[Any]) -> list[StepRecord]:
    """Return the steps that a run had ended before it was cut short, from its checkpoints.

    `history` is what `graph.get_state_history` yields, newest first. Of a thread that was begun
    anew only the steps since then count. A task of the last checkpoint that has written already is
    not run again: its end is not known, so it takes no time.
    """
    snapshots = sorted(history, key=lambda snapshot: int(snapshot.metadata["step"]))
    begun = [n for n, each in enumerate(snapshots) if each.metadata.get("source") == "input"]
    snapshots = snapshots[begun[-1] :] if begun else snapshots
    steps = []
    for before, after in pairwise([*snapshots, *snapshots[-1:]]):
        number, last = int(before.metadata["step"]) + 1, before is after
        steps += [
            StepRecord(
                node=task.name, number=number, output=task.result, recovered=True,
                started_ns=_ns(before.created_at), ended_ns=_ns(after.created_at),
            )
            for task in before.tasks
            if _ended(task, last=last) and not task.name.startswith("__")
        ]  # fmt: skip
    return steps


def _ended(task: Any, *, last: bool) -> bool:
    if task.result is not None:
        return True
    return not last and task.error is None  # an error stays noted after a good retry


def _place() -> str:
    try:
        return str(get_config()["metadata"].get(PLACE))
    except (RuntimeError, KeyError):
        return ""


def _ns(created_at: str) -> int:
    at = datetime.fromisoformat(created_at)
    return (int(at.timestamp()) * 1_000_000 + at.microsecond) * NS_PER_US
