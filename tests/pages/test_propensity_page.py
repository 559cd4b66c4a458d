"""The model card, drawn without a browser: a fitted model, a report of odd fields, none at all."""

import csv
import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from fleet.__main__ import main
from fleet.ui import propensity_report as report_of
from tests.support.console_home import make_home
from tests.support.pages import run_page, said

ROWS = 240
HOSTILE = "**bold** [x](https://evil.test) <script>alert(1)</script>"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    st.cache_resource.clear()
    make_home(tmp_path)
    return tmp_path


page = partial(run_page, "propensity")


def fitted(home: Path, name: str, *, signal: bool = True) -> dict[str, Any]:
    """Fit a model in the home on rows that teach, or on noise; return its report."""
    rng, file = random.Random(4), home / f"{name}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "source", "visits", "team", "closed_reason", "won"])
        for number in range(ROWS):
            source, visits = rng.choice(["web", "fair", "call"]), rng.randrange(20)
            chance = (0.1 + 0.3 * (source == "web") + visits / 40) if signal else 0.5
            won = rng.random() < chance
            rows.writerow(
                [
                    f"r{number}",
                    source,
                    visits,
                    rng.choice(["a", "b"]),
                    "price" if won else "",
                    int(won),
                ]
            )
    folder = home / "models" / name
    words = ["propensity", "fit", str(file), "--label", "won", "--model", str(folder), "--json"]
    assert main(words) == 0
    report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return report


def put(home: Path, name: str, report: Any, version: Any = "v1") -> None:
    """Put a model directory with this report by hand."""
    folder = home / "models" / name
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps({"version": version, "features": []}), "utf-8")
    (folder / "report.json").write_text(json.dumps(report), "utf-8")


def test_without_a_model_the_page_says_what_makes_one(home: Path) -> None:
    assert home.is_dir()
    shown = page()
    assert shown.title[0].value == "No model is trained yet"
    assert "`fleet propensity fit" in said(shown)
    assert "Not yet: 0 of 50 closed deals, 0 of them won." in said(shown)
    assert [button.label for button in shown.button] == ["Train on closed deals"]


def test_a_fitted_model_is_shown_with_its_figures_charts_and_refusals(home: Path) -> None:
    report = fitted(home, "own")
    shown = page()
    assert report["chosen"] != "base rate"
    assert shown.title[0].value.endswith(f"was chosen, AUC {report['auc']:.2f}")
    figures = {metric.label: metric.value for metric in shown.metric}
    assert figures == {
        "Base rate": f"{report['base_rate']:.2f}", "AUC": f"{report['auc']:.2f}",
        "PR-AUC": f"{report['pr_auc']:.2f}", "Brier": f"{report['brier']:.3f}",
        "Calibration error": f"{report['ece']:.3f}",
    }  # fmt: skip
    assert f"n = {ROWS}" in said(shown)
    assert len(shown.get("plotly_chart")) >= 3
    refused = shown.table[0].value
    assert dict(zip(refused["Column"], refused["As"], strict=True)) == {
        "**closed\\_reason**": ":red-badge[:material/block: Leak]",
        "**id**": ":gray-badge[Identifier]",
    }
    assert "It reads" in said(shown)


