"""OTLP/JSON and OpenTelemetry spans as JSON lines, with GenAI or OpenInference attributes."""

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.traces.model import Step, StepKind, TraceFormat
from fleet.traces.read_chat import calls_in
from fleet.traces.read_parts import Fragment, Header, call_of
from fleet.traces.read_values import (
    first,
    items,
    mapping,
    moment,
    number,
    share,
    text,
    unpacked,
    whole,
)

LLM_NAMES = {"chat", "text_completion", "generate_content", "completion", "llm", "model"}
TOOL_NAMES = {"execute_tool", "tool", "effect"}
FAILED = (2, "2", "STATUS_CODE_ERROR", "ERROR")
INPUTS = (
    "gen_ai.input.messages",
    "input.value",
    "gen_ai.prompt",
    "traceloop.entity.input",
    "input",
)
OUTPUTS = ("gen_ai.output.messages", "output.value", "gen_ai.completion",
           "traceloop.entity.output", "output")  # fmt: skip
NODES = ("langgraph.node", "graph.node.id", "fleet.node", "gen_ai.agent.name", "agent.name", "node")
DEFINITIONS = ("gen_ai.tool.definitions", "llm.tools")


def is_export(value: Mapping[str, Any]) -> bool:
    """Whether the record is an export request: resource spans inside."""
    return isinstance(value.get("resourceSpans", value.get("resource_spans")), list)


def is_span(value: Mapping[str, Any]) -> bool:
    """Whether the record is one OpenTelemetry span."""
    context = mapping(value.get("context"))
    return ("traceId" in value and "spanId" in value) or (
        ("trace_id" in value or "trace_id" in context)
        and ("span_id" in value or "span_id" in context)
    )


def read_export(value: Mapping[str, Any]) -> Iterator[Fragment]:
    """Read every span of an export request."""
    for resource in items(value.get("resourceSpans", value.get("resource_spans"))):
        about = attributes(mapping(mapping(resource).get("resource")).get("attributes"))
        scopes = mapping(resource).get("scopeSpans", mapping(resource).get("scope_spans"))
        for scope in items(scopes):
            for span in items(mapping(scope).get("spans")):
                if isinstance(span, dict):
                    yield read_span(span, about)


def read_span(span: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> Fragment:
    """Read one span; `about` are the attributes of its resource."""
    told = attributes(span.get("attributes"))
    context = mapping(span.get("context"))
    step = _step(span, told, context)
    root = step.parent_id is None
    header = Header(
        task=text(first(told, ("fleet.task", "gen_ai.task", "intent"))),
        task_id=text(first(told, ("fleet.task_id", "task_id", "scenario_id"))),
        outcome=share(first(told, ("fleet.outcome", "outcome"))),
        name=(text(told.get("gen_ai.agent.name")) or step.name) if root else None,
        version=text(first({**(about or {}), **told}, ("gen_ai.agent.version", "service.version"))),
    )
    return Fragment(
        trace_id=text(first({**context, **span}, ("traceId", "trace_id"))),
        source=TraceFormat.OTLP,
        steps=(step,),
        header=header,
        tools=_offered(told),
    )


def _step(span: Mapping[str, Any], told: Mapping[str, Any], context: Mapping[str, Any]) -> Step:
    kind, name = _kind(told), text(span.get("name")) or "span"
    output, error = unpacked(first(told, OUTPUTS)), _error(span, told)
    given = unpacked(first(told, INPUTS))
    asked = calls_in(output) if kind is StepKind.LLM else ()
    if kind is StepKind.TOOL:
        name = text(first(told, ("gen_ai.tool.name", "tool.name"))) or name
        given = first(told, ("gen_ai.tool.call.arguments", "tool.parameters")) or given
        result = first(told, ("gen_ai.tool.call.result",))
        output = output if result is None else unpacked(result)
        call_id = first(told, ("gen_ai.tool.call.id", "tool_call.id"))
        asked = call_of(name, call_id=call_id, arguments=given, output=output, error=error)
    parent = text(first(span, ("parentSpanId", "parent_span_id", "parent_id")))
    return Step(
        id=text(first({**context, **span}, ("spanId", "span_id"))) or "",
        parent_id=parent if parent and set(parent) != {"0"} else None,
        position=0,
        kind=kind,
        name=name,
        node=text(first(told, NODES)),
        input=unpacked(given),
        output=output,
        error=error or (asked[0].error if kind is StepKind.TOOL else None),
        started_at=moment(first(span, ("startTimeUnixNano", "start_time_unix_nano", "start_time"))),
        ended_at=moment(first(span, ("endTimeUnixNano", "end_time_unix_nano", "end_time"))),
        tokens_in=whole(first(told, ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
                                     "llm.token_count.prompt"))),
        tokens_out=whole(first(told, ("gen_ai.usage.output_tokens",
                                      "gen_ai.usage.completion_tokens",
                                      "llm.token_count.completion"))),
        cost_usd=number(first(told, ("gen_ai.usage.cost", "cost_usd", "llm.cost.total"))),
        model=text(first(told, ("gen_ai.response.model", "gen_ai.request.model",
                                "llm.model_name"))),
        tool_calls=asked,
    )  # fmt: skip


def attributes(raw: Any) -> dict[str, Any]:
    """Return attributes as a plain mapping: OTLP's list of key and value, or a mapping."""
    if isinstance(raw, dict):
        return dict(raw)
    found: dict[str, Any] = {}
    for each in items(raw):
        if isinstance(each, dict) and isinstance(each.get("key"), str):
            found[each["key"]] = _any_value(each.get("value"))
    return found


def _any_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "arrayValue" in value:
        return [_any_value(each) for each in items(mapping(value["arrayValue"]).get("values"))]
    if "kvlistValue" in value:
        return attributes(mapping(value["kvlistValue"]).get("values"))
    if "intValue" in value:
        return whole(value["intValue"])
    return next(iter(value.values()), None)


def _kind(told: Mapping[str, Any]) -> StepKind:
    word = first(told, ("gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind",
                        "fleet.kind", "llm.request.type"))  # fmt: skip
    said = str(word).lower()
    if said in LLM_NAMES:
        return StepKind.LLM
    if said in TOOL_NAMES or "gen_ai.tool.name" in told:
        return StepKind.TOOL
    return StepKind.LLM if "gen_ai.output.messages" in told else StepKind.NODE


def _error(span: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    status = span.get("status")
    code = first(mapping(status), ("code", "status_code")) if mapping(status) else status
    failed = code in FAILED
    said = text(mapping(status).get("message")) or text(mapping(status).get("description"))
    kind = text(told.get("error.type"))
    for event in items(span.get("events")):
        about = attributes(mapping(event).get("attributes"))
        said = said or text(about.get("exception.message"))
    if failed or kind:
        return said or kind or "error"
    return None


def _offered(told: Mapping[str, Any]) -> tuple[str, ...]:
    named = (offered(each) for each in items(first(told, DEFINITIONS)))
    return tuple(name for name in named if name)


def offered(definition: Any) -> str | None:
    """Return the name in a tool definition, bare or under `function`."""
    body = mapping(definition)
    return text(body.get("name")) or text(mapping(body.get("function")).get("name"))
