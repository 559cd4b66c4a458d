"""Contexts, decisions and a whole run behave alike on SQLite, PostgreSQL and D1."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.store import audit, steps
from fleet.adapters.store.controls import suppress
from fleet.adapters.store.schema import contacts, opportunities
from fleet.adapters.store.step_context import AT_ONCE, contact_ids, read_contexts
from fleet.errors import RowNotFound
from fleet.orchestrator.rdav.values import GRAPH
from fleet.runtime.rdav_decide import decide_step, replay_run
from tests.support.rdav_store import ADDRESS, RdavStore
from tests.support.stores import fresh_database, local_d1, start_postgres


@pytest.fixture(scope="session")
def steps_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("steps_pg"))


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RdavStore]:
    if request.param == "d1":
        with local_d1(tmp_path / "d1") as address:
            made = RdavStore(tmp_path, address)
            yield made
            made.fleet.close()
        return
    url = None
    if request.param == "postgres":
        url = fresh_database(request.getfixturevalue("steps_postgres"))
    made = RdavStore(tmp_path, url)
    yield made
    made.fleet.close()


def test_a_run_a_hold_and_its_approval(world: RdavStore) -> None:
    world.mail("em-1")
    assert world.run()["outcome"] == "waiting_human"
    assert world.said() == [
        ("score", "ALLOW", "done"), ("draft_reply", "ALLOW", "done"),
        ("recommend", "ALLOW", "done"), ("update_stage", "HOLD", "waiting"),
    ]  # fmt: skip
    (held,) = steps.waiting_steps(world.store)
    assert (held["action"], held["subject_id"]) == ("update_stage", "ct-1")
    assert decide_step(world.fleet, held["id"], approve=True, actor="ann")["status"] == "done"
    assert world.row(opportunities, "op-1")["stage"] == "proposal"
    (run,) = world.runs()
    assert run["status"] == "completed"
    assert [line["same"] for line in replay_run(world.fleet, run["id"])] == [True] * 4
    assert steps.count_done(world.store, [run["id"]], ["draft_reply", "update_stage"]) == 2
    assert audit.verify(world.store).ok


def test_a_whole_page_of_contacts_is_read_at_once(world: RdavStore) -> None:
    for n in range(AT_ONCE - 2):
        world.put(contacts, id=f"cx-{n:03}", name=f"N{n}", email=f"n{n}@other{n}.test",
                  company_id="co-1", do_not_contact=n == 3)  # fmt: skip
    world.mail("em-1")
    now = world.clock.now()
    suppress(world.store, "@OTHER7.test", reason="r", origin="o", now=now, actor="t")
    page = contact_ids(world.store, "", AT_ONCE + 5)
    assert len(page) == AT_ONCE
    found = read_contexts(world.store, page, GRAPH)
    assert set(found) == set(page)
    assert [key for key, row in found.items() if row["suppressed"]] == ["cx-007"]
    assert [key for key, row in found.items() if row["contact"]["do_not_contact"]] == ["cx-003"]
    assert {key for key, row in found.items() if row["inbound"]} == {"ct-1"}
    assert [mail["id"] for mail in found["ct-1"]["mails"]] == ["em-1"]
    assert [deal["id"] for deal in found["ct-2"]["deals"]] == ["op-2"]
    assert found["ct-1"]["deals"][0]["row_version"] == 1


def test_a_decision_is_stored_once_and_settled_once(world: RdavStore) -> None:
    world.mail("em-1")
    world.run()
    (held,) = steps.waiting_steps(world.store)
    now = world.clock.now()
    assert steps.move_decision(world.store, held, "rejected", actor="ann", now=now, named=True)
    assert not steps.move_decision(world.store, held, "approved", actor="bob", now=now, named=True)
    row = steps.read_decision(world.store, held["id"])
    assert (row["status"], row["decided_by"], row["row_version"]) == ("rejected", "ann", 2)
    again = steps.store_decision(
        world.store, held["run_id"], held["position"], held["inputs"], held["result"],
        status="waiting", policy_digest="x", now=now,
    )  # fmt: skip
    assert again["status"] == "rejected"
    with pytest.raises(RowNotFound):
        steps.read_decision(world.store, "st-none")


def test_a_suppressed_contact_is_stopped(world: RdavStore) -> None:
    world.mail("em-1")
    now = world.clock.now()
    suppress(world.store, ADDRESS, reason="r", origin="o", now=now, actor="t")
    assert world.run()["outcome"] == "stopped_suppressed:suppressed"
    assert world.steps() == []
