"""The liveness page: certificates, the lead that went round, and waits as a drawing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.__main__ import main
from fleet.adapters.clock import stamp
from fleet.adapters.store.liveness_rows import list_findings, stuck_leads
from fleet.adapters.store.runs import find_run
from fleet.adapters.store.schema import runs, step_decisions
from fleet.liveness.waits import wait_cycles
from fleet.runtime import Fleet, open_fleet
from fleet.runtime.liveness_watch import watch_liveness
from fleet.settings import read_settings
from fleet.ui.liveness_stops import first_repeat, path, progress
from fleet.ui.liveness_waits import BOX, layout
from tests.support.pages import press, run_page

START = datetime.now(UTC) - timedelta(days=10)
STAGES = ("Engage", "Proposal", "Negotiation") + ("Proposal", "Negotiation") * 2


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    assert main(["init", "--json"]) == 0
    return open_fleet(read_settings())


def words(shown: AppTest) -> str:
    return " ".join(item.value for item in [*shown.markdown, *shown.error]).replace("\\", "")


def charts_of(shown: AppTest) -> dict[str, Any]:
    """Return the figures of the page by their key."""
    found = {}
    for element in shown.get("plotly_chart"):
        key = element.proto.id.rsplit("-", 1)[-1]
        found[key] = json.loads(element.proto.spec)
    return found


def run_row(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "thread_id": name, "graph": "orchestrator", "graph_version": "orchestrator-1",
        "subject_table": "contacts", "subject_id": "ct-1", "status": "completed",
        "started_at": stamp(START + timedelta(hours=30 * number)),
    } | more  # fmt: skip


def go_round(fleet: Fleet) -> None:
    for number, stage in enumerate(STAGES):
        row = run_row(number, f"orchestrator:ct-1:{number}")
        fleet.store.insert_many(runs, [row])
        args = {"opportunity_id": "op-1", "to_stage": stage}
        step = {
            "id": f"st-{number}", "run_id": row["id"], "position": 0, "action": "update_stage",
            "decision": "ALLOW", "inputs": {"step": {"action": "update_stage", "args": args}},
            "result": {}, "status": "done", "policy_digest": "p", "at": row["started_at"],
        }  # fmt: skip
        fleet.store.insert_many(step_decisions, [step])
    assert len(watch_liveness(fleet)) == 1


def wait_in_a_circle(fleet: Fleet) -> list[str]:
    names = ["qualify:L-1", "score:L-1", "approval:A-1"]
    rows = [
        run_row(number, name, status="waiting_human", waits_for=names[(number + 1) % 3])
        for number, name in enumerate(names)
    ]
    beside = run_row(9, "draft:L-2", graph="reply", status="waiting_human", waits_for="score:L-1")
    asked = run_row(9, "reply:em-1", graph="reply", status="waiting_human", waits_for="a decision")
    fleet.store.insert_many(runs, [*rows, beside, asked])
    return names


def test_an_empty_home_shows_that_every_graph_must_end(fleet: Fleet) -> None:
    shown = run_page("liveness")
    count = len(shown.table[0].value)
    assert shown.title[0].value == f"{count} of {count} graphs must end, and no lead goes round"
    assert "Nobody waits" in words(shown)
    fleet.close()


def test_a_lead_that_went_round_is_drawn_with_its_loop_and_settled_by_a_click(fleet: Fleet) -> None:
    go_round(fleet)
    shown = run_page("liveness")
    assert shown.title[0].value.startswith("1 lead went round; ")
    assert "contacts:ct-1" in words(shown)
    assert "went back to an earlier value 3 times" in words(shown)
    drawn = charts_of(shown)
    line, loop, mark = drawn["stopped"]["data"]
    assert line["y"] == list(STAGES)
    assert loop["y"] == ["Proposal", "Negotiation", "Proposal"]
    assert mark["text"] == ["stopped"]
    assert drawn["progress"]["data"][0]["y"] == [1, 2, 3, 3, 3, 3, 3]
    press(shown, "I have looked at it")
    assert stuck_leads(fleet.store) == set()
    assert [row["status"] for row in list_findings(fleet.store)] == ["settled"]
    assert "no lead goes round" in run_page("liveness").title[0].value
    fleet.close()


def test_a_circular_wait_is_drawn_named_and_broken(fleet: Fleet) -> None:
    names = wait_in_a_circle(fleet)
    shown = run_page("liveness")
    assert shown.title[0].value.startswith("1 circular wait; ")
    assert "qualify:L-1 → score:L-1 → approval:A-1 → qualify:L-1" in words(shown)
    drawn = charts_of(shown)["waits"]["layout"]
    boxes = [note["text"].replace("<br>", "") for note in drawn["annotations"] if note["text"]]
    assert {name.replace(" ", "") for name in boxes} >= set(names)
    hot = [note for note in drawn["annotations"] if note.get("arrowwidth") == 2.4]
    cold = [note for note in drawn["annotations"] if note.get("arrowwidth") == 1.3]
    assert (len(hot), len(cold)) == (3, 2)
    press(shown, "Break approval:A-1")  # it began last
    run = find_run(fleet.store, "approval:A-1")
    assert run is not None
    assert run["status"] == "cancelled"
    assert "no lead goes round" in run_page("liveness").title[0].value
    fleet.close()


def test_waits_for_people_and_days_are_counted_not_listed(fleet: Fleet) -> None:
    many = [
        run_row(0, f"touch:{n}", graph="touch", status="waiting_human", waits_for=f"draft {n}")
        for n in range(30)
    ]
    asleep = run_row(0, "touch:z", graph="touch", status="waiting_timer", due_at="2099-01-01")
    fleet.store.insert_many(runs, [*many, asleep])
    shown = run_page("liveness")
    notes = [note["text"] for note in charts_of(shown)["waits"]["layout"]["annotations"]]
    assert {"30 touches", "a person", "1 touch"} <= {note.replace("<br>", " ") for note in notes}
    assert "No wait is circular" in words(shown)
    fleet.close()


def test_every_circle_of_a_tangle_is_found_once() -> None:
    waits = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "e"), ("e", "c"), ("f", "a"), ("g", "g")]
    assert sorted(sorted(cycle) for cycle in wait_cycles(waits)) == [
        ["a", "b"], ["c", "d", "e"], ["g"],
    ]  # fmt: skip
    assert wait_cycles([("a", "b"), ("b", "c")]) == []
    assert wait_cycles([]) == []


@pytest.mark.parametrize("size", range(2, 9))
def test_no_box_of_a_drawing_lies_over_another(size: int) -> None:
    cycle = [f"n{number}" for number in range(size)]
    edges = [("x", cycle[0], ""), ("y", "z", "")]
    names = [*cycle, "x", "y", "z"]
    places = list(layout(names, edges, [cycle]).values())
    assert len(places) == size + 3
    for number, (x, y) in enumerate(places):
        for other_x, other_y in places[:number]:
            assert abs(x - other_x) >= BOX[0] or abs(y - other_y) >= BOX[1], places


def test_a_loop_of_nodes_is_red_from_its_first_repeat() -> None:
    events = [{"seq": n, "node": node} for n, node in enumerate("abcabcabc", start=1)]
    found = {
        "verdict": "LOOP", "at_seq": 9,
        "evidence": {"first_seq": 4, "period": 3, "repeats": 3, "text": ""},
    }  # fmt: skip
    assert first_repeat([e["seq"] for e in events], list("abcabcabc"), found) == 3
    figure = path(events, found)
    assert list(figure.data[1].x) == [4, 5, 6, 7, 8, 9]
    assert "period 3, repeated 3 times" in [note.text for note in figure.layout.annotations]
    assert list(progress(events, found).data[0].y) == [0] * 9
