"""OTLP/JSON and OpenTelemetry spans as JSON lines, with GenAI or OpenInference attributes."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

from fleet.traces.model import Step, StepKind, TraceFormat
from fleet.traces.otlp_messages import MARKS, from_events, from_indexed, speaks
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
TASKS = ("fleet.task", "gen_ai.task", "intent")
TASK_IDS = ("fleet.task_id", "task_id", "scenario_id")
VERSIONS = ("gen_ai.agent.version", "service.version")
ARGUMENTS = ("gen_ai.tool.call.arguments", "tool.parameters")
RESULTS = ("gen_ai.tool.call.result",)
KIND_NAMES = ("gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind",
              "fleet.kind", "llm.request.type")  # fmt: skip
TOKENS_IN = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt")
TOKENS_OUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
              "llm.token_count.completion")  # fmt: skip
NAMES = ("gen_ai.agent.name", "gen_ai.tool.name", "tool.name", "traceloop.entity.name")
TOOL_NAMES_IN = NAMES[1:]
OUTCOMES = ("fleet.outcome", "outcome")
OUTPUT_MESSAGES = "gen_ai.output.messages"
ERROR_TYPE = "error.type"
COSTS = ("gen_ai.usage.cost", "cost_usd", "llm.cost.total")


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
    """Read every span of an export request; what is none is named with the first that is one."""
    strange = sum(not isinstance(span, dict) for span in _listed(value))
    for resource, span in _spans(value):
        fragment = read_span(span, resource)
        if strange:
            odd = ("a span is not an object",) * strange
            fragment = replace(fragment, header=replace(fragment.header, odd=odd))
            strange = 0
        yield fragment


def trace_ids(value: Mapping[str, Any]) -> list[str | None]:
    """Return the trace ids in an export request, each once, in order."""
    return list(dict.fromkeys(_trace_id(span) for _, span in _spans(value)))


def _listed(value: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what stands in the lists of spans, whatever it is."""
    for resource in items(value.get("resourceSpans", value.get("resource_spans"))):
        scopes = mapping(resource).get("scopeSpans", mapping(resource).get("scope_spans"))
        for scope in items(scopes):
            yield from items(mapping(scope).get("spans"))


