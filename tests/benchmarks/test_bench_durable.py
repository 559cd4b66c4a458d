"""What a durable step costs beside LangGraph's own saver, and how fast ten thousand sleepers wake."""

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.sqlite import SqliteSaver

from fleet.adapters.checkpoints import open_checkpoints, thread_config
from fleet.adapters.clock import stamp
from fleet.adapters.store import touches as rows
from fleet.adapters.store.schema import campaigns, contacts, runs, touches
from fleet.runtime.campaigns import run_campaigns
from fleet.runtime.durable_runs import DurableRun
from tests.support.campaign_world import MONDAY, CampaignWorld
from tests.support.inline_engine import InlineEngine
from tests.support.ten_steps import (
    ROW,
    STEPS,
    bare_finishes,
    build,
    durable_finishes,
    failing,
    no_wait,
    open_home,
)

ROUNDS, RUNS = 3, 8
SLEEPERS, WOKEN = 10_000, 60
MOST_TIMES, LEAST_TIMES = 1.5, 1.5
BUSY = 0.3  # slack of a ratio on a machine that does other things too


def seconds_a_step(act: Callable[[int], Any]) -> float:
    """Return the wall time of a step, from the fastest of some runs: disks wait, others work."""
    times = []
    for number in range(RUNS):
        begun = time.perf_counter()
        act(number)
        times.append(time.perf_counter() - begun)
    return min(times) / STEPS


def savers(folder: Path) -> dict[str, Any]:
    """Return LangGraph's saver as it comes, the same with our pragma, and ours."""
    found: dict[str, Any] = {}
    for name in ("default", "normal"):
        connection = sqlite3.connect(folder / f"{name}.db", check_same_thread=False)
        saver = SqliteSaver(connection)
        saver.setup()
        if name == "normal":
            connection.execute("PRAGMA synchronous=NORMAL")
        found[name] = saver
    return found | {"ours": open_checkpoints(f"sqlite:///{folder}/engine.db")}


def measured(folder: Path) -> dict[str, float]:
    """Return milliseconds a step, medians over rounds taken in turns."""
    fleet = open_home(folder)
    kinds = savers(folder)
    graphs = {name: build(lambda: None, saver) for name, saver in kinds.items()}
    whole = DurableRun(fleet, ROW, graphs["ours"], "here")
    times: dict[str, list[float]] = {name: [] for name in (*kinds, "whole run")}
    for turn in range(ROUNDS):
        for name, graph in graphs.items():

            def act(number: int, name: str = name, graph: Any = graph, turn: int = turn) -> Any:
                config = thread_config(f"{name} {turn} {number}")
                return graph.invoke({"touch_id": "t"}, config, durability="sync")

            times[name].append(seconds_a_step(act))
        times["whole run"].append(
            seconds_a_step(
                lambda number, turn=turn: whole(f"ten:{turn}:{number}", {"touch_id": f"{number}"})  # type: ignore[misc]  # bound early
            )
        )
    fleet.close()
    return {name: 1000 * statistics.median(found) for name, found in times.items()}


def test_a_durable_step_costs_about_what_langgraphs_own_saver_costs(tmp_path: Path) -> None:
    found = measured(tmp_path)
    print({name: round(value, 2) for name, value in found.items()})
    assert found["ours"] <= (MOST_TIMES + BUSY) * found["normal"]
    assert found["ours"] <= (1 + BUSY) * found["default"]


@pytest.mark.bench
def test_the_cost_of_a_step_is_printed(tmp_path: Path) -> None:
    found = measured(tmp_path)
    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}: ms a step of"
    )
    print(
        f"{STEPS} with half a kilobyte each: " + ", ".join(f"{k} {v:.2f}" for k, v in found.items())
    )
    print(
        f"ours / LangGraph's with NORMAL {found['ours'] / found['normal']:.2f} (bar 1.5), ", end=""
    )
    print(f"its default / ours {found['default'] / found['ours']:.2f} (bar 1.5), ", end="")
    print(
        f"whole run with rows and trace / its default {found['whole run'] / found['default']:.2f}"
    )


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_a_thousand_runs_of_ten_failing_steps_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.time.sleep", no_wait)
    begun = time.perf_counter()
    done = durable_finishes(tmp_path, 1_000, failing(0.15, 1))
    bare = bare_finishes(1_000, failing(0.15, 2))
    print(
        f"\nten steps failing 15 %: {done} of 1,000 durable runs finish, {bare} of 1,000 in a bare"
    )
    print(f"loop (0.85^10 = {0.85**10:.3f}); {time.perf_counter() - begun:.0f} s in all")
    assert done == 1_000


def put_to_sleep(world: CampaignWorld, count: int) -> None:
    """Let a campaign's touches sleep, one a contact, due one after the other."""
    at = stamp(MONDAY)
    people = [
        {"id": f"s{n:05}", "name": f"Kim {n}", "email": f"s{n}@buyer.test", "created_at": at}
        for n in range(count)
    ]
    campaign = world.start()
    plan = world.store.read(sa.select(campaigns.c.plan))[0]["plan"]
    assert plan["touches"]
    world.store.insert_many(contacts, people)
    dues = [stamp(MONDAY + timedelta(days=3, seconds=(n * 7919) % count)) for n in range(count)]
    sleeping = [
        {
            "id": f"st{n:05}", "campaign_id": campaign, "contact_id": f"s{n:05}", "position": 1,
            "channel": "email", "due_at": dues[n], "status": "scheduled", "updated_at": at,
        }
        for n in range(count)
    ]  # fmt: skip
    world.store.insert_many(touches, sleeping)
    world.store.insert_many(
        runs,
        [
            {
                "id": f"touch:st{n:05}", "thread_id": f"touch:st{n:05}", "graph": "touch",
                "graph_version": "touch-1", "subject_table": "touches", "subject_id": f"st{n:05}",
                "status": "waiting_timer", "waits_for": "its time", "due_at": dues[n],
                "started_at": at, "attempts": 0,
            }
            for n in range(count)
        ],
    )  # fmt: skip
    world.fleet.close()


def woken(folder: Path, count: int, most: int) -> tuple[float, float, list[str]]:
    """Restart and wake the first; return seconds to the first look, to the end, and who woke."""
    begun = time.perf_counter()
    world = CampaignWorld(folder)
    world.clock.move(days=4)
    due = rows.due_touches(world.store, world.clock.now(), None)
    looked = time.perf_counter() - begun
    assert len(due) == count + 1
    wanted = [row["id"] for row in due[:most]]
    assert run_campaigns(world.fleet, most)["created"] == most
    ended = time.perf_counter() - begun
    t = touches.c
    held = sa.select(t.id, t.due_at).where(t.status == "held").order_by(t.updated_at)
    found = world.store.read(held)
    assert [row["id"] for row in found] == wanted
    assert [row["due_at"] for row in found] == sorted(row["due_at"] for row in found)
    world.fleet.close()
    return looked, ended, wanted


def test_sleepers_wake_in_order_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)
    put_to_sleep(CampaignWorld(tmp_path), 600)
    first = woken(tmp_path, 600, 8)[2]
    assert len(set(first)) == 8


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_ten_thousand_sleepers_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)
    put_to_sleep(CampaignWorld(tmp_path), SLEEPERS)
    looked, ended, _ = woken(tmp_path, SLEEPERS, WOKEN)
    print(
        f"\n{SLEEPERS:,} sleeping threads after a restart: all due ones in order after {looked:.2f} s,"
    )
    print(f"the first {WOKEN} awake, drafted and held in order of their time after {ended:.2f} s")
