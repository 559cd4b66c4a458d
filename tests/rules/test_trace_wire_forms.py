"""The forms in which real tools write traces, beside the plainest one of each format."""

import json
from typing import Any

import pytest

from fleet.traces.model import StepKind, ToolCall, Trajectory
from fleet.traces.otlp_scan import split_document
from fleet.traces.read import read_runs

ASK = "What does Acme pay?"
ARGUMENTS = {"account": "acme"}
ASKED = ToolCall(id="c1", name="get_price", arguments=ARGUMENTS)
CALL = {"id": "c1", "type": "function",
        "function": {"name": "get_price", "arguments": json.dumps(ARGUMENTS)}}  # fmt: skip


def only(value: Any) -> Trajectory:
    (run,) = read_runs(value, "f#1")
    return run


def pairs(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": each}} for key, each in told.items()]


def export(told: dict[str, Any], *events: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    span = {
        "traceId": "t1", "spanId": "s1", "name": "chat", "attributes": pairs(told),
        "startTimeUnixNano": "1760000000000000000", "endTimeUnixNano": "1760000001000000000",
        "events": [{"name": name, "attributes": pairs(about)} for name, about in events],
    }  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


CHAT = {"gen_ai.operation.name": "chat"}
OPENLLMETRY = {
    "llm.request.type": "chat",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": ASK,
    "gen_ai.completion.0.finish_reason": "tool_calls",
    "gen_ai.completion.0.tool_calls.0.id": "c1",
    "gen_ai.completion.0.tool_calls.0.name": "get_price",
    "gen_ai.completion.0.tool_calls.0.arguments": json.dumps(ARGUMENTS),
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": ASK,
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "get_price",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": json.dumps(
        ARGUMENTS
    ),
}
ONE_EVENT = (
    "gen_ai.client.inference.operation.details",
    {
        "gen_ai.input.messages": json.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
        ),
        "gen_ai.output.messages": json.dumps(
            [{"role": "assistant", "parts": [
                {"type": "tool_call", "id": "c1", "name": "get_price", "arguments": ARGUMENTS}]}]
        ),
    },
)  # fmt: skip
EVENT_A_MESSAGE = (
    ("gen_ai.user.message", {"content": ASK}),
    ("gen_ai.choice", {"index": "0", "message": json.dumps({"tool_calls": [CALL]})}),
)
SPOKEN = [
    export(OPENLLMETRY), export(OPENINFERENCE), export(CHAT, ONE_EVENT),
    export(CHAT, *EVENT_A_MESSAGE),
]  # fmt: skip


@pytest.mark.parametrize("value", SPOKEN)
def test_messages_in_indexed_attributes_and_events_are_read(value: dict[str, Any]) -> None:
    run = only(value)
    assert (run.task, run.steps[0].kind, run.steps[0].tool_calls) == (ASK, StepKind.LLM, (ASKED,))


@pytest.mark.parametrize("value", SPOKEN)
def test_the_quick_look_leaves_such_spans_to_the_reader(value: dict[str, Any]) -> None:
    assert split_document(value) == ([], value)


def test_the_tools_offered_are_read_from_indexed_definitions() -> None:
    schema = json.dumps({"type": "function", "function": {"name": "get_price"}})
    told = {**OPENINFERENCE, "llm.tools.0.tool.json_schema": schema}
    assert only(export(told)).tools == ("get_price",)


@pytest.mark.parametrize("key", ["gen_ai.prompt.0.role", "gen_ai.prompt.9999999999.a.b.c.d.e.f"])
def test_strange_indexed_attributes_break_nothing(key: str) -> None:
    run = only(export({**OPENLLMETRY, key: "x", "gen_ai.prompt.0": "y", "gen_ai.prompt.": "z"}))
    assert run.steps[0].tool_calls == (ASKED,)


def langsmith(own: str, kind: str, given: Any, out: Any, **more: Any) -> dict[str, Any]:
    parent = None if own == "t1" else "t1"
    return {"id": own, "trace_id": "t1", "parent_run_id": parent, "name": own, "run_type": kind,
            "inputs": given, "outputs": out, **more}  # fmt: skip


def test_a_langsmith_export_keeps_totals_arguments_and_usage() -> None:
    said = {"kwargs": {"content": "", "tool_calls": [{"name": "get_price", "args": ARGUMENTS, "id": "c1"}],
                       "usage_metadata": {"input_tokens": 9, "output_tokens": 2}}}  # fmt: skip
    told = {"id": ["langchain", "ToolMessage"],
            "kwargs": {"content": "120", "tool_call_id": "c1", "status": "success"}}  # fmt: skip
    run = only([
        langsmith("t1", "chain", {"input": ASK}, None, total_tokens=40, total_cost="0.0012"),
        langsmith("llm", "llm", {}, {"generations": [[{"message": said}]]}, total_cost="0.0008"),
        langsmith("get_price", "tool", {"input": "{'account': 'acme'}"}, {"output": told}),
    ])  # fmt: skip
    assert (run.tokens, run.cost_usd) == (40, 0.0012)
    assert (run.steps[1].tokens_in, run.steps[1].tokens_out) == (9, 2)
    ((_, call),) = run.executed()
    assert (call.id, call.arguments, call.error) == ("c1", ARGUMENTS, None)