def _spans(value: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield every span with the attributes of its resource."""
    for resource in items(value.get("resourceSpans", value.get("resource_spans"))):
        about = attributes(mapping(mapping(resource).get("resource")).get("attributes"))
        scopes = mapping(resource).get("scopeSpans", mapping(resource).get("scope_spans"))
        for scope in items(scopes):
            for span in items(mapping(scope).get("spans")):
                if isinstance(span, dict):
                    yield about, span


def _trace_id(span: Mapping[str, Any]) -> str | None:
    return text(first(_with_context(span), ("traceId", "trace_id")))


def _with_context(span: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a span with what its context says, as Python's console exporter writes it."""
    return {**mapping(span["context"]), **span} if "context" in span else span


def read_span(span: Mapping[str, Any], about: Mapping[str, Any] | None = None) -> Fragment:
    """Read one span; `about` are the attributes of its resource."""
    told = _told(span)
    step = _step(span, told)
    if about is None:  # a span that stands alone carries its resource
        about = attributes(mapping(span.get("resource")).get("attributes"))
    root = step.parent_id is None
    header = Header(
        task=text(first(told, TASKS)),
        task_id=text(first(told, TASK_IDS)),
        outcome=outcome_of(told),
        name=(text(told.get(NAMES[0])) or step.name) if root else None,
        version=text(first({**about, **told} if about else told, VERSIONS)),
    )
    return Fragment(
        trace_id=_trace_id(span),
        source=TraceFormat.OTLP,
        steps=(step,),
        header=header,
        tools=offered_in(told),
    )


def _told(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span's attributes, with the messages in its events and indexed attributes."""
    told = attributes(span.get("attributes"))
    if not MARKS.isdisjoint(told):
        told = {**from_indexed(told), **told}
    events = [mapping(event) for event in items(span.get("events")) if speaks(event)]
    if events:
        named = ((str(event["name"]), attributes(event.get("attributes"))) for event in events)
        told = {**from_events(named), **told}
    return told


def _step(span: Mapping[str, Any], told: Mapping[str, Any]) -> Step:
    kind = kind_of(told, told)
    name, error = name_of(span, told, kind), error_of(span, told)
    output, given = output_of(told, kind), given_of(told, kind)
    asked = calls_in(output) if kind is StepKind.LLM else ()
    if kind is StepKind.TOOL:
        call_id = first(told, ("gen_ai.tool.call.id", "tool_call.id"))
        asked = call_of(name, call_id=call_id, arguments=given, output=output, error=error)
    parent = text(first(span, ("parentSpanId", "parent_span_id", "parent_id")))
    return Step(
        id=text(first(_with_context(span), ("spanId", "span_id"))) or "",
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
        tokens_in=whole(first(told, TOKENS_IN)),
        tokens_out=whole(first(told, TOKENS_OUT)),
        cost_usd=number(first(told, COSTS)),
        model=text(first(told, ("gen_ai.response.model", "gen_ai.request.model",
                                "llm.model_name"))),
        tool_calls=asked,
    )  # fmt: skip


def name_of(span: Mapping[str, Any], told: Mapping[str, Any], kind: StepKind) -> str:
    """Return a span's name: of a tool the tool's."""
    own = text(span.get("name")) or "span"
    if kind is not StepKind.TOOL:
        return own
    return text(first(told, TOOL_NAMES_IN)) or own


def given_of(told: Mapping[str, Any], kind: StepKind) -> Any:
    """Return a span's input: of a tool its arguments, as they stand if they have a name."""
    given = unpacked(first(told, INPUTS))
    return (first(told, ARGUMENTS) or given) if kind is StepKind.TOOL else given


def output_of(told: Mapping[str, Any], kind: StepKind) -> Any:
    """Return a span's output: of a tool its result."""
    result = first(told, RESULTS) if kind is StepKind.TOOL else None
    return unpacked(first(told, OUTPUTS) if result is None else result)


def outcome_of(told: Mapping[str, Any]) -> float | None:
    """Return a recorded outcome."""
    return share(first(told, OUTCOMES))


def attributes(raw: Any) -> dict[str, Any]:
    """Return attributes as a plain mapping: OTLP's list of key and value, or a mapping."""
    if isinstance(raw, dict):
        return dict(raw)
    found: dict[str, Any] = {}
    for each in items(raw):
        if isinstance(each, dict) and isinstance(each.get("key"), str):
            found[each["key"]] = any_value(each.get("value"))
    return found


def any_value(value: Any) -> Any:
    """Return what an AnyValue of OTLP holds."""
    if not isinstance(value, dict):
        return value
    if "arrayValue" in value:
        return [any_value(each) for each in items(mapping(value["arrayValue"]).get("values"))]
    if "kvlistValue" in value:
        return attributes(mapping(value["kvlistValue"]).get("values"))
    if "intValue" in value:
        return whole(value["intValue"])
    return next(iter(value.values()), None)


def kind_of(told: Mapping[str, Any], names: Container[str]) -> StepKind:
    """Return what a span is; `names` are those of all its attributes, `told` those that say it."""
    said = str(first(told, KIND_NAMES)).lower()
    if said in LLM_NAMES:
        return StepKind.LLM
    if said in TOOL_NAMES or TOOL_NAMES_IN[0] in names:
        return StepKind.TOOL
    return StepKind.LLM if OUTPUT_MESSAGES in names else StepKind.NODE


def error_of(span: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    """Return why a span failed, None when nothing says that it did."""
    status = span.get("status")
    code = first(mapping(status), ("code", "status_code")) if mapping(status) else status
    failed = code in FAILED
    said = text(mapping(status).get("message")) or text(mapping(status).get("description"))
    kind = text(told.get(ERROR_TYPE))
    for event in items(span.get("events")):
        about = attributes(mapping(event).get("attributes"))
        said = said or text(about.get("exception.message"))
    if failed or kind:
        return said or kind or "error"
    return None


def offered_in(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the tools that a model was offered."""
    named = (offered(each) for each in items(first(told, DEFINITIONS)))
    return tuple(name for name in named if name)


def offered(definition: Any) -> str | None:
    """Return the name in a tool definition, bare or under `function`."""
    body = mapping(definition)
    return text(body.get("name")) or text(mapping(body.get("function")).get("name"))
