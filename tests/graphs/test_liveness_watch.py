"""The guard across runs: a lead whose stage goes to and fro is found once, and given to a person."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.clock import stamp
from fleet.adapters.store import audit, liveness_rows
from fleet.adapters.store.liveness_rows import (
    lead_events,
    list_findings,
    settle_finding,
    stuck_leads,
)
from fleet.adapters.store.schema import actions, contacts, runs, step_decisions
from fleet.commands import worker_
from fleet.errors import StoreError
from fleet.runtime import Fleet, open_fleet
from fleet.runtime.liveness_watch import watch_liveness
from fleet.runtime.rdav_run import run_orchestrator
from fleet.settings import read_settings

START = datetime.now(UTC) - timedelta(days=10)


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    assert main(["init", "--json"]) == 0
    opened = open_fleet(read_settings())
    yield opened
    opened.close()


def move(fleet: Fleet, number: int, stage: str, lead: str = "ct-1") -> None:
    at, run = stamp(START + timedelta(hours=30 * number)), f"orchestrator:{lead}:{number}"
    fleet.store.insert_many(
        runs,
        [{
            "id": run, "graph": "orchestrator", "graph_version": "orchestrator-1",
            "subject_table": "contacts", "subject_id": lead, "thread_id": run,
            "status": "completed", "started_at": at,
        }],
    )  # fmt: skip
    args = {"opportunity_id": "op-1", "to_stage": stage, "reason": "the mail asks"}
    fleet.store.insert_many(
        step_decisions,
        [{
            "id": f"st-{run}", "run_id": run, "position": 0, "action": "update_stage",
            "decision": "ALLOW", "inputs": {"step": {"action": "update_stage", "args": args}},
            "result": {}, "status": "done", "policy_digest": "p", "at": at,
        }],
    )  # fmt: skip


def test_a_stage_that_goes_to_and_fro_across_runs_is_found_once(fleet: Fleet) -> None:
    for number in range(6):
        move(fleet, number, ("Proposal", "Negotiation")[number % 2])
    found = watch_liveness(fleet)
    assert len(found) == 1
    (row,) = list_findings(fleet.store)
    assert (row["verdict"], row["lead_id"], row["status"]) == ("LIVELOCK", "contacts:ct-1", "open")
    assert "went back to an earlier value" in row["detail"]["text"]
    assert stuck_leads(fleet.store) == {"contacts:ct-1"}
    (ask,) = fleet.store.read(sa.select(actions))
    assert (ask["kind"], ask["status"]) == ("liveness", "open")
    assert watch_liveness(fleet) == []
    assert settle_finding(fleet.store, row["id"], actor="ann", now=fleet.clock.now())
    assert not settle_finding(fleet.store, row["id"], actor="ann", now=fleet.clock.now())
    assert stuck_leads(fleet.store) == set()
    (ask,) = fleet.store.read(sa.select(actions))
    assert (ask["status"], ask["owner"]) == ("settled", "ann")
    assert audit.verify(fleet.store).ok


def test_a_deal_that_moves_forward_is_left_alone(fleet: Fleet) -> None:
    for number, stage in enumerate(("Engage", "Proposal", "Negotiation", "Contract")):
        move(fleet, number, stage)
    assert watch_liveness(fleet) == []


def go_round(fleet: Fleet, first: int = 0) -> None:
    for number in range(first, first + 8):
        move(fleet, number, ("Proposal", "Negotiation")[number % 2])


def test_a_lead_that_goes_round_is_skipped_until_a_person_has_looked(fleet: Fleet) -> None:
    people = [{"id": f"ct-{n}", "name": f"Ann {n}", "email": f"a{n}@b.example"} for n in (1, 2)]
    fleet.store.insert_many(contacts, people)
    go_round(fleet)
    said: list[str] = []
    first = run_orchestrator(fleet, note=said.append)
    assert (first["handled"], first["skipped"]) == (2, {"nothing_to_do": 2})
    assert said == [
        "1 leads went round, a person has to look: " + list_findings(fleet.store)[0]["run_id"]
    ]
    assert len(fleet.store.read(sa.select(actions))) == 1

    fleet.store.write(sa.update(contacts).values(do_not_contact=True))  # news: both are due again
    again = run_orchestrator(fleet, limit=1, note=said.append)
    assert again["skipped"] == {"do_not_contact": 1, "stuck": 1}
    assert len(said) == 1
    assert len(fleet.store.read(sa.select(actions))) == 1

    (row,) = list_findings(fleet.store)
    assert settle_finding(fleet.store, row["id"], actor="ann", now=fleet.clock.now())
    third = run_orchestrator(fleet, note=said.append)
    assert third["skipped"] == {"do_not_contact": 1}
    assert len(list_findings(fleet.store)) == len(said) == 1


def test_a_lead_that_goes_round_again_after_it_was_settled_is_found_again(fleet: Fleet) -> None:
    go_round(fleet)
    assert watch_liveness(fleet) == ["orchestrator:ct-1:4"]
    (row,) = list_findings(fleet.store)
    settle_finding(fleet.store, row["id"], actor="ann", now=fleet.clock.now())
    assert watch_liveness(fleet) == []
    go_round(fleet, first=10)
    assert watch_liveness(fleet) == ["orchestrator:ct-1:14"]
    assert stuck_leads(fleet.store) == {"contacts:ct-1"}
    assert len(fleet.store.read(sa.select(actions))) == 2


def test_a_guard_that_fails_is_said_and_fails_no_run(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: Fleet) -> list[str]:
        raise StoreError("the disk is full")

    monkeypatch.setattr("fleet.runtime.rdav_run.watch_liveness", down)
    said: list[str] = []
    assert run_orchestrator(fleet, note=said.append)["failed"] == 0
    assert said == ["the liveness guard failed, the next round looks again: the disk is full"]


def test_of_too_many_steps_the_newest_are_judged(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_round(fleet)
    monkeypatch.setattr(liveness_rows, "MOST_EVENTS", 3)
    seen = lead_events(fleet.store, stamp(START))
    assert [event["run_id"][-1] for event in seen] == ["5", "6", "7"]
    assert [event["seq"] for event in seen] == [0, 1, 2]


def test_a_round_of_the_worker_counts_each_stuck_lead_once(fleet: Fleet, tmp_path: Path) -> None:
    args = argparse.Namespace(home=str(tmp_path), json=True, concurrency=1)
    assert worker_._round(args, polls=True)["stuck"] == 0
    go_round(fleet)
    for number in range(4):  # a deal that moves forward beside it
        move(fleet, number, ("Engage", "Proposal", "Negotiation", "Contract")[number], lead="ct-2")
    assert "stuck" not in worker_._round(args, polls=False)  # it looks when it polls
    rounds = [worker_._round(args, polls=True)["stuck"] for _ in range(2)]
    assert rounds == [1, 0]
    assert stuck_leads(fleet.store) == {"contacts:ct-1"}
    (row,) = list_findings(fleet.store)
    assert settle_finding(fleet.store, row["id"], actor="ann", now=fleet.clock.now())
    assert worker_._round(args, polls=True)["stuck"] == 0
