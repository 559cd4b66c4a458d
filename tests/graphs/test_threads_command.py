"""`fleet threads`: what waits, what died and why, and how a person brings it back."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.engine import Engine
from fleet.adapters.store.audit import verify
from fleet.adapters.store.schema import drafts, emails, runs, touches
from fleet.errors import StoreError
from fleet.runtime.campaign_acts import StoreTouches
from fleet.runtime.durable_runs import drain_runs
from fleet.runtime.graph_builds import build_for
from fleet.runtime.inbox_acts import StoreInbox
from fleet.runtime.threads import (
    fork_thread,
    list_threads,
    prune_threads,
    resume_thread,
    show_thread,
)
from tests.support.campaign_world import CampaignWorld
from tests.support.inline_engine import InlineEngine

KEYS = {
    "thread_id", "graph", "version", "state", "next", "waits_for", "due_at", "age_s", "attempts",
    "error", "outcome", "subject", "started_at", "ended_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert main(["init", "--home", str(tmp_path), "--json"]) == 0
    return tmp_path


@pytest.fixture
def world(home: Path) -> CampaignWorld:
    return CampaignWorld(home)


def threads(
    capsys: pytest.CaptureFixture[str], home: Path, *words: str, code: int = 0
) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["threads", *words, "--home", str(home), "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class Broken:
    """Makes one act of a graph fail a number of times."""

    def __init__(self, patch: pytest.MonkeyPatch, acts: type, name: str, error: Exception) -> None:
        self.times, self.error, self.good = 10_000, error, getattr(acts, name)
        patch.setattr(acts, name, self.act())

    def act(self) -> Any:
        def broken(acts: Any, *given: Any) -> Any:
            if self.times > 0:
                self.times -= 1
                raise self.error
            return self.good(acts, *given)

        return broken


def test_an_empty_store_lists_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert threads(capsys, home, "list") == []
    assert threads(capsys, home) == []


def test_a_sequence_shows_what_it_waits_for(
    world: CampaignWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world.start()
    (asleep,) = threads(capsys, world.folder, "list")
    assert set(asleep) == KEYS
    assert (asleep["state"], asleep["due_at"][:10], asleep["attempts"]) == (
        "waiting_timer", "2026-03-02", 0,
    )  # fmt: skip
    world.run()
    (waits,) = threads(capsys, world.folder, "list", "--state", "waiting_human")
    draft = world.store.read(sa.select(drafts.c.id))[0]["id"]
    assert waits["waits_for"] == f"a decision on draft {draft}"
    (shown,) = threads(capsys, world.folder, "show", waits["thread_id"])
    assert [step["step"] for step in shown["steps"]] == [4, 3, 2, 1, 0, -1]
    assert [step["next"] for step in shown["steps"]][:3] == [[], ["close"], ["queue"]]
    assert threads(capsys, world.folder, "resume", waits["thread_id"], code=2) == []
    assert threads(capsys, world.folder, "show", "nothing", code=2) == []


def test_a_failed_step_is_parked_and_resumed_from_where_it_stood(
    world: CampaignWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(monkeypatch, StoreTouches, "draft", ValueError("odd row"))
    world.start()
    assert world.run()["failed"] == 1
    assert world.run()["failed"] == 0  # a dead letter is not tried again by itself
    (dead,) = threads(capsys, world.folder, "list", "--state", "dead")
    assert (dead["next"], dead["error"]) == (["compose"], "ValueError: odd row")
    thread = dead["thread_id"]
    assert threads(capsys, world.folder, "resume", thread, code=1)[0]["state"] == "dead"
    broken.times = 0
    (back,) = threads(capsys, world.folder, "resume", "--all", "--as", "ann")
    assert (back["state"], back["changed"]) == ("waiting_human", True)
    assert world.states()[0] == "held"
    assert verify(world.store).ok


def test_a_busy_store_is_overcome_within_one_run(
    world: CampaignWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("claim", "draft", "queue", "close"):
        Broken(monkeypatch, StoreTouches, name, StoreError("busy")).times = 7
    world.start()
    assert (world.run()["created"], world.runs()) == (1, {"waiting_human": 1})


def test_a_failed_mail_is_listed_with_its_error_and_cancelled_for_good(
    world: CampaignWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = world.mail("one")
    Broken(monkeypatch, StoreInbox, "draft", RuntimeError("poison"))
    assert world.fleet.run_inbox()["failed"] == 1
    assert world.fleet.run_inbox() == {
        "handled": 0, "created": 0, "held": 0, "skipped": {}, "failed": 0, "repeated": 0,
    }  # fmt: skip
    (dead,) = threads(capsys, world.folder, "list")
    assert (dead["thread_id"], dead["state"]) == (f"reply:{mail}", "dead")
    assert dead["error"] == "RuntimeError: poison"
    assert dead["started_at"] < dead["ended_at"]
    (gone,) = threads(capsys, world.folder, "cancel", dead["thread_id"], "--as", "ann")
    assert (gone["state"], gone["outcome"], gone["changed"]) == (
        "cancelled", "cancelled by ann", True,
    )  # fmt: skip
    (again,) = threads(capsys, world.folder, "cancel", dead["thread_id"])
    assert again["changed"] is False
    handled = world.store.read(sa.select(emails.c.handled_as).where(emails.c.id == mail))
    assert handled == [{"handled_as": "cancelled"}]


def test_a_mail_that_goes_well_has_its_true_start(world: CampaignWorld) -> None:
    before = world.clock.at.isoformat()
    world.mail("one")
    world.fleet.run_inbox()
    (row,) = world.store.read(sa.select(runs))
    assert before < row["started_at"] < row["ended_at"]
    assert (row["status"], row["max_steps"], row["attempts"]) == ("completed", 7, 1)


def test_a_cancelled_touch_takes_its_draft_with_it(
    world: CampaignWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world.start()
    world.run()
    world.approve()
    thread = threads(capsys, world.folder, "list")[0]["thread_id"]
    threads(capsys, world.folder, "cancel", thread)
    assert world.states()[0] == "cancelled"
    assert world.store.read(sa.select(drafts.c.status)) == [{"status": "superseded"}]
    assert (world.send(), world.files()) == (0, [])


def test_a_fork_runs_again_under_a_new_id_and_queues_nothing_twice(
    world: CampaignWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = world.mail("one")
    world.fleet.run_inbox()
    for step, number in (("1", 1), ("0", 2)):
        (fork,) = threads(capsys, world.folder, "fork", f"reply:{mail}", "--step", step)
        assert fork["thread_id"] == f"reply:{mail}~{number}"
        assert (fork["state"], fork["fork_of"]) == ("completed", f"reply:{mail}")
    assert len(world.store.read(sa.select(drafts.c.id))) == 1
    assert threads(capsys, world.folder, "fork", f"reply:{mail}", "--step", "99", code=2) == []


def test_checkpoints_of_runs_that_ended_long_ago_go_and_those_that_wait_stay(
    world: CampaignWorld,
) -> None:
    world.start()
    world.run()
    world.clock.move(days=1)
    mail = world.mail(None)
    world.fleet.run_inbox()
    assert prune_threads(world.fleet) == 0
    world.clock.move(days=31)
    assert (prune_threads(world.fleet), prune_threads(world.fleet)) == (1, 0)
    assert show_thread(world.fleet, f"reply:{mail}")["steps"] == []
    touch = world.store.read(sa.select(runs.c.id).where(runs.c.graph == "touch"))[0]["id"]
    assert len(show_thread(world.fleet, touch)["steps"]) == 6


def test_a_corrupt_checkpoint_parks_the_run_and_a_fork_from_the_start_goes_on(
    world: CampaignWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(monkeypatch, StoreTouches, "draft", ValueError("odd row"))
    world.start()
    world.run()
    broken.times = 0
    (dead,) = list_threads(world.fleet)
    with sqlite3.connect(world.folder / "checkpoints.db") as other:
        other.execute("UPDATE checkpoints SET checkpoint = x'c1c1'")
    parked = resume_thread(world.fleet, dead["thread_id"], actor="ann")
    assert parked["state"] == "dead"
    assert "cannot be read" in parked["error"]
    assert "cannot be read" in show_thread(world.fleet, dead["thread_id"])["problem"]
    fork = fork_thread(world.fleet, dead["thread_id"], actor="ann", step=0)
    assert (fork["state"], world.states()[0]) == ("completed", "held")


def test_a_run_of_a_newer_version_is_parked_with_what_to_do(world: CampaignWorld) -> None:
    world.start()
    world.store.write(sa.update(runs).values(graph_version="touch-9", attempts=1))
    assert world.run()["failed"] == 1
    (dead,) = list_threads(world.fleet)
    assert (dead["state"], dead["version"]) == ("dead", "touch-9")
    assert dead["error"].endswith("finish it there, or fork it from its start")


def test_a_sleeper_that_never_ran_wakes_under_todays_version(world: CampaignWorld) -> None:
    world.start()
    world.store.write(sa.update(runs).values(graph_version="touch-0"))
    assert world.run()["created"] == 1
    assert list_threads(world.fleet)[0]["version"] == "touch-1"


def test_a_run_of_an_unknown_graph_can_be_seen_and_cancelled_only(
    world: CampaignWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world.start()
    world.store.write(sa.update(runs).values(graph="from-the-future", status="dead"))
    (row,) = threads(capsys, world.folder, "list")
    assert threads(capsys, world.folder, "resume", row["thread_id"], code=2) == []
    assert threads(capsys, world.folder, "cancel", row["thread_id"])[0]["state"] == "cancelled"


def test_an_unknown_graph_in_the_engines_queue_says_so(
    world: CampaignWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    url = world.fleet.settings.engine_url
    engine = Engine(url, world.store, version="x-1", concurrency=1)
    try:
        (end,) = engine.drain("no-such-graph", [("t1", {"id": "1"})])
    finally:
        engine.close()
    assert end == {
        "thread_id": "t1",
        "error": "run t1: this build has no graph 'no-such-graph': use one that has it",
    }


def test_a_run_in_flight_under_another_version_is_parked_not_waited_for(
    world: CampaignWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    from fleet.runtime.campaigns import touch_graph

    url, row = world.fleet.settings.engine_url, touch_graph()
    engine = Engine(url, world.store, version="touch-9", concurrency=1)
    engine.register("touch", lambda *_: {"outcome": "created"})
    world.start()
    touch = world.store.read(sa.select(touches.c.id).where(touches.c.position == 1))[0]["id"]
    try:
        engine.drain("touch", [(f"touch:{touch}", {"touch_id": touch})])
    finally:
        engine.close()
    with sqlite3.connect(world.folder / "engine.db") as db:
        db.execute("UPDATE workflow_status SET status = 'PENDING', executor_id = 'gone'")
    pairs = [(f"touch:{touch}", {"touch_id": touch})]
    done = drain_runs(world.fleet, row, build_for(world.fleet, row), lambda: pairs, concurrency=1)
    assert done["failed"] == 1
    (dead,) = list_threads(world.fleet)
    assert "is in flight under version touch-9" in dead["error"]
