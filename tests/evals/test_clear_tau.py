"""The structural judge on real runs: what it foresees out of fold, and CLEAR's own aggregates."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.adapters.evaluation_run import labelled_signals
from fleet.adapters.files import read_policies
from fleet.adapters.trace_files import TraceFiles
from fleet.evaluation.calibrate import auc_figure, calibration_toml, fit, gain_figure, out_of_fold
from fleet.evaluation.policy import Calibration, EvaluationPolicy
from fleet.policy import section
from fleet.stats.ranking import auc

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TAU = DATA / "tau_airline" / "gpt-4o-airline.jsonl.gz"
CLEAR = DATA / "clear_samples"
real = pytest.mark.skipif(not DATA.exists(), reason="public data is not beside the checkout")
POLICY = section(read_policies(), "evaluation", EvaluationPolicy)
SPLITS = 8


@pytest.fixture(scope="module")
def tau() -> tuple[list[Any], list[int], list[str]]:
    return labelled_signals(TraceFiles(TAU), POLICY)


def crossed(signals: list[Any], labels: list[int], tasks: list[str]) -> list[float]:
    """Mean out-of-fold chance over several ways to split the tasks."""
    ways = [
        out_of_fold(
            signals, labels, tasks, l2=POLICY.l2, folds=POLICY.folds, rng=random.Random(seed)
        )
        for seed in range(SPLITS)
    ]
    return [sum(chances) / SPLITS for chances in zip(*ways, strict=True)]


@real
def test_the_judge_beats_counting_messages_on_unseen_tasks(
    tau: tuple[list[Any], list[int], list[str]],
) -> None:
    signals, labels, tasks = tau
    assert (len(labels), sum(labels), len(set(tasks))) == (124, 56, 31)
    scores = crossed(signals, labels, tasks)
    figure = auc_figure(labels, scores, tasks, resamples=400, rng=random.Random(7))
    counted = auc(labels, [-float(each["steps"]) for each in signals])
    print(f"tau airline, out of fold by task: {figure}; counting messages {counted:.3f}")
    assert counted == pytest.approx(0.632, abs=0.002)
    assert figure.value is not None
    assert figure.low is not None
    assert figure.value > 0.70
    assert figure.low > 0.5
    gain = gain_figure(
        labels, scores, [-float(each["steps"]) for each in signals], tasks,
        resamples=400, rng=random.Random(7),
    )  # fmt: skip
    print(f"gain over counting messages: {gain}")
    assert gain.value is not None
    assert gain.low is not None
    assert gain.value > 0.08
    assert gain.low > 0
    alone = crossed([{"steps": each["steps"]} for each in signals], labels, tasks)
    counted_figure = auc(labels, alone)
    assert counted_figure is not None
    assert figure.value > counted_figure + 0.08


@real
def test_shuffled_outcomes_are_not_foreseen(tau: tuple[list[Any], list[int], list[str]]) -> None:
    """The same procedure on meaningless labels is at chance: nothing leaks from fold to fold."""
    signals, labels, tasks = tau
    found = []
    for seed in range(12):
        mixed = labels[:]
        random.Random(seed).shuffle(mixed)
        rng = random.Random(seed)
        scores = out_of_fold(signals, mixed, tasks, l2=POLICY.l2, folds=POLICY.folds, rng=rng)
        found.append(auc(mixed, scores) or 0.0)
    assert 0.40 < sum(found) / len(found) < 0.56


@real
def test_the_shipped_calibration_is_the_one_this_data_gives(
    tau: tuple[list[Any], list[int], list[str]],
) -> None:
    signals, labels, tasks = tau
    shipped: Calibration = POLICY.calibration
    again = fit(signals, labels, l2=POLICY.l2, fitted_on=shipped.fitted_on, groups=tasks)
    assert calibration_toml(again) == calibration_toml(shipped)


@real
def test_the_command_reports_the_same_figures_with_intervals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(TAU), "--json"]) == 0
    labels = json.loads(capsys.readouterr().out)["labels"]
    assert (labels["n"], labels["tasks"]) == (124, 31)
    assert labels["auc_cross_validated"]["value"] > 0.70
    assert labels["auc_counting_steps"]["value"] == pytest.approx(0.632, abs=0.002)
    assert labels["auc"]["low"] < labels["auc"]["value"] < labels["auc"]["high"]


@real
def test_group_chats_of_text_are_at_chance_and_the_report_shows_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(DATA / "mast_ag2" / "traces_sample.jsonl.gz"), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    crossed_figure = summary["labels"]["auc_cross_validated"]
    print(f"mast_ag2 sample: {crossed_figure}; confidence {summary['confidence']['value']}")
    assert crossed_figure["low"] < 0.5 < crossed_figure["high"]
    assert summary["confidence"]["value"] < POLICY.min_confidence  # no tools, no people


@real
def test_the_aggregates_of_clear_are_reproduced_from_its_files(
    capsys: pytest.CaptureFixture[str],
) -> None:
    verdicts = CLEAR / "unified_ui_results.zip"
    capsys.readouterr()
    assert (
        main(["evaluate", str(CLEAR / "traces_data"), "--judgements", str(verdicts), "--json"]) == 0
    )
    summary = json.loads(capsys.readouterr().out)
    told = summary["judgements"]
    means = {name: figure["value"] for name, figure in told["dimensions"].items()}
    assert told["overall"]["value"] == pytest.approx(0.863, abs=0.0006)
    expected = {
        "Correctness": 0.914, "Completeness": 0.891, "Clarity": 0.894, "Relevance": 0.969,
        "Efficiency": 0.701, "Robustness": 0.806, "Best_Practices": 0.720, "Actionability": 0.891,
        "Transparency": 0.874, "Objective_Understanding": 0.941, "Information_Completeness": 0.943,
        "Execution_Quality": 0.773, "User_Experience": 0.870, "Final_Deliverable": 0.889,
    }  # fmt: skip
    assert means == {name: pytest.approx(value, abs=0.0006) for name, value in expected.items()}
    assert (told["rubric"]["fulfilled"], told["rubric"]["lines"]) == (55, 70)
    assert told["rubric"]["mean"]["value"] == pytest.approx(0.79, abs=0.005)
    assert (summary["trajectories"], summary["steps"]) == (20, 233)
    assert {node["node"]: node["steps"] for node in summary["nodes"]} == {
        "analyst": 87, "planner": 73, "reviewer": 23, "classifier": 20, "writer": 20, "researcher": 10,
    }  # fmt: skip


@real
def test_the_same_runs_as_raw_mlflow_traces_give_the_same_model_calls(
    capsys: pytest.CaptureFixture[str],
) -> None:
    raw = {run.id: run for run in TraceFiles(CLEAR / "mlflow_traces").runs()}
    tables = {run.id: run for run in TraceFiles(CLEAR / "traces_data").runs()}
    assert set(raw) == set(tables)
    for own, table in tables.items():
        calls = [step.node for step in raw[own].steps if step.kind.value == "llm"]
        assert calls == [step.node for step in table.steps]
        assert raw[own].task == table.task
        assert raw[own].odd == ()
