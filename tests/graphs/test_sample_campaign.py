"""The sample's campaign: started once, for people who never wrote."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.store.campaigns import funnel, list_campaigns
from fleet.adapters.store.schema import emails, touches
from fleet.runtime import open_fleet
from fleet.runtime.sample_campaign import PEOPLE, start_sample_campaign
from fleet.settings import read_settings


def test_the_sample_gets_one_campaign_of_people_who_never_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    assert main(["init", "--sample", "--json"]) == 0
    fleet = open_fleet(read_settings())
    campaign = start_sample_campaign(fleet)
    assert campaign is not None
    assert start_sample_campaign(fleet) is None
    assert [row["id"] for row in list_campaigns(fleet.store)] == [campaign]
    counts = funnel(fleet.store, campaign)
    assert PEOPLE / 2 < counts["contacts"] <= PEOPLE
    assert counts["scheduled"] == 6 * counts["contacts"]
    wrote = sa.select(touches.c.id).join(emails, emails.c.contact_id == touches.c.contact_id)
    assert fleet.store.read(wrote) == []
    fleet.close()


def test_an_empty_store_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    assert main(["init", "--json"]) == 0
    fleet = open_fleet(read_settings())
    assert start_sample_campaign(fleet) is None
    fleet.close()
