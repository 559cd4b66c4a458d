"""Disks that fill, clocks that jump back, rows that rot: a clear error, a parked run, nothing lost."""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.base import empty_checkpoint

from fleet.adapters.checkpoints import open_checkpoints, thread_config
from fleet.adapters.clock import SystemClock, stamp
from fleet.adapters.engine import Engine
from fleet.adapters.store.audit import verify
from fleet.adapters.store.schema import drafts, heartbeats
from fleet.runtime.threads import fork_thread, list_threads, resume_all, resume_thread
from tests.support.campaign_world import CampaignWorld
from tests.support.inline_engine import InlineEngine

PEOPLE = 20


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)


def fill_disk(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let each new connection to a file find the disk full."""
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(database: Any, *args: Any, **more: Any) -> sqlite3.Connection:
        connection = real(database, *args, **more)
        if name in str(database):
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect)


def test_a_store_on_a_full_disk_says_so_and_the_touches_are_drafted_later(
    tmp_path: Path, inline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"p{number}" for number in range(PEOPLE)]
    begun = CampaignWorld(tmp_path, people)
    begun.start()
    begun.fleet.close()
    monkeypatch.setattr("fleet.runtime.durable_runs.time.sleep", lambda _s: None)
    with monkeypatch.context() as patched:
        fill_disk(patched, "fleet.db")
        full = CampaignWorld(tmp_path, people)
        failed = full.run()["failed"]
        full.fleet.close()
    world = CampaignWorld(tmp_path, people)
    dead = list_threads(world.fleet, state="dead")
    assert failed > 0
    assert len(dead) <= failed
    assert all("the disk is full: free some space" in row["error"] for row in dead)
    world.run()
    resume_all(world.fleet, actor="ann")
    assert world.states().count("held") == PEOPLE
    assert len(world.store.read(sa.select(drafts.c.id))) == PEOPLE
    assert (world.approve(), world.send()) == (PEOPLE, PEOPLE)
    assert verify(world.store).ok


def test_checkpoints_on_a_full_disk_park_the_run_until_there_is_space(
    tmp_path: Path, inline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = CampaignWorld(tmp_path)
    world.start()
    monkeypatch.setattr("fleet.runtime.durable_runs.time.sleep", lambda _s: None)
    url = world.fleet.settings.engine_url
    open_checkpoints(url).conn.close()
    with monkeypatch.context() as patched:
        fill_disk(patched, "checkpoints.db")
        saver = open_checkpoints(url)
        for size in (2_000, 20):  # the tables' first pages have room
            with contextlib.suppress(sqlite3.OperationalError):
                for number in range(1_000):
                    checkpoint = empty_checkpoint() | {"channel_values": {"text": "x" * size}}
                    saver.put(thread_config(f"{size} {number}"), checkpoint, {"step": 0}, {})
        saver.conn.close()
        assert world.run()["failed"] == 1
    (dead,) = list_threads(world.fleet)
    assert (dead["state"], world.states()[0]) == ("dead", "scheduled")
    assert "the disk is full: free some space" in dead["error"]
    assert resume_thread(world.fleet, dead["thread_id"], actor="ann")["state"] == "waiting_human"
    assert world.states()[0] == "held"
    assert len(world.store.read(sa.select(drafts.c.id))) == 1


def test_a_checkpoint_of_a_newer_format_parks_the_run_and_a_fork_goes_on(
    tmp_path: Path, inline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fleet.runtime.campaign_acts import StoreTouches

    world = CampaignWorld(tmp_path)
    world.start()
    real = StoreTouches.draft

    def poison(*_: Any) -> Mapping[str, Any]:
        raise ValueError("odd row")

    monkeypatch.setattr(StoreTouches, "draft", poison)
    assert world.run()["failed"] == 1
    monkeypatch.setattr(StoreTouches, "draft", real)
    with sqlite3.connect(tmp_path / "checkpoints.db") as other:
        other.execute("UPDATE checkpoints SET type = 'msgpack-9'")
    (dead,) = list_threads(world.fleet, state="dead")
    parked = resume_thread(world.fleet, dead["thread_id"], actor="ann")
    assert parked["state"] == "dead"
    assert "cannot be read" in parked["error"]
    assert fork_thread(world.fleet, dead["thread_id"], actor="ann", step=0)["state"] == "completed"
    assert world.states()[0] == "held"


def test_a_corrupt_plan_stops_its_own_campaign_only(tmp_path: Path, inline: None) -> None:
    world = CampaignWorld(tmp_path, ("one", "two"))
    world.people = ("one",)
    broken = world.start()
    world.people = ("two",)
    world.start()
    plan = sa.text("UPDATE campaigns SET plan = '{\"touches\": [' WHERE id = :id")
    with sqlite3.connect(tmp_path / "fleet.db") as other:
        other.execute(str(plan), {"id": broken})
    assert world.run()["failed"] == 1
    assert world.states("two")[0] == "held"
    assert world.states("one")[0] == "scheduled"
    (dead,) = list_threads(world.fleet, state="dead")
    assert "a row is damaged" in dead["error"]
    assert world.run()["failed"] == 0  # it waits for a person


def test_a_clock_that_jumps_back_in_flight_sends_nothing_twice(
    tmp_path: Path, inline: None
) -> None:
    world = CampaignWorld(tmp_path)
    world.start()
    world.run()
    world.clock.move(days=-400)
    assert world.approve() == 1
    world.run()
    world.send()
    world.clock.move(days=400)
    world.send()
    world.run()
    assert (len(world.files()), world.states()) == (1, ["sent"] + ["scheduled"] * 5)
    (row,) = [row for row in list_threads(world.fleet) if row["state"] == "completed"]
    assert row["age_s"] >= 0


def test_a_heart_that_beat_in_the_future_counts_as_dead(tmp_path: Path) -> None:
    world = CampaignWorld(tmp_path)
    url = world.fleet.settings.engine_url
    future = {"name": "executor:ghost", "at": "2099-01-01T00:00:00.000000Z"}
    engine = Engine(url, world.store, version="x-1", concurrency=1)
    try:
        engine.register("x", lambda *_: {"outcome": "created"})
        engine.drain("x", [("t1", {"id": "1"})])
        world.store.insert_many(heartbeats, [future])
        with sqlite3.connect(tmp_path / "engine.db") as db:
            db.execute("UPDATE workflow_status SET status = 'PENDING', executor_id = 'ghost'")
        assert engine.reap() == ["t1"]
        with sqlite3.connect(tmp_path / "engine.db") as db:
            db.execute("UPDATE workflow_status SET status = 'PENDING', executor_id = 'ghost'")
        near = sa.update(heartbeats).where(heartbeats.c.name == future["name"])
        world.store.write(near.values(at=stamp(SystemClock().now())))
        assert engine.reap() == []
    finally:
        engine.close()
