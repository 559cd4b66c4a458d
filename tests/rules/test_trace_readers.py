"""Readers: each foreign format becomes the same run, and everything strange is said."""

import json
import random
from typing import Any

import pytest

from fleet.errors import InputError
from fleet.traces.model import StepKind, ToolCall, TraceFormat, Trajectory
from fleet.traces.read import read_runs
from fleet.traces.span_export import otlp_document, trajectory_of
from fleet.traces.spans import CallRecord, EffectRecord, RunRecord, StepRecord

ASK, ANSWER = "What does Acme pay?", "Acme pays 120 a month."
ARGUMENTS = {"account": "acme"}
T0 = 1_760_000_000.0
T_NS = 10**18
CHAT_IN = {"messages": [{"role": "user", "content": ASK}]}
CALL = {"id": "c1", "type": "function",
        "function": {"name": "get_price", "arguments": json.dumps(ARGUMENTS)}}  # fmt: skip
ASKS_TOOL = {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [CALL]}}]}
SAYS = {"choices": [{"message": {"role": "assistant", "content": ANSWER}}]}


def nanos(seconds: float) -> str:
    return str(int((T0 + seconds) * 1e9))


def iso(seconds: int) -> str:
    return f"2025-10-09T08:53:{20 + seconds:02d}+00:00"


def otlp_span(own: str, parent: str, at: int, **told: Any) -> dict[str, Any]:
    return {
        "traceId": "t1", "spanId": own, "parentSpanId": parent, "name": own,
        "startTimeUnixNano": nanos(at), "endTimeUnixNano": nanos(at + 1),
        "attributes": [
            {"key": key.replace("__", "."), "value": {"intValue": str(value)} if isinstance(value, int)
             else {"stringValue": value}} for key, value in told.items()
        ],
        "status": {"code": 1},
    }  # fmt: skip


