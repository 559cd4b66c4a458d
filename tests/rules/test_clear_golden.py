"""The golden sets of CLEAR's prompts are whole, every case fits its prompt, and sides are told apart."""

import json
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from fleet.adapters.files import data_file, read_policies
from fleet.adapters.prompts import load_prompt
from fleet.errors import EgressTimeout
from fleet.evaluation.model_judge import DIMENSIONS
from fleet.runtime.clear_evals import score_run_case, score_step_case

POLICIES = read_policies()
Scorer = Callable[..., dict[str, float]]
SETS: dict[str, Scorer] = {"clear.step": score_step_case, "clear.trajectory": score_run_case}


def cases(name: str) -> list[dict[str, Any]]:
    lines = data_file("golden", f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


EVERY = [
    pytest.param(name, case, id=f"{name}:{case['id']}") for name in SETS for case in cases(name)
]


class Chat:
    """A model that gives every mark the same value."""

    def __init__(self, name: str, mark: float, *, fails: bool = False) -> None:
        self.name, self.mark, self.fails = name, mark, fails

    def ask(self, prompt: str, values: Any, schema: Any, **_: Any) -> Any:
        assert prompt == self.name
        load_prompt(prompt).messages(values)
        if self.fails:
            raise EgressTimeout("late")
        if prompt == "clear.step":
            return SimpleNamespace(
                value=schema.model_construct(score=self.mark, critique="", tags=[])
            )
        marks = dict.fromkeys((*DIMENSIONS, "success"), self.mark)
        return SimpleNamespace(
            value=schema.model_construct(rubric=[], critique="", tags=[], **marks)
        )


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_twenty_cases_of_every_sort(name: str) -> None:
    found = cases(name)
    assert len(found) >= 20
    assert len({case["id"] for case in found}) == len(found)
    tags = Counter(tag for case in found for tag in case["tags"])
    assert set(tags) == {"happy", "edge", "hostile", "multilingual"}
    assert min(tags.values()) >= 5
    good = sum(case["expect"]["good"] for case in found)
    assert 0.4 <= good / len(found) <= 0.6


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_a_case_is_scored_on_its_own_side(name: str, case: dict[str, Any]) -> None:
    score, good = SETS[name], case["expect"]["good"]
    assert score(case, POLICIES, Chat(name, 0.9)) == {"usable": 1.0, "verdict": float(good)}
    assert score(case, POLICIES, Chat(name, 0.1)) == {"usable": 1.0, "verdict": float(not good)}
    assert score(case, POLICIES) == {"usable": 1.0}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    "chat", [{"mark": 1.0, "fails": True}, {"mark": 1.5}, {"mark": float("nan")}]
)
def test_a_judge_without_a_mark_is_not_usable(name: str, chat: dict[str, Any]) -> None:
    case = cases(name)[0]
    assert SETS[name](case, POLICIES, Chat(name, **chat)) == {"usable": 0.0, "verdict": 0.0}
