"""A version's streams take every run once, whenever it ends and whenever its trace is written."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.files import read_policies
from fleet.adapters.store import migrate
from fleet.adapters.store.defects import run_measures
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.schema import drift_reports, runs, spans, traces
from fleet.adapters.store.statements import many
from fleet.monitor.stream import StreamPolicy
from fleet.monitor.version_stream import features_of, go_on, start
from fleet.policy import section
from fleet.runtime.fleet import Fleet
from fleet.runtime.monitor_round import report_drift
from tests.support.review_world import TestClock
from tests.support.stores import any_store

AnyStore = EngineStore | D1Store
GRAPH, VERSION = "reply", "reply-1"
STREAM = section(read_policies(), "monitor.stream", StreamPolicy)
REFERENCE = 200  # the first runs
HOUR = 3600.0


class World:
    """A store of runs and their traces, and a clock."""

    def __init__(self, store: AnyStore) -> None:
        self.store, self.clock, self.policies = store, TestClock(), read_policies()
        self.began = self.clock.now()

    def at(self, seconds: float) -> str:
        return stamp(self.began + timedelta(seconds=seconds))

    def go_to(self, seconds: float) -> None:
        self.clock.move(
            (self.began + timedelta(seconds=seconds) - self.clock.now()).total_seconds()
        )

    def write(self, *ended: tuple[int, float, float], status: str = "completed") -> None:
        """Keep runs of a number, a start and an end: the row and the trace of each."""
        rows = [
            {
                "id": f"run-{number:05d}", "graph": GRAPH, "graph_version": VERSION,
                "thread_id": "t", "status": status, "started_at": self.at(first),
                "ended_at": self.at(last) if status in ("completed", "dead") else None,
            }
            for number, first, last in ended
        ]  # fmt: skip
        kept = [
            {
                "id": f"t-{number:05d}", "run_id": f"run-{number:05d}", "graph": GRAPH,
                "graph_version": VERSION, "origin": "fleet", "status": "ok",
                "started_at": self.at(first), "ended_at": self.at(last),
                "spans": 5 + number * 7 % 4, "tokens": 0, "cost_usd": 0.0,
            }
            for number, first, last in ended
        ]  # fmt: skip
        for part in range(0, len(rows), 50):
            self.store.write(
                many(runs, rows[part : part + 50], skip_known=True),
                many(traces, kept[part : part + 50], skip_known=True),
            )

    def finish(self, number: int, seconds: float) -> None:
        """End a run that waited or was taken up again, and its trace with it."""
        end = {"ended_at": self.at(seconds)}
        self.store.write(
            sa.update(runs).where(runs.c.id == f"run-{number:05d}").values(end | {"status": "completed"}),
            sa.update(traces).where(traces.c.id == f"t-{number:05d}").values(end),
        )  # fmt: skip

    def report(self, *, due: bool = True) -> dict[str, Any]:
        """Write a report now, if it is due; return the stream of steps in the newest."""
        assert report_drift(cast("Fleet", self), GRAPH, VERSION, None) or not due
        newest = sa.select(drift_reports).order_by(drift_reports.c.at.desc()).limit(1)
        features: list[dict[str, Any]] = self.store.read(newest)[0]["features"]
        return next(f for f in features if f["name"] == "steps (stream)")


@pytest.fixture(scope="module", params=["sqlite", "postgres", "d1"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyStore]:
    with any_store(request.param, tmp_path_factory.mktemp(f"streams_{request.param}")) as made:
        yield made


@pytest.fixture
def everywhere(shared: AnyStore) -> World:
    shared.write(*(sa.delete(table) for table in (spans, traces, runs, drift_reports)))
    return World(shared)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_store(f"sqlite:///{tmp_path / 'fleet.db'}")
    migrate.upgrade(made)
    yield World(made)
    made.close()


def taken(stream: dict[str, Any]) -> int:
    return int(stream["sums"]["n"])


def minutes(first: int, count: int) -> list[tuple[int, float, float]]:
    """Return runs that begin a minute apart and take ten seconds."""
    return [(n, 60.0 * n, 60.0 * n + 10) for n in range(first, first + count)]


def test_a_run_that_began_before_and_ended_after_a_report_is_taken_by_the_next(
    everywhere: World,
) -> None:
    everywhere.write(*minutes(0, 300))
    everywhere.go_to(60 * 300)
    assert taken(everywhere.report()) == 100
    everywhere.write((9_000, 60 * 250.0, 60 * 310.0), *minutes(300, 40))
    everywhere.go_to(60 * 340)
    assert taken(everywhere.report()) == 141
    everywhere.write(*minutes(340, 30))
    everywhere.go_to(60 * 370)
    assert taken(everywhere.report()) == 171


def test_a_run_that_waits_is_taken_when_it_is_done_and_not_before(everywhere: World) -> None:
    everywhere.write(*minutes(0, 300))
    everywhere.go_to(60 * 300)
    assert taken(everywhere.report()) == 100
    everywhere.write((9_001, 60 * 301.0, 60 * 302.0), status="waiting_human")
    everywhere.write(*minutes(303, 30))
    everywhere.go_to(60 * 340)
    assert taken(everywhere.report()) == 130
    everywhere.finish(9_001, 60 * 5_000.0)
    everywhere.write(*minutes(5_001, 30))
    everywhere.go_to(60 * 5_040)
    assert taken(everywhere.report()) == 161


def test_a_dead_letter_is_taken_once_though_it_is_taken_up_again(world: World) -> None:
    world.write(*minutes(0, 300))
    world.write((9_000, 60 * 280.0, 60 * 299.0), status="dead")
    world.go_to(60 * 300)
    assert taken(world.report()) == 101
    world.write(*minutes(5_000, 30))
    world.go_to(60 * 5_040)
    assert taken(world.report()) == 131
    world.finish(9_000, 60 * 5_050.0)
    world.write(*minutes(5_060, 30))
    world.go_to(60 * 5_100)
    assert taken(world.report()) == 161


def test_a_trace_written_late_is_taken_once_and_the_same_trace_again_is_not(world: World) -> None:
    world.write(*minutes(0, 300))
    world.go_to(60 * 300)
    assert taken(world.report()) == 100
    late = (9_000, 60 * 290.5, 60 * 291.5)  # it ended before the last one taken
    world.write(late, *minutes(300, 30))
    world.go_to(60 * 330)
    assert taken(world.report()) == 131
    world.write(late, *minutes(330, 30))
    world.go_to(60 * 360)
    assert taken(world.report()) == 161


def test_runs_that_end_at_the_same_moment_are_all_taken(world: World) -> None:
    world.write(*minutes(0, 300), *((9_000 + n, 60 * 310.0, 60 * 311.0) for n in range(30)))
    world.go_to(60 * 312)
    assert taken(world.report()) == 130
    world.write(*((9_100 + n, 60 * 310.0, 60 * 311.0) for n in range(30)))
    world.go_to(60 * 313)
    world.write(*minutes(314, 30))
    world.go_to(60 * 345)
    assert taken(world.report()) == 190


def landed(rng: random.Random) -> list[tuple[float, tuple[int, float, float]]]:
    """Return runs by when their trace is there: some take long, some are written late."""
    found = []
    for number in range(REFERENCE, 700):
        first = 60.0 * number
        last = first + (rng.uniform(0, 60_000) if rng.random() < 0.2 else 10)
        delay = rng.uniform(0, 0.5 * HOUR) if rng.random() < 0.2 else 0.1
        found.append((last + delay, (number, first, last)))
    return sorted(found)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_order_every_run_is_taken_once(world: World, seed: int) -> None:
    """A fifth take up to a day, a fifth are written up to half an hour late; rounds come between."""
    rng = random.Random(seed)
    world.write(*minutes(0, REFERENCE))
    coming = landed(rng)
    while coming:
        size = rng.randint(40, 120)
        part, coming = coming[:size], coming[size:]
        world.write(*(row for _, row in part))
        world.go_to(max(part[-1][0], 60.0 * REFERENCE) + 1)
        world.report(due=False)
    world.write(*minutes(5_000, 40))
    world.go_to(60 * 5_040)
    counted = taken(stream := world.report())
    total = len(world.store.read(sa.select(traces.c.id)))
    assert counted == total - REFERENCE
    assert stream["sums"]["mean"] == whole(world)["sums"]["mean"]


def whole(world: World) -> dict[str, Any]:
    """Return the stream of steps when all runs are taken at once."""
    every = run_measures(world.store, GRAPH, VERSION, limit=10_000, newest=False)
    rest: Sequence[dict[str, Any]] = sorted(every[REFERENCE:], key=lambda row: str(row["ended_at"]))
    return features_of(go_on(start(every[:REFERENCE], STREAM), rest))[0]


def test_a_stream_taken_in_rounds_is_the_one_taken_at_once(world: World) -> None:
    world.write(*minutes(0, 300))
    for last in (300, 340, 400):
        world.write(*minutes(last - 60, 60))
        world.go_to(60.0 * last)
        stream = world.report()
    assert stream["sums"]["n"] == whole(world)["sums"]["n"]
    pairs = list(zip(stream["sums"]["bank"], whole(world)["sums"]["bank"], strict=True))
    assert pairs
    for each, alone in pairs:
        assert each == pytest.approx(alone)
    assert datetime.fromisoformat(stream["through"]) == datetime.fromisoformat(
        world.at(60 * 399 + 10)
    )
