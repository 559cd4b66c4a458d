"""MLflow traces: the native envelope (info, data), the flat form, and bare spans."""

from collections.abc import Mapping
from typing import Any

from fleet.traces.model import Step, StepKind, TraceFormat
from fleet.traces.read_chat import INTENTS, calls_in
from fleet.traces.read_otlp import FAILED, attributes, offered
from fleet.traces.read_parts import Fragment, Header, call_of, label_in
from fleet.traces.read_values import (
    first,
    items,
    mapping,
    moment,
    number,
    plain,
    text,
    unpacked,
    whole,
)

LLM_TYPES = {"CHAT_MODEL", "MODEL", "GENERATION", "LLM"}


def is_trace(value: Mapping[str, Any]) -> bool:
    """Whether the record is an MLflow trace, native or flat."""
    native = isinstance(value.get("info"), dict) and "spans" in mapping(value.get("data"))
    return native or isinstance(value.get("spans"), list)


def is_span(value: Mapping[str, Any]) -> bool:
    """Whether the record is one MLflow span."""
    return any(str(key).startswith("mlflow.") for key in mapping(value.get("attributes")))


def read_trace(value: Mapping[str, Any]) -> Fragment:
    """Read one trace with its spans."""
    info = {**value, **mapping(value.get("info"))}
    spans = items(mapping(value.get("data")).get("spans", value.get("spans")))
    whole_spans = [span for span in spans if isinstance(span, dict)]
    odd = () if len(whole_spans) == len(spans) else ("a span is not an object",)
    told = {**mapping(info.get("trace_metadata")), **mapping(info.get("request_metadata"))}
    tags = mapping(info.get("tags"))
    about = {**mapping(value.get("data")), **info}  # MLflow 2 keeps request and response there
    preview = mapping(first(about, ("request_preview", "request")))
    usage = mapping(told.get("mlflow.trace.tokenUsage"))
    header = Header(
        task=text(first({**preview, **tags}, INTENTS)),
        task_id=text(first({**info, **tags}, ("task_id", "scenario_id"))),
        outcome=_outcome(info, tags),
        name=text(first({**info, **tags}, ("mlflow.traceName", "name"))),
        version=text(first({**info, **tags}, ("graph_version", "version"))),
        answer=_answer(about, told),
        tokens=whole(usage.get("total_tokens")),
        cost_usd=number(mapping(told.get("mlflow.trace.cost")).get("total_cost")),
        odd=odd,
    )
    own = text(first(info, ("trace_id", "request_id", "client_request_id", "id")))
    return Fragment(
        trace_id=own,
        source=TraceFormat.MLFLOW,
        steps=tuple(_step(span) for span in whole_spans),
        header=header,
        tools=tuple(name for span in whole_spans for name in _tools(span)),
        complete=True,
    )


def read_span(value: Mapping[str, Any]) -> Fragment:
    """Read one span that stands alone."""
    told = attributes(value.get("attributes"))
    own = unpacked(told.get("mlflow.traceRequestId")) or value.get("trace_id")
    return Fragment(
        trace_id=text(own), source=TraceFormat.MLFLOW, steps=(_step(value),), tools=_tools(value)
    )


def _outcome(info: Mapping[str, Any], tags: Mapping[str, Any]) -> float | None:
    """Return the recorded label: an expectation or a feedback on something else is none."""
    found = label_in({**info, **tags})
    for each in items(info.get("assessments")):
        name = str(first(mapping(each), ("assessment_name", "name")))
        said = mapping(mapping(each).get("feedback")).get("value")
        found = label_in({name.lower(): said}) if found is None else found
    return found


def _answer(info: Mapping[str, Any], told: Mapping[str, Any]) -> Any:
    """Return what the run answered, also where previews of it are all there is."""
    said = unpacked(
        first(told, ("mlflow.traceOutputs",)) or first(info, ("response", "response_preview"))
    )
    return mapping(said).get("answer", said)


def _tools(span: Mapping[str, Any]) -> tuple[str, ...]:
    told = attributes(span.get("attributes"))
    listed = items(told.get("mlflow.chat.tools"))
    return tuple(name for each in listed if (name := offered(each)))


def _step(span: Mapping[str, Any]) -> Step:
    told = {key: unpacked(value) for key, value in attributes(span.get("attributes")).items()}
    kind_word = str(first(told, ("mlflow.spanType",)) or first(span, ("span_type", "type"))).upper()
    given = unpacked(first({**span, **told}, ("mlflow.spanInputs", "inputs")))
    output = unpacked(first({**span, **told}, ("mlflow.spanOutputs", "outputs")))
    error, name = _error(span), text(span.get("name")) or "span"
    kind, asked = StepKind.NODE, calls_in(None)
    if kind_word == "TOOL":
        kind = StepKind.TOOL
        call_id = told.get("tool_call_id")
        asked = call_of(name, call_id=call_id, arguments=given, output=output, error=error)
    elif kind_word in LLM_TYPES or "choices" in mapping(output):
        kind, asked = StepKind.LLM, calls_in(output)
    usage = mapping(told.get("mlflow.chat.tokenUsage")) or mapping(mapping(output).get("usage"))
    return Step(
        id=text(first({**mapping(span.get("context")), **span}, ("span_id", "id"))) or "",
        parent_id=text(first(span, ("parent_span_id", "parent_id"))),
        position=0,
        kind=kind,
        name=name,
        node=text(mapping(told.get("metadata")).get("langgraph_node")),
        input=given,
        output=output,
        error=error or (asked[0].error if kind is StepKind.TOOL else None),
        started_at=moment(first(span, ("start_time_unix_nano", "start_time_ns", "start_time"))),
        ended_at=moment(first(span, ("end_time_unix_nano", "end_time_ns", "end_time"))),
        tokens_in=whole(first(usage, ("input_tokens", "prompt_tokens"))),
        tokens_out=whole(first(usage, ("output_tokens", "completion_tokens"))),
        cost_usd=number(mapping(told.get("mlflow.llm.cost")).get("total_cost")),
        model=text(first(told, ("mlflow.llm.model", "model"))),
        tool_calls=asked,
    )


def _error(span: Mapping[str, Any]) -> str | None:
    status = span.get("status", span.get("status_code"))
    code = first(mapping(status), ("code", "status_code")) if mapping(status) else status
    if code not in FAILED:
        return None
    said = text(mapping(status).get("message")) or text(span.get("status_message"))
    for event in items(span.get("events")):
        about = mapping(mapping(event).get("attributes"))
        said = said or text(about.get("exception.message"))
    return said or plain(mapping(status).get("description")) or "error"
