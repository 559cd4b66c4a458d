"""A run's spans as others read them: OpenTelemetry's JSON, LangSmith's runs, our own model."""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from fleet.traces.spans import NS_PER_S, RunRecord, Span, SpanKind, spans_of, totals

SERVICE = "sales-fleet"
SCOPE = "fleet.runtime"
TEXT_LIMIT = 32_000  # characters of one input or output; longer text is cut, and says so
INTERNAL, CLIENT = 1, 3  # OpenTelemetry's span kinds
OK, ERROR = 1, 2  # and its status codes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMESPACE = uuid.UUID("6f1d3c2e-2b0f-5d52-9b0f-0c7d8f6f2a11")
RUN_TYPES = {
    SpanKind.RUN: "chain", SpanKind.NODE: "chain", SpanKind.MODEL: "llm", SpanKind.EFFECT: "tool",
}  # fmt: skip
STEP_KINDS = {SpanKind.MODEL: StepKind.LLM, SpanKind.EFFECT: StepKind.TOOL}
Clean = Callable[[Any], Any]


def otlp_document(run: RunRecord) -> dict[str, Any]:
    """Return one OTLP/JSON document (`resourceSpans`) that holds the whole run."""
    resource = {"service.name": SERVICE, "service.version": run.version}
    spans = [_otlp_span(run.trace_id, span) for span in spans_of(run)]
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": SCOPE}, "spans": spans}],
            }
        ]
    }


def trajectory_of(run: RunRecord) -> Trajectory:
    """Return a run as the model that evaluation, monitor and pages read."""
    spans, sums = spans_of(run), totals(run)
    return Trajectory(
        id=run.trace_id, source=TraceFormat.OTLP, name=run.graph, version=run.version,
        steps=tuple(_step(position, span) for position, span in enumerate(spans)),
        task=_text(run.subject), answer=run.outcome, error=run.error,
        started_at=spans[0].started_ns / NS_PER_S, ended_at=spans[0].ended_ns / NS_PER_S,
        tokens=sums["tokens"], cost_usd=sums["cost_usd"],
    )  # fmt: skip


def langsmith_runs(run: RunRecord, project: str, clean: Clean) -> list[dict[str, Any]]:
    """Return LangSmith's run records, parents first, every text of a person or row cleaned.

    `clean` is applied to all that did not come from our own code: inputs, outputs, errors,
    attributes.
    """
    order: dict[str, str] = {}
    records = []
    trace = str(uuid.UUID(hex=run.trace_id))
    for span in spans_of(run):
        # LangSmith wants the id of the root to be the trace's id.
        own = (
            trace if span.parent_id is None else str(uuid.uuid5(NAMESPACE, run.trace_id + span.id))
        )
        parent = order.get(span.parent_id or "")
        start = EPOCH + timedelta(microseconds=span.started_ns // 1000)
        dotted = f"{start:%Y%m%dT%H%M%S%f}Z{own}"
        order[span.id] = f"{parent}.{dotted}" if parent else dotted
        attributes = {key: value for key, value in span.attributes.items() if value is not None}
        records.append(
            {
                "id": own, "trace_id": trace, "dotted_order": order[span.id], "name": span.name,
                "parent_run_id": parent.rpartition("Z")[2] if parent else None,
                "run_type": RUN_TYPES[span.kind], "session_name": project,
                "start_time": _iso(span.started_ns), "end_time": _iso(span.ended_ns),
                "inputs": _object(clean(span.input), "input"),
                "outputs": _object(clean(span.output), "output") | _usage(span),
                "error": clean(span.error), "tags": [run.graph],
                "extra": {"metadata": clean(attributes) | _ls_names(span)},
            }
        )  # fmt: skip
    return records


def _usage(span: Span) -> dict[str, Any]:
    call = span.call
    if call is None:
        return {}
    into, out = call.input_tokens, call.output_tokens
    both = None if into is None or out is None else into + out
    return {
        "usage_metadata": {
            "input_tokens": into, "output_tokens": out, "total_tokens": both,
            "input_token_details": {"cache_read": call.cached_tokens},
            "total_cost": call.cost_usd,
        }
    }  # fmt: skip


def _ls_names(span: Span) -> dict[str, Any]:
    return {} if span.call is None else {
        "ls_provider": "deepseek", "ls_model_name": span.call.model, "ls_model_type": "chat",
    }  # fmt: skip


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    return dict(value) if isinstance(value, Mapping) else {name: value}


def _step(position: int, span: Span) -> Step:
    call = span.call
    tools: tuple[ToolCall, ...] = ()
    if span.kind is SpanKind.EFFECT:
        name = str(span.attributes["gen_ai.tool.name"])
        tools = (ToolCall(id=span.id, name=name, arguments=span.input, error=span.error),)
    return Step(
        id=span.id, parent_id=span.parent_id, position=position,
        kind=STEP_KINDS.get(span.kind, StepKind.NODE), name=span.name, node=span.node,
        input=span.input, output=span.output, error=span.error,
        started_at=span.started_ns / NS_PER_S, ended_at=span.ended_ns / NS_PER_S,
        tokens_in=call.input_tokens if call else None,
        tokens_out=call.output_tokens if call else None,
        cost_usd=call.cost_usd if call else None, model=call.model if call else None,
        tool_calls=tools,
    )  # fmt: skip


def _otlp_span(trace_id: str, span: Span) -> dict[str, Any]:
    values = {
        **span.attributes, "fleet.kind": str(span.kind), "input.value": _text(span.input),
        "output.value": _text(span.output), "error.type": _error_type(span.error),
    }  # fmt: skip
    status = {"code": OK} if span.error is None else {"code": ERROR, "message": span.error}
    written = {
        "traceId": trace_id, "spanId": span.id, "name": span.name,
        "kind": CLIENT if span.kind is SpanKind.MODEL else INTERNAL,
        "startTimeUnixNano": str(span.started_ns), "endTimeUnixNano": str(span.ended_ns),
        "attributes": _attributes(values), "status": status,
    }  # fmt: skip
    return written if span.parent_id is None else written | {"parentSpanId": span.parent_id}


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": _any(value)} for key, value in values.items() if value is not None
    ]


def _any(value: Any) -> dict[str, Any]:
    """Write OTLP's AnyValue; 64-bit integers are text in its JSON."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + f"… ({len(text)} characters)"


def _error_type(error: str | None) -> str | None:
    return None if error is None else error.partition(":")[0][:80]


def _iso(at_ns: int) -> str:
    return (EPOCH + timedelta(microseconds=at_ns // 1000)).isoformat()
