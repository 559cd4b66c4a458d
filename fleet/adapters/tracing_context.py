"""How code inside a node tells the run's recorder what it did; without a recorder it is a no-op."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from fleet.traces.spans import CallRecord, EffectRecord

NS_PER_MS = 1_000_000
GOOD = ("ok", "cached")  # statuses of a model call's accounting row


class Notes(Protocol):
    """What a recorder takes from inside a node, and the clock it goes by."""

    now_ns: Callable[[], int]

    def add_call(self, call: CallRecord) -> None:
        """Keep one model call under the node that runs."""
        ...

    def add_effect(self, effect: EffectRecord) -> None:
        """Keep one effect under the node that runs."""
        ...


RECORDER: ContextVar[Notes | None] = ContextVar("fleet_recorder", default=None)


def note_call(row: Mapping[str, Any]) -> None:
    """Note one finished model call, given its accounting row (`model_calls`)."""
    recorder = RECORDER.get()
    if recorder is None:
        return
    ended = recorder.now_ns()
    failed = row["status"] not in GOOD
    seen = row["status"] == "cached"
    recorder.add_call(
        CallRecord(
            purpose=row["purpose"], model=row["model"], prompt_digest=row["prompt_digest"],
            started_ns=ended - int((row["latency_ms"] or 0.0) * NS_PER_MS), ended_ns=ended,
            input_tokens=_counted(row["input_tokens"], seen),
            cached_tokens=_counted(row["cached_tokens"], seen),
            output_tokens=_counted(row["output_tokens"], seen), cost_usd=row["cost_usd"],
            cached=seen,
            error=f"{row['status']}: {row['error']}" if failed else None,
        )
    )  # fmt: skip


@contextlib.contextmanager
def effect(name: str, target: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Note that the block changed something outside the graph, and how long it took."""
    recorder = RECORDER.get()
    if recorder is None:
        yield
        return
    started, error = recorder.now_ns(), None
    try:
        yield
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
        raise
    finally:
        recorder.add_effect(
            EffectRecord(
                name=name,
                target=target,
                started_ns=started,
                ended_ns=recorder.now_ns(),
                error=error,
            )
        )


def _counted(tokens: int | None, seen: bool) -> int | None:
    """A reply that went out and counted nothing did not say: that is None, not 0."""
    return tokens if tokens or seen else None
