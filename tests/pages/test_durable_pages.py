"""Runs and campaigns as people see them, and what their buttons do."""

import itertools
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.adapters.clock import stamp
from fleet.adapters.store.campaigns import read_campaign
from fleet.adapters.store.runs import begin_run, find_run, park_run
from fleet.adapters.store.schema import contacts, drafts, emails, runs, touches
from fleet.orchestrator.registry import graph_row
from fleet.runtime import Fleet, open_fleet
from fleet.runtime.campaigns import create_campaign, default_plan, run_campaigns
from fleet.runtime.lead_life import spans
from fleet.settings import read_settings
from tests.support.pages import press, run_page


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    assert main(["init", "--json"]) == 0
    return open_fleet(read_settings())


def test_a_dead_letter_stands_first_and_can_be_cancelled(fleet: Fleet) -> None:
    assert run_page("runs").title[0].value == "No run failed, and none waits"
    served = {"subject_table": "emails", "subject_id": "em-1"}
    row = {"id": "reply:em-1", "graph": "reply", "graph_version": "reply-1"} | served
    begin_run(fleet.store, row, fleet.clock.now())
    park_run(fleet.store, "reply:em-1", "StoreError: the disk is full", fleet.clock.now())
    shown = run_page("runs")
    assert shown.title[0].value == "1 run failed and waits"
    assert "the disk is full" in " ".join(item.value for item in shown.text)
    press(shown, "Cancel")
    found = find_run(fleet.store, "reply:em-1")
    assert found is not None
    assert found["status"] == "cancelled"
    fleet.close()


def test_a_campaign_is_paused_resumed_and_its_cadence_previewed(fleet: Fleet) -> None:
    assert run_page("campaigns").title[0].value == "No campaign yet"
    rows = [{"id": f"c{n}", "name": f"Ann {n}", "email": f"a{n}@b.example"} for n in range(3)]
    fleet.store.insert_many(contacts, rows)
    made = create_campaign(
        fleet, name="Spring", plan=default_plan(fleet), contact_ids=["c0", "c1", "c2"], actor="ann"
    )
    shown = run_page("campaigns")
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


def test_the_preview_names_whose_draft_a_new_cadence_takes_back(fleet: Fleet) -> None:
    rows = [{"id": f"c{n}", "name": f"Ann {n}", "email": f"a{n}@b.example"} for n in range(2)]
    fleet.store.insert_many(contacts, rows)
    made = create_campaign(
        fleet, name="Spring", plan=default_plan(fleet), contact_ids=["c0", "c1"], actor="ann"
    )
    for number in range(2):
        set_touch(fleet, f"c{number}", 1, "skipped")
    set_touch(fleet, "c1", 2, "held")  # for approval, on a day that the new plan moves
    shown = run_page("campaigns")
    assert "2 contacts, 1 drafts wait, 0 mails sent, 0 answered" in words(shown)
    assert sorted(frame(shown, "Contact")) == ["Ann 0"] * 5 + ["Ann 1"] * 5
    shown.number_input[0].set_value(3).run()
    assert "1 drafts are recalled" in words(shown)
    assert frame(shown, "Recalled") == ["Ann 1"]
    assert read_campaign(fleet.store, made["campaign_id"])["plan"]["revision"] == 1
    assert touch_states(fleet, "c1")[1] == "held"  # it was only looked at
    press(shown, "Change it")
    assert touch_states(fleet, "c1")[1] == "scheduled"
    fleet.close()


def set_touch(fleet: Fleet, contact_id: str, position: int, status: str) -> None:
    mine = (touches.c.contact_id == contact_id) & (touches.c.position == position)
    fleet.store.write(sa.update(touches).where(mine).values(status=status))


def touch_states(fleet: Fleet, contact_id: str) -> list[str]:
    query = sa.select(touches.c.status).where(touches.c.contact_id == contact_id)
    return [row["status"] for row in fleet.store.read(query.order_by(touches.c.position))]


def words(shown: AppTest) -> str:
    return " ".join(item.value for item in shown.markdown).replace("\\", "")


def frame(shown: AppTest, column: str) -> list[str]:
    """Return a column of the first table that has it."""
    table = next(table.value for table in shown.dataframe if column in table.value.columns)
    return [str(value) for value in table[column]]