def test_an_address_names_the_model_and_the_stores_own_comes_first(home: Path) -> None:
    fitted(home, "own")
    fitted(home, "noise", signal=False)
    shown = page(model="models/noise")
    assert shown.title[0].value.startswith("No usable signal: the base rate is the answer")
    assert shown.selectbox(key="propensity.model").options == ["models/noise", "models/own"]
    shown.selectbox(key="propensity.model").select("models/own").run()
    assert "was chosen" in shown.title[0].value
    put(home, "propensity", {"model_version": "v1", "chosen": "logistic"})
    assert page().title[0].value == "A logistic model serves"


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"auc": "high", "candidates": [], "reliability": {}, "lift_curve": None, "refused": "all"},
        {"auc": float("nan"), "candidates": {"logistic": 3}, "segments": [{"column": "a"}, 4]},
        {
            "chosen": HOSTILE, "note": HOSTILE, "why": HOSTILE, "trained_at": HOSTILE, "rows": 3,
            "judged_on": HOSTILE, "judged_rows": 5, "judged_from": HOSTILE,
            "candidates": {HOSTILE: {"auc": 0.5, "brier": 0.2, "note": HOSTILE},
                           "llm": {"note": HOSTILE}},
            "refused": [{"column": HOSTILE, "kind": HOSTILE, "reason": HOSTILE, "auc": 0.9}],
            "suspects": [{"column": HOSTILE, "auc": 1}],
            "segments": [{"column": HOSTILE, "value": HOSTILE, "n": 9, "chance": 0.5, "rate": 0.4,
                          "low": 0.1, "high": 0.6, "reliability": [None]}],
            "prior_shift": {"found": True, "rate_before": HOSTILE},
        },
    ],
)  # fmt: skip
def test_a_report_with_odd_or_missing_fields_is_drawn_as_far_as_it_goes(
    home: Path, report: dict[str, Any]
) -> None:
    put(home, "odd", report | {"model_version": "v1"})
    shown = page()
    assert shown.title[0].value
    assert "://evil.test" not in said(shown).replace("\\", "")
    assert "<script" not in said(shown).replace("\\<", "")


def test_a_report_of_another_model_is_not_taken_for_this_one(home: Path) -> None:
    put(home, "half", {"model_version": "v0", "auc": 0.99})
    shown = page()
    assert shown.title[0].value == "A model without its report"
    assert not shown.metric
    put(home, "broken", {}, version=None)
    assert page(model="models/broken").title[0].value == "This model cannot be read"


def test_a_moved_base_rate_is_told_with_the_error_before_and_after(home: Path) -> None:
    shift = {
        "found": True, "rate_before": 0.05, "rate_after": 0.15, "ece_before": 0.081,
        "ece_after": 0.012,
    }  # fmt: skip
    put(home, "moved", {"model_version": "v1", "prior_shift": shift})
    assert (
        "The base rate moved from 0.050 to 0.150: older rows were re-weighted, which took the "
        "calibration error from 0.081 to 0.012." in said(page())
    )


def test_segments_are_chosen_by_column_and_the_diagram_by_segment(home: Path) -> None:
    bins = [{"chance": 0.2, "rate": 0.3, "low": 0.1, "high": 0.5, "n": 40}]
    part = {"n": 40, "chance": 0.2, "rate": 0.6, "low": 0.4, "high": 0.8, "reliability": bins}
    report = {
        "model_version": "v1", "reliability": bins,
        "segments": [
            part | {"column": "source", "value": "web"}, part | {"column": "team", "value": None},
        ],
    }  # fmt: skip
    put(home, "parts", report)
    shown = page(segment="team")
    assert shown.selectbox(key="propensity.segment").value == "team"
    assert "1 of 1 segments came true otherwise" in said(shown)
    whom = shown.selectbox(key="propensity.whom")
    assert whom.options == ["All judged rows", "source: web, n = 40", "team: unknown, n = 40"]
    whom.select("team: unknown, n = 40").run()
    assert not shown.exception


def test_all_candidates_stand_in_one_order_and_the_language_model_is_never_left_out() -> None:
    rows = report_of.candidates_of({"candidates": {"base rate": {"auc": 0.5}, "mine": {}}})
    assert [(row["name"], row["auc"]) for row in rows] == [
        ("llm", None), ("base rate", 0.5), ("mine", None),
    ]  # fmt: skip
    assert rows[0]["why"] == "not asked on these rows"


def test_a_language_model_that_was_asked_less_is_compared_on_its_own_rows() -> None:
    llm = {"auc": 0.6, "n": 40, "same_rows": {"boosting": {"auc": 0.71, "brier": 0.2}}}
    report = {"candidates": {"llm": llm}, "judged_rows": 900, "chosen": "boosting"}
    assert report_of.asked_fewer(report) == (
        "The language model was asked about 40 of them: there the chosen one has AUC 0.71, "
        "Brier 0.200."
    )
    assert report_of.asked_fewer(report | {"judged_rows": 40}) is None
    assert report_of.asked_fewer({}) is None
