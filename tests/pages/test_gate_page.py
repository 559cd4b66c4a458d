"""The release gate's page over recorded decisions, and its evidence pack."""

import itertools
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.adapters.store.grants import read_grant
from fleet.adapters.store.schema import gate_decisions, verdicts
from fleet.adapters.store.statements import many
from fleet.domain.trust import Rung
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


def store_product(version: str, rows: list[dict[str, object]]) -> None:
    """Leave verdicts as the product writes them, for a version of `reply`."""
    fleet = open_fleet(read_settings())
    fleet.store.write(
        many(
            verdicts,
            [
                {
                    "id": f"product:{version}:{row['run_id']}", "run_id": row["run_id"],
                    "artifact": "reply", "version": version, "scenario_id": row["scenario_id"],
                    "origin": "product", "record": row | {"version": version},
                    "digest": f"{version}{n}", "created_at": row["created_at"],
                }
                for n, row in enumerate(rows)
            ],
        )
    )  # fmt: skip
    fleet.close()


def choose(shown: AppTest, label: str, value: object) -> AppTest:
    box = next(each for each in shown.selectbox if each.label == label)
    box.set_value(value).run()
    assert not shown.exception
    return shown


def words(shown: AppTest) -> str:
    tables = " ".join(str(table.value.to_dict()) for table in shown.table)
    return " ".join([*(item.value for item in shown.markdown), tables]).replace("\\", "")


def test_a_champion_is_compared_on_the_same_scenarios_and_recorded_with_it(home: Path) -> None:
    store_product("reply-1", window(120))
    store_product("reply-0", window(120, latency_ms=800))
    shown = choose(page(), "Version", ("reply", "reply-1"))
    assert "compared with nobody" in words(shown)
    shown = choose(shown, "Champion", "reply-0")
    assert "◆ HOLD · needs 160 more runs" in shown.warning[0].value
    assert "0 of 120 scenarios had no partner" in words(shown)
    next(b for b in shown.button if b.label == "Record").click().run()
    assert not shown.exception
    heads = " ".join(head.value for head in shown.subheader).replace("\\", "")
    assert "Against the champion reply-0" in heads
    (frame,) = [each.value for each in shown.dataframe]
    assert list(frame["Verdict"]) == ["◆ HOLD"]
    next(b for b in shown.button if b.label == "Replay all 1").click().run()
    assert list(shown.dataframe[0].value["Replay"]) == ["✓ same bytes"]


def test_a_tampered_record_is_found_by_the_replay_button(home: Path) -> None:
    assert record(home, window(90)) == 0
    fleet = open_fleet(read_settings())
    (row,) = fleet.store.read(sa.select(gate_decisions))
    less = row["evidence"] | {"verdicts": row["evidence"]["verdicts"][1:]}
    fleet.store.write(sa.update(gate_decisions).values(evidence=less))
    fleet.close()
    shown = page()
    next(button for button in shown.button if button.label == "Replay").click().run()
    assert "tampered with" in shown.toast[0].value
    assert list(shown.dataframe[0].value["Replay"]) == ["▼ other bytes"]


def test_ablation_says_what_the_verdict_hangs_on(home: Path) -> None:
    rows = [verdict(n, task_success=0.5, context_preserved=0.5) for n in range(200)]
    assert record(home, rows) == 10
    shown = page()
    table = next(t.value for t in shown.table if "Left out" in t.value.columns)
    said = [tuple(row) for row in table[["Left out", "Reading"]].to_numpy()]
    assert said[0] == ("Task success and Context preserved", "**the two are pivotal**")
    assert said[-1] == ("any other", "not pivotal")


def test_what_lacks_safety_is_offered_no_waiver(home: Path) -> None:
    rows = [verdict(n, task_success=0.78, safety_pass=n % 20 != 0) for n in range(90)]
    assert record(home, rows) == 10
    shown = page()
    assert not shown.multiselect
    assert "safety is never waived" in words(shown)


def test_a_waiver_that_leaves_something_out_is_refused(home: Path) -> None:
    rows = [verdict(n, task_success=0.78, context_preserved=0.78) for n in range(90)]
    assert record(home, rows) == 10
    shown = page()
    shown.multiselect[0].set_value(["task_success"])
    next(t for t in shown.text_input if t.label == "Reason").set_value("a customer waits")
    next(b for b in shown.button if b.label == "Stand for it").click().run()
    assert not shown.exception
    assert "would still hold it back" in words(shown)


def test_a_waiver_lifts_one_rung_and_is_scored(home: Path) -> None:
    assert record(home, [verdict(n, task_success=0.78) for n in range(90)]) == 10
    shown = page()
    shown.multiselect[0].set_value(["task_success"])
    next(t for t in shown.text_input if t.label == "Reason").set_value("a customer waits")
    next(b for b in shown.button if b.label == "Stand for it").click().run()
    assert not shown.exception
    shown = page()
    assert "◆ OPEN" in words(shown)
    fleet = open_fleet(read_settings())
    grant = read_grant(fleet.store, "reply", "v2")
    fleet.close()
    assert grant is not None
    assert grant.rung is Rung.SHADOW


def test_the_page_says_how_often_the_gate_is_wrong_with_n(home: Path) -> None:
    table = next(t.value for t in page().table if "False PROMOTE" in t.value.columns)
    assert list(table["Judged on"]) == [
        "1 dimension", "all 5 dimensions", "1 dimension, with a champion",
        "all 5 dimensions, with a champion",
    ]  # fmt: skip
    wrong = [int(cell.split(" in ")[0]) for cell in table["False PROMOTE"]]
    assert all(cell.endswith(" in 1,000") for cell in table["False PROMOTE"])
    assert max(wrong) <= 50


def test_too_few_runs_draw_no_bound(home: Path) -> None:
    assert record(home, window(25)) == 10
    shown = page()
    assert [metric.value for metric in shown.metric] == ["1.00"] * 5
    assert all("no bound yet · n = 25 of" in str(metric.proto) for metric in shown.metric)


def _ids() -> object:
    return sa.select(gate_decisions.c.id)