def test_a_dead_mail_is_retried_and_forked_from_the_page(fleet: Fleet) -> None:
    at = stamp(fleet.clock.now())
    mail = {
        "id": "em-1", "message_id": "<1@b.example>", "thread_id": "t", "direction": "in",
        "from_address": "ann@b.example", "to_address": "us@s.example", "subject": "Prices",
        "body": "What does it cost?", "reply": "What does it cost?", "kind": "person", "at": at,
    }  # fmt: skip
    fleet.store.insert_many(emails, [mail])
    served = {"subject_table": "emails", "subject_id": "em-1"}
    version = graph_row("reply").version  # type: ignore[union-attr]  # the registry has it
    row = {"id": "reply:em-1", "graph": "reply", "graph_version": version} | served
    begin_run(fleet.store, row, fleet.clock.now())
    park_run(fleet.store, "reply:em-1", "TimeoutError: the model was away", fleet.clock.now())
    shown = run_page("runs")
    press(shown, "Retry")
    found = find_run(fleet.store, "reply:em-1")
    assert found is not None
    assert (found["status"], found["error"]) == ("completed", None)
    shown = run_page("runs")
    assert shown.title[0].value == "No run failed, and none waits"
    press(shown, "Fork")
    copy = find_run(fleet.store, "reply:em-1~1")
    assert copy is not None
    assert copy["status"] == "completed"
    assert len(fleet.store.read(sa.select(drafts.c.id))) == 1
    fleet.close()


TIMES = [f"2026-03-02T09:00:{second:02}.000000Z" for second in (0, 1, 2, 32, 33)]


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"attempts": 1, "status": "waiting_human"}, ["works", "waits"]),
        ({"attempts": 2, "status": "completed"}, ["works", "cut short", "works"]),
        ({"attempts": 3, "status": "completed"}, ["cut short", "works", "cut short", "works"]),
        ({"attempts": 1, "status": "dead"}, ["works", "cut short"]),
        ({"attempts": 1, "status": "completed", "started_at": "2026-02-01"},
         ["sleeps", "works"]),
    ],
)  # fmt: skip
def test_a_life_is_divided_at_the_longest_pauses(
    changes: dict[str, object], kinds: list[str]
) -> None:
    row = {"started_at": TIMES[0], "subject_table": "emails"} | changes
    until = TIMES[-1] if row["status"] == "completed" else "2026-03-02T10:00:00.000000Z"
    found = spans(row, TIMES, until)
    assert [span["kind"] for span in found] == kinds
    assert all(a["end"] == b["begin"] for a, b in itertools.pairwise(found))
    assert (found[0]["begin"], found[-1]["end"]) == (row["started_at"], until)


def test_a_leads_life_shows_every_run_that_served_it_and_its_crash(fleet: Fleet) -> None:
    fleet.store.insert_many(contacts, [{"id": "ct-1", "name": "Ann", "email": "a@b.example"}])
    made = create_campaign(
        fleet, name="Spring", plan=default_plan(fleet), contact_ids=["ct-1"], actor="ann"
    )
    fleet.store.write(sa.update(touches).values(due_at="2026-01-01T00:00:00.000000Z"))
    assert run_campaigns(fleet)["created"] == 1
    (touch,) = fleet.store.read(sa.select(touches.c.id).where(touches.c.status == "held"))
    run_id = f"touch:{touch['id']}"
    fleet.store.write(sa.update(runs).where(runs.c.id == run_id).values(attempts=2))
    plan = {"id": "orchestrator:ct-1:x", "graph": "orchestrator", "graph_version": "1"}
    served = {"subject_table": "contacts", "subject_id": "ct-1"}
    begin_run(fleet.store, plan | served, fleet.clock.now())
    shown = run_page("runs")
    shown.segmented_control[0].select("waiting_human").run()
    assert not shown.exception
    assert "1 time a worker died; each run went on" in words(shown)
    assert made["contacts"] == 1
    specs = [json.loads(chart.proto.spec) for chart in shown.get("plotly_chart")]
    lines = {
        str(trace["y"][0]) for spec in specs for trace in spec["data"] if trace["mode"] == "lines"
    }
    assert len(lines) == 2  # the touch and the plan, a row each
    fleet.close()
