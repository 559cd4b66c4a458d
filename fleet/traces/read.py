"""Whose trace is it? One parsed JSON value in, fragments of runs out, whatever tool wrote it.

Detection looks at the shape of each value, so one file may mix formats. What fits nothing is said,
never guessed at.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from fleet.errors import InputError
from fleet.traces import (
    read_langfuse,
    read_langsmith,
    read_messages,
    read_mlflow,
    read_otlp,
    read_plain,
)
from fleet.traces.model import TraceFormat, Trajectory
from fleet.traces.read_parts import Fragment, Header, join
from fleet.traces.read_values import first, text

Reader = Callable[[Mapping[str, Any]], Iterable[Fragment]]
Shape = tuple[TraceFormat, Callable[[Mapping[str, Any]], bool], Reader]
MOST_KEYS = 100  # of a record whose shapes are remembered
CONTAINERS = ("traces", "runs", "data", "trajectories", "results", "items")


def _one(read: Callable[[Mapping[str, Any]], Fragment]) -> Reader:
    return lambda value: (read(value),)


def _has_messages(value: Mapping[str, Any]) -> bool:
    return read_messages.list_in(value) is not None


# Most telling shape first: an MLflow span has the ids of an OpenTelemetry one.
SHAPES: tuple[Shape, ...] = (
    (TraceFormat.OTLP, read_otlp.is_export, read_otlp.read_export),
    (TraceFormat.LANGSMITH, read_langsmith.is_run, read_langsmith.read_runs),
    (TraceFormat.LANGFUSE, read_langfuse.is_trace, _one(read_langfuse.read_trace)),
    (TraceFormat.LANGFUSE, read_langfuse.is_observation, _one(read_langfuse.read_observation)),
    (TraceFormat.MLFLOW, read_mlflow.is_trace, _one(read_mlflow.read_trace)),
    (TraceFormat.MLFLOW, read_mlflow.is_span, _one(read_mlflow.read_span)),
    (TraceFormat.OTLP, read_otlp.is_span, _one(read_otlp.read_span)),
    (TraceFormat.OPENAI, _has_messages, _one(read_messages.read_record)),
    (TraceFormat.JSONL, read_plain.is_clear_row, _one(read_plain.read_clear_row)),
    (TraceFormat.JSONL, read_plain.is_run, _one(read_plain.read_run)),
    (TraceFormat.JSONL, read_plain.is_step, _one(read_plain.read_step)),
)


# Keys of which a record of a shape has at least one: most shapes are told apart by these alone.
TELLING: dict[Any, frozenset[str]] = {
    read_otlp.is_export: frozenset(("resourceSpans", "resource_spans")),
    read_langsmith.is_run: frozenset(("run_type",)),
    read_langfuse.is_trace: frozenset(("observations",)),
    read_langfuse.is_observation: frozenset(("type",)),
    read_mlflow.is_trace: frozenset(("info", "spans")),
    read_mlflow.is_span: frozenset(("attributes",)),
    read_otlp.is_span: frozenset(("traceId", "trace_id", "context")),
    _has_messages: frozenset(read_messages.LISTS),
    read_plain.is_clear_row: frozenset(("model_input",)),
    read_plain.is_run: frozenset(read_plain.STEP_LISTS),
    read_plain.is_step: frozenset(read_plain.RUN_IDS),
}


@lru_cache(maxsize=1024)
def _possible(keys: frozenset[str]) -> tuple[Shape, ...]:
    """Return the shapes that a record with these keys can have, the most telling first."""
    return tuple(each for each in SHAPES if not TELLING[each[1]].isdisjoint(keys))


def _shapes(value: Mapping[str, Any]) -> tuple[Shape, ...]:
    return _possible(frozenset(value)) if len(value) <= MOST_KEYS else SHAPES


# Where the trace id of a record that is one span stands; a record without it is read whole.
LONE_IDS: dict[Any, tuple[str, ...]] = {
    read_langsmith.is_run: ("trace_id",),
    read_langfuse.is_observation: ("traceId", "trace_id"),
    read_otlp.is_span: ("traceId", "trace_id"),
    read_plain.is_clear_row: ("task_id",),
    read_plain.is_step: read_plain.RUN_IDS,
}


def lone_trace_id(value: Any, wanted: str = "auto") -> str | None:
    """Return the trace id of a record that is one span, without reading it; None if unsure."""
    if not isinstance(value, dict) or value.get("child_runs"):
        return None
    for shape, fits, _ in _shapes(value):
        if wanted in ("auto", shape) and fits(value):
            return text(first(value, LONE_IDS.get(fits, ())))
    return None


def span_trace_ids(value: Any, wanted: str = "auto") -> list[str | None] | None:
    """Return the trace ids of an export's spans, each once, without reading them; else None."""
    if wanted not in ("auto", TraceFormat.OTLP) or not isinstance(value, dict):
        return None
    return read_otlp.trace_ids(value) if read_otlp.is_export(value) else None


def parts_of(value: Any, wanted: str = "auto") -> list[Any] | None:
    """Return the records of a container (a list, `traces`, `runs` …); None for a record itself."""
    if isinstance(value, list):
        return None if read_messages.is_list(value) else value
    if isinstance(value, dict) and _shape(value, wanted) is None:
        held = next((value[name] for name in CONTAINERS if isinstance(value.get(name), list)), None)
        return None if isinstance(held, list) and read_messages.is_list(held) else held
    return None


def _shape(value: Mapping[str, Any], wanted: str) -> Reader | None:
    for shape, fits, read in _shapes(value):
        if wanted in ("auto", shape) and fits(value):
            return read
    return None


def read_value(value: Any, wanted: str = "auto") -> list[Fragment]:
    """Return the fragments one JSON value holds; `wanted` is `auto` or the name of a format.

    Raises InputError when the value is no trace of that format.
    """
    if isinstance(value, list):
        if read_messages.is_list(value) and wanted in ("auto", TraceFormat.OPENAI):
            return [read_messages.read_list(value, None, Header())]
        return [fragment for each in value for fragment in read_value(each, wanted)]
    if not isinstance(value, dict):
        raise InputError(f"is {type(value).__name__}, not an object: a trace is a JSON object")
    read = _shape(value, wanted)
    if read is not None:
        return list(read(value))
    for name in CONTAINERS:
        if isinstance(value.get(name), list | dict):
            return read_value(value[name], wanted)
    known = "OTLP, LangSmith, MLflow, Langfuse, chat messages or steps"
    keys = ", ".join(sorted(str(key)[:30] for key in value)[:6]) or "none"
    raise InputError(f"is no trace ({known}): its keys are {keys}")


def read_runs(value: Any, fallback_id: str, wanted: str = "auto") -> list[Trajectory]:
    """Return the whole runs in one JSON value, in order; runs without an id get `fallback_id`.

    >>> run = read_runs({"messages": [{"role": "user", "content": "hi"}]}, "a.jsonl#1")[0]
    >>> run.id, run.task, len(run.steps)
    ('a.jsonl#1', 'hi', 1)
    """
    grouped: dict[tuple[str, int], list[Fragment]] = {}
    for place, fragment in enumerate(read_value(value, wanted)):
        key = (fragment.trace_id or fallback_id, place if fragment.complete else -1)
        grouped.setdefault(key, []).append(fragment)
    return [join(fragments, trace_id) for (trace_id, _), fragments in grouped.items()]
