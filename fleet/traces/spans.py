"""What one run of a graph leaves behind: spans, from plain records of what was seen.

The trace id is made from the thread id, so that a run which is cut short and resumed goes on in the
same trace. Span ids are made from the step, so that a step recorded twice is one span. Times are
nanoseconds since 1970 (UTC); absent is None.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TRACE_DIGITS, SPAN_DIGITS = 32, 16  # hexadecimal digits of OpenTelemetry's ids
NS_PER_S = 1_000_000_000


class SpanKind(StrEnum):
    """What a span stands for."""

    RUN = "run"
    NODE = "node"
    MODEL = "model"
    EFFECT = "effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One model call, answered or failed; a cached reply costs 0, an unknown cost is None."""

    purpose: str
    model: str
    started_ns: int
    ended_ns: int
    prompt_digest: str | None = None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    cached: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRecord:
    """One thing a node changed outside the graph: what was done, and to which row."""

    name: str
    started_ns: int
    ended_ns: int
    target: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One execution of a node. `number` is its step in the thread.

    `recovered` marks a step of an earlier process that was cut short: its end is known from the
    checkpoint, its start is the checkpoint before.
    """

    node: str
    number: int
    started_ns: int
    ended_ns: int
    output: Any = None
    error: str | None = None
    recovered: bool = False
    calls: tuple[CallRecord, ...] = ()
    effects: tuple[EffectRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of a graph, to its end or to its failure."""

    thread_id: str
    graph: str
    version: str
    started_ns: int
    ended_ns: int
    steps: tuple[StepRecord, ...] = ()
    subject: Mapping[str, Any] | None = None
    outcome: str | None = None
    error: str | None = None
    resumed: bool = False

    @property
    def trace_id(self) -> str:
        """The id that every part of this run shares."""
        return trace_id_of(self.thread_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span, before it is written in any format."""

    id: str
    parent_id: str | None
    name: str
    kind: SpanKind
    started_ns: int
    ended_ns: int
    node: str | None = None
    error: str | None = None
    input: Any = None
    output: Any = None
    call: CallRecord | None = None
    attributes: Mapping[str, Any]


def trace_id_of(thread_id: str) -> str:
    """Return the trace id of a thread: 32 hexadecimal digits, never all zero.

    >>> trace_id_of("reply:7") == trace_id_of("reply:7") != trace_id_of("reply:8")
    True
    """
    return _digest(TRACE_DIGITS, "trace", thread_id)


def spans_of(run: RunRecord) -> list[Span]:
    """Return the spans of a run, parents first: run, then each node with its calls and effects."""
    root = _digest(SPAN_DIGITS, run.trace_id, "run")
    started = min([run.started_ns, *(step.started_ns for step in run.steps)])
    run_span = Span(
        id=root, parent_id=None, name=f"invoke_agent {run.graph}", kind=SpanKind.RUN,
        started_ns=started, ended_ns=max(run.ended_ns, started), error=run.error,
        input=run.subject, output=None if run.outcome is None else {"outcome": run.outcome},
        attributes={
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": run.graph,
            "gen_ai.agent.version": run.version, "gen_ai.conversation.id": run.thread_id,
            "fleet.outcome": run.outcome, "fleet.resumed": run.resumed or None,
        },
    )  # fmt: skip
    return [run_span, *(span for step in run.steps for span in _step_spans(run, root, step))]


def totals(run: RunRecord) -> dict[str, Any]:
    """Return `{tokens, cost_usd, model_calls}`; None where a call's own figure is unknown."""
    calls = [call for step in run.steps for call in step.calls]
    costs = [call.cost_usd for call in calls]
    counts = [n for call in calls for n in (call.input_tokens, call.output_tokens)]
    return {
        "tokens": sum(n or 0 for n in counts),
        "cost_usd": None if None in costs else sum(cost or 0.0 for cost in costs),
        "model_calls": len(calls),
    }


def step_span_id(trace_id: str, step: StepRecord) -> str:
    """Return the span id of a step; a failed try has one of its own, since it is done again."""
    once = (str(step.started_ns),) if step.error is not None else ()
    return _digest(SPAN_DIGITS, trace_id, "step", str(step.number), step.node, *once)


def _step_spans(run: RunRecord, root: str, step: StepRecord) -> Iterator[Span]:
    own = step_span_id(run.trace_id, step)
    yield Span(
        id=own, parent_id=root, name=step.node, kind=SpanKind.NODE, node=step.node,
        started_ns=step.started_ns, ended_ns=step.ended_ns, error=step.error, output=step.output,
        attributes={
            "langgraph.node": step.node, "langgraph.step": step.number,
            "fleet.recovered": step.recovered or None,
        },
    )  # fmt: skip
    for position, call in enumerate(step.calls):
        yield _call_span(_digest(SPAN_DIGITS, own, "call", str(position)), own, step.node, call)
    for position, effect in enumerate(step.effects):
        span_id = _digest(SPAN_DIGITS, own, "effect", str(position))
        yield Span(
            id=span_id, parent_id=own, name=f"execute_tool {effect.name}", kind=SpanKind.EFFECT,
            node=step.node, started_ns=effect.started_ns, ended_ns=effect.ended_ns,
            error=effect.error, input=effect.target,
            attributes={
                "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": effect.name,
                "gen_ai.tool.call.id": span_id, "gen_ai.tool.type": "datastore",
            },
        )  # fmt: skip


def _call_span(span_id: str, parent_id: str, node: str, call: CallRecord) -> Span:
    return Span(
        id=span_id, parent_id=parent_id, name=f"chat {call.model}", kind=SpanKind.MODEL, node=node,
        started_ns=call.started_ns, ended_ns=call.ended_ns, error=call.error, call=call,
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "deepseek",
            "gen_ai.request.model": call.model, "gen_ai.response.model": call.model,
            "gen_ai.usage.input_tokens": call.input_tokens,
            "gen_ai.usage.output_tokens": call.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": call.cached_tokens,
            "gen_ai.usage.cost": call.cost_usd, "fleet.purpose": call.purpose,
            "fleet.prompt_digest": call.prompt_digest, "fleet.cached": call.cached or None,
        },
    )  # fmt: skip


def _digest(digits: int, *parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:digits]
