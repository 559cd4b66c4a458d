"""What the recorder sees of a graph whose nodes know nothing of it."""

import threading
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from fleet.adapters.tracing_context import RECORDER, effect, note_call
from fleet.orchestrator.registry import GraphRow
from fleet.runtime.traced_runs import traced
from fleet.traces.spans import RunRecord

ROW = GraphRow(
    name="demo",
    version="demo-1",
    builder="none:none",
    subject="emails",
    effect="read",
    pool="email",
)
CONFIG: dict[str, Any] = {"configurable": {"thread_id": "demo:1"}}


class State(TypedDict, total=False):
    seen: Annotated[list[str], lambda a, b: [*a, *b]]
    outcome: str


class Kept:
    """A tracer that keeps what it is given."""

    def __init__(self) -> None:
        self.runs: list[RunRecord] = []

    def record(self, trace: RunRecord) -> None:
        self.runs.append(trace)


def row(purpose: str, status: str = "ok", **changes: Any) -> dict[str, Any]:
    made = {
        "purpose": purpose, "model": "deepseek-flash", "prompt_digest": "d", "status": status,
        "input_tokens": 5, "cached_tokens": 0, "output_tokens": 2, "cost_usd": 0.1,
        "latency_ms": 0.0, "error": None,
    }  # fmt: skip
    return made | changes


def build(*nodes: tuple[str, Any], together: bool = False) -> Any:
    graph = StateGraph(State)
    for name, node in nodes:
        graph.add_node(name, node)
    names = [name for name, _ in nodes]
    if together:
        for name in names:
            graph.add_edge(START, name)
            graph.add_edge(name, END)
    else:
        for before, after in zip([START, *names], [*names, END], strict=True):
            graph.add_edge(before, after)
    return graph.compile(checkpointer=MemorySaver())


def go(graph: Any, kept: Kept, inputs: Any) -> Any:
    state = graph.get_state(CONFIG)
    with traced(kept, graph, ROW, "demo:1", {"email_id": "1"}, state) as trace:
        ended = graph.invoke(inputs, CONFIG | {"callbacks": trace.callbacks}, durability="sync")
        trace.outcome = ended.get("outcome")
    return ended


def test_calls_and_effects_lie_under_the_node_that_made_them_side_by_side_too() -> None:
    meet = threading.Barrier(2, timeout=20)

    def node(name: str) -> Any:
        def run(_: State) -> State:
            meet.wait()
            note_call(row(name))
            with effect(f"keep.{name}", {"id": name}):
                meet.wait()
            return {"seen": [name]}

        return run

    kept = Kept()
    go(build(("a", node("a")), ("b", node("b")), together=True), kept, {"seen": []})
    steps = {step.node: step for step in kept.runs[0].steps}
    assert set(steps) == {"a", "b"}
    for name, step in steps.items():
        assert [call.purpose for call in step.calls] == [name]
        assert [(e.name, e.target) for e in step.effects] == [(f"keep.{name}", {"id": name})]
        assert step.output == {"seen": [name]}
        assert step.started_ns <= step.calls[0].started_ns <= step.ended_ns


def test_a_failed_call_says_why_and_counts_only_what_is_known() -> None:
    def node(_: State) -> State:
        note_call(row("x", "EgressTimeout", error="no reply", input_tokens=0, cost_usd=None))
        note_call(row("x", "cached", input_tokens=0, output_tokens=0, cost_usd=0.0))
        return {"outcome": "done"}

    kept = Kept()
    go(build(("a", node)), kept, {"seen": []})
    failed, cached = kept.runs[0].steps[0].calls
    assert (failed.error, failed.input_tokens, failed.cost_usd) == (
        "EgressTimeout: no reply", None, None,
    )  # fmt: skip
    assert (cached.error, cached.cached, cached.input_tokens, cached.cost_usd) == (
        None,
        True,
        0,
        0.0,
    )
    assert kept.runs[0].outcome == "done"


def test_a_failure_is_recorded_and_raised_and_the_retry_goes_on_in_the_trace() -> None:
    tries: list[int] = []

    def second(_: State) -> State:
        tries.append(1)
        with effect("act"):
            if len(tries) == 1:
                raise ValueError("not yet")
        return {"outcome": "done"}

    kept = Kept()
    graph = build(("first", lambda _: {"seen": ["first"]}), ("second", second))
    with pytest.raises(ValueError, match="not yet"):
        go(graph, kept, {"seen": []})
    go(graph, kept, None)
    broken, whole = kept.runs
    assert (broken.error, broken.resumed, broken.outcome) == ("ValueError: not yet", False, None)
    assert [(s.node, s.error) for s in broken.steps] == [
        ("first", None), ("second", "ValueError: not yet"),
    ]  # fmt: skip
    assert broken.steps[1].effects[0].error == "ValueError: not yet"
    assert (whole.error, whole.resumed, whole.outcome) == (None, True, "done")
    assert [(s.node, s.number, s.recovered) for s in whole.steps] == [
        ("first", 1, True), ("second", 2, False),
    ]  # fmt: skip
    assert whole.steps[0].output == {"seen": ["first"]}
    assert whole.trace_id == broken.trace_id


def test_waiting_for_a_person_is_not_a_failure() -> None:
    kept = Kept()
    graph = build(("ask", lambda _: {"outcome": interrupt("approve?")}))
    go(graph, kept, {"seen": []})
    assert [(s.node, s.error) for s in kept.runs[0].steps] == [("ask", None)]
    assert (kept.runs[0].error, kept.runs[0].outcome) == (None, None)


def test_without_a_run_notes_go_nowhere() -> None:
    assert RECORDER.get() is None
    note_call(row("x"))
    with effect("x"):
        pass
    with pytest.raises(KeyError), effect("x"):
        raise KeyError("x")