def otlp() -> dict[str, Any]:
    asked = [{"role": "assistant", "parts": [
        {"type": "tool_call", "id": "c1", "name": "get_price", "arguments": ARGUMENTS}]}]  # fmt: skip
    said = [{"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}]
    given = json.dumps([{"role": "user", "parts": [{"type": "text", "content": ASK}]}])
    spans = [
        otlp_span("root", "", 0, gen_ai__operation__name="invoke_agent", input__value=json.dumps({"question": ASK})),
        otlp_span("llm1", "root", 1, gen_ai__operation__name="chat", gen_ai__input__messages=given,
                  gen_ai__output__messages=json.dumps(asked), gen_ai__usage__input_tokens=10, gen_ai__usage__output_tokens=2),
        otlp_span("tool", "root", 2, gen_ai__operation__name="execute_tool", gen_ai__tool__name="get_price",
                  gen_ai__tool__call__id="c1", gen_ai__tool__call__arguments=json.dumps(ARGUMENTS), gen_ai__tool__call__result="120"),
        otlp_span("llm2", "root", 3, gen_ai__operation__name="chat", gen_ai__output__messages=json.dumps(said),
                  gen_ai__usage__input_tokens=20, gen_ai__usage__output_tokens=8),
    ]  # fmt: skip
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": spans}]}]}


def langsmith() -> list[dict[str, Any]]:
    def run(own: str, kind: str, at: int, given: Any, out: Any, **more: Any) -> dict[str, Any]:
        return {"id": own, "trace_id": "t1", "parent_run_id": None if own == "root" else "root",
                "name": "get_price" if kind == "tool" else own, "run_type": kind, "start_time": iso(at),
                "end_time": iso(at + 1), "inputs": given, "outputs": out, **more}  # fmt: skip

    return [
        run("root", "chain", 0, {"question": ASK}, {"answer": ANSWER}),
        run("llm1", "llm", 1, CHAT_IN, ASKS_TOOL, prompt_tokens=10, completion_tokens=2),
        run("tool", "tool", 2, ARGUMENTS, {"output": "120"}),
        run("llm2", "llm", 3, CHAT_IN, SAYS, prompt_tokens=20, completion_tokens=8),
    ]


def mlflow(*, native: bool) -> dict[str, Any]:
    def span(own: str, kind: str, at: int, given: Any, out: Any, **more: Any) -> dict[str, Any]:
        told = {"mlflow.spanType": json.dumps(kind), "mlflow.spanInputs": json.dumps(given),
                "mlflow.spanOutputs": json.dumps(out), **{k: json.dumps(v) for k, v in more.items()}}  # fmt: skip
        return {"span_id": own, "parent_span_id": None if own == "root" else "root",
                "name": "get_price" if kind == "TOOL" else own, "start_time_unix_nano": nanos(at),
                "end_time_unix_nano": nanos(at + 1), "status": {"code": "STATUS_CODE_OK"}, "attributes": told}  # fmt: skip

    spans = [
        span("root", "AGENT", 0, {"question": ASK}, {"answer": ANSWER}),
        span("llm1", "CHAT_MODEL", 1, CHAT_IN, ASKS_TOOL, **{"mlflow.chat.tokenUsage": {"input_tokens": 10, "output_tokens": 2}}),
        span("tool", "TOOL", 2, ARGUMENTS, 120),
        span("llm2", "CHAT_MODEL", 3, CHAT_IN, SAYS, **{"mlflow.chat.tokenUsage": {"input_tokens": 20, "output_tokens": 8}}),
    ]  # fmt: skip
    info = {"trace_id": "t1", "tags": {"intent": ASK}}
    return {"info": info, "data": {"spans": spans}} if native else {**info, "spans": spans}


def langfuse() -> dict[str, Any]:
    def seen(own: str, kind: str, at: int, given: Any, out: Any, **more: Any) -> dict[str, Any]:
        return {"id": own, "traceId": "t1", "parentObservationId": None if own == "root" else "root",
                "name": "get_price" if kind == "TOOL" else own, "type": kind, "startTime": iso(at),
                "endTime": iso(at + 1), "input": given, "output": out, **more}  # fmt: skip

    return {
        "id": "t1", "input": {"question": ASK}, "output": {"answer": ANSWER},
        "observations": [
            seen("root", "AGENT", 0, {"question": ASK}, {"answer": ANSWER}),
            seen("llm1", "GENERATION", 1, CHAT_IN, ASKS_TOOL, usageDetails={"input": 10, "output": 2}),
            seen("tool", "TOOL", 2, ARGUMENTS, "120"),
            seen("llm2", "GENERATION", 3, CHAT_IN, SAYS, usageDetails={"input": 20, "output": 8}),
        ],
    }  # fmt: skip


def plain() -> dict[str, Any]:
    return {
        "trace_id": "t1", "task": ASK,
        "steps": [
            {"id": "root", "kind": "node", "started_at": T0, "ended_at": T0 + 1},
            {"id": "llm1", "kind": "llm", "parent_id": "root", "output": ASKS_TOOL, "started_at": T0 + 1,
             "ended_at": T0 + 2, "tokens_in": 10, "tokens_out": 2},
            {"id": "tool", "kind": "tool", "tool": "get_price", "parent_id": "root", "args": ARGUMENTS,
             "output": 120, "started_at": T0 + 2, "ended_at": T0 + 3},
            {"id": "llm2", "kind": "llm", "parent_id": "root", "output": SAYS, "started_at": T0 + 3,
             "ended_at": T0 + 4, "tokens_in": 20, "tokens_out": 8},
        ],
    }  # fmt: skip


CASES = {
    TraceFormat.OTLP: otlp(), TraceFormat.LANGSMITH: langsmith(), TraceFormat.LANGFUSE: langfuse(),
    TraceFormat.JSONL: plain(),
}  # fmt: skip
EVERY = [*CASES.items(), (TraceFormat.MLFLOW, mlflow(native=True)), (TraceFormat.MLFLOW, mlflow(native=False))]  # fmt: skip


def only(value: Any, wanted: str = "auto") -> Trajectory:
    runs = read_runs(value, "f#1", wanted)
    assert len(runs) == 1
    return runs[0]


@pytest.mark.parametrize(("source", "value"), EVERY)
def test_every_format_becomes_the_same_run(source: TraceFormat, value: Any) -> None:
    run = only(value)
    assert (run.id, run.source, run.task, run.odd) == ("t1", source, ASK, ())
    assert [(step.id, step.kind, step.parent_id, step.position) for step in run.steps] == [
        ("root", StepKind.NODE, None, 0), ("llm1", StepKind.LLM, "root", 1),
        ("tool", StepKind.TOOL, "root", 2), ("llm2", StepKind.LLM, "root", 3),
    ]  # fmt: skip
    assert (run.tokens, run.duration_ms) == (40, 4000)
    [(step, call)] = list(run.executed())
    assert (step.id, call.name, call.arguments, str(call.output)) == (
        "tool",
        "get_price",
        ARGUMENTS,
        "120",
    )
    assert [c.name for c in run.steps[1].tool_calls] == ["get_price"]


@pytest.mark.parametrize(("source", "value"), EVERY)
def test_a_named_format_reads_what_detection_finds(source: TraceFormat, value: Any) -> None:
    assert only(value, source.value) == only(value)


@pytest.mark.parametrize("wanted", ["otlp", "langsmith", "langfuse", "openai"])
def test_a_wrongly_named_format_is_refused(wanted: str) -> None:
    with pytest.raises(InputError, match="is no trace"):
        read_runs(mlflow(native=True), "f#1", wanted)


@pytest.mark.parametrize("seed", range(5))
def test_spans_in_any_order_are_put_in_order_and_it_is_said(seed: int) -> None:
    runs = langsmith()
    random.Random(seed).shuffle(runs)
    run = only(runs)
    assert [step.id for step in run.steps] == ["root", "llm1", "tool", "llm2"]
    moved = [each["id"] for each in runs] != ["root", "llm1", "tool", "llm2"]
    assert run.odd == (("spans are not in order of time: sorted by start",) if moved else ())


def test_a_span_that_comes_twice_counts_once() -> None:
    runs = langsmith()
    run = only([*runs, {**runs[1], "end_time": None}])
    assert (len(run.steps), run.odd) == (4, ("a span id comes twice: the fuller span is kept",
                                             "spans are not in order of time: sorted by start")[:1])  # fmt: skip


def test_parents_in_a_circle_are_cut_and_named() -> None:
    runs = langsmith()
    runs[0]["parent_run_id"] = "llm1"
    run = only(runs)
    assert [s for s in run.odd if "its own ancestor" in s] == [
        "span root is its own ancestor: the link is cut"
    ]
    assert {step.id: step.parent_id for step in run.steps} == {
        "root": None, "llm1": "root", "tool": "root", "llm2": "root",
    }  # fmt: skip


def test_an_absent_parent_and_a_missing_end_are_named() -> None:
    runs = langsmith()
    runs[2]["parent_run_id"], runs[3]["end_time"] = "gone", None
    run = only(runs)
    assert run.odd == (
        "span tool names a parent that is not in the trace",
        "span llm2 has no end: it may have been cut short",
    )
    assert run.steps[3].duration_ms is None


def test_a_chat_with_tools_is_read_whole() -> None:
    run = only({
        "task_id": 7, "reward": 0.0, "trial": 1, "info": {"secret": "expected actions"},
        "traj": [
            {"role": "system", "content": "Policy"}, {"role": "user", "content": ASK},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "name": "get_price", "content": "Error: no such account"},
            {"role": "assistant", "content": ANSWER},
        ],
    })  # fmt: skip
    assert (run.id, run.task, run.task_id, run.outcome, run.answer) == (
        "f#1",
        ASK,
        "7",
        0.0,
        ANSWER,
    )
    assert run.source is TraceFormat.OPENAI
    assert [step.kind.value for step in run.steps] == ["message", "message", "llm", "tool", "llm"]
    assert run.steps[3].tool_calls == (
        ToolCall(id="c1", name="get_price", arguments=ARGUMENTS, output="Error: no such account",
                 error="Error: no such account"),
    )  # fmt: skip
    assert "secret" not in repr(run)


def test_a_call_without_result_and_a_result_without_call_are_named() -> None:
    run = only([
        {"role": "user", "content": ASK}, {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "zz", "name": "other", "content": "1"},
    ])  # fmt: skip
    assert run.odd == ("a tool result answers no call", "a tool call has no result")


def test_our_own_runs_are_read_back_as_they_were_told() -> None:
    call = CallRecord(purpose="intent.score", model="m", started_ns=T_NS, ended_ns=T_NS + 5,
                      input_tokens=5, output_tokens=2, cost_usd=0.1)  # fmt: skip
    effect = EffectRecord(
        name="draft.create", started_ns=T_NS, ended_ns=T_NS + 5, target={"id": "d1"}
    )
    step = StepRecord(node="score", number=1, started_ns=T_NS, ended_ns=T_NS + 10**9, output={"a": 1},
                      calls=(call,), effects=(effect,))  # fmt: skip
    record = RunRecord(thread_id="th", graph="inbox", version="v1", started_ns=T_NS,
                       ended_ns=T_NS + 5 * 10**9, steps=(step,))  # fmt: skip
    told, read = trajectory_of(record), only(otlp_document(record))
    assert (read.id, read.name, read.version, read.tokens, read.cost_usd, read.odd) == (
        told.id, "inbox", "v1", 7, 0.1, (),
    )  # fmt: skip
    same = ("id", "parent_id", "kind", "output", "error", "tokens", "tool_calls", "duration_ms")
    for back, first in zip(read.steps, told.steps, strict=True):
        assert [getattr(back, name) for name in same] == [getattr(first, name) for name in same]
    assert [step.node for step in read.steps] == ["inbox", "score", "score", "score"]


def test_steps_one_a_line_are_put_together_by_run() -> None:
    lines = [{"run_id": run, "seq": seq, "ts": T0 + seq, "node": f"n{seq}", "action": "step"}
             for seq in (2, 1) for run in ("a", "b")]  # fmt: skip
    runs = read_runs(lines, "f#1")
    assert [(run.id, [step.node for step in run.steps]) for run in runs] == [
        ("a", ["n1", "n2"]), ("b", ["n1", "n2"]),
    ]  # fmt: skip


@pytest.mark.parametrize("value", [5, None, "x", {}, {"a": 1}, [1, 2]])
def test_what_is_no_trace_is_refused_with_a_reason(value: Any) -> None:
    with pytest.raises(InputError, match=r"is no trace|not an object"):
        read_runs(value, "f#1")


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"role": 5, "content": {"x": 1}}, None, {"role": None, "content": None, "tool_calls": "no"}]},
        {"traceId": 1, "spanId": None, "attributes": "x", "status": 7, "events": [3], "startTimeUnixNano": "x"},
        {"id": [1], "observations": [None, {"id": None, "type": None}, {"type": "GENERATION", "usage": []}]},
        {"info": {"trace_id": {}}, "data": {"spans": [None, 3, {"attributes": {"mlflow.spanType": "{"}}]}},
        {"id": "r", "run_type": None, "inputs": 3, "outputs": "x", "extra": [], "child_runs": [None, {}]},
        {"trace_id": "t", "steps": [None, {"kind": 4, "started_at": "never", "tokens": -3, "cost": "nan"}]},
    ],
)  # fmt: skip
def test_values_of_wrong_types_never_break_a_reader(value: Any) -> None:
    for run in read_runs(value, "f#1"):
        assert all(step.tokens is None and step.started_at is None for step in run.steps)
