"""A campaign's life on every backend: the same statements claim, hold, send, stop and recall."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.store.audit import verify
from fleet.adapters.store.campaigns import funnel
from fleet.runtime.campaign_cadence import change_cadence
from fleet.runtime.campaigns import default_plan
from fleet.runtime.threads import list_threads
from tests.support.campaign_world import CampaignWorld
from tests.support.inline_engine import InlineEngine
from tests.support.stores import fresh_database, local_d1, start_postgres


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("campaign_pg"))


@pytest.fixture(params=["postgres", "d1"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "d1":
        with local_d1(tmp_path / "d1") as address:
            yield address
    else:
        yield fresh_database(request.getfixturevalue("postgres"))


def test_a_campaign_lives_alike_on_every_backend(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)
    world = CampaignWorld(tmp_path, ("one", "two"), url=url)
    campaign = world.start()
    assert (world.run()["created"], world.run()["created"]) == (2, 0)
    assert (world.approve(), world.send(), world.run()["created"]) == (2, 2, 0)
    assert {row["state"] for row in list_threads(world.fleet)} == {"completed", "waiting_timer"}
    world.mail("two")
    world.clock.move(days=7)
    assert world.run()["skipped"] == {"replied": 1}
    assert world.states("two") == ["sent"] + ["stopped"] * 5
    assert world.states("one")[:3] == ["sent", "held", "scheduled"]
    world.approve()
    world.mail("one")  # after the approval, in the second of sending
    assert world.send() == 0
    counts = funnel(world.store, campaign)
    assert (counts["contacts"], counts["sent"], counts["stopped"]) == (2, 2, 5)
    world.run()
    assert funnel(world.store, campaign)["stopped:replied"] == 2
    assert len(world.files()) == 2
    assert verify(world.store).ok
    world.fleet.close()


def test_a_cadence_changes_alike_on_every_backend(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)
    world = CampaignWorld(tmp_path, url=url)
    campaign = world.start()
    world.run()
    plan = default_plan(world.fleet)
    for touch in plan["touches"]:
        touch["day_offset"] += 1
    done = change_cadence(world.fleet, campaign, plan, actor="ann", apply=True)
    assert (len(done["recalled"]), world.states()) == (1, ["scheduled"] * 6)
    assert world.run()["created"] == 0
    world.clock.move(days=1)
    assert world.run()["created"] == 1
    world.fleet.close()
