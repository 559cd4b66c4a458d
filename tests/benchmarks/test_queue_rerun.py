"""A rerun of the approvals page over a queue of 10,000 drafts, beside one over 50."""

import platform
import statistics
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.store.schema import drafts
from tests.support.console_home import ROOT, add_draft, make_home

RUNS = 9


def fill(home: Path, count: int) -> None:
    queue = make_home(home)
    row = queue.store.read(sa.select(drafts).where(drafts.c.id == add_draft(queue, "one")))[0]
    rows = [
        row | {"id": f"d{n:06}", "priority": f"{n % 3}{row['priority'][1:]}{n:06}"}
        for n in range(count - 1)
    ]
    queue.store.insert_many(drafts, rows)  # type: ignore[attr-defined] # engine store


def median_s(home: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setenv("FLEET_HOME", str(home))
    st.cache_resource.clear()
    page = AppTest.from_file(str(ROOT / "pages" / "approvals.py"), default_timeout=60)
    page.run()
    assert not page.exception
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        page.run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    small, large = tmp_path / "small", tmp_path / "large"
    fill(small, 50)
    fill(large, 10_000)
    return median_s(small, monkeypatch), median_s(large, monkeypatch)


def test_ten_thousand_drafts_cost_a_rerun_little_more_than_fifty(
    homes: tuple[float, float],
) -> None:
    small, large = homes
    assert large < 4 * small + 0.1


@pytest.mark.bench
def test_the_median_rerun_is_printed(homes: tuple[float, float]) -> None:
    small, large = homes
    print(f"\n{platform.processor() or platform.machine()}: rerun of the approvals page, median of")
    print(f"{RUNS}: {small * 1000:.0f} ms at 50 drafts, {large * 1000:.0f} ms at 10,000 (bar 300)")
