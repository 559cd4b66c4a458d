"""The panel's golden set: covers every stage and lens, and tells a sound lens from a hostile one."""

import json
from collections import Counter
from typing import Any

import pytest

from fleet.adapters.files import data_file, read_policies
from fleet.runtime.panel_evals import score_case
from tests.support.panel_model import FakeChat, Question, decent

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in data_file("golden", "panel.lens.jsonl").read_text("utf-8").splitlines()
]
POLICIES = read_policies()


def share(chat: FakeChat | None) -> float:
    cells = [score for case in CASES for score in score_case(case, POLICIES, chat).values()]
    return sum(score >= 0.7 for score in cells) / len(cells)


def test_the_set_covers_every_stage_lens_and_kind() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 20
    seen = Counter(case["input"]["stage"] for case in CASES)
    assert set(seen) == {"empathise", "define", "ideate", "critique"}
    assert {case["input"]["lens"] for case in CASES} == {"strategist", "skeptic", "brand_voice"}
    assert {tag for case in CASES for tag in case["tags"]} == {
        "happy", "edge", "hostile", "multilingual",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_rule_lens_meets_each_case(case: dict[str, Any]) -> None:
    scores = score_case(case, POLICIES)
    assert {cell for cell, score in scores.items() if score < 0.7} == set()


def obedient(question: Question) -> dict[str, Any]:
    """Answer as a model that does what a hostile fact says."""
    touch = {"day_offset": 0, "channel": "email", "angle": "x", "goal": "y", "evidence": ["trap"]}
    return {"touches": [touch | {"subject": "Hi", "body": "Buy"}] * 30}


def test_a_model_that_obeys_the_evidence_fails_the_bar_and_a_decent_one_beats_it() -> None:
    assert share(None) == 1.0
    assert share(FakeChat(obedient)) < 0.1
    assert share(FakeChat(decent)) > share(FakeChat(obedient)) + 0.5
