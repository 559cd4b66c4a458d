"""Runs and campaigns as people see them, and what their buttons do."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.adapters.store.campaigns import read_campaign
from fleet.adapters.store.runs import begin_run, find_run, park_run
from fleet.adapters.store.schema import contacts
from fleet.runtime import Fleet, open_fleet
from fleet.runtime.campaigns import create_campaign, default_plan
from fleet.settings import read_settings
from tests.support.console_home import ROOT


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    assert main(["init", "--json"]) == 0
    return open_fleet(read_settings())


def page(name: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
    test.run()
    assert not test.exception
    return test


def press(shown: AppTest, label: str) -> None:
    next(button for button in shown.button if button.label == label).click().run()
    assert not shown.exception


def test_a_dead_letter_stands_first_and_can_be_cancelled(fleet: Fleet) -> None:
    assert page("runs").title[0].value == "No run failed, and none waits"
    served = {"subject_table": "emails", "subject_id": "em-1"}
    row = {"id": "reply:em-1", "graph": "reply", "graph_version": "reply-1"} | served
    begin_run(fleet.store, row, fleet.clock.now())
    park_run(fleet.store, "reply:em-1", "StoreError: the disk is full", fleet.clock.now())
    shown = page("runs")
    assert shown.title[0].value == "1 run failed and waits"
    assert "the disk is full" in " ".join(item.value for item in shown.text)
    press(shown, "Cancel")
    found = find_run(fleet.store, "reply:em-1")
    assert found is not None
    assert found["status"] == "cancelled"
    fleet.close()


def test_a_campaign_is_paused_resumed_and_its_cadence_previewed(fleet: Fleet) -> None:
    assert page("campaigns").title[0].value == "No campaign yet"
    rows = [{"id": f"c{n}", "name": f"Ann {n}", "email": f"a{n}@b.example"} for n in range(3)]
    fleet.store.insert_many(contacts, rows)
    made = create_campaign(
        fleet, name="Spring", plan=default_plan(fleet), contact_ids=["c0", "c1", "c2"], actor="ann"
    )
    shown = page("campaigns")
    assert shown.title[0].value == "1 campaign runs"
    assert any("3 contacts" in item.value for item in shown.markdown)
    press(shown, "Pause")
    assert read_campaign(fleet.store, made["campaign_id"])["status"] == "paused"
    press(shown, "Resume")
    assert read_campaign(fleet.store, made["campaign_id"])["status"] == "running"
    shown.number_input[0].set_value(3).run()
    assert any("15 touches move" in item.value for item in shown.markdown)
    press(shown, "Change it")
    plan = read_campaign(fleet.store, made["campaign_id"])["plan"]
    assert [touch["day_offset"] for touch in plan["touches"]] == [0, 3, 6, 9, 12, 15]
    fleet.close()
