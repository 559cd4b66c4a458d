"""Langfuse: a trace with its observations, or observations on their own."""

from collections.abc import Mapping
from typing import Any

from fleet.traces.model import Step, StepKind, TraceFormat
from fleet.traces.read_chat import INTENTS, calls_in
from fleet.traces.read_parts import Fragment, Header, call_of, label_in
from fleet.traces.read_values import (
    first,
    items,
    mapping,
    moment,
    number,
    plain,
    share,
    text,
    unpacked,
    whole,
)

TYPES = {"GENERATION": StepKind.LLM, "EMBEDDING": StepKind.NODE, "TOOL": StepKind.TOOL,
         "SPAN": StepKind.NODE, "EVENT": StepKind.NODE, "AGENT": StepKind.NODE,
         "CHAIN": StepKind.NODE, "RETRIEVER": StepKind.TOOL, "GUARDRAIL": StepKind.NODE,
         "EVALUATOR": StepKind.NODE}  # fmt: skip


def is_trace(value: Mapping[str, Any]) -> bool:
    """Whether the record is a Langfuse trace."""
    return isinstance(value.get("observations"), list)


def is_observation(value: Mapping[str, Any]) -> bool:
    """Whether the record is one Langfuse observation."""
    return str(value.get("type")).upper() in TYPES and ("traceId" in value or "trace_id" in value)


def read_trace(value: Mapping[str, Any]) -> Fragment:
    """Read one trace with its observations."""
    if "id" not in value:  # the download of a trace keeps it beside its observations
        value = {**mapping(value.get("trace")), **value}
    listed = items(value.get("observations"))
    seen = [each for each in listed if isinstance(each, dict)]
    about = mapping(value.get("metadata"))
    given = unpacked(value.get("input"))
    header = Header(
        task=text(first(mapping(given), INTENTS)) or (given if isinstance(given, str) else None),
        task_id=text(first({**about, **value}, ("task_id", "scenario_id"))),
        outcome=_outcome(value),
        name=text(value.get("name")),
        version=text(first(value, ("version", "release"))),
        answer=unpacked(value.get("output")),
        cost_usd=number(value.get("totalCost")),
        odd=() if len(seen) == len(listed) else ("an observation is not an object",),
    )
    return Fragment(
        trace_id=text(first(value, ("id", "traceId", "trace_id"))),
        source=TraceFormat.LANGFUSE,
        steps=tuple(_step(each) for each in seen),
        header=header,
        complete=True,
    )


def read_observation(value: Mapping[str, Any]) -> Fragment:
    """Read one observation that stands alone."""
    return Fragment(
        trace_id=text(first(value, ("traceId", "trace_id"))),
        source=TraceFormat.LANGFUSE,
        steps=(_step(value),),
    )


def _outcome(value: Mapping[str, Any]) -> float | None:
    for each in items(value.get("scores")):
        found = label_in({str(mapping(each).get("name")): mapping(each).get("value")})
        if found is not None:
            return found
    return share(mapping(value.get("metadata")).get("outcome"))


def _cost(seen: Mapping[str, Any]) -> float | None:
    own = number(first(seen, ("calculatedTotalCost", "totalCost", "total_cost")))
    return number(mapping(seen.get("costDetails")).get("total")) if own is None else own


def _step(seen: Mapping[str, Any]) -> Step:
    kind = TYPES.get(str(seen.get("type")).upper(), StepKind.NODE)
    name = text(seen.get("name")) or str(seen.get("type")).lower()
    given, output = unpacked(seen.get("input")), unpacked(seen.get("output"))
    error = None
    if str(seen.get("level")).upper() == "ERROR":
        error = plain(seen.get("statusMessage")) or "error"
    about = mapping(seen.get("metadata"))
    asked = calls_in(output) if kind is StepKind.LLM else ()
    if kind is StepKind.TOOL:
        call_id = first({**mapping(output), **about}, ("tool_call_id",))
        asked = call_of(name, call_id=call_id, arguments=given, output=output, error=error)
    usage = {**mapping(seen.get("usage")), **mapping(seen.get("usageDetails"))}
    if not any(map(number, usage.values())):
        usage = {}  # Langfuse writes zeros where nothing was counted
    return Step(
        id=text(seen.get("id")) or "",
        parent_id=text(first(seen, ("parentObservationId", "parent_observation_id"))),
        position=0,
        kind=kind,
        name=name,
        node=text(first(about, ("langgraph_node", "agent", "node"))),
        input=given,
        output=output,
        error=error or (asked[0].error if kind is StepKind.TOOL else None),
        started_at=moment(first(seen, ("startTime", "start_time"))),
        ended_at=moment(first(seen, ("endTime", "end_time"))),
        tokens_in=whole(first(usage, ("input_tokens", "input", "promptTokens"))),
        tokens_out=whole(first(usage, ("output_tokens", "output", "completionTokens"))),
        cost_usd=_cost(seen),
        model=text(seen.get("model")),
        tool_calls=asked,
    )
