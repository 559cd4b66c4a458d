"""`fleet evaluate` with a model: one call a step and one a run, resumable, no score out of prose."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.stats.intervals import wilson
from tests.support.scripted_gateway import Reply, ScriptedGateway, good

STEPS = 6
STEP = {"score": 0.5, "critique": "It never says when.", "tags": ["Missing Date", "missing date "]}
WHOLE = {
    "rubric": [{"criterion": "names the date", "fulfilled": False}, {"criterion": "is polite", "fulfilled": True}],
    "objective_understanding": 1.0, "information_completeness": 0.5, "execution_quality": 0.5,
    "efficiency": 1.0, "user_experience": 1.0, "final_deliverable": 0.5, "success": 0.25,
    "critique": "The date is missing.", "tags": ["missing date"],
}  # fmt: skip
Script = Callable[[Any, Any, int], Reply]


def is_step(body: Any) -> bool:
    return '"title":"StepReply"' in body["messages"][0]["content"]


def decent(body: Any, _headers: Any, _n: int) -> Reply:
    return good(json.dumps(STEP if is_step(body) else WHOLE))


def traces(path: Path, runs: int = 1) -> Path:
    records = []
    for run in range(runs):
        steps = [{"id": f"s{n}", "kind": "llm", "node": "planner", "output": f"Thought {n} of run {run}"}
                 for n in range(STEPS)]  # fmt: skip
        records.append({"trace_id": f"t{run}", "task": f"Plan the visit {run}", "steps": steps})
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def evaluate(
    script: Script,
    file: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *words: str,
) -> tuple[int, dict[str, Any], int]:
    """Return exit code, summary, and how many requests arrived."""
    capsys.readouterr()
    with ScriptedGateway(script) as gateway:
        for name, value in gateway.env().items():
            monkeypatch.setenv(name, value)
        home = str(out.parent / "home")
        code = main(["evaluate", str(file), "--out", str(out), "--home", home, "--json", *words])
        return code, json.loads(capsys.readouterr().out), len(gateway.seen)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_six_steps_cost_seven_calls_and_a_second_run_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = traces(tmp_path / "t.jsonl"), tmp_path / "out"
    code, summary, calls = evaluate(decent, file, out, monkeypatch, capsys)
    assert (code, calls, summary["method"], summary["methods"]) == (0, STEPS + 1, "llm", {"llm": 1})
    assert summary["model"]["complete"] is True
    [run] = rows(out / "trajectories.jsonl")
    assert (run["method"], run["success_probability"]) == ("llm", 0.25)
    assert run["score"] == pytest.approx((0.5 + 0.75 + 0.5) / 3, abs=1e-4)
    low, high = wilson(STEPS / 2, STEPS)
    expected = [run["score"] - (0.5 - low) / 3, run["score"] + (high - 0.5) / 3]
    assert run["score_interval"] == pytest.approx(expected, abs=2e-4)
    assert run["success_interval"] is None  # asked once, and not calibrated
    assert run["rubric"] == {"score": 0.5, "criteria": [
        {"text": "names the date", "fulfilled": False}, {"text": "is polite", "fulfilled": True}]}  # fmt: skip
    assert [step["score"] for step in rows(out / "steps.jsonl")] == [0.5] * STEPS
    tagged = [
        issue
        for issue in json.loads((out / "issues.json").read_text("utf-8"))
        if issue["code"] == "judged"
    ]
    assert {(issue["title"], issue["node"], issue["occurrences"]) for issue in tagged} == {
        ("missing date", "planner", STEPS), ("missing date", None, 1),
    }  # fmt: skip
    _, again, calls = evaluate(decent, file, out, monkeypatch, capsys)
    assert (calls, again["model"]["from_earlier"], again["score"]) == (
        0,
        STEPS + 1,
        summary["score"],
    )


def test_a_torn_log_loses_only_the_torn_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = traces(tmp_path / "t.jsonl", 3), tmp_path / "out"
    evaluate(decent, file, out, monkeypatch, capsys)
    log = out / "calls.jsonl"
    raw = log.read_bytes()
    log.write_bytes(raw[:-25])
    _, summary, calls = evaluate(decent, file, out, monkeypatch, capsys)
    assert (calls, summary["model"]["failed"], summary["methods"]) == (1, 0, {"llm": 3})
    assert evaluate(decent, file, out, monkeypatch, capsys)[2] == 0


REFUSALS = {
    "prose": "I refuse. See step 1 of the policy.",
    "a number in prose": "**Evaluation score:** 0.3 (raised from 1)",
    "out of range": json.dumps({**STEP, "score": 8}),
    "not a number": '{"score": NaN, "critique": "", "tags": []}',
    "no score": json.dumps({"critique": "fine", "tags": []}),
}


@pytest.mark.parametrize("text", REFUSALS.values(), ids=list(REFUSALS))
def test_a_reply_that_is_no_judgement_is_never_a_score_and_is_asked_again(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(body: Any, headers: Any, n: int) -> Reply:
        return good(text) if is_step(body) else decent(body, headers, n)

    file, out = traces(tmp_path / "t.jsonl"), tmp_path / "out"
    code, summary, _ = evaluate(refuses, file, out, monkeypatch, capsys, "--fail-under", "0")
    assert (code, summary["method"]) == (10, "structural")
    assert (summary["model"]["failed"], summary["model"]["complete"]) == (STEPS, False)
    assert [row for row in rows(out / "calls.jsonl") if "success" not in row] == []
    assert rows(out / "trajectories.jsonl")[0]["method"] == "structural"
    code, healed, calls = evaluate(decent, file, out, monkeypatch, capsys, "--fail-under", "0")
    assert (code, calls, healed["method"], healed["model"]["complete"]) == (0, STEPS, "llm", True)


def test_calls_of_all_runs_are_in_flight_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each reply takes a second: one after another these 42 would arrive over 41 seconds."""
    came: list[float] = []

    def slow(body: Any, headers: Any, n: int) -> Reply:
        came.append(time.monotonic())
        return decent(body, headers, n).after(1.0)

    file = traces(tmp_path / "t.jsonl", 6)
    _, summary, calls = evaluate(slow, file, tmp_path / "out", monkeypatch, capsys)
    assert (calls, summary["methods"]) == (6 * (STEPS + 1), {"llm": 6})
    assert max(came) - min(came) < 10


def test_structure_only_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = traces(tmp_path / "t.jsonl")
    _, summary, calls = evaluate(decent, file, tmp_path / "out", monkeypatch, capsys, "--no-model")
    assert (calls, summary["method"], "model" in summary) == (0, "structural", False)


def test_an_unreadable_reply_is_asked_for_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    met: set[str] = set()

    def stammers(body: Any, headers: Any, n: int) -> Reply:
        question = body["messages"][1]["content"]
        if question in met:
            return decent(body, headers, n)
        met.add(question)
        return good("Well, 0.9 I would say.")

    file = traces(tmp_path / "t.jsonl")
    _, summary, calls = evaluate(stammers, file, tmp_path / "out", monkeypatch, capsys)
    assert (calls, summary["method"], summary["model"]["complete"]) == (
        2 * (STEPS + 1),
        "llm",
        True,
    )
