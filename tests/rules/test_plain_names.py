"""A plain step is read alike whatever other keys its record has, and in whatever order."""

import random

import pytest

from fleet.traces.plain_names import MOST_KEYS
from fleet.traces.read import read_runs

STEP = {
    "run_id": "r", "seq": 3, "agent": "a", "tool": "look", "args": {"q": 1}, "result": "ok",
    "parent": "p", "start": 5, "end": 6, "tokens": 7, "output_tokens": 8, "cost": 0.5,
    "model": "m", "goal": "find it", "reward": 1, "span_id": "s",
}  # fmt: skip


@pytest.mark.parametrize("more", [0, 10, MOST_KEYS + 1])
def test_other_keys_change_nothing(more: int) -> None:
    other = {f"key {number}": number for number in range(more)}
    pairs = [*STEP.items(), *other.items()]
    random.Random(more).shuffle(pairs)
    (run,) = read_runs(dict(pairs), "f#1")
    (step,) = run.steps
    assert (run.id, run.task, run.outcome) == ("r", "find it", 1.0)
    assert (step.id, step.name, step.node, step.model) == ("s", "look", "a", "m")
    assert (step.started_at, step.ended_at, step.cost_usd) == (5.0, 6.0, 0.5)
    assert (step.tokens_in, step.tokens_out) == (7, 8)
    assert [(call.name, call.arguments, call.output) for call in step.tool_calls] == [
        ("look", {"q": 1}, "ok")
    ]


def test_the_first_name_that_says_something_counts() -> None:
    (run,) = read_runs(
        {"run_id": "r", "name": "", "node": "plan", "output": None, "text": 1}, "f#1"
    )
    assert (run.steps[0].name, run.steps[0].output) == ("plan", None)
