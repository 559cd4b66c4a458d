"""The defects page: what is found by kind, version and week, and the way down to the span."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.clock import stamp
from fleet.adapters.store.defects import save_defects
from fleet.adapters.store.schema import traces
from fleet.adapters.store.statements import many
from fleet.monitor.taxonomy import CODES, TAXONOMY
from fleet.runtime import Fleet, open_fleet
from fleet.runtime.defects_view import make_board, precision_of
from fleet.settings import read_settings
from tests.support.console_home import make_home
from tests.support.pages import run_page, said

HOSTILE = "<img src=x onerror=alert(1)> [go](http://beacon.invalid)"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    make_home(tmp_path)
    made = open_fleet(read_settings())
    yield made
    made.close()


def ran(fleet: Fleet, key: str, version: str = "reply-1", days_ago: float = 0.0) -> None:
    at = stamp(fleet.clock.now() - timedelta(days=days_ago))
    row = {
        "id": key, "run_id": f"run-{key}", "graph": "reply", "graph_version": version, "name": "r",
        "origin": "fleet", "status": "ok", "started_at": at, "ended_at": at, "spans": 3,
    }  # fmt: skip
    fleet.store.write(many(traces, [row]))


def found(
    fleet: Fleet, key: str, code: str, severity: str = "major", text: str = "seen",
    version: str = "reply-1",
) -> None:  # fmt: skip
    row = {
        "id": f"df-{key}-{code}", "run_id": f"run-{key}", "trace_id": key, "graph": "reply",
        "graph_version": version, "code": code, "dimension": "", "symptom": "s",
        "severity": severity, "span_id": f"{key}:s2", "confidence": 0.9, "status": "open",
        "evidence": {"text": text, "quote": text}, "at": stamp(fleet.clock.now()),
    }  # fmt: skip
    assert save_defects(fleet.store, [row]) == 1


def page(**query: str) -> AppTest:
    return run_page("defects", **query)


def test_an_empty_store_says_what_looks_and_how_far_to_trust_it(fleet: Fleet) -> None:
    shown = page()
    assert shown.title[0].value == "No run was looked at yet"
    assert "fleet worker" in said(shown)
    table = shown.table[0].value
    assert list(table["Defect"]) == [code.replace("_", " ") for code in CODES]
    assert table["Precision"][0].startswith("1.00")


def test_runs_without_a_defect_are_counted_as_looked_at(fleet: Fleet) -> None:
    ran(fleet, "a")
    assert page().title[0].value == "No defect in 1 run of the last 6 weeks"


def test_findings_link_to_their_span_and_filters_narrow_them(fleet: Fleet) -> None:
    for key in ("a", "b", "c"):
        ran(fleet, key)
    found(fleet, "a", "tool_loop")
    found(fleet, "a", "ungrounded_output")
    found(fleet, "b", "contract_breach", "critical")
    shown = page()
    assert shown.title[0].value == "2 of 3 runs have a defect, 1 a critical one"
    assert len(shown.table[0].value) == 3
    assert "/traces?id=b&span=b%3As2" in " ".join(shown.table[0].value["Run"])
    narrowed = page(code="contract_breach")
    assert list(narrowed.table[0].value["Trust"]) == ["sure 0.90  \n:small[:gray[precision 1.00]]"]
    assert TAXONOMY["contract_breach"].root_cause in said(narrowed)
    narrowed.selectbox(key="defects.severity").select("minor").run()
    assert "None with these filters" in said(narrowed)


def test_old_weeks_are_left_out_until_asked_for(fleet: Fleet) -> None:
    ran(fleet, "old", days_ago=60)
    found(fleet, "old", "tool_loop")
    shown = page()
    assert shown.title[0].value == "No run was looked at yet"
    shown.segmented_control(key="defects.weeks").set_value(13).run()
    assert shown.title[0].value == "1 of 1 run has a defect, none a critical one"


def test_hostile_evidence_stays_text_and_a_pruned_run_has_no_link(fleet: Fleet) -> None:
    found(fleet, HOSTILE, "tool_loop", text=HOSTILE)
    row = page().table[0].value
    assert "://" not in " ".join(str(cell) for cell in row.iloc[0])
    assert "/traces" not in row["Run"][0]


def test_the_board_sums_days_to_weeks_and_orders_versions_by_critical_defects() -> None:
    def days(code: str, version: str, severity: str, day: str, runs: int) -> dict[str, object]:
        return {"graph": "g", "graph_version": version, "code": code, "severity": severity,
                "day": day, "runs": runs}  # fmt: skip

    hits = [
        days("tool_loop", "1", "major", "2026-11-16", 2),
        days("tool_loop", "1", "major", "2026-11-22", 3),
        days("contract_breach", "2", "critical", "2026-11-23", 1),
        days("made_up", "1", "odd", "2026-11-23", 1),
    ]
    ran_days = [
        {"graph": "g", "graph_version": v, "day": "2026-11-17", "runs": 10} for v in ("1", "2")
    ]
    board = make_board("2026-11-16", 2, hits, ran_days)
    assert board.weeks == ("2026-11-16", "2026-11-23")
    assert board.pairs == (("g", "2"), ("g", "1"))
    assert board.codes == ("tool_loop", "contract_breach", "made_up")
    cell = next(c for c in board.cells if c.code == "tool_loop")
    assert (cell.hit, cell.runs, cell.week) == (5, 10, "2026-11-16")
    assert board.looked_at == 20


def test_a_detector_that_was_never_measured_has_no_precision() -> None:
    known = precision_of("tool_loop")
    assert known is not None
    assert known["n"] > 0
    assert precision_of("no_such_code") is None


def test_real_and_simulated_runs_are_counted_apart_and_real_ones_first(fleet: Fleet) -> None:
    played = "reply-1+sim.good.0"
    for key in ("a", "b"):
        ran(fleet, key)
    for key in ("s", "t", "u"):
        ran(fleet, key, played)
    found(fleet, "a", "tool_loop")
    found(fleet, "s", "contract_breach", "critical", version=played)
    found(fleet, "t", "wander", version=played)
    shown = page()
    assert shown.title[0].value == "1 of 2 runs have a defect, none a critical one"
    assert len(shown.table[0].value) == 1
    other = page(runs="simulated")
    assert other.title[0].value == "2 of 3 simulated runs have a defect, 1 a critical one"
    assert len(other.table[0].value) == 2
    assert "reply-1, simulated (good 0)" in other.selectbox(key="defects.version").options
    assert page(version=f"reply {played}").title[0].value == other.title[0].value
