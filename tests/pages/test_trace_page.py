"""The waterfall of one trace: hostile names, missing parents, and ten thousand spans."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import spans, traces
from fleet.runtime import Fleet, open_fleet
from fleet.settings import read_settings
from fleet.ui import trace_waterfall
from fleet.ui.trace_waterfall import begins, scale_of
from fleet.ui.traces import _depths
from tests.support.console_home import ROOT

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://beacon.invalid/x.png)"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    assert main(["init", "--json"]) == 0
    return open_fleet(read_settings())


def fill(fleet: Fleet, count: int) -> None:
    at = "2026-11-25T10:00:00.{:06}Z"
    head = {
        "id": "t1", "run_id": HOSTILE, "name": "reply", "origin": "fleet", "status": "error",
        "started_at": at.format(0), "spans": count,
    }  # fmt: skip
    rows = [
        {
            "id": f"t1:{n}", "trace_id": "t1", "parent_id": "t1:0" if n else "nowhere",
            "position": n, "name": HOSTILE, "kind": "node", "started_at": at.format(n),
            "duration_ms": 1.5, "error": HOSTILE if n == 1 else None, "output": {"text": HOSTILE},
        }
        for n in range(count)
    ]  # fmt: skip
    assert not hasattr(fleet.store, "token")
    fleet.store.insert_many(traces, [head])
    fleet.store.insert_many(spans, rows)


def page(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "traces.py"), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def test_an_empty_store_says_what_leaves_a_trace(fleet: Fleet) -> None:
    shown = page()
    assert shown.title[0].value == "What ran, step by step"
    assert "fleet run inbox" in " ".join(item.value for item in shown.markdown)
    assert page(id="nothing").title[0].value == "No such trace"
    fleet.close()


def test_hostile_names_stay_text(fleet: Fleet) -> None:
    fill(fleet, 3)
    shown = page(id="t1")
    assert "://beacon" not in shown.title[0].value
    assert any(HOSTILE in block.value for block in shown.code)
    fleet.close()


def test_ten_thousand_spans_are_drawn_a_page_at_a_time(fleet: Fleet) -> None:
    fill(fleet, 10_000)
    begun = time.perf_counter()
    shown = page(id="t1")
    assert time.perf_counter() - begun < 20
    assert len(shown.selectbox[0].options) == 60
    first = shown.title[0].value
    shown.number_input[0].set_value(7_000).run()
    assert shown.selectbox[0].options[0].startswith("7000: ")
    assert shown.title[0].value == first  # the run took as long, whichever of its spans are shown
    for name, start in (("Earlier", 6_940), ("Later", 7_000), ("Last", 9_940), ("First", 0)):
        next(button for button in shown.button if button.label == name).click().run()
        assert shown.selectbox[0].options[0].startswith(f"{start}: ")
    fleet.close()


def test_a_page_of_spans_is_drawn_in_a_blink() -> None:
    spans_of = [
        {"id": f"t:{n}", "parent_id": None, "name": f"step {n}", "position": n, "kind": "llm",
         "status": "ok", "error": None, "tokens": 5, "started_at": None, "duration_ms": 3.0}
        for n in range(240)
    ]  # fmt: skip
    took = []
    for page_of in (spans_of[:60], spans_of):
        begun = time.process_time()
        figure = trace_waterfall.draw(page_of, {}, None)
        took.append(time.process_time() - begun)
        assert len(figure.layout.annotations) == 2 * len(page_of) + 6
        assert len(figure.data) == 1
    assert took[1] < 8 * max(took[0], 0.02)  # four times the spans, not sixteen times the work


def test_parents_that_are_missing_or_circular_do_not_hang() -> None:
    spans_of = [
        {"id": "a", "parent_id": "b"},
        {"id": "b", "parent_id": "a"},
        {"id": "c", "parent_id": "x"},
    ]
    assert set(_depths(spans_of)) == {"a", "b", "c"}


def test_a_link_opens_the_page_of_its_span_and_chooses_it(fleet: Fleet) -> None:
    fill(fleet, 500)
    for asked in ("t1:333", "333"):
        shown = page(id="t1", span=asked)
        options = shown.selectbox[0].options
        assert shown.selectbox[0].value == "t1:333"
        assert len(options) == 60
        assert options[0].startswith("314: ")
    shown.selectbox[0].select("t1:340").run()
    assert not shown.exception
    assert shown.query_params["span"] == "t1:340"
    assert shown.selectbox[0].value == "t1:340"
    shown.button[1].click().run()
    assert shown.selectbox[0].value == "t1:0"
    fleet.close()


def test_a_span_that_is_not_there_is_said_and_the_trace_opens_all_the_same(fleet: Fleet) -> None:
    fill(fleet, 5)
    shown = page(id="t1", span=HOSTILE)
    assert shown.selectbox[0].value == "t1:0"
    assert any("is not on this page" in item.value for item in shown.markdown)
    fleet.close()


def timed(key: str, parent: str | None, start: float, took: float) -> dict[str, Any]:
    at = datetime(2026, 11, 25, tzinfo=UTC) + timedelta(milliseconds=start)
    return {"id": f"t:{key}", "parent_id": parent, "started_at": stamp(at), "duration_ms": took}


def test_a_long_pause_is_cut_short_and_the_work_around_it_keeps_its_scale() -> None:
    hour = 3_600_000.0
    spans = [
        timed("r", None, 0, hour + 9_000), timed("a", "t:r", 0, 4_000),
        timed("b", "t:r", hour + 4_000, 5_000),
    ]  # fmt: skip
    starts = begins(spans)
    scale = scale_of(spans, starts)
    assert starts == [0.0, 0.0, hour + 4_000]
    assert (scale.cuts, scale.waited, scale.work) == (((4_000.0, hour + 4_000),), hour, 9_000.0)
    assert scale.place(2_000) == 2_000
    assert scale.place(hour + 9_000) == pytest.approx(9_000 + scale.gap)
    assert scale.place(hour + 6_500) - scale.place(hour + 5_000) == pytest.approx(1_500)


def test_short_pauses_and_spans_without_times_are_drawn_as_they_are() -> None:
    spans = [timed("a", None, 0, 100), timed("b", None, 30_000, 100)]
    assert scale_of(spans, begins(spans)).cuts == ()
    bare = [{"id": "t:x", "parent_id": None, "started_at": None, "duration_ms": None}]
    assert begins(bare) == [0.0]
    assert scale_of(bare, [0.0]).place(0) == 0.0
