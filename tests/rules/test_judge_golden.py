"""The judge's golden set is whole, its prompt takes every case, and marks become one number."""

import json
import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from fleet.adapters.files import data_file, read_policies
from fleet.adapters.prompts import load_prompt
from fleet.errors import EgressTimeout
from fleet.evaluation.autonomy.golden import golden_case
from fleet.evaluation.autonomy.model_judge import Opinion, judge_values, read_opinion
from fleet.runtime.autonomy_evals import score_case

POLICIES = read_policies()
CASES = [
    json.loads(line)
    for line in data_file("golden", "autonomy.judge.jsonl").read_text("utf-8").splitlines()
]
PROMPT = load_prompt("autonomy.judge")


class Chat:
    def __init__(self, mark: float, *, needs_person: bool = False, fails: bool = False) -> None:
        self.mark, self.needs_person, self.fails = mark, needs_person, fails

    def ask(self, prompt: str, values: Any, schema: Any, **_: Any) -> Any:
        assert prompt == PROMPT.name
        PROMPT.messages(values)
        if self.fails:
            raise EgressTimeout("late")
        value = schema(
            answers=self.mark, grounded=self.mark, tone=self.mark, next_step=self.mark,
            needs_person=self.needs_person, reason="so",
        )  # fmt: skip
        return SimpleNamespace(value=value, model="m", prompt_digest=PROMPT.digest)


def test_the_set_has_twenty_cases_of_every_sort() -> None:
    assert len(CASES) >= 20
    assert len({case["id"] for case in CASES}) == len(CASES)
    tags = Counter(tag for case in CASES for tag in case["tags"])
    assert set(tags) == {"happy", "edge", "hostile", "multilingual"}
    assert min(tags.values()) >= 5
    assert {case["expect"]["sends"] for case in CASES} == {True, False}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_is_scored_on_its_own_side(case: dict[str, Any]) -> None:
    sends = case["expect"]["sends"]
    assert score_case(case, POLICIES, Chat(0.9)) == {"usable": 1.0, "verdict": float(sends)}
    assert score_case(case, POLICIES, Chat(0.2)) == {"usable": 1.0, "verdict": float(not sends)}
    assert score_case(case, POLICIES) == {"fails_closed": 1.0}


def test_a_judge_that_fails_is_not_usable() -> None:
    assert score_case(CASES[0], POLICIES, Chat(1.0, fails=True)) == {"usable": 0.0, "verdict": 0.0}


def opinion(**changes: Any) -> Opinion:
    given = {"answers": 1.0, "grounded": 0.5, "tone": 1.0, "next_step": 0.5}
    return Opinion(**(given | {"needs_person": False, "reason": "so"} | changes))


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 0.75),
        ({"needs_person": True}, 0.0),
        ({"grounded": 0.0}, 0.0),
        ({"tone": 1.01}, None),
        ({"tone": -0.01}, None),
        ({"tone": math.nan}, None),
        ({"tone": math.inf}, None),
    ],
)
def test_marks_become_one_number_or_none(changes: dict[str, Any], score: float | None) -> None:
    found = read_opinion(opinion(**changes), golden_case(CASES[0]), model="m", prompt_digest="p")
    assert found.score == score


def test_a_text_too_long_to_judge_whole_is_not_judged() -> None:
    case = golden_case(CASES[0])
    assert judge_values(case, "x" * 8_001) is None
    assert judge_values(case, None) is not None
