"""The structural judge on runs of a graph without a model: what a node returned is evidence."""

from dataclasses import replace
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.evaluation.policy import EvaluationPolicy
from fleet.evaluation.signals import measure
from fleet.policy import section
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory

POLICY = section(read_policies(), "evaluation", EvaluationPolicy)
KEY = "tc-06d4f2f5"


def step(own: str, place: int, kind: StepKind = StepKind.NODE, **more: Any) -> Step:
    made: dict[str, Any] = {
        "id": own, "parent_id": "root" if place else None, "position": place, "kind": kind,
        "name": own, "node": own, "started_at": 10.0 + place, "ended_at": 10.5 + place,
    }  # fmt: skip
    return Step(**(made | more))


def add(place: int, key: str, **more: Any) -> Step:
    call = ToolCall(id=None, name="review.add", arguments={"id": key})
    return step("review.add", place, StepKind.TOOL, node="queue", tool_calls=(call,), **more)


def touch(*steps: Step, answer: Any = None, timed: bool = True) -> Trajectory:
    root = step("root", 0, input={"touch_id": KEY}, ended_at=99.0, name="invoke_agent touch")
    whole = (root, *steps)
    if not timed:
        whole = tuple(_without_times(each) for each in whole)
    return Trajectory(
        id="t", source=TraceFormat.OTLP, steps=whole, name="touch", answer=answer,
        started_at=10.0 if timed else None, ended_at=99.0 if timed else None,
    )  # fmt: skip


def _without_times(each: Step) -> Step:
    return replace(each, started_at=None, ended_at=None)


def codes(run: Trajectory) -> list[str]:
    return [finding.code for finding in measure(run, POLICY.findings).findings]


@pytest.mark.parametrize("timed", [True, False])
def test_an_id_made_of_the_input_and_of_names_is_no_invention(timed: bool) -> None:
    run = touch(step("queue", 1), add(2, f"touch:{KEY}:queue"), answer="created", timed=timed)
    assert codes(run) == []


@pytest.mark.parametrize("timed", [True, False])
def test_what_an_earlier_node_returned_grounds_a_value(timed: bool) -> None:
    claimed = step("claim", 1, output={"claim": "cl-77812"})
    run = touch(claimed, add(2, "cl-77812"), answer="created", timed=timed)
    assert codes(run) == []
    invented = touch(step("claim", 1), add(2, "cl-77812"), answer="created", timed=timed)
    assert codes(invented) == ["argument_ungrounded"]


@pytest.mark.parametrize("timed", [True, False])
def test_what_a_node_returns_later_does_not_ground_the_calls_inside_it(timed: bool) -> None:
    around = step("queue", 1, output={"draft": "dr-99120"}, ended_at=20.0)
    inside = add(2, "dr-99120", parent_id="queue")
    assert codes(touch(around, inside, answer="x", timed=timed)) == ["argument_ungrounded"]


def test_a_graph_answers_by_its_result_and_a_silent_run_does_not() -> None:
    acted = add(1, KEY)
    assert codes(touch(acted, answer={"outcome": "created"})) == []
    assert codes(touch(acted, step("close", 2, output={"outcome": "created"}))) == []
    assert codes(touch(acted, step("close", 2))) == ["no_answer"]
    failed = step("close", 2, output={"at": 1}, error="KeyError")
    assert codes(touch(acted, failed)) == ["step_failed", "no_answer"]


def test_nodes_that_name_each_other_as_parent_are_walked_once() -> None:
    first = step("a", 1, parent_id="b", output={"v": "id-4711"}, started_at=None, ended_at=None)
    second = step("b", 2, parent_id="a", started_at=None, ended_at=None)
    assert codes(touch(first, second, add(3, "id-4711"), answer="x")) == []
