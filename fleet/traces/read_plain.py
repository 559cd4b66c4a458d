"""Plain JSON lines: a run with its `steps`, one step a line, or rows of CLEAR's tables."""

from collections.abc import Mapping
from typing import Any

from fleet.traces.model import Step, StepKind, TraceFormat
from fleet.traces.plain_names import Names, names_in
from fleet.traces.read_chat import calls_in
from fleet.traces.read_parts import NO_HEADER, Fragment, Header, call_of, label_in
from fleet.traces.read_values import (
    first,
    items,
    mapping,
    number,
    share,
    text,
    tool_calls,
    unpacked,
    whole,
)

RUN_IDS = ("trace_id", "run_id", "traceId", "task_id")
STEP_LISTS = ("steps", "events")
TASKS = ("task", "intent", "goal", "question", "query")
WORK = ("action", "node", "tool", "name", "output", "response", "step", "seq", "kind")
ID_KEYS, WORK_KEYS = frozenset(RUN_IDS), frozenset(WORK)
LLM_WORDS = frozenset(("llm", "model", "chat", "generation"))
TOOL_WORDS = frozenset(("tool", "tool_call", "execute_tool"))


def is_run(value: Mapping[str, Any]) -> bool:
    """Whether the record is a run with a list of steps."""
    return any(isinstance(value.get(name), list) for name in STEP_LISTS)


def is_step(value: Mapping[str, Any]) -> bool:
    """Whether the record is one step of a named run."""
    return not (ID_KEYS.isdisjoint(value) or WORK_KEYS.isdisjoint(value))


def is_clear_row(value: Mapping[str, Any]) -> bool:
    """Whether the record is a row of IBM CLEAR's tables: one model call."""
    return "model_input" in value and "response" in value


def read_run(value: Mapping[str, Any]) -> Fragment:
    """Read one run with its steps."""
    listed = items(first(value, STEP_LISTS))
    seen = [each for each in listed if isinstance(each, dict)]
    header = Header(
        task=text(first(value, TASKS)),
        task_id=text(first(value, ("task_id", "scenario_id"))),
        outcome=label_in(value),
        name=text(first(value, ("name", "graph", "agent"))),
        version=text(first(value, ("version", "graph_version"))),
        answer=first(value, ("answer", "output", "final_output")),
        tokens=whole(value.get("tokens")),
        cost_usd=number(value.get("cost_usd")),
        odd=() if len(seen) == len(listed) else ("a step is not an object",),
    )
    return Fragment(
        trace_id=text(first(value, ("trace_id", "run_id", "id", "traceId"))),
        source=TraceFormat.JSONL,
        steps=tuple(_step(each, place) for place, each in enumerate(seen)),
        header=header,
        tools=tuple(str(each) for each in items(value.get("tools")) if isinstance(each, str)),
        complete=True,
    )


def read_step(value: Mapping[str, Any]) -> Fragment:
    """Read one step; its run is put together from all of its lines."""
    names, _ = names_in(value)
    place = whole(first(value, names.place))
    task, outcome = text(first(value, names.task)), _outcome(value, names)
    return Fragment(
        trace_id=text(first(value, RUN_IDS)),
        source=TraceFormat.JSONL,
        steps=(_step(value, place if place is not None else 0, numbered=True),),
        header=NO_HEADER
        if task is None and outcome is None
        else Header(task=task, outcome=outcome),
    )


def read_clear_row(value: Mapping[str, Any]) -> Fragment:
    """Read a row of CLEAR's tables; the step number places it, there are no times."""
    response = unpacked(value.get("response"))
    about = mapping(value.get("meta_data"))
    number_of = text(value.get("step_in_trace_general")) or ""
    step = Step(
        id=number_of,
        parent_id=None,
        position=0,
        kind=StepKind.LLM,
        name=text(value.get("Name")) or "llm",
        node=text(value.get("Name")),
        input=unpacked(value.get("model_input")),
        output=response,
        tokens_in=whole(first(about, ("input_tokens", "prompt_tokens"))),
        tokens_out=whole(first(about, ("output_tokens", "completion_tokens"))),
        model=text(about.get("model")),
        tool_calls=tool_calls(response),
    )
    label = label_in({"traj_score": value.get("traj_score")})
    return Fragment(
        trace_id=text(value.get("task_id")),
        source=TraceFormat.JSONL,
        steps=(step,),
        header=Header(task=text(value.get("intent")), outcome=label),
    )


def _outcome(value: Mapping[str, Any], names: Names) -> float | None:
    found = (share(value[key]) for key in names.outcome)
    return next((label for label in found if label is not None), None)


def _kind(value: Mapping[str, Any], names: Names) -> StepKind:
    word = str(first(value, names.kind)).lower()
    if word in LLM_WORDS:
        return StepKind.LLM
    if word in TOOL_WORDS or "tool" in value:
        return StepKind.TOOL
    if word == "message":
        return StepKind.MESSAGE
    return StepKind.NODE


def _step(value: Mapping[str, Any], place: int, *, numbered: bool = False) -> Step:
    names, rare = names_in(value)
    kind = _kind(value, names)
    name = text(first(value, names.name)) or "step"
    given = unpacked(first(value, names.given))
    output = unpacked(first(value, names.output))
    error = text(value.get("error"))
    if kind is StepKind.TOOL:
        asked = call_of(
            name, call_id=value.get("call_id"), arguments=given, output=output, error=error
        )
        error = asked[0].error
    else:
        asked = tool_calls(value) or calls_in(output)
    own = text(first(value, names.own if numbered else names.own_in_run))
    actor = text(first(value, names.actor))
    return Step(
        id=own or f"{actor + ':' if numbered and actor else ''}{place}",
        position=place,
        kind=kind,
        name=name,
        node=text(value.get("node")) or actor,
        input=given,
        output=output,
        error=error,
        tool_calls=asked,
        **{"parent_id": None} | {field: read(first(value, each)) for field, read, each in rare},
    )
