"""The guard across runs: a lead whose stage goes to and fro is found once, and given to a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.clock import stamp
from fleet.adapters.store import audit
from fleet.adapters.store.liveness_rows import list_findings, settle_finding, stuck_leads
from fleet.adapters.store.schema import actions, runs, step_decisions
from fleet.runtime import Fleet, open_fleet
from fleet.runtime.liveness_watch import watch_liveness
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
    assert audit.verify(fleet.store).ok


def test_a_deal_that_moves_forward_is_left_alone(fleet: Fleet) -> None:
    for number, stage in enumerate(("Engage", "Proposal", "Negotiation", "Contract")):
        move(fleet, number, stage)
    assert watch_liveness(fleet) == []
