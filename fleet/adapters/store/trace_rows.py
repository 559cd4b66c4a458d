"""Trajectories as rows of `traces` and `spans`, and the digest that tells whether one is known."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from fleet.adapters.store.pressed import opened
from fleet.errors import EvidenceError
from fleet.traces.model import Step, StepKind, ToolCall, Trajectory
from fleet.traces.read_otlp import read_export
from fleet.traces.read_parts import join

NAME_LIMIT = 2_000  # characters of a name, a task or an error
CHUNK_BYTES = 1_500_000  # of one packed row; the store's limit is 2 MB
CHUNK_STEPS = 500
STEP_BYTES = 400_000  # a longer step is cut
VALUE_BYTES = 60_000  # and so is each value of it
CALLS_KEPT = 2
DEPTH = 100
EXACT = 2**53
MICRO = 1_000_000
DATE_CHARS = 19  # of a date and a time to the second
DIGEST_DIGITS = 32
PACKED = "packed"  # kind of a row that holds many spans, as JSON of our steps
RAW = "raw"  # and of one that holds an OTLP document as it came
PRESSED = "pressed"  # the same, pressed
PACKS = (PACKED, RAW, PRESSED)
HEADS = (
    "id", "source", "task", "task_id", "outcome", "name", "version", "answer", "error",
    "started_at", "ended_at", "tokens", "cost_usd", "tools", "odd",
)  # fmt: skip
STEP_FIELDS = (
    "id", "parent_id", "position", "kind", "name", "node", "input", "output", "error",
    "started_at", "ended_at", "tokens_in", "tokens_out", "cost_usd", "model",
)  # fmt: skip
MORE = ("model", "tokens_in", "tokens_out", "tool_calls")


def packed(run: Trajectory) -> tuple[list[tuple[int, bytes]], str]:
    """Return the steps as JSON lists, each with how many it holds, and a digest of the run."""
    whole = _encode(run.steps)
    if len(whole) <= STEP_BYTES and len(run.steps) <= CHUNK_STEPS:
        chunks = [(len(run.steps), whole)] if run.steps else []
    else:
        chunks = list(_chunks([_step_json(step) for step in run.steps]))
    digest = hashlib.blake2b(_encode([getattr(run, name) for name in HEADS]))
    digest.update(whole)
    return chunks, digest.hexdigest()[:DIGEST_DIGITS]


def _chunks(steps: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    start, size = 0, 0
    for end, step in enumerate(steps, start=1):
        size += len(step) + 1
        if size + STEP_BYTES > CHUNK_BYTES or end - start == CHUNK_STEPS or end == len(steps):
            yield end - start, b"[" + b",".join(steps[start:end]) + b"]"
            start, size = end, 0


def chunk_rows(trace_id: str, chunks: Iterable[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """Return rows of `spans` that hold many steps each, as a JSON list in `output`.

    Bulk imports are packed: a row a span would cost more than reading the file.
    """
    rows, start = [], 0
    for count, text in chunks:
        rows.append(
            {
                "id": f"{trace_id}:{start}+{count}", "trace_id": trace_id, "position": start,
                "name": f"{count} spans", "kind": PACKED, "output": orjson.Fragment(text),
            }
        )  # fmt: skip
        start += count
    return rows


def unpacked(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the spans of one row of `spans`: itself, or those that it packs."""
    if row["kind"] == PACKED:
        return [_span_of(row["trace_id"], step) for step in row["output"]]
    if row["kind"] in (RAW, PRESSED):
        return [_full_row(row["trace_id"], step) for step in steps_of(row)]
    return [dict(row)]


def _full_row(trace_id: str, step: Step) -> dict[str, Any]:
    return _span_of(trace_id, orjson.loads(_step_json(step)))


def steps_of(row: Mapping[str, Any]) -> list[Step]:
    """Return the steps that a packed row of `spans` holds; none for a span of its own."""
    if row["kind"] in (RAW, PRESSED):
        return list(join(list(read_export(_document(row))), row["trace_id"]).steps)
    if row["kind"] != PACKED:
        return []
    return [
        Step(**(step | {"kind": StepKind(step["kind"]), "tool_calls": _calls(step["tool_calls"])}))
        for step in row["output"]
    ]


def _document(row: Mapping[str, Any]) -> Any:
    if row["kind"] == RAW:
        return row["output"]
    try:
        return orjson.loads(opened(row["output"]))
    except (TypeError, ValueError) as error:
        raise EvidenceError(f"the spans of trace {row['trace_id']} are damaged: {error}") from None


