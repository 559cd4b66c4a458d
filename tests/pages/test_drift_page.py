"""The drift page: windows of a version, what an alert led to, and two tables compared."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fleet.adapters.files import read_policies
from fleet.adapters.store.evidence_reads import drift_windows
from fleet.adapters.store.schema import actions, drift_reports, grant_history
from fleet.adapters.store.statements import many
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.version_drift import INPUT, compare_runs
from fleet.policy import section
from fleet.runtime import Fleet, drift_view, open_fleet
from fleet.settings import read_settings
from fleet.ui import drift_charts
from tests.support.console_home import ROOT, make_home
from tests.support.pages import run_page

POLICY = section(read_policies(), "monitor.drift", DriftPolicy)
AT = "2026-11-{:02}T10:00:00.000000Z"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    make_home(tmp_path)
    made = open_fleet(read_settings())
    yield made
    made.close()


def feature(name: str, state: str, p: float = 0.001, **more: Any) -> dict[str, Any]:
    row = {"name": name, "test": "chi-square", "effect": 0.4, "p_adjusted": p, "state": state}
    return row | more


def report(
    fleet: Fleet, day: int, state: str, *features: dict[str, Any], version: str = "reply-1"
) -> str:
    row = {
        "id": f"dr-{day}", "graph": "reply", "graph_version": version, "state": state,
        "features": list(features), "reference_n": 100, "current_n": 90,
        "window_start": AT.format(day), "window_end": AT.format(day), "at": AT.format(day),
    }  # fmt: skip
    fleet.store.write(many(drift_reports, [row]))
    return f"dr-{day}"


def acted(fleet: Fleet, key: str, day: int, table: str, row: str, kind: str = "watch") -> None:
    values = {
        "id": key, "kind": kind, "graph": "reply", "graph_version": "reply-1",
        "reason": f"because of {table}", "evidence": [{"table": table, "id": row}],
        "status": "open", "at": AT.format(day),
    }  # fmt: skip
    fleet.store.write(many(actions, [values]))


def fell(fleet: Fleet, key: str, day: int, reason: str) -> None:
    row = {
        "id": key, "graph": "reply", "version": "reply-1", "from_rung": "CONDITIONAL",
        "to_rung": "DRAFT", "reason": reason, "by": "monitor", "at": AT.format(day),
    }  # fmt: skip
    fleet.store.write(many(grant_history, [row]))


def page() -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages" / "drift.py"), default_timeout=60)
    test.run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    return " ".join(item.value for item in test.markdown)


def run(kind: str, tools: tuple[str, ...], rng: random.Random) -> dict[str, Any]:
    return {
        "spans": len(tools) + 4, "tokens": 0, "cost_usd": 0.0, "tools": tools, "path": ("a", "b"),
        "status": "ok", "verdict": {"stratum": kind}, "kind": kind,
        "started_at": AT.format(1), "ended_at": f"2026-11-01T10:00:{rng.uniform(1, 2):09.6f}Z",
    }  # fmt: skip


def runs(n: int, share: float, rng: random.Random) -> list[dict[str, Any]]:
    tools = ("read", "write", "read")
    kinds = ("ask" if rng.random() < share else "order" for _ in range(n))
    return [run(kind, tools[: rng.randint(1, 3)], rng) for kind in kinds]


def test_no_window_yet_says_where_windows_come_from(fleet: Fleet) -> None:
    shown = page()
    assert shown.title[0].value == "No version was compared with its reference yet"
    assert "fleet worker" in said(shown)


def test_a_drift_alert_shows_its_own_action_and_cut_not_those_of_a_defect(fleet: Fleet) -> None:
    report(fleet, 3, "STABLE", feature("steps", "STABLE", 0.4))
    alert = report(fleet, 5, "DRIFT", feature("steps", "DRIFT"), feature("tokens", "STABLE", 0.7))
    acted(fleet, "mon-drift", 5, "drift_reports", alert)
    acted(fleet, "mon-defect", 6, "defects", "df-1", kind="demote")
    fell(fleet, "gh-defect", 5, "open defect contract_breach in run r1")
    fell(fleet, "gh-drift", 7, "drift report dr-5 of 2026-11-05T10:00")
    alarm = drift_view.alarm_of(fleet, drift_windows(fleet.store)["reply", "reply-1"])
    assert alarm is not None
    assert alarm.action is not None
    assert alarm.cut is not None
    assert (alarm.action["id"], alarm.cut["id"]) == ("mon-drift", "gh-drift")
    shown = page()
    assert shown.title[0].value == r"reply\-1 drifts in 1 of 2 features"
    assert r"because of drift\_reports" in said(shown)
    assert "CONDITIONAL → DRAFT" in said(shown).replace("\\", "")


def test_an_alert_that_only_a_defect_was_raised_beside_has_no_owner_yet(fleet: Fleet) -> None:
    report(fleet, 5, "DRIFT", feature("steps", "DRIFT"))
    acted(fleet, "mon-defect", 6, "defects", "df-1", kind="demote")
    fell(fleet, "gh-defect", 6, "open defect contract_breach in run r1")
    alarm = drift_view.alarm_of(fleet, drift_windows(fleet.store)["reply", "reply-1"])
    assert alarm is not None
    assert (alarm.action, alarm.cut) == (None, None)
    assert "nobody yet" in said(page())


def test_the_action_of_an_alert_can_be_taken(fleet: Fleet) -> None:
    acted(fleet, "mon-drift", 5, "drift_reports", report(fleet, 5, "DRIFT", feature("s", "DRIFT")))
    shown = page()
    shown.button(key="drift.take").click().run()
    assert not shown.exception
    assert "acknowledged" in said(shown)


def test_an_input_shift_alone_is_named_as_such() -> None:
    rng = random.Random(5)
    found = compare_runs(runs(300, 0.2, rng), runs(300, 0.8, rng), POLICY)
    assert found.state == "WATCH"
    assert found.features[0]["name"] == INPUT
    assert all(f["state"] in ("STABLE", "WARMING") for f in found.features[1:])
    window = {"state": found.state, "features": found.features}
    assert drift_view.headline(window) == "is watched: what comes in has changed, not what it does"


@pytest.mark.parametrize(
    ("state", "features", "words"),
    [
        ("DRIFT", [("steps", "DRIFT"), (INPUT, "DRIFT"), ("cost", "WATCH")],
         "drifts in 1 of 2 features"),
        ("WATCH", [("steps", "WATCH"), (INPUT, "STABLE")], "is watched in 1 of 1 features"),
        ("STABLE", [("steps", "STABLE")], "is stable, 1 feature looked at"),
        ("WARMING", [], "warms up, 0 features looked at"),
    ],
)  # fmt: skip
def test_the_headline_counts_features_of_the_agent(
    state: str, features: list[tuple[str, str]], words: str
) -> None:
    window = {"state": state, "features": [feature(*each) for each in features]}
    assert drift_view.headline(window) == words


def test_raw_p_is_kept_and_all_features_are_adjusted_together() -> None:
    rng = random.Random(9)
    found = compare_runs(runs(200, 0.5, rng), runs(200, 0.5, rng), POLICY)
    known = {f["name"]: f for f in found.features if f["p_adjusted"] is not None}
    assert {"tool_mix", "tool_pairs", "steps", INPUT} <= set(known)
    agent = sorted((f for n, f in known.items() if n != INPUT), key=lambda f: f["p_value"])
    smallest = min(
        (f["p_value"] * len(agent) / rank for rank, f in enumerate(agent, start=1)),
    )
    assert agent[0]["p_adjusted"] == pytest.approx(min(1.0, smallest))
    assert known["tool_mix"]["p_adjusted"] >= known["tool_mix"]["p_value"]
    drawn = {name: p for name, p, _ in drift_view.raw_p(found.features)}
    assert drawn == {f["name"]: f["p_value"] for f in agent}


def test_a_report_without_raw_values_draws_what_they_cannot_exceed() -> None:
    kept = [feature("steps", "STABLE", 0.2), feature("cost", "WARMING") | {"p_adjusted": None}]
    assert drift_view.raw_p(kept) == [("steps", 0.2, "STABLE")]


def test_two_tables_are_compared_with_raw_p_for_the_picture(fleet: Fleet, tmp_path: Path) -> None:
    paths = []
    for name, shift in (("r", 0.0), ("c", 3.0)):
        rng = random.Random(name)
        rows = [f"{rng.gauss(shift, 1):.4f},{rng.choice('ab')}\n" for _ in range(400)]
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text("x,kind\n" + "".join(rows), "utf-8")
    report, first, second = drift_view.compare_files(fleet, *paths)
    assert (report["drifted"], report["every"], set(first)) == (["x"], 1, {"x", "kind"})
    assert all("p_value" in f for f in report["features"])
    course = drift_view.course(first["x"], second["x"])
    assert course is not None
    assert course.reference == pytest.approx(0, abs=0.2)
    assert course.values[0] == pytest.approx(3, abs=0.8)


def test_real_versions_come_first_though_the_simulated_drift_and_have_more_windows(
    fleet: Fleet,
) -> None:
    played = "reply-1+sim.good.0"
    report(fleet, 1, "STABLE", feature("steps", "STABLE", 0.4))
    for day in (2, 3, 4):
        report(fleet, day, "DRIFT", feature("steps", "DRIFT"), version=played)
    shown = page()
    assert shown.title[0].value == r"reply\-1 is stable, 1 feature looked at"
    assert shown.selectbox[0].options == ["reply-1"]
    other = run_page("drift", runs="simulated")
    assert "simulated" in other.title[0].value
    assert other.selectbox[0].options == ["reply-1, simulated (good 0)"]
    assert run_page("drift", version=f"reply {played}").title[0].value == other.title[0].value


def test_a_window_that_had_too_few_runs_for_a_feature_shows_it_as_warming() -> None:
    windows: list[dict[str, Any]] = [
        {"features": [], "at": AT.format(1), "window_end": AT.format(1)},
        {"features": [feature("steps", "STABLE", 0.4)], "at": AT.format(2),
         "window_end": AT.format(2)},
    ]  # fmt: skip
    figure = drift_charts.states(windows, windows[1]["features"], narrow=False)
    spots = {trace.marker.symbol: list(trace.x) for trace in figure.data if len(trace.x)}
    assert spots == {"circle": [1], "circle-open": [0]}
