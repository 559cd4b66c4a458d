"""Ladder, people and simulated versions on the pages: made by the product, named as what they are."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.clock import SystemClock
from fleet.adapters.files import data_file
from fleet.adapters.sample import load_sample
from fleet.adapters.store.grants import move_rung
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import scores
from fleet.adapters.store.simulated import keep_place, read_simulated, save_simulated
from fleet.domain.trust import SIMULATED_MAIL, Rung, is_simulated
from fleet.runtime import open_fleet
from fleet.runtime.gate_view import rivals
from fleet.runtime.simulate import GRAPH, Plan, simulate
from fleet.settings import read_settings
from tests.support.console_home import ROOT

VERSION = "reply-1+sim.good.3"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two simulated days, in which two of three drafts get a second look."""
    home = tmp_path_factory.mktemp("played")
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    upgrade(store)
    load_sample(store, datetime.now(UTC))
    store.close()
    text = data_file("policies.toml").read_text("utf-8")
    before = "second_review_share = 0.0 "
    assert before in text
    (home / "policies.toml").write_text(text.replace(before, "second_review_share = 0.9 "), "utf-8")
    simulate(read_settings(str(home), {}), Plan(days=2, seed=3, mails=10), now=SystemClock().now())
    return home


@pytest.fixture
def home(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "home"
    shutil.copytree(played, folder)
    monkeypatch.setenv("FLEET_HOME", str(folder))
    monkeypatch.setenv("FLEET_POLICIES", str(folder / "policies.toml"))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    yield folder
    st.cache_resource.clear()


def page(name: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=90)
    test.run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    tables = [str(table.value.to_dict()) for table in test.table]
    return " ".join([*(item.value for item in test.markdown), *tables]).replace("\\", "")


def test_a_simulated_version_is_named_so_on_every_page_about_trust(home: Path) -> None:
    for name in ("manager", "ladder", "release_gate"):
        shown = page(name)
        said = words(shown) + " ".join(box.value for box in (*shown.warning, *shown.success))
        assert "simulated" in said, name
    assert "simulated version" in page("manager").title[0].value


def test_people_see_their_catch_rate_speed_and_agreement(home: Path) -> None:
    people = next(t.value for t in page("ladder").table if "Reviewer" in t.value.columns)
    assert len(people) == 3
    for _, row in people.iterrows():
        assert "(simulated)" in str(row["Reviewer"]).replace("\\", "")
        assert " of " in row["Planted ones caught"]
        assert " s" in row["Median time"]
        assert "not timed" not in row["Median time"]


def test_the_page_counts_what_a_version_lacks_to_leave_shadow(home: Path) -> None:
    assert "50 more verdicts and 15 more refused drafts are needed" in words(page("ladder"))


def test_a_second_look_is_blind_and_kept_once(home: Path) -> None:
    shown = page("ladder")
    assert any("would send it" in button.label for button in shown.button)
    assert "approve" not in " ".join(item.value for item in shown.text).lower()
    before = kept(home)
    next(b for b in shown.button if b.label == "I would refuse it").click().run()
    assert not shown.exception
    assert len(kept(home)) == len(before) + 1
    assert {row["label"] for row in kept(home)} >= {"reject"}


def kept(home: Path) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        return store.read(sa.select(scores).where(scores.c.kind == "second_review"))
    finally:
        store.close()


def test_a_way_down_shows_first_what_it_would_recall(home: Path) -> None:
    fleet = open_fleet(read_settings(str(home), {}))
    move_rung(
        fleet.store, None, GRAPH, VERSION, Rung.SHADOW, start=Rung.DRAFT, reason="a test",
        actor="ann", now=SystemClock().now(), until=None,
    )  # fmt: skip
    fleet.close()
    shown = page("ladder")
    box = next(each for each in shown.selectbox if each.label == "Take down at once")
    box.select(next(name for name in box.options if "simulated" in name)).run()
    next(b for b in shown.button if "would be recalled" in b.label).click().run()
    assert not shown.exception
    assert "goes from SHADOW to DRAFT" in words(shown)


def test_a_past_that_is_still_played_shows_its_day(home: Path) -> None:
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    past = read_simulated(store)
    assert past is not None
    save_simulated(store, past | {"done": False}, at=SystemClock().now())
    keep_place(store, {"days": [{}]}, at=SystemClock().now())
    store.close()
    test = AppTest.from_string("from fleet.ui import navigation\nnavigation.sidebar_foot()")
    test.run(timeout=90)
    assert not test.exception
    said = " ".join(str(item.proto) for item in test.sidebar)
    assert "day 1 of 2 is played" in said


def test_simulated_and_real_versions_are_never_compared(home: Path) -> None:
    fleet = open_fleet(read_settings(str(home), {}))
    assert rivals(fleet, GRAPH, VERSION) == []
    assert rivals(fleet, GRAPH, "reply-1") == []
    fleet.close()
    assert is_simulated(VERSION)
    assert SIMULATED_MAIL == "<simulated-"
