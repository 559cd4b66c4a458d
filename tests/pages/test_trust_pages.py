"""Overview and ladder: what stands where, the kill switch, and moves that the rules refuse."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from tests.support.console_home import ROOT


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    assert main(["init", "--json"]) == 0
    return tmp_path


def page(name: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60)
    test.run()
    assert not test.exception
    return test


def test_an_empty_home_says_that_nothing_was_decided(home: Path) -> None:
    shown = page("manager")
    assert shown.title[0].value == "No release was decided yet"
    assert [metric.value for metric in shown.metric] == ["0", "0", "none", "none"]


def test_a_halt_is_shown_on_every_page_with_the_way_back(home: Path) -> None:
    assert main(["halt", "--json"]) == 0
    for name in ("manager", "ladder"):
        shown = page(name)
        assert "Sends are stopped" in " ".join(item.value for item in shown.markdown)
        assert "Allow sends" in [button.label for button in shown.button]


def test_every_version_starts_at_draft_and_a_rise_without_evidence_is_refused(home: Path) -> None:
    shown = page("ladder")
    assert shown.title[0].value == "No version stands above DRAFT; none may rise"
    shown.selectbox[1].select("SHADOW")
    shown.text_input[0].input("looks fine to me")
    next(b for b in shown.button if b.label == "Move").click().run()
    said = " ".join(item.value for item in shown.markdown)
    assert "may not rise to SHADOW" in said.replace("\\", "")
