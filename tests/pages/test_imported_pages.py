"""Imported runs on the evaluation and the defects page: a choice of their own, file by file."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.store.schema import defects, traces
from fleet.adapters.store.trace_import import import_batch
from fleet.adapters.store.traces import write_run
from fleet.runtime import Fleet, imported_defects, open_fleet
from fleet.runtime.defects_view import NO_VERSION, UNDATED
from fleet.settings import read_settings
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from tests.support.pages import fresh_page_home, press, run_page, said

HOSTILE = "<img src=x onerror=alert(1)> [go](http://beacon.invalid).jsonl"
USED = {"tokens": 0, "cost_usd": 0.0, "model_calls": 0}
DAY_S = 86_400.0
AT = 1_767_600_000.0  # Monday, 5 January 2026
MANY = 10_000


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    fresh_page_home(tmp_path, monkeypatch)
    made = open_fleet(read_settings())
    yield made
    made.close()
    st.cache_data.clear()


def run(
    key: str, *, loops: int = 0, at: float | None = AT, name: str | None = "theirs", **more: Any
) -> Trajectory:
    """A run that answers after the same call as often as it loops."""
    call = ToolCall(id="c", name="get_deal", arguments={"id": 7}, output={"id": 7})
    steps = [
        Step(id=f"s{n}", parent_id=None, position=n, kind=StepKind.TOOL, name="get_deal",
             node="look", input={"id": 7}, output={"id": 7}, tool_calls=(call,), started_at=at,
             ended_at=at)
        for n in range(loops)
    ]  # fmt: skip
    steps.append(
        Step(id="a", parent_id=None, position=loops, kind=StepKind.LLM, name="chat", node="say",
             output="The deal is there.", started_at=at, ended_at=at)
    )  # fmt: skip
    return Trajectory(
        id=key, source=TraceFormat.OTLP, steps=tuple(steps), name=name, started_at=at, ended_at=at,
        answer="done", **more,
    )  # fmt: skip


def own(fleet: Fleet) -> None:
    now = fleet.clock.now().timestamp()
    ours = run("own", at=now, name="reply", version="reply-1")
    write_run(fleet.store, ours, "run-own", USED, ())


def choice(shown: AppTest, page: str) -> list[str]:
    """Return the words of the choice of real, simulated or imported runs; none if not drawn."""
    found = [w for w in shown.segmented_control if (w.key or "").startswith(f"{page}.origin")]
    return list(found[0].options) if found else []


@pytest.mark.parametrize("page", ["evaluation", "defects"])
def test_the_choice_is_there_only_where_runs_were_imported(fleet: Fleet, page: str) -> None:
    own(fleet)
    assert choice(run_page(page, runs="imported"), page) == []
    import_batch(fleet.store, [run("a"), run("b")], "f.jsonl")
    assert choice(run_page(page), page)[-1] == "Imported · 2 runs"
    assert "imported" not in run_page(page).title[0].value
    assert "2 imported runs" in run_page(page, runs="imported").title[0].value


def test_a_run_is_reached_by_its_address_alone(fleet: Fleet) -> None:
    own(fleet)
    import_batch(fleet.store, [run("theirs", loops=3)], "f.jsonl")
    assert (
        run_page("evaluation", level="trajectory", run="theirs").title[0].value.startswith("theirs")
    )
    shown = run_page("evaluation", level="trajectory", run="own")
    assert shown.title[0].value.startswith("own")
    assert "reply" in said(shown)


def test_files_are_told_apart_where_several_were_imported(fleet: Fleet) -> None:
    import_batch(fleet.store, [run(f"a{n}", loops=6) for n in range(3)], "a.jsonl")
    for page in ("evaluation", "defects"):
        shown = run_page(page, runs="imported")
        assert not [box for box in shown.selectbox if box.label == "File"]
    import_batch(fleet.store, [run("b"), run("c")], HOSTILE)
    for page, part, every in (
        ("evaluation", "2 imported runs judged", "5 imported runs judged"),
        ("defects", "No defect in 2 imported runs", "3 of 5 imported runs have a defect"),
    ):
        shown = run_page(page, runs="imported")
        assert shown.title[0].value.startswith(every)
        box = next(box for box in shown.selectbox if box.label == "File")
        assert box.options[:2] == ["All 2 files", "a.jsonl · 3"]
        box.select(HOSTILE).run()
        assert not shown.exception
        assert part in shown.title[0].value
        assert shown.query_params["file"] == HOSTILE
        assert "://" not in f"{shown.title[0].value} {said(shown)}"
        assert run_page(page, runs="imported", file="no such").title[0].value.startswith(every)


def test_graphs_are_asked_for_within_a_file(fleet: Fleet) -> None:
    import_batch(fleet.store, [run("a"), run("b", name="other")], "a.jsonl")
    import_batch(fleet.store, [run("c")], "c.jsonl")
    assert next(box.label for box in run_page("evaluation", runs="imported").selectbox) == "File"
    shown = run_page("evaluation", runs="imported", file="a.jsonl")
    box = next(box for box in shown.selectbox if box.label == "Runs")
    assert box.options == ["All graphs", "other", "theirs"]
    box.select("other").run()
    assert shown.title[0].value.startswith("other: 1 imported run judged")
    assert (
        run_page("evaluation", runs="imported", of="theirs")
        .title[0]
        .value.startswith("theirs: 2 imported runs judged")
    )


def test_defects_of_imported_runs_are_shown_and_not_kept(fleet: Fleet) -> None:
    own(fleet)
    import_batch(fleet.store, [run("a", loops=6), run("b", at=None, loops=6)], "f.jsonl")
    shown = run_page("defects", runs="imported")
    assert shown.title[0].value == "2 of 2 imported runs have a defect, none a critical one"
    assert "All 2 imported runs are looked at" in said(shown)
    cells = " ".join(shown.table[0].value["Run"])
    assert "/traces?id=a&span=" in cells
    assert "5 Jan, no version" in cells
    assert f"no time, {NO_VERSION}" in cells
    assert run_page(
        "defects", runs="imported", version=f"theirs {NO_VERSION}", code="contract_breach"
    ).markdown
    assert fleet.store.read(sa.select(defects)) == []


def test_a_person_may_look_at_more(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported_defects, "LOOKED_AT", 2)
    monkeypatch.setattr("fleet.ui.defects_imported.LOOKED_AT", 2)
    import_batch(fleet.store, [run(f"r{n}", loops=6, at=AT + n) for n in range(5)], "f.jsonl")
    shown = run_page("defects", runs="imported")
    assert shown.title[0].value.startswith("2 of 2 imported runs")
    press(shown, "Look at 2 more")
    press(shown, "Look at 1 more")
    assert shown.title[0].value.startswith("5 of 5 imported runs")
    assert not [button for button in shown.button if button.label.startswith("Look at")]


def test_more_runs_are_judged_when_a_person_asks(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.runtime.evaluation_view.FEW_IMPORTED", 2)
    import_batch(fleet.store, [run(f"r{n}", at=AT + n) for n in range(5)], "f.jsonl")
    shown = run_page("evaluation", runs="imported")
    assert "2 of 5, judged by structure" in said(shown)
    press(shown, "Judge 5")
    assert shown.title[0].value.startswith("f.jsonl: 5 imported runs".replace(".", "\\."))


def test_weeks_end_with_the_newest_run_and_undated_ones_follow(fleet: Fleet) -> None:
    import_batch(
        fleet.store,
        [run("new", loops=6), run("old", at=AT - 60 * DAY_S, loops=6), run("b", at=AT - 7 * DAY_S),
         run("none", at=None, loops=6, version="2")],
        "f.jsonl",
    )  # fmt: skip
    (rows,) = imported_defects.looks(fleet, None, 1)
    found = imported_defects.find(fleet, rows)
    seen = imported_defects.gather(rows, found, 2)
    assert seen.board.weeks == ("2025-12-29", "2026-01-05", UNDATED)
    assert seen.board.runs == {
        (("theirs", NO_VERSION), "2026-01-05"): 1, (("theirs", NO_VERSION), "2025-12-29"): 1,
        (("theirs", "2"), UNDATED): 1,
    }  # fmt: skip
    loops = [cell for cell in seen.board.cells if cell.code == "tool_loop"]
    assert {(cell.pair[1], cell.week, cell.hit, cell.runs) for cell in loops} == {
        (NO_VERSION, "2026-01-05", 1, 1), ("2", UNDATED, 1, 1),
    }  # fmt: skip
    assert (seen.looked_at, seen.faulty["all"], seen.dated) == (3, 2, True)
    undated = [row for row in rows if row["id"] == "none"]
    alone = imported_defects.gather(undated, found, 6)
    assert (alone.board.weeks, alone.dated) == ((UNDATED,), False)
    assert imported_defects.gather([], [], 6).board.weeks == ()


@pytest.mark.parametrize("page", ["evaluation", "defects"])
def test_the_page_opens_as_fast_on_many_imported_runs(fleet: Fleet, page: str) -> None:
    def cost() -> float:
        st.cache_data.clear()
        began = time.process_time()
        shown = run_page(page, runs="imported")
        assert "imported runs" in shown.title[0].value
        return time.process_time() - began

    first = [run(f"a{n}", loops=20, at=AT + n) for n in range(400)]
    import_batch(fleet.store, first, "a.jsonl")
    cost()
    few = min(cost(), cost())
    rest = [run(f"b{n}", loops=20, at=AT + n) for n in range(MANY - 400)]
    for start in range(0, len(rest), 4_000):
        import_batch(fleet.store, rest[start : start + 4_000], "b.jsonl")
    assert (
        fleet.store.read(sa.select(sa.func.count().label("n")).select_from(traces))[0]["n"] == MANY
    )
    most = min(cost(), cost())
    print(f"\n{page}: {few:.2f} s of processor with 400 imported runs, {most:.2f} s with {MANY:,}")
    assert most < 2 * few + 0.5
