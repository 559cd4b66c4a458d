"""The evaluation page: our own runs and uploads at the levels of system, trajectory and step."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.store.schema import traces
from fleet.adapters.store.traces import write_run
from fleet.runtime import Fleet, evaluation_view, open_fleet
from fleet.settings import read_settings
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from fleet.ui.evaluation_text import spanned
from tests.support.pages import fresh_page_home, run_page, said

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://beacon.invalid/x.png)"
USED = {"tokens": 0, "cost_usd": 0.0, "model_calls": 0}


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    fresh_page_home(tmp_path, monkeypatch)
    made = open_fleet(read_settings())
    yield made
    made.close()
    st.cache_data.clear()


def keep(
    fleet: Fleet, key: str, *, error: str | None = None, answer: str = "done",
    version: str = "reply-1",
) -> None:  # fmt: skip
    """Leave one run: a call, which may fail, and a reply that does not speak of it."""
    call = ToolCall(id="c1", name="get_deal", arguments={"id": 7}, output={"id": 7}, error=error)
    steps = (
        Step(id="r", parent_id=None, position=0, kind=StepKind.NODE, name="invoke_agent reply",
             input={"id": 7}, started_at=100.0, ended_at=104.0),
        Step(id="c", parent_id="r", position=1, kind=StepKind.TOOL, name="get_deal", node="look",
             input={"id": 7}, output={"id": 7}, error=error, tool_calls=(call,),
             started_at=101.0, ended_at=102.0),
        Step(id="a", parent_id="r", position=2, kind=StepKind.LLM, name="chat", node="say",
             output="The deal looks fine to me.", started_at=102.0, ended_at=103.0),
    )  # fmt: skip
    run = Trajectory(
        id=key, source=TraceFormat.OTLP, steps=steps, name="reply", version=version,
        started_at=100.0, ended_at=104.0, answer=answer,
    )  # fmt: skip
    write_run(fleet.store, run, f"run-{key}", USED, ())


def page(**query: str) -> AppTest:
    return run_page("evaluation", **query)


def test_no_run_says_how_to_get_one(fleet: Fleet) -> None:
    shown = page()
    assert shown.title[0].value == "No run to judge yet"
    assert "fleet run inbox" in said(shown)


def test_the_system_level_counts_runs_and_lists_issues(fleet: Fleet) -> None:
    for number in range(6):
        keep(fleet, f"t{number}", error="Error: deal is locked" if number < 3 else None)
    shown = page()
    assert "6" in shown.title[0].value
    assert any("issue" in item.value.lower() for item in shown.subheader)
    judged = evaluation_view.judge_own(fleet, evaluation_view.own_rows(fleet, None), {})
    codes = {issue["code"]: issue["runs"] for issue in judged.issues}
    assert codes == {"tool_failed": 3, "error_ignored": 3}


def test_the_run_and_its_step_are_reached_and_link_to_their_span(fleet: Fleet) -> None:
    keep(fleet, "t1", error="Error: deal is locked")
    shown = page(level="trajectory", run="t1")
    assert shown.title[0].value.startswith("t1: 2 findings, chance of success 0.")
    assert "/traces?id=t1" in said(shown)
    assert "get\\_deal failed\\, and the reply does not say so" in " ".join(
        shown.table[0].value["Finding"]
    )
    step = page(level="step", run="t1")
    assert not step.exception
    assert "/traces?id=t1&span=t1%3A" in said(step)


def test_scores_and_chances_of_runs_carry_their_intervals(fleet: Fleet) -> None:
    keep(fleet, "t1", error="Error: deal is locked")
    judged = evaluation_view.judge_own(fleet, evaluation_view.own_rows(fleet, None), {})
    [run] = judged.runs
    said_of = {
        "Score": spanned(run["score"], run["score_interval"]),
        "Chance": spanned(run["success_probability"], run["success_interval"]),
    }
    assert all(" – " in words for words in said_of.values())
    table = page().dataframe[0].value
    for column, words in said_of.items():
        assert table[column][0].removesuffix(" ?") == words
    opened = page(level="trajectory", run="t1")
    assert f"chance of success {said_of['Chance']}" in opened.title[0].value
    assert f"Score {said_of['Score']}" in said(opened)


def test_a_run_that_is_not_there_falls_back_to_the_list(fleet: Fleet) -> None:
    keep(fleet, "t1")
    assert (
        "1 runs, the least likely to succeed first"
        in page(level="trajectory", run=HOSTILE).title[0].value
    )


def test_uploads_are_judged_as_the_command_does_and_kept_nowhere(
    fleet: Fleet, tmp_path: Path
) -> None:
    file = tmp_path / "runs.jsonl"
    lines: list[dict[str, Any]] = [
        {"messages": [{"role": "user", "content": f"hello {n}?"},
                      {"role": "assistant", "content": HOSTILE}]}
        for n in range(3)
    ]  # fmt: skip
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    judged = evaluation_view.judge_file(fleet, file)
    assert judged.summary["trajectories"] == 3
    assert {run["trace_id"] for run in judged.runs} == {f"runs.jsonl#{n}" for n in (1, 2, 3)}
    assert fleet.store.read(traces.select()) == []


def test_our_own_graph_runs_without_a_model_have_no_false_finding(fleet: Fleet) -> None:
    key = "touch:tc-06d4f2f53a1e"
    call = ToolCall(id=None, name="review.add", arguments={"id": f"{key}:queue"})
    steps = (
        Step(id="r", parent_id=None, position=0, kind=StepKind.NODE, name="invoke_agent touch",
             input={"touch_id": "tc-06d4f2f53a1e"}, started_at=1.0, ended_at=9.0),
        Step(id="q", parent_id="r", position=1, kind=StepKind.NODE, name="queue", node="queue",
             output={"draft_id": "d1"}, started_at=2.0, ended_at=6.0),
        Step(id="e", parent_id="q", position=2, kind=StepKind.TOOL, name="review.add",
             node="queue", input=call.arguments, tool_calls=(call,), started_at=3.0, ended_at=4.0),
        Step(id="z", parent_id="r", position=3, kind=StepKind.NODE, name="close", node="close",
             output={"outcome": "created"}, started_at=7.0, ended_at=8.0),
    )  # fmt: skip
    run = Trajectory(
        id="t1", source=TraceFormat.OTLP, steps=steps, name="touch", version="touch-1",
        started_at=1.0, ended_at=9.0, answer="created",
    )  # fmt: skip
    write_run(fleet.store, run, "run-t1", USED, ())
    judged = evaluation_view.judge_own(fleet, evaluation_view.own_rows(fleet, None), {})
    assert judged.issues == []


def test_an_issue_is_renamed_and_merged_with_its_history(fleet: Fleet) -> None:
    keep(fleet, "t1", error="Error: deal is locked")
    shown = page()
    own, other = (str(option) for option in issue_ids(fleet))
    shown.text_input(key=f"issue.title.{own}").set_value("deals cannot be read").run()
    next(b for b in shown.button if b.label == "Rename").click().run()
    assert not shown.exception
    assert "called it deals cannot be read" in said(shown)
    shown.selectbox(key=f"issue.into.{own}").select(other).run()
    next(b for b in shown.button if b.label == "Merge").click().run()
    assert not shown.exception
    judged = evaluation_view.judge_own(fleet, evaluation_view.own_rows(fleet, None), {})
    assert [(i["id"], i["merged"]) for i in judged.issues] == [(other, sorted([own, other]))]
    next(b for b in shown.button if b.label == f"Count {own} apart again").click().run()
    assert issue_ids(fleet) == [own, other]


def issue_ids(fleet: Fleet) -> list[str]:
    judged = evaluation_view.judge_own(fleet, evaluation_view.own_rows(fleet, None), {})
    return [issue["id"] for issue in judged.issues]


def test_real_and_simulated_runs_are_judged_apart_and_real_ones_first(fleet: Fleet) -> None:
    for number in range(3):
        keep(fleet, f"r{number}")
    for number in range(5):
        keep(fleet, f"s{number}", version="reply-1+sim.good.0")
    shown = page()
    assert shown.title[0].value == "3 runs judged, 0 issues"
    assert shown.query_params["runs"] == "real"
    played = page(runs="simulated")
    assert played.title[0].value == "5 simulated runs judged, 0 issues"
    choice = next(group for group in played.button_group if "origin" in str(group.key))
    assert list(choice.options) == ["Real · 3 runs", "Simulated · 5 runs"]
    back = choice.select("real").run()
    assert back.title[0].value == "3 runs judged, 0 issues"


def test_a_link_to_a_simulated_run_opens_among_the_simulated(fleet: Fleet) -> None:
    keep(fleet, "r1")
    keep(fleet, "s1", version="reply-1+sim.good.0")
    assert page(level="trajectory", run="s1").title[0].value.startswith("s1: ")
    assert page(level="trajectory", run="r1").title[0].value.startswith("r1: ")


def test_a_home_with_simulated_runs_alone_shows_them(fleet: Fleet) -> None:
    keep(fleet, "s1", version="reply-1+sim.good.0")
    assert page().title[0].value == "1 simulated run judged, 0 issues"


def test_nothing_simulated_leaves_nothing_to_choose(fleet: Fleet) -> None:
    keep(fleet, "r1")
    assert "runs" not in page().query_params
