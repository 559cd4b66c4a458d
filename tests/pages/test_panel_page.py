"""The campaign room, drawn without a browser over a real store."""

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
from tests.support.console_home import ROOT, add_draft, make_home
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
    from tests.support.console_home import queue_of

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
