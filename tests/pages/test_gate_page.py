"""The release gate's page over recorded decisions, and its evidence pack."""

import itertools
from pathlib import Path

import orjson
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.release_gate.sequence import POINTS
from fleet.runtime import open_fleet
from fleet.runtime.gate_view import recorded_view
from fleet.settings import read_settings
from fleet.ui.gate_export import evidence_pack
from tests.support.console_home import ROOT
from tests.support.verdicts import verdict, window


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    assert main(["init", "--json"]) == 0
    return tmp_path


def record(folder: Path, rows: list[dict[str, object]], *more: str) -> int:
    file = folder / "window.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return main(["gate", "decide", "--verdicts", str(file), "--record", "--json", *more])


def page() -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "release_gate.py"), default_timeout=60)
    test.run()
    assert not test.exception
    return test


def test_without_verdicts_the_gate_holds_and_says_what_brings_them(home: Path) -> None:
    shown = page()
    assert shown.title[0].value.endswith("stays on DRAFT")
    assert "○ HOLD" in shown.warning[0].value
    assert "No run was judged yet" in shown.warning[0].value


def test_a_recorded_promotion_is_shown_and_replays(home: Path) -> None:
    assert record(home, window(90)) == 0
    shown = page()
    assert shown.title[0].value == "reply v2 may leave DRAFT"
    assert "▲ PROMOTE" in shown.success[0].value
    assert len(shown.metric) == 5
    next(button for button in shown.button if button.label == "Replay").click().run()
    assert [toast.value for toast in shown.toast] == ["▲ PROMOTE, the same bytes."]


def test_a_hold_names_the_dimension_and_how_many_runs_settle_it(home: Path) -> None:
    rows = [verdict(n, latency_ms=900 if n < 25 else None) for n in range(90)]
    assert record(home, rows) == 10
    shown = page()
    said = " ".join(item.value for item in shown.markdown)
    assert "**P95 latency**" in said
    assert "more runs" in said


def test_the_band_never_widens_and_the_pack_is_the_same_twice(home: Path) -> None:
    rows = [verdict(n, task_success=float(n % 11 != 0)) for n in range(200)]
    record(home, rows)
    fleet = open_fleet(read_settings())
    (row,) = [r for r in fleet.store.read(_ids())]
    view = recorded_view(fleet, row["id"])
    points = view.sequences["task_success"]
    assert len(points) == POINTS
    assert points[-1].n == 200
    assert all(a.lower <= b.lower and a.upper >= b.upper for a, b in itertools.pairwise(points))
    assert evidence_pack(view) == evidence_pack(recorded_view(fleet, row["id"]))
    fleet.close()


def _ids() -> object:
    import sqlalchemy as sa

    from fleet.adapters.store.schema import gate_decisions

    return sa.select(gate_decisions.c.id)
