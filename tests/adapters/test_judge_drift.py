"""A judge on the frozen cases: silent while it judges as before, loud when it does so no more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.files import read_policies
from fleet.adapters.store.eval_cases import save_verdicts
from fleet.adapters.store.open import D1Store, EngineStore
from fleet.adapters.store.schema import actions, drift_reports
from fleet.monitor.judge_drift import JudgePolicy, judge_feature
from fleet.policy import section
from fleet.runtime.fleet import Fleet
from fleet.runtime.monitor_round import monitor_round
from tests.support.review_world import TestClock
from tests.support.stores import any_store

POLICIES = read_policies()
POLICY = section(POLICIES, "monitor.judges", JudgePolicy)
CASES = [f"case-{n:02d}" for n in range(20)]


@dataclass
class World:
    store: EngineStore | D1Store
    clock: TestClock = field(default_factory=TestClock)
    policies: Mapping[str, Any] = field(default_factory=lambda: POLICIES)

    def judge(self, wrong: int = 0, version: str = "v1", error: str | None = None) -> None:
        """Record one run over the golden cases, of which the first so many are judged wrong."""
        at = stamp(self.clock.now())
        save_verdicts(
            self.store,
            [
                {
                    "run_id": f"model:clear.step:{at}:{case}", "artifact": "clear.step",
                    "version": version, "scenario_id": case, "engine": "model", "error": error,
                    "task_success": float(n >= wrong), "created_at": at,
                }
                for n, case in enumerate(CASES)
            ],
        )  # fmt: skip
        self.clock.move(3600)

    def round(self) -> dict[str, int]:
        return monitor_round(cast("Fleet", self))

    def states(self) -> list[str]:
        d = drift_reports.c
        return [row["state"] for row in self.store.read(sa.select(d.state).order_by(d.at))]


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with any_store(request.param, tmp_path) as store:
        yield World(store)


def test_a_judge_that_turns_is_watched_then_alarms_once(world: World) -> None:
    for wrong in (1, 1, 9, 9):
        world.judge(wrong)
        assert world.round()["reports"] == 1
        assert world.round()["reports"] == 0
    assert world.states() == ["WARMING", "STABLE", "WATCH", "DRIFT"]
    raised = world.store.read(sa.select(actions.c.kind, actions.c.graph, actions.c.reason))
    assert raised == [
        {"kind": "watch", "graph": "judges", "reason": "drift in agreement with its first run"}
    ]
    world.judge(9)
    world.round()
    assert len(world.store.read(sa.select(actions.c.id))) == 1


def test_another_prompt_is_another_judge_and_failed_cases_say_nothing(world: World) -> None:
    world.judge(0)
    world.judge(20, version="v2")
    world.judge(20, error="the gateway was down")
    world.round()
    assert world.states() == ["WARMING", "WARMING"]


@pytest.mark.parametrize(
    ("wrong", "state"),
    [([0, 0], "STABLE"), ([0, 3], "STABLE"), ([0, 7], "WATCH"), ([0, 7, 0], "STABLE"),
     ([0, 7, 7], "DRIFT"), ([7, 0, 0], "DRIFT"), ([0], "WARMING")],
)  # fmt: skip
def test_a_run_needs_enough_cases_that_moved_one_way(wrong: list[int], state: str) -> None:
    runs = [{case: float(n >= bad) for n, case in enumerate(CASES)} for bad in wrong]
    assert judge_feature(runs, POLICY)["state"] == state


def test_cases_that_move_both_ways_are_noise_and_few_shared_ones_warm_up() -> None:
    first = {case: float(n % 2) for n, case in enumerate(CASES)}
    other = {case: 1 - score for case, score in first.items()}
    assert judge_feature([first, other], POLICY)["state"] == "STABLE"
    few = {case: 0.0 for case in CASES[:9]}
    assert judge_feature([first, few], POLICY)["state"] == "WARMING"
