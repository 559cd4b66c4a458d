"""LangSmith runs, one a record, or as trees with `child_runs`."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.traces.model import Step, StepKind, TraceFormat
from fleet.traces.read_chat import INTENTS, calls_in, messages_in
from fleet.traces.read_otlp import offered
from fleet.traces.read_parts import Fragment, Header, call_of, label_in
from fleet.traces.read_values import (
    first,
    items,
    mapping,
    moment,
    number,
    text,
    whole,
)

TOKENS_IN = ("input_tokens", "prompt_tokens")
TOKENS_OUT = ("output_tokens", "completion_tokens")
MOST_LITERAL = 10_000  # characters of a tool's input that may be Python's text of a dict


def is_run(value: Mapping[str, Any]) -> bool:
    """Whether the record is a LangSmith run."""
    return "run_type" in value and ("id" in value or "trace_id" in value)


def read_runs(value: Mapping[str, Any]) -> Iterator[Fragment]:
    """Read a run and, below it, its child runs."""
    trace = text(value.get("trace_id"))
    if trace is None and value.get("parent_run_id") is None:
        trace = text(value.get("id"))
    if trace is None:
        trace = (text(value.get("dotted_order")) or "").split(".")[0].rpartition("Z")[2] or None
    todo: list[tuple[Any, str | None]] = [(value, None)]
    while todo:
        run, parent = todo.pop(0)
        if isinstance(run, dict):
            yield _fragment(run, trace, parent)
            todo.extend((child, text(run.get("id"))) for child in items(run.get("child_runs")))


def _fragment(run: Mapping[str, Any], trace: str | None, parent: str | None) -> Fragment:
    step = _step(run, parent)
    extra = mapping(run.get("extra"))
    about = mapping(extra.get("metadata"))
    root = step.parent_id is None
    given = mapping(run.get("inputs"))
    header = Header(
        task=text(first(given, INTENTS)) if root else None,
        task_id=text(first({**run, **about}, ("task_id", "scenario_id", "reference_example_id"))),
        outcome=_outcome(run) if root else None,
        name=text(run.get("name")) if root else None,
        version=text(first(about, ("graph_version", "revision_id", "version"))),
        tokens=whole(run.get("total_tokens")) if root else None,  # LangSmith adds up the children
        cost_usd=number(run.get("total_cost")) if root else None,
    )  # fmt: skip
    listed = items(mapping(extra.get("invocation_params")).get("tools"))
    return Fragment(
        trace_id=text(run.get("trace_id")) or trace,
        source=TraceFormat.LANGSMITH,
        steps=(step,),
        header=header,
        tools=tuple(name for each in listed if (name := offered(each))),
    )


def _outcome(run: Mapping[str, Any]) -> float | None:
    stats = mapping(run.get("feedback_stats"))
    for name, each in stats.items():
        found = label_in({name: mapping(each).get("avg")})
        if found is not None:
            return found
    return None


def _step(run: Mapping[str, Any], parent: str | None) -> Step:
    word = str(run.get("run_type")).lower()
    name, error = text(run.get("name")) or word, text(run.get("error"))
    if error is None and run.get("status") == "error":
        error = "error"
    given, output = run.get("inputs"), run.get("outputs")
    kind = {"llm": StepKind.LLM, "tool": StepKind.TOOL}.get(word, StepKind.NODE)
    asked = calls_in(output) if kind is StepKind.LLM else ()
    if kind is StepKind.TOOL:
        inner = _message(mapping(output).get("output", output))
        call_id = first({**mapping(given), **mapping(inner)}, ("tool_call_id",))
        arguments = _literal(mapping(given).get("input", given))
        asked = call_of(name, call_id=call_id, arguments=arguments, output=inner, error=error)
    about = mapping(mapping(run.get("extra")).get("metadata"))
    used = _usage(run, output) if kind is StepKind.LLM else run
    return Step(
        id=text(run.get("id")) or "",
        parent_id=text(run.get("parent_run_id")) or parent,
        position=0,
        kind=kind,
        name=name,
        node=text(first(about, ("langgraph_node", "node"))),
        input=given,
        output=output,
        error=error or (asked[0].error if kind is StepKind.TOOL else None),
        started_at=moment(run.get("start_time")),
        ended_at=moment(run.get("end_time")),
        tokens_in=whole(first(used, TOKENS_IN)),
        tokens_out=whole(first(used, TOKENS_OUT)),
        cost_usd=number(run.get("total_cost")),
        model=text(first(about, ("ls_model_name", "model"))),
        tool_calls=asked,
    )


def _usage(run: Mapping[str, Any], output: Any) -> Mapping[str, Any]:
    """Return where a model call's tokens stand: the run, its output, or the message in it."""
    told = mapping(output)
    places = [run, told, *messages_in(output)]
    places.append(mapping(told.get("llm_output")))
    for place in places:
        for name in ("usage_metadata", "usage", "token_usage"):
            if mapping(place.get(name)):
                place = mapping(place.get(name))
        if first(place, (*TOKENS_IN, *TOKENS_OUT)) is not None:
            return place
    return run


def _message(output: Any) -> Any:
    """Return a tool's output; of a serialised message what it was made of."""
    inner = mapping(mapping(output).get("kwargs"))
    return inner if "content" in inner else output


def _literal(given: Any) -> Any:
    """Parse arguments that LangChain wrote as the text of a Python dict; else as they are."""
    if not isinstance(given, str) or given[:1] != "{" or len(given) > MOST_LITERAL:
        return given
    try:
        found = ast.literal_eval(given)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return given
    return found if isinstance(found, dict) else given
