"""One page of the console, run without a browser."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.store.review_queue import ReviewQueue
from tests.support.console_home import ROOT, make_home

LONG_S = 60


def fresh_page_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ReviewQueue:
    """Make a home that pages read, with nothing of an earlier test in their caches."""
    monkeypatch.setenv("FLEET_HOME", str(folder))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    return make_home(folder)


def run_page(name: str, **query: str) -> AppTest:
    """Return `pages/NAME.py` as it stands after one run with an address's query."""
    test = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=LONG_S)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    """Return all words of a page's Markdown."""
    return " ".join(item.value for item in test.markdown)


def press(test: AppTest, label: str) -> None:
    """Press a button by its label."""
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception
