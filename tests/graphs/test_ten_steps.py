"""Ten steps that each fail 15 % of the time: a bare loop loses four runs in five, ours none."""

import random
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.checkpoints import open_checkpoints, thread_config
from fleet.adapters.files import read_policies
from fleet.adapters.tracing_recorder import recovered_steps
from fleet.durable.retry import DurablePolicy
from fleet.durable.survival import survival
from fleet.policy import section
from fleet.stats.intervals import wilson
from tests.support.ten_steps import STEPS, bare_finishes, build, durable_finishes, failing, no_wait

RUNS = 60
BARE = 500
FAILING = 0.15
ALL = 0.85**STEPS


def test_every_durable_run_finishes_where_a_bare_loop_loses_four_of_five(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.time.sleep", no_wait)
    assert durable_finishes(tmp_path, RUNS, failing(FAILING, 1)) == RUNS
    low, high = wilson(bare_finishes(BARE, failing(FAILING, 2)), BARE)
    assert low < ALL < high


def test_the_model_of_the_page_agrees_with_the_arithmetic() -> None:
    tries = section(read_policies(), "durable", DurablePolicy).attempts["transient"]
    rng = random.Random(3)
    bare, kept = (survival(1_000, STEPS, FAILING, n, rng) for n in (1, tries))
    assert (bare[0], kept[0]) == (1.0, 1.0)
    low, high = wilson(round(bare[-1] * 1_000), 1_000)
    assert low < ALL < high
    assert kept == [1.0] * (STEPS + 1)
    assert sorted(bare, reverse=True) == bare


def test_the_steps_of_a_thread_that_was_begun_anew_count_once(tmp_path: Path) -> None:
    graph = build(lambda: None, open_checkpoints(f"sqlite:///{tmp_path}/engine.db"))
    config: dict[str, Any] = thread_config("t")
    for _ in range(2):
        graph.invoke({"touch_id": "1"}, config, durability="sync")
    kept = recovered_steps(graph.get_state_history(config))
    assert [step.node for step in kept] == [f"step{number}" for number in range(STEPS)]