def _calls(calls: Iterable[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(**call) for call in calls)


def trace_row(run: Trajectory, *, origin: str, digest: str | None) -> dict[str, Any]:
    """Return the row of `traces`; `summary` holds what has no column of its own."""
    failed = sum(step.error is not None for step in run.steps)
    summary = {
        "task_id": run.task_id, "outcome": run.outcome, "answer": short(run.answer),
        "tools": list(run.tools), "error": clean(run.error), "failed_spans": failed,
    }  # fmt: skip
    return {
        "id": run.id, "run_id": None, "graph": clean(graph_of(run.name)),
        "graph_version": clean(run.version),
        "name": clean(run.name), "origin": origin, "status": status_of(run.error),
        "started_at": stamp_of(run.started_at), "ended_at": stamp_of(run.ended_at),
        "spans": len(run.steps), "cost_usd": run.cost_usd, "tokens": run.tokens,
        "task": clean(run.task), "digest": digest, "summary": summary,
        "odd": [clean(note) for note in run.odd],
    }  # fmt: skip


def span_row(trace_id: str, step: Step) -> dict[str, Any]:
    """Return one step as a row of `spans` of its own."""
    plain = {name: getattr(step, name) for name in STEP_FIELDS}
    plain["tool_calls"] = [{"name": call.name} for call in step.tool_calls[:1]]
    row = _span_of(trace_id, plain)
    more = {name: plain[name] for name in MORE[:-1] if plain[name]}
    return row | {
        "name": clean(step.name), "error": clean(step.error), "input": _fragment(step.input),
        "output": _fragment(step.output), "attributes": more or None,
    }  # fmt: skip


def _fragment(value: Any) -> Any:
    """Encode a value once; the store takes the text as it is."""
    if value is None:
        return None
    raw = _encode(value)
    return orjson.Fragment(raw if len(raw) <= VALUE_BYTES else _encode(_cut(value)))


def graph_of(name: str | None) -> str | None:
    """Return the agent's name out of a root span's, which the conventions write with its verb."""
    return None if name is None else name.removeprefix("invoke_agent ")


def status_of(error: str | None) -> str:
    """Return `ok` or `error`."""
    return "ok" if error is None else "error"


def stamp_of(at: float | None) -> str | None:
    """Write seconds since 1970 as the store does; None when unknown or out of range."""
    if at is None:
        return None
    try:
        micros = round(at * MICRO)
        second, rest = divmod(micros, MICRO)
        return f"{_second(second)}.{rest:06d}Z"
    except (OverflowError, ValueError, OSError):
        return None


def clean(text: Any) -> str | None:
    """Return text that every backend takes: no NUL, no lone surrogate, not endless."""
    if text is None:
        return None
    value = text if isinstance(text, str) else str(text)
    if value.isascii() and len(value) <= NAME_LIMIT and "\0" not in value:
        return value
    return value[:NAME_LIMIT].replace("\0", "").encode("utf-8", "replace").decode()


def _span_of(trace_id: str, step: Mapping[str, Any]) -> dict[str, Any]:
    parent, calls = step["parent_id"], step["tool_calls"]
    started, ended = step["started_at"], step["ended_at"]
    known = None not in (started, ended) and ended >= started
    counts = [n for n in (step["tokens_in"], step["tokens_out"]) if n is not None]
    more = {name: step[name] for name in MORE if step[name]}
    return {
        "id": f"{trace_id}:{step['id']}", "trace_id": trace_id,
        "parent_id": None if parent is None else f"{trace_id}:{parent}",
        "position": step["position"], "name": step["name"], "kind": step["kind"],
        "node": step["node"], "tool": calls[0]["name"] if calls else None,
        "status": status_of(step["error"]), "error": step["error"],
        "started_at": stamp_of(started), "ended_at": stamp_of(ended),
        "duration_ms": (ended - started) * 1000 if known else None,
        "tokens": sum(counts) if counts else None, "cost_usd": step["cost_usd"],
        "input": step["input"], "output": step["output"], "attributes": more or None,
    }  # fmt: skip


def _step_json(step: Step) -> bytes:
    """Encode a step; what makes it too long for a row is cut, and says how long it was."""
    raw = _encode(step)
    if len(raw) <= STEP_BYTES:
        return raw
    calls = tuple(replace(c, arguments=_cut(c.arguments), output=_cut(c.output))
                  for c in step.tool_calls[:CALLS_KEPT])  # fmt: skip
    return _encode(
        replace(
            step, name=clean(step.name) or "", error=clean(step.error), input=_cut(step.input),
            output=_cut(step.output), tool_calls=calls,
        )
    )  # fmt: skip


def _cut(value: Any) -> Any:
    raw = _encode(value)
    if len(raw) <= VALUE_BYTES:
        return value
    return {"cut": raw[:VALUE_BYTES].decode("utf-8", "ignore"), "bytes": len(raw)}


def _encode(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        return _slow_json(value)


def short(value: Any) -> Any:
    """Return a value, or the beginning of its JSON when it is long."""
    if value is None:
        return None
    raw = _encode(value)  # read again, it has nothing that JSON has not
    if len(raw) <= NAME_LIMIT:
        return orjson.loads(raw)
    return raw[:NAME_LIMIT].decode("utf-8", "ignore")


def _default(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _slow_json(value: Any) -> bytes:
    """Encode what orjson refuses: huge integers become text, lone surrogates are replaced."""
    return orjson.dumps(_plain(value))


def _plain(value: Any, depth: int = 0) -> Any:
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, int):
        return value if abs(value) < EXACT else str(value)
    if depth == DEPTH:
        return "…"
    if isinstance(value, Step):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(_plain(str(k))): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return str(value).encode("utf-8", "replace").decode()


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:DATE_CHARS]
