"""The planner's golden set: the rules pass the bar in every tag, and bad planners do not."""

import json
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.errors import EgressUnavailable
from fleet.orchestrator.rdav.golden import score_plan
from fleet.orchestrator.rdav.values import ACTIONS
from fleet.runtime.rdav_evals import score_case
from tests.support.rdav_attacks import hostile_plan
from tests.support.rdav_world import POLICY

FILE = Path(__file__).resolve().parents[2] / "data" / "golden" / "orchestrator.plan.jsonl"
CASES = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
CELL_BAR, BAR = 0.7, 0.80  # a cell passes, and the share of cells that must
POLICIES = read_policies()


def passed(score: Callable[[Any], dict[str, float]], cases: list[Any]) -> float:
    cells = [value >= CELL_BAR for case in cases for value in score(case).values()]
    return sum(cells) / len(cells)


def test_the_set_names_only_what_exists_and_covers_every_action_but_the_log() -> None:
    assert len(CASES) >= 20
    assert len({case["id"] for case in CASES}) == len(CASES)
    named = {name for case in CASES for key in ("actions", "never", "before")
             for name in case["expect"].get(key, ())}  # fmt: skip
    assert named == set(ACTIONS) - {"log_activity"}
    assert all("actions" in case["expect"] for case in CASES)


def test_the_rules_pass_the_bar_in_every_tag() -> None:
    tags = defaultdict(list)
    for case in CASES:
        for tag in case["tags"]:
            tags[tag].append(case)
    rates = {
        tag: passed(lambda case: score_case(case, POLICIES), cases) for tag, cases in tags.items()
    }
    print(f"\npass rate by tag: {rates}")
    assert set(rates) == {"happy", "edge", "hostile", "language"}
    assert min(rates.values()) >= BAR


@pytest.mark.parametrize(
    ("name", "planner"),
    [
        ("idle", lambda _: {"steps": []}),
        ("always campaigns", lambda _: {
            "steps": [{"action": "start_campaign", "args": {"contact_id": "ct-1"}}]}),
        ("hostile", lambda case: hostile_plan(random.Random(case["id"]))),
    ],
)  # fmt: skip
def test_a_bad_planner_stays_below_the_bar(name: str, planner: Callable[[Any], Any]) -> None:
    cases = [case for case in CASES if case["expect"]["actions"]]
    rate = passed(
        lambda case: {
            key: value for key, value in score_plan(case, planner(case), POLICY).items()
            if key in ("complete", "restraint", "order", "reason")
        },
        cases,
    )  # fmt: skip
    print(f"\n{name}: {rate:.2f}")
    assert rate < BAR


def test_a_model_that_does_not_answer_scores_nothing() -> None:
    class Down:
        def ask(self, *_: Any, **__: Any) -> Any:
            raise EgressUnavailable("down")

    assert score_case(CASES[0], POLICIES, Down()) == {"usable": 0.0}
