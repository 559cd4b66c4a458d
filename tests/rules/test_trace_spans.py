"""A run's spans: one tree, stable ids, the GenAI attributes, and nothing guessed."""

from typing import Any

from fleet.traces.model import StepKind, TraceFormat
from fleet.traces.read import read_value
from fleet.traces.read_parts import join
from fleet.traces.span_export import langsmith_runs, otlp_document, trajectory_of
from fleet.traces.spans import (
    CallRecord,
    EffectRecord,
    RunRecord,
    StepRecord,
    spans_of,
    step_span_id,
    totals,
    trace_id_of,
)

NS = 1_000_000_000


def call(**changes: Any) -> CallRecord:
    made: dict[str, Any] = {
        "purpose": "intent", "model": "deepseek-flash", "started_ns": 2 * NS, "ended_ns": 3 * NS,
        "input_tokens": 100, "output_tokens": 20, "cached_tokens": 60, "cost_usd": 0.25,
        "prompt_digest": "abc",
    }  # fmt: skip
    return CallRecord(**(made | changes))


def step(node: str = "score", number: int = 1, **changes: Any) -> StepRecord:
    made: dict[str, Any] = {
        "node": node,
        "number": number,
        "started_ns": number * NS,
        "ended_ns": (number + 1) * NS,
    }
    return StepRecord(**(made | changes))


def run(*steps: StepRecord, **changes: Any) -> RunRecord:
    made: dict[str, Any] = {
        "thread_id": "reply:7", "graph": "reply", "version": "reply-1", "started_ns": NS,
        "ended_ns": 9 * NS, "steps": steps, "subject": {"email_id": "7"}, "outcome": "created",
    }  # fmt: skip
    return RunRecord(**(made | changes))


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def written(record: RunRecord) -> list[dict[str, Any]]:
    (resource,) = otlp_document(record)["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    spans: list[dict[str, Any]] = scope["spans"]
    return spans


def test_trace_ids_come_from_the_thread_and_are_what_opentelemetry_wants() -> None:
    assert trace_id_of("reply:7") == trace_id_of("reply:7") != trace_id_of("reply:8")
    assert len(bytes.fromhex(trace_id_of("reply:7"))) == 16
    assert trace_id_of("lone \ud800 surrogate")


def test_a_run_is_a_tree_of_nodes_calls_and_effects() -> None:
    effect = EffectRecord(name="draft.queue", started_ns=NS, ended_ns=2 * NS, target={"id": "d"})
    spans = spans_of(run(step(calls=(call(),)), step("queue", 2, effects=(effect,))))
    names = {span.id: span.name for span in spans}
    assert [(span.name, names.get(span.parent_id or "")) for span in spans] == [
        ("invoke_agent reply", None),
        ("score", "invoke_agent reply"),
        ("chat deepseek-flash", "score"),
        ("queue", "invoke_agent reply"),
        ("execute_tool draft.queue", "queue"),
    ]
    assert len(names) == 5


def test_model_calls_carry_the_genai_attributes() -> None:
    chat = written(run(step(calls=(call(),))))[2]
    told = attributes(chat)
    assert (chat["kind"], told["gen_ai.operation.name"]) == (3, "chat")
    assert told["gen_ai.request.model"] == "deepseek-flash"
    assert told["gen_ai.usage.input_tokens"] == "100"
    assert told["gen_ai.usage.output_tokens"] == "20"
    assert told["gen_ai.usage.cost"] == 0.25
    assert chat["startTimeUnixNano"] == str(2 * NS)


def test_what_is_unknown_is_absent_not_zero() -> None:
    bare = call(input_tokens=None, output_tokens=None, cached_tokens=None, cost_usd=None)
    told = attributes(written(run(step(calls=(bare,))))[2])
    assert not [key for key in told if key.startswith("gen_ai.usage")]
    assert totals(run(step(calls=(call(), bare)))) == {
        "tokens": 120, "cost_usd": None, "model_calls": 2,
    }  # fmt: skip


def test_a_step_recorded_twice_is_one_span_and_a_failed_try_is_another() -> None:
    trace = trace_id_of("reply:7")
    assert step_span_id(trace, step()) == step_span_id(trace, step(started_ns=5, recovered=True))
    assert step_span_id(trace, step()) != step_span_id(trace, step(error="ValueError: x"))
    tries = [step(error="ValueError: x", started_ns=n) for n in (1, 2)]
    assert step_span_id(trace, tries[0]) != step_span_id(trace, tries[1])
    assert step_span_id(trace, step()) != step_span_id(trace, step(number=2))


def test_errors_are_recorded_with_their_type() -> None:
    failed = step(error="ValueError: no reply")
    spans = written(run(failed, outcome=None, error="ValueError: no reply"))
    assert [span["status"] for span in spans] == [
        {"code": 2, "message": "ValueError: no reply"}
    ] * 2
    assert attributes(spans[1])["error.type"] == "ValueError"
    assert "output.value" not in attributes(spans[0])


def test_a_run_begins_no_later_than_its_first_step() -> None:
    early = step(number=1, started_ns=5)
    assert spans_of(run(early))[0].started_ns == 5
    assert spans_of(run(started_ns=8, ended_ns=3))[0].ended_ns == 8


def test_long_values_are_cut_and_say_so() -> None:
    told = attributes(written(run(step(output={"body": "x" * 100_000})))[1])
    assert len(told["output.value"]) < 33_000
    assert told["output.value"].endswith("… (100012 characters)")


def test_our_reader_gives_back_what_was_written() -> None:
    record = run(
        step(calls=(call(),), output={"intent": {"score": 0.5}}),
        step("queue", 2, error="ValueError: x"), error="ValueError: x", outcome=None,
    )  # fmt: skip
    read = join(read_value(otlp_document(record), "auto"), "none")
    own = trajectory_of(record)
    assert (read.source, read.version, read.error) == (TraceFormat.OTLP, "reply-1", "ValueError: x")
    assert [(s.id, s.parent_id, s.kind, s.error) for s in read.steps] == [
        (s.id, s.parent_id, s.kind, s.error) for s in own.steps
    ]
    assert read.steps[1].output == {"intent": {"score": 0.5}}
    assert (read.tokens, read.cost_usd) == (own.tokens, own.cost_usd) == (120, 0.25)
    assert read.steps[2].kind is StepKind.LLM
    assert read.odd == ()


def test_langsmith_runs_are_cleaned_everywhere_a_text_may_stand() -> None:
    seen: list[Any] = []

    def clean(value: Any) -> Any:
        seen.append(value)
        return "clean" if isinstance(value, str) else value and {"clean": True}

    failed = step(output={"to": "a@b.example"}, error="ValueError: a@b.example", calls=(call(),))
    records = langsmith_runs(run(failed), "sales", clean)
    assert "a@b.example" not in str(records)
    assert {r["session_name"] for r in records} == {"sales"}
    assert records[0]["id"] == records[0]["trace_id"] == records[2]["trace_id"]
    assert records[2]["dotted_order"].count(".") == 2
    assert records[2]["parent_run_id"] == records[1]["id"]