def test_a_failed_langsmith_tool_is_the_call_its_model_asked_for() -> None:
    run = only([
        langsmith("t1", "llm", {}, {"tool_calls": [CALL], "role": "assistant"}),
        langsmith("get_price", "tool", {"input": "{'account': 'acme'}"}, None, status="error"),
    ])  # fmt: skip
    assert [(call.arguments, call.error) for _, call in run.executed()] == [(ARGUMENTS, "error")]


def mlflow(*assessments: dict[str, Any]) -> dict[str, Any]:
    return {"info": {"trace_id": "t1", "assessments": list(assessments)}, "data": {"spans": []}}


def test_only_a_feedback_on_the_outcome_is_mlflows_outcome() -> None:
    toxic = {"assessment_name": "toxicity", "feedback": {"value": 0.02}}
    hoped = {"assessment_name": "correctness", "expectation": {"value": 1}}
    right = {"assessment_name": "Correctness", "feedback": {"value": "yes"}}
    assert only(mlflow(toxic, hoped)).outcome is None
    assert only(mlflow(toxic, hoped, right)).outcome == 1.0


def test_mlflow_two_keeps_span_ids_in_a_context_and_the_answer_in_the_data() -> None:
    spans = [
        {"name": "root", "context": {"span_id": "0xa", "trace_id": "0x1"}, "parent_id": None,
         "attributes": {}},
        {"name": "t", "context": {"span_id": "0xb"}, "parent_id": "0xa", "status_code": "ERROR",
         "attributes": {"mlflow.spanType": '"TOOL"'},
         "events": [{"name": "exception", "attributes": {"exception.message": "no account"}}]},
    ]  # fmt: skip
    data = {"spans": spans, "request": json.dumps({"question": ASK}), "response": '"120"'}
    run = only({"info": {"request_id": "t1", "tags": {}}, "data": data})
    assert (run.id, run.task, run.answer, run.odd) == ("t1", ASK, "120", ())
    assert [(s.id, s.parent_id, s.error) for s in run.steps] == [
        ("0xa", None, None), ("0xb", "0xa", "no account"),
    ]  # fmt: skip


def test_langfuses_download_keeps_the_trace_beside_its_observations() -> None:
    seen = {"id": "o1", "traceId": "t1", "type": "GENERATION", "usage": {"input": 0, "output": 0},
            "costDetails": {"total": 0.25}}  # fmt: skip
    about = {"id": "t1", "input": {"question": ASK}, "version": "v3",
             "scores": [{"name": "toxicity", "value": 0}, {"name": "correctness", "value": 1}]}  # fmt: skip
    run = only({"trace": about, "observations": [seen]})
    assert (run.id, run.task, run.version, run.outcome) == ("t1", ASK, "v3", 1.0)
    assert (run.steps[0].tokens, run.steps[0].cost_usd) == (None, 0.25)


RESPONSES = [
    {"type": "reasoning", "summary": []},
    {"type": "function_call", "call_id": "c1", "name": "get_price", "arguments": json.dumps(ARGUMENTS)},
    {"type": "function_call_output", "call_id": "c1", "output": "120"},
]  # fmt: skip
ANTHROPIC = [
    {"role": "assistant", "content": [
        {"type": "tool_use", "id": "c1", "name": "get_price", "input": ARGUMENTS}]},
    {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "c1", "content": "120"}]},
]  # fmt: skip


@pytest.mark.parametrize("items", [RESPONSES, ANTHROPIC])
def test_calls_and_results_that_are_no_messages_of_their_own_are_matched(items: list[Any]) -> None:
    said = {"role": "assistant", "content": [{"type": "output_text", "text": "120 a month"}]}
    for value in ([{"role": "user", "content": ASK}, *items, said],
                  {"messages": [{"role": "user", "content": ASK}, *items, said]}):  # fmt: skip
        run = only(value)
        done = ToolCall(id="c1", name="get_price", arguments=ARGUMENTS, output="120")
        assert [call for _, call in run.executed()] == [done]
        assert (run.task, run.answer, run.odd) == (ASK, "120 a month", ())


def test_numbered_steps_without_times_are_put_in_order_and_it_is_said() -> None:
    lines = [{"run_id": "r", "seq": seq, "kind": "llm", "output": f"o{seq}"} for seq in (2, 0, 1)]
    run = only(lines)
    assert [step.output for step in run.steps] == ["o0", "o1", "o2"]
    assert (run.answer, run.odd) == (
        "o2", ("steps are not in order of their numbers: sorted by number",),
    )  # fmt: skip


def test_what_is_no_span_in_a_list_of_spans_is_named() -> None:
    value = export(CHAT)
    value["resourceSpans"][0]["scopeSpans"][0]["spans"][:0] = ["junk", None]
    assert only(value).odd == ("a span is not an object (2 times)",)
