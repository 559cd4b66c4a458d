"""The campaign room, drawn without a browser over a real store."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.files import read_policies
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import campaigns, panels
from fleet.campaign_panel.reading import quote_text
from fleet.errors import InputError
from fleet.runtime.panel import Panels, keep_run
from fleet.ui.panel_brief import read_fact_lines
from fleet.ui.panel_talk import spoken
from tests.support.console_home import ROOT, add_draft, make_home, queue_of
from tests.support.panel_briefs import DEMO, RENEWAL, with_fact

HOSTILE = "**bold** [x](https://evil.test) <script>alert(1)</script> :red-badge[owned]"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    make_home(tmp_path)
    return tmp_path


def page(panel_id: str | None = None) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "panel.py"), default_timeout=60)
    if panel_id:
        test.query_params["panel"] = panel_id
    test.run()
    assert not test.exception
    return test


def stored(home: Path, base: dict[str, Any]) -> str:
    held = Panels(read_policies())
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        return str(keep_run(store, held.run(held.read(base)), actor="ann")["id"])
    finally:
        store.close()


def rows(home: Path, table: sa.Table) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        return store.read(sa.select(table))
    finally:
        store.close()


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    return " ".join(item.value for item in (*test.markdown, *test.text))


def test_a_preset_goes_in_and_a_kept_plan_comes_out(home: Path) -> None:
    test = page()
    assert test.title[0].value == "Brief the panel"
    press(test, "Hold the panel")
    assert test.title[0].value == "3 touches over 14 days, 1 doubt kept"
    assert [row["status"] for row in rows(home, panels)] == ["converged"]
    assert [item.value for item in test.subheader][:2] == [
        "Objections", "The plan against the default drip",
    ]  # fmt: skip
    assert "3 raised, 2 resolved, 1 open" in words(test)
    assert "It stopped because" in words(test)
    assert len(test.chat_message) == 16


def test_a_stage_shows_its_part_of_the_talk(home: Path) -> None:
    test = page(stored(home, RENEWAL))
    before = len(test.chat_message)
    test.button_group[0].set_value("define").run()
    assert not test.exception
    assert (before, len(test.chat_message)) == (16, 1)


def test_a_word_of_a_person_shows_what_it_changed(home: Path) -> None:
    test = page(stored(home, DEMO))
    test.text_input(key="panel.word").input("at most 3 touches")
    press(test, "Say it")
    assert test.title[0].value.startswith("3 touches")
    assert "The panel went on from there." in test.success[0].value.replace("\\", "")
    assert len(rows(home, panels)) == 2
    press(test, "Without the skeptic")
    assert any("Without the skeptic" in item.value for item in test.subheader)
    assert len(rows(home, panels)) == 2


def test_a_word_that_cannot_be_checked_is_refused(home: Path) -> None:
    test = page(stored(home, DEMO))
    test.text_input(key="panel.word").input("be nicer")
    press(test, "Say it")
    assert "is no demand" in test.error[0].value
    assert len(rows(home, panels)) == 1


def test_a_plan_starts_a_campaign_whose_touches_wait(home: Path) -> None:

    add_draft(queue_of(home), "one")
    test = page(stored(home, RENEWAL))
    press(test, "Start with 1 contact")
    assert test.success[0].value.startswith("The campaign has started")
    made = rows(home, campaigns)
    assert [row["plan_source"] for row in made] == ["panel"]
    assert len(made[0]["plan"]["touches"]) == 3
    assert made[0]["brief"]["panel_id"] == rows(home, panels)[0]["id"]


def test_with_nobody_to_write_to_nothing_can_be_started(home: Path) -> None:
    test = page(stored(home, RENEWAL))
    button = next(item for item in test.button if item.label.startswith("Start with"))
    assert (button.label, button.disabled) == ("Start with 0 contacts", True)


def test_hostile_facts_stay_plain_text(home: Path) -> None:
    test = page(stored(home, with_fact(RENEWAL, "f2", f"Teams save 4 hours {HOSTILE}")))
    drawn = " ".join(item.value for item in test.markdown)
    assert "<script" not in words(test)
    assert "](https" not in drawn
    assert ":red-badge[owned]" not in drawn
    assert quote_text(HOSTILE, 200).count("<") == 0


def test_an_earlier_panel_can_be_opened_again(home: Path) -> None:
    first = stored(home, RENEWAL)
    test = page(stored(home, DEMO))
    assert test.title[0].value.startswith("6 touches")
    earlier = next(item for item in test.selectbox if item.label == "Held before")
    earlier.set_value(first).run()
    assert not test.exception
    assert test.title[0].value.startswith("3 touches")


def test_an_unknown_panel_in_the_address_asks_for_a_brief(home: Path) -> None:
    assert page("panel-0").title[0].value == "Brief the panel"


def test_fact_lines_are_read_with_or_without_an_id() -> None:
    assert read_fact_lines("a: one\n\nno id here: two\nthree") == [
        {"id": "a", "text": "one"},
        {"id": "fact3", "text": "no id here: two"},
        {"id": "fact4", "text": "three"},
    ]
    with pytest.raises(InputError, match="has no fact"):
        read_fact_lines(" \n ")


def test_dissent_is_scored_by_what_came_of_the_campaign(home: Path) -> None:
    add_draft(queue_of(home), "one")
    panel_id = stored(home, RENEWAL)
    test = press(page(panel_id), "Start with 1 contact")
    assert test.table[-1].value["Borne out?"].tolist() == ["○ too few sends"]
    (campaign,) = rows(home, campaigns)
    played_out(home / "fleet.db", str(campaign["id"]))
    verdict = page(panel_id).table[-1].value["Borne out?"].tolist()
    assert verdict == ["▲ borne out (0.00 of 21, 0.43 of 42)"]


def played_out(file: Path, campaign: str) -> None:
    """Let 21 contacts get three touches each, on days 1 to 3; 18 answer the first one."""
    store = sqlite3.connect(file)  # no foreign keys: only what the ledger reads is put in
    for n in range(21):
        for place in (1, 2, 3):
            store.execute(
                "INSERT INTO touches (id, campaign_id, contact_id, position, status, draft_id, "
                "row_version) VALUES (?, ?, ?, ?, 'sent', ?, 1)",
                (f"t{n}-{place}", campaign, f"p{n}", place, f"d{n}-{place}"),
            )
            store.execute(
                "INSERT INTO outbox (id, draft_id, draft_version, recipient, approval_id, subject, "
                "body, text_hash, message_id, status, releasable_at, sent_at, created_at, "
                "row_version) VALUES (?, ?, 1, 'a', 'a', 's', 'b', 'h', ?, 'sent', 'x', ?, 'x', 1)",
                (f"o{n}-{place}", f"d{n}-{place}", f"m{n}-{place}", f"2026-12-0{place}T09:00"),
            )
        if n < 18:
            store.execute(
                "INSERT INTO emails (id, message_id, thread_id, direction, from_address, "
                "to_address, subject, body, reply, kind, at, contact_id, row_version) "
                "VALUES (?, ?, 't', 'in', 'a', 'b', 's', 'b', 'b', 'person', '2026-12-01T12:00', ?, 1)",
                (f"e{n}", f"<e{n}>", f"p{n}"),
            )
    store.commit()
    store.close()


def test_without_the_skeptic_both_plans_stand_side_by_side(home: Path) -> None:
    test = press(page(stored(home, RENEWAL)), "Without the skeptic")
    assert "**As adopted**" in words(test)
    assert "**Without the skeptic**" in words(test)
    beside = [table.value for table in test.table if list(table.value.columns) == ["Day", "Angle"]]
    assert len(beside) == 2
    assert len(beside[0]) == 3


def test_an_edit_is_kept_and_a_wrong_one_is_named(home: Path) -> None:
    first = stored(home, RENEWAL)
    test = page(first)
    test.session_state[f"edit {first}"] = {
        "edited_rows": {0: {"Day": 1}},
        "added_rows": [],
        "deleted_rows": [],
    }
    press(test, "Keep my edit")
    kept = [row["result"]["answer"] for row in rows(home, panels) if row["id"] != first]
    assert [answer["touches"][0]["day_offset"] for answer in kept] == [1]
    assert kept[0]["provenance"]["source"] == "human"
    wrong = page(first)
    wrong.session_state[f"edit {first}"] = {
        "edited_rows": {1: {"Day": 90}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    press(wrong, "Keep my edit")
    assert "the edited plan does not hold" in wrong.error[0].value.replace("\\", "")
    assert len(rows(home, panels)) == 2


def test_a_turn_without_claims_says_its_touches_or_objections() -> None:
    turn: dict[str, Any] = {"claims": [], "stage": "ideate"}
    touch = {"day_offset": 7, "channel": "email", "angle": "Why people stay", "evidence": ["f1"]}
    assert spoken(turn | {"touches": [touch]}) == [("Day 7, email: Why people stay", ["f1"])]
    item = {"reason": "The third look adds nothing.", "evidence": ["f2"]}
    assert spoken(turn | {"objections": [item]}) == [("The third look adds nothing.", ["f2"])]
    claim = {"text": "They wait.", "evidence": []}
    assert spoken(turn | {"claims": [claim], "touches": [touch]}) == [("They wait.", [])]
