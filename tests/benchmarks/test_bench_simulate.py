"""Thirty simulated days over many seeds: who climbs, who falls, and what they cost; `make bench`.

`BENCH_SEEDS` sets the number of seeds (20); every one is a home of its own, played by the
real product in a process of its own.
"""

import os
import resource
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fleet.evaluation.simulation import Scenario
from fleet.runtime.simulate import Plan, simulate
from fleet.settings import read_settings
from tests.support.played_home import NOW, sample_home

SEEDS = int(os.environ.get("BENCH_SEEDS", "20"))
DAYS = 30
CLIMB = ["DRAFT", "SHADOW", "CONDITIONAL"]
FEW_FALLS = 0.15  # share of unchanged versions that the monitor may take down in thirty days


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_home(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(max_tasks_per_child=1) as workers:
        yield workers


def play(template: Path, home: Path, plan: Plan) -> dict[str, Any]:
    """Play one plan in a home of its own; return its summary with the CPU seconds of a day."""
    shutil.copytree(template, home)
    begun = resource.getrusage(resource.RUSAGE_SELF)
    summary: dict[str, Any] = simulate(read_settings(str(home), {}), plan, now=NOW)["summary"]
    ended = resource.getrusage(resource.RUSAGE_SELF)
    shutil.rmtree(home)
    spent = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
    return summary | {"cpu_a_day": spent / plan.days, "peak_mb": ended.ru_maxrss / 1024}


def played(
    pool: ProcessPoolExecutor, template: Path, folder: Path, scenario: Scenario
) -> list[dict[str, Any]]:
    """Play every seed; assert what holds for every past, and print what came of it."""
    plans = [Plan(days=DAYS, seed=seed, scenario=scenario) for seed in range(1, SEEDS + 1)]
    jobs = [pool.submit(play, template, folder / str(plan.seed), plan) for plan in plans]
    found = [job.result() for job in jobs]
    cpu = sorted(each["cpu_a_day"] for each in found)
    print(
        f"\n{scenario}: {len(found)} seeds of {DAYS} days, {sum(s['sends'] for s in found)} sends, "
        f"{sum(sum(s['decisions'].values()) for s in found)} gate decisions, "
        f"{cpu[len(cpu) // 2]:.2f} s CPU a day (most {cpu[-1]:.2f}), "
        f"peak {max(s['peak_mb'] for s in found):.0f} MB"
    )
    for each in found:
        why = "; ".join(f"{fall['at'][:10]} {fall['why']}" for fall in each["falls"])
        print(f"  seed {each['seed']:>2}: {' → '.join(each['rung_path'])}  {why}")
    for each in found:
        assert each["sends"] > 0
        assert each["sends_without_approval_or_grant"] == 0
        assert each["decisions_without_stored_evidence"] == 0
        assert each["audit_ok"] is True
    return found


@pytest.mark.bench
def test_a_good_version_climbs_on_every_seed(
    pool: ProcessPoolExecutor, template: Path, tmp_path: Path
) -> None:
    found = played(pool, template, tmp_path, Scenario.GOOD)
    assert all(each["rung_path"][:3] == CLIMB for each in found)
    fell = sum(bool(each["falls"]) for each in found)
    print(f"  fell although nothing had changed: {fell} of {len(found)}")
    assert fell <= max(1, FEW_FALLS * len(found))


@pytest.mark.bench
def test_a_worse_version_never_leaves_draft_on_any_seed(
    pool: ProcessPoolExecutor, template: Path, tmp_path: Path
) -> None:
    found = played(pool, template, tmp_path, Scenario.WORSE)
    assert all(each["rung_path"] == ["DRAFT"] for each in found)


@pytest.mark.bench
def test_a_drift_takes_a_version_down_and_its_approvals_back_on_every_seed(
    pool: ProcessPoolExecutor, template: Path, tmp_path: Path
) -> None:
    found = played(pool, template, tmp_path, Scenario.DRIFT)
    climbed = [each for each in found if "CONDITIONAL" in each["rung_path"]]
    print(f"  {len(climbed)} answered before they drifted, all of them fell")
    assert climbed
    assert all(each["rung_path"][-1] in ("DRAFT", "SHADOW") for each in climbed)
    assert all(any(fall["from"] == "CONDITIONAL" for fall in each["falls"]) for each in climbed)
    assert sum(each["recalled"] for each in climbed) > 0
