"""Rounds of the monitor over a store: defects once, drift against a frozen reference, actions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.files import read_policies
from fleet.adapters.store import migrate
from fleet.adapters.store.audit import verify
from fleet.adapters.store.defects import SCAN
from fleet.adapters.store.grants import move_rung, read_grant
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.schema import (
    actions,
    defects,
    drift_reports,
    grant_history,
    grants,
    heartbeats,
    spans,
    traces,
    verdicts,
)
from fleet.adapters.store.statements import many
from fleet.adapters.store.traces import open_span, write_run
from fleet.domain.trust import Rung
from fleet.errors import StoreError
from fleet.runtime.fleet import Fleet
from fleet.runtime.ladder_watch import watch
from fleet.runtime.monitor_round import monitor_round
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from tests.support.autonomy_world import AutonomyWorld
from tests.support.review_world import TestClock
from tests.support.stores import any_store

AnyStore = EngineStore | D1Store
GRAPH, VERSION = "orchestrator", "orchestrator-9"
GOOD = ("screen", "plan", "gate", "act", "verify", "finish")
UNVERIFIED = ("screen", "plan", "gate", "act", "finish")
POLICIES = read_policies()


@dataclass
class World:
    """What a round needs of a fleet, over any store."""

    store: AnyStore
    clock: TestClock = field(default_factory=TestClock)
    policies: Mapping[str, Any] = field(default_factory=lambda: POLICIES)
    made: int = 0

    @property
    def fleet(self) -> Fleet:
        return cast("Fleet", self)

    def run(
        self, nodes: tuple[str, ...] = GOOD, *, tools: tuple[str, ...] = ("notes.keep",),
        took: float = 2.0, answer: str = "done", kind: str | None = None,
    ) -> str:  # fmt: skip
        """Leave the trace of one run, which ends now; the clock goes on by what it took."""
        self.made += 1
        at = self.clock.now().timestamp()
        trace_id = f"t{self.made:06d}"
        steps = [_step("root", None, 0, f"invoke_agent {GRAPH}", at, at + took)]
        for place, node in enumerate(nodes, start=1):
            steps.append(
                _step(f"n{place}", "root", place, node, at, at + took, output={"n": place})
            )
        for place, tool in enumerate(tools, start=len(steps)):
            call = ToolCall(id=None, name=tool, arguments={"to": "ann@buyer.test", "n": place})
            steps.append(
                _step(f"e{place}", "n1", place, tool, at, at + took, kind=StepKind.TOOL, call=call)
            )
        run = Trajectory(
            id=trace_id, source=TraceFormat.OTLP, steps=tuple(steps), name=GRAPH, version=VERSION,
            started_at=at, ended_at=at + took, answer=answer, tokens=0, cost_usd=0.0,
        )  # fmt: skip
        run_id = f"run-{trace_id}"
        write_run(self.store, run, run_id, {"tokens": 0, "cost_usd": 0.0, "model_calls": 0}, ())
        if kind is not None:
            row = {
                "id": f"v-{trace_id}", "run_id": run_id, "artifact": GRAPH, "version": VERSION,
                "origin": "test", "record": {"stratum": kind}, "digest": trace_id,
                "created_at": stamp(self.clock.now()),
            }  # fmt: skip
            self.store.write(many(verdicts, [row]))
        self.clock.move(took + 1)
        return trace_id

    def stand_on(self, rung: Rung) -> None:
        now = self.clock.now()
        move_rung(
            self.store, read_grant(self.store, GRAPH, VERSION), GRAPH, VERSION, rung,
            start=Rung.DRAFT, reason="test", actor="ann", now=now, until=now + timedelta(days=9),
        )  # fmt: skip
        self.clock.move(1)

    def rows(self, table: Any) -> list[dict[str, Any]]:
        return self.store.read(sa.select(table).order_by(table.c.id))


def _step(
    own: str, parent: str | None, place: int, name: str, start: float, end: float, *,
    kind: StepKind = StepKind.NODE, output: Any = None, call: ToolCall | None = None,
) -> Step:  # fmt: skip
    return Step(
        id=own, parent_id=parent, position=place, kind=kind, name=name,
        node=None if parent is None else name, output=output, started_at=start, ended_at=end,
        input=call.arguments if call else None, tool_calls=(call,) if call else (),
    )  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgres", "d1"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyStore]:
    with any_store(request.param, tmp_path_factory.mktemp(f"monitor_{request.param}")) as made:
        yield made


@pytest.fixture
def everywhere(shared: AnyStore) -> World:
    tables = (spans, traces, defects, drift_reports, actions, heartbeats, grants, grant_history)
    shared.write(*(sa.delete(table) for table in tables))
    return World(shared)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_store(f"sqlite:///{tmp_path / 'fleet.db'}")
    migrate.upgrade(made)
    yield World(made)
    made.close()


def test_a_round_keeps_each_defect_once_and_asks_people_once(everywhere: World) -> None:
    everywhere.run()
    bad = everywhere.run(UNVERIFIED)
    first = monitor_round(everywhere.fleet)
    assert (first["scanned"], first["defects"], first["actions"]) == (2, 1, 1)
    (defect,) = everywhere.rows(defects)
    assert (defect["code"], defect["severity"], defect["trace_id"], defect["run_id"]) == (
        "contract_breach", "critical", bad, f"run-{bad}",
    )  # fmt: skip
    span = open_span(everywhere.store, defect["span_id"])
    assert span is not None
    assert span["node"] == "act"
    (action,) = everywhere.rows(actions)
    assert (action["kind"], action["graph"], action["graph_version"]) == ("watch", GRAPH, VERSION)
    assert action["evidence"] == [{"table": "defects", "id": defect["id"]}]
    assert action["delivered_at"] is not None
    again = monitor_round(everywhere.fleet)
    assert (again["defects"], again["actions"]) == (0, 0)
    assert len(everywhere.rows(defects)) == len(everywhere.rows(actions)) == 1


def test_a_round_that_was_cut_short_is_done_again_without_doubles(world: World) -> None:
    world.run(UNVERIFIED)
    monitor_round(world.fleet)
    world.store.write(sa.delete(heartbeats).where(heartbeats.c.name == SCAN))
    again = monitor_round(world.fleet)
    assert (again["scanned"], again["defects"], again["actions"]) == (1, 0, 0)


def test_a_trace_that_goes_on_later_is_looked_at_again(world: World) -> None:
    world.run()
    assert monitor_round(world.fleet)["scanned"] == 1
    world.clock.move(60)
    assert monitor_round(world.fleet)["scanned"] == 1  # it had ended a moment ago: once more
    assert monitor_round(world.fleet)["scanned"] == 0
    world.store.write(sa.update(traces).values(ended_at=stamp(world.clock.now())))
    assert monitor_round(world.fleet)["scanned"] == 1


def test_a_critical_defect_takes_a_serving_version_down(world: World) -> None:
    world.stand_on(Rung.CONDITIONAL)
    for _ in range(2):
        world.run(UNVERIFIED)
    monitor_round(world.fleet)
    kinds = [row["kind"] for row in world.rows(actions)]
    assert kinds == ["demote"]
    world.run(UNVERIFIED)
    monitor_round(world.fleet)
    assert sorted(row["kind"] for row in world.rows(actions)) == ["demote", "freeze"]
    assert verify(world.store).ok


def test_the_ladder_acts_on_what_a_round_wrote(tmp_path: Path) -> None:
    home = AutonomyWorld(tmp_path)
    world = World(home.store, clock=home.clock)
    world.stand_on(Rung.CONDITIONAL)
    world.run(UNVERIFIED)
    monitor_round(home.fleet)
    assert watch(home.fleet) == [(GRAPH, VERSION)]
    seen = read_grant(home.store, GRAPH, VERSION)
    assert seen is not None
    assert seen.rung is Rung.DRAFT
    home.close()


def test_longer_runs_than_at_the_promotion_are_drift(everywhere: World) -> None:
    world = everywhere
    for at in range(60):
        world.run(took=2.0 + at % 7 / 10)
    world.stand_on(Rung.CONDITIONAL)
    for at in range(60):
        world.run((*GOOD[:5], "verify", "finish"), took=4.0 + at % 7 / 10)
    done = monitor_round(world.fleet)
    assert (done["reports"], done["actions"]) == (1, 1)
    (report,) = world.rows(drift_reports)
    assert report["state"] == "DRIFT"
    states = {feature["name"]: feature["state"] for feature in report["features"]}
    assert states["steps"] == states["latency_ms"] == states["path"] == "DRIFT"
    assert states["failed"] == "STABLE"
    assert (report["reference_n"], report["current_n"]) == (60, 60)
    (action,) = world.rows(actions)
    assert action["kind"] == "demote"
    assert action["evidence"] == [{"table": "drift_reports", "id": report["id"]}]
    assert monitor_round(world.fleet)["actions"] == 0


def test_runs_like_those_at_the_promotion_are_stable(world: World) -> None:
    for at in range(60):
        world.run(took=2.0 + at % 7 / 10)
    world.stand_on(Rung.CONDITIONAL)
    for at in range(60):
        world.run(took=2.0 + at % 7 / 10)
    monitor_round(world.fleet)
    (report,) = world.rows(drift_reports)
    assert report["state"] == "STABLE"
    assert world.rows(actions) == []


def test_few_runs_are_warming_not_stable(world: World) -> None:
    for _ in range(30):
        world.run()
    monitor_round(world.fleet)
    (report,) = world.rows(drift_reports)
    assert (report["state"], report["features"]) == ("WARMING", [])


def test_another_mix_of_mails_is_told_apart_from_another_agent(world: World) -> None:
    short, long = GOOD, (*GOOD[:5], "verify", "finish")
    for at in range(120):
        world.run(short if at % 2 else long, kind="first" if at % 2 else "later")
    world.stand_on(Rung.CONDITIONAL)
    for at in range(160):
        world.run(long if at % 3 else short, kind="later" if at % 3 else "first")
    monitor_round(world.fleet)
    (report,) = world.rows(drift_reports)
    states = {feature["name"]: feature["state"] for feature in report["features"]}
    assert states["input_mix"] in ("WATCH", "DRIFT")
    assert report["state"] == "WATCH"
    assert states["path"] == "STABLE"
    assert world.rows(actions) == []


def test_the_reference_stays_where_the_promotion_put_it(world: World) -> None:
    for at in range(60):
        world.run(took=2.0 + at % 7 / 10)
    world.stand_on(Rung.CONDITIONAL)
    references = set()
    for _ in range(3):
        for at in range(50):
            world.run(took=2.0 + at % 7 / 10)
        monitor_round(world.fleet)
    for report in world.rows(drift_reports):
        references |= {feature["reference_to"] for feature in report["features"]}
    assert len(world.rows(drift_reports)) == 3
    assert len(references) == 1


def test_an_alert_that_reaches_nobody_is_an_alert_and_is_tried_again(world: World) -> None:
    world.run(UNVERIFIED)

    def broken(_action: Mapping[str, Any]) -> None:
        raise StoreError("the mailbox is full")

    assert monitor_round(world.fleet, broken)["undelivered"] == 1
    reasons = sorted(row["reason"] for row in world.rows(actions))
    assert len(reasons) == 2
    assert "could not be delivered: StoreError: the mailbox is full" in reasons[0]
    assert all(row["delivered_at"] is None for row in world.rows(actions))
    monitor_round(world.fleet, broken)
    assert len(world.rows(actions)) == 2
    told: list[str] = []
    monitor_round(world.fleet, lambda action: told.append(action["id"]))
    assert sorted(told) == sorted(row["id"] for row in world.rows(actions))
    assert all(row["delivered_at"] for row in world.rows(actions))


def test_evidence_names_nobody(world: World) -> None:
    world.run(("screen",), tools=("send_email",))
    monitor_round(world.fleet)
    found = world.rows(defects)
    assert [row["code"] for row in found] == ["contract_breach"]
    assert "ann@buyer.test" not in str(found)


def test_streams_go_on_from_report_to_report_and_voices_come_from_drafts(world: World) -> None:
    def play(n: int, more: int = 0) -> None:
        for at in range(n):
            world.run(tools=("notes.keep",) * (1 + at % 3 + more))

    play(320)
    monitor_round(world.fleet)
    play(60)
    monitor_round(world.fleet)
    play(60)
    monitor_round(world.fleet)
    reports = sorted(world.rows(drift_reports), key=lambda row: str(row["at"]))
    streams = [
        next(f for f in row["features"] if f["name"] == "steps (stream)") for row in reports[1:]
    ]
    reference = reports[-1]["reference_n"]
    assert [f["test"] for f in streams] == [
        f"CUSUM over {320 + 60 - reference} runs", f"CUSUM over {320 + 120 - reference} runs",
    ]  # fmt: skip
    assert {f["state"] for f in streams} == {"STABLE"}
    play(200, more=2)
    monitor_round(world.fleet)
    newest = max(world.rows(drift_reports), key=lambda row: str(row["at"]))
    drifted = next(f for f in newest["features"] if f["name"] == "steps (stream)")
    assert (newest["state"], drifted["state"]) == ("DRIFT", "DRIFT")
    assert drifted["change_point"] == pytest.approx(440 - reference, abs=6)
