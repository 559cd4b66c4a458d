"""Home and approvals, drawn without a browser over a real store."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.support.console_home import ROOT, add_draft, make_home, queue_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    return tmp_path


def page(name: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=30)
    test.run()
    assert not test.exception
    return test


def test_home_counts_the_drafts_that_wait(home: Path) -> None:
    queue = make_home(home)
    add_draft(queue, "one")
    add_draft(queue, "two")
    shown = page("home")
    assert shown.title[0].value == "2 drafts wait for you"
    assert [metric.value for metric in shown.metric] == ["2", "0", "0", "2"]


@pytest.mark.parametrize(
    ("name", "title"),
    [("home", "Nothing waits for you"), ("approvals", "All drafts are decided")],
)
def test_an_empty_queue_says_that_nothing_waits(home: Path, name: str, title: str) -> None:
    make_home(home)
    assert page(name).title[0].value == title


def test_a_home_without_a_store_says_what_to_run(home: Path) -> None:
    shown = page("home")
    assert shown.title[0].value == "Setting up"
    assert "fleet init --sample" in " ".join(item.value for item in shown.markdown)


def test_an_approval_binds_the_text_on_the_screen_once(home: Path) -> None:
    draft_id = add_draft(make_home(home), "one")
    shown = page("approvals")
    assert shown.title[0].value == "1 draft to decide"
    next(button for button in shown.button if button.label == "Approve").click().run()
    found = queue_of(home).show(draft_id)
    assert found["status"] == "approved"
    assert [item["action"] for item in found["decisions"]] == ["approve"]
    assert [item["text_hash"] for item in found["outbox"]] == [found["text_hash"]]


def test_the_open_draft_is_held_and_given_back(home: Path) -> None:
    queue = make_home(home)
    ids = {add_draft(queue, "one"), add_draft(queue, "two")}
    shown = page("approvals")
    first = shown.session_state["approvals.item"]
    assert queue.show(first)["status"] == "leased"
    next(button for button in shown.button if button.label == "Next").click().run()
    (second,) = ids - {first}
    assert {name: queue.show(name)["status"] for name in ids} == {
        first: "pending",
        second: "leased",
    }


def test_a_draft_that_another_holds_cannot_be_decided(home: Path) -> None:
    queue = make_home(home)
    draft_id = add_draft(queue, "one")
    queue.lease(draft_id, actor="somebody else")
    shown = page("approvals")
    assert shown.title[0].value == "Others hold what waits"
    assert [button.label for button in shown.button] == []


def test_a_hold_that_somebody_took_refuses_the_decision(home: Path) -> None:
    queue = make_home(home)
    draft_id = add_draft(queue, "one")
    shown = page("approvals")
    queue.release(draft_id, actor=shown.session_state["approvals.lease"]["owner"], fence=1)
    queue.lease(draft_id, actor="somebody else")
    next(button for button in shown.button if button.label == "Approve").click().run()
    assert queue.show(draft_id)["decisions"] == []
    assert shown.title[0].value == "Others hold what waits"


def test_a_view_shows_only_its_part(home: Path) -> None:
    queue = make_home(home)
    add_draft(queue, "one")
    shown = page("approvals")
    shown.session_state["approvals.view"] = "open"
    shown.run()
    assert shown.title[0].value == "No draft in this view"


def test_letter_keys_can_be_switched_off(home: Path) -> None:
    add_draft(make_home(home), "one")
    shown = page("approvals")
    approve = next(button for button in shown.button if button.label == "Approve")
    assert approve.proto.shortcut == "a"
    shown.session_state["keys.on"] = False
    shown.run()
    approve = next(button for button in shown.button if button.label == "Approve")
    assert not approve.proto.shortcut
