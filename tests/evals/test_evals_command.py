"""`fleet evals`: green by rules, red for a broken prompt, and a report that a change outdates."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.adapters.files import read_policies
from fleet.runtime import evals
from tests.support.eval_data import golden_cases, opinion, own_data, write_lines
from tests.support.scripted_gateway import ScriptedGateway, always, good

NAMES = [
    "autonomy.judge", "clear.step", "clear.trajectory", "drafting.reply", "intent.score",
    "orchestrator.plan", "panel.lens", "propensity.score", "recommender.explain",
]  # fmt: skip
Said = tuple[int, dict[str, dict[str, Any]], str]
Evals = Callable[..., Said]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_data(tmp_path / "own", monkeypatch) as copy:
        yield copy


@pytest.fixture
def run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Evals:
    for name in ("FLEET_GATEWAY_URL", "FLEET_STORE_URL", "LANGSMITH_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def ask(*words: str) -> Said:
        capsys.readouterr()
        code = main(["evals", *words, "--json", "--home", str(tmp_path / "home")])
        out, err = capsys.readouterr()
        lines = [json.loads(line) for line in out.splitlines()]
        return code, {line.get("prompt", ""): line for line in lines}, err

    return ask


def test_every_prompt_path_reaches_its_bar_by_rules(run: Evals) -> None:
    code, reports, err = run()
    assert {name: report["failing"] for name, report in reports.items()
            if report["state"] == "FAIL"} == {}, err  # fmt: skip
    assert code == 0
    assert set(NAMES) <= set(reports)
    assert {report["engine"] for report in reports.values()} == {"rules"}
    assert min(report["n"] for report in reports.values()) >= 20
    assert min(report["lower"] for report in reports.values()) >= 0.80
    assert sum(cell["n"] == 0 for r in reports.values() for cell in r["cells"].values()) == 0


def test_a_path_whose_prompt_file_is_gone_is_red_and_not_absent(data: Path, run: Evals) -> None:
    (data / "prompts" / "panel.lens.md").unlink()
    code, reports, err = run("--prompt", "panel.lens")
    assert code == 1
    assert err.splitlines()[-1] == "fleet: below the bar: panel.lens"
    assert (reports["panel.lens"]["state"], reports["panel.lens"]["passed"]) == ("FAIL", 0)
    assert "panel.lens" in evals.path_names()


def test_the_committed_report_covers_every_prompt(run: Evals) -> None:
    code, reports, err = run("--check")
    assert (code, err) == (0, "")
    assert reports[""]["stale"] == {}


BREAKS: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "place lost": lambda text: text.replace("{{mail}}", "the mail"),
    "place unknown": lambda text: text + "\n{{nobody}}\n",
    "fence lost": lambda text: text.replace("{{mail}}", "{{=mail}}"),
    "asks for nothing": lambda _: "Say hello.\n--- user ---\n{{subject}}\n\n{{mail}}\n",
    "reworded": lambda text: text.replace("You read", "You skim"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_prompt_turns_its_path_red(data: Path, run: Evals, how: str) -> None:
    file = data / "prompts" / "intent.score.md"
    file.write_text(BREAKS[how](file.read_text("utf-8")), "utf-8")
    code, reports, err = run("--prompt", "intent.score", "--prompt", "panel.lens")
    assert (code, reports["panel.lens"]["state"]) == (1, "PASS")
    assert reports["intent.score"]["state"] == "FAIL"
    whole = {"id": "(path)", "cells": ["changed since its last passing report"]}
    assert whole in reports["intent.score"]["failing"]
    assert err == "fleet: below the bar: intent.score\n"


@pytest.mark.parametrize("how", sorted(set(BREAKS) - {"reworded"}))
def test_no_report_is_written_over_a_prompt_that_does_not_work(
    data: Path, run: Evals, how: str
) -> None:
    file, kept = data / "prompts" / "intent.score.md", data / "golden" / "report.json"
    before = kept.read_bytes()
    file.write_text(BREAKS[how](file.read_text("utf-8")), "utf-8")
    code, reports, err = run("--write-report")
    assert (code, kept.read_bytes()) == (1, before)
    assert err == "fleet: below the bar: intent.score; the report was not written\n"
    assert len(reports["intent.score"]["failing"]) >= 20


def test_a_changed_prompt_fails_the_check_until_its_report_is_renewed(
    data: Path, run: Evals
) -> None:
    file = data / "prompts" / "intent.score.md"
    file.write_text(BREAKS["reworded"](file.read_text("utf-8")), "utf-8")
    code, _, err = run("--check")
    assert (code, err) == (
        1,
        "fleet: intent.score changed since its last passing report: run 'fleet evals "
        "--write-report' and commit data/golden/report.json\n",
    )
    assert run("--write-report")[0] == 0
    assert run("--check")[0] == 0
    assert run("--prompt", "intent.score")[0] == 0


def test_a_prompt_without_a_golden_set_is_red(data: Path, run: Evals) -> None:
    (data / "prompts" / "new.thing.md").write_text("Say so.\n--- user ---\n{{mail}}\n", "utf-8")
    (data / "golden" / "clear.step.jsonl").unlink()
    code, reports, _ = run("--prompt", "new.thing", "--prompt", "clear.step")
    assert code == 1
    assert "has no golden set" in reports["clear.step"]["failing"][0]["cells"]
    assert "no scorer knows this prompt" in reports["new.thing"]["failing"][0]["cells"]
    assert run("--check")[2].count("has no golden set") == 2


def test_a_case_that_crashes_fails_alone_and_whole(data: Path, run: Evals) -> None:
    file = data / "golden" / "intent.score.jsonl"
    with file.open("a", encoding="utf-8") as out:
        out.write('{"id": "torn", "input": {"subject": "x"}, "expect": {}}\n')
    report = run("--prompt", "intent.score")[1]["intent.score"]
    torn = next(item for item in report["failing"] if item["id"] == "torn")
    assert torn["error"] == "KeyError: 'body'"
    assert torn["cells"] == ["crash", *sorted(report["cells"])]
    assert report["n"] == report["passed"] + 2  # it, and the one that rules cannot tell


def transcript(path: Path, marks: Callable[[dict[str, Any]], float], **extra: Any) -> str:
    rows = [
        {"prompt": "autonomy.judge", "case": case["id"], "reply": opinion(marks(case)), **extra}
        for case in golden_cases("autonomy.judge")
    ]
    return str(write_lines(path, rows))


def right(case: dict[str, Any]) -> float:
    return 0.9 if case["expect"]["sends"] else 0.1


def test_a_transcript_is_judged_by_what_was_replied(tmp_path: Path, run: Evals) -> None:
    only = ("--prompt", "autonomy.judge", "--transcript")
    code, reports, _ = run(*only, transcript(tmp_path / "good.jsonl", right))
    report = reports["autonomy.judge"]
    assert (code, report["engine"], report["state"]) == (0, "transcript", "PASS")
    assert report["cells"]["verdict"] == {"n": 22, "passed": 22}
    code, reports, _ = run(*only, transcript(tmp_path / "kind.jsonl", lambda _: 0.9))
    assert (code, reports["autonomy.judge"]["state"]) == (1, "FAIL")
    assert {tuple(item["cells"]) for item in reports["autonomy.judge"]["failing"]} == {("verdict",)}
    old = transcript(tmp_path / "old.jsonl", right, prompt_digest="0" * 64)
    assert run(*only, old)[1]["autonomy.judge"]["cells"]["usable"] == {"n": 22, "passed": 0}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no recorded reply"),
        ("{", "a transcript is JSON lines"),
        ('{"prompt": "p", "case": 3, "reply": {}}', "line 1 must hold prompt, case and reply"),
        ("[1]", "line 1 must hold"),
    ],
)
def test_a_bad_transcript_is_one_line(tmp_path: Path, run: Evals, content: str, words: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(content, "utf-8")
    code, reports, err = run("--transcript", str(file))
    assert (code, reports, err.count("\n")) == (2, {}, 1)
    assert words in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--prompt", "nope"), "there is no prompt 'nope'"),
        (("--case", "nope"), "no path has a case 'nope'"),
        (("--write-report", "--prompt", "panel.lens"), "--write-report reports every path"),
        (("--save-transcript", "x"), "set FLEET_GATEWAY_URL"),
        (("--record",), "run 'fleet init'"),
        (("cases",), "run 'fleet init"),
    ],
)
def test_bad_usage_is_one_line(run: Evals, words: tuple[str, ...], said: str) -> None:
    code, _, err = run(*words)
    assert (code, said in err, err.count("\n")) == (2, True, 1), err


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "mend the golden set"), ("[]", "must be an object"), ("same", "an id of its own")],
)
def test_a_golden_set_that_is_none_is_one_line(
    data: Path, run: Evals, line: str, said: str
) -> None:
    file = data / "golden" / "panel.lens.jsonl"
    text = file.read_text("utf-8")
    extra = text.splitlines()[0] if line == "same" else line
    file.write_text(text + extra + "\n", "utf-8")
    code, _, err = run("--prompt", "panel.lens")
    assert (code, said in err, err.count("\n")) == (2, True, 1), err


def test_a_gateway_is_asked_and_its_replies_become_a_transcript(
    tmp_path: Path, run: Evals, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept.jsonl"
    words = ("--prompt", "autonomy.judge")
    with ScriptedGateway(always(good(json.dumps(opinion(0.9))))) as gateway:
        for name, value in gateway.env().items():
            monkeypatch.setenv(name, value)
        code, reports, _ = run(*words, "--save-transcript", str(kept))
        assert len(gateway.seen) == 22
    live = reports["autonomy.judge"]
    assert (code, live["engine"], live["state"]) == (1, "gateway", "FAIL")
    assert live["cells"]["usable"] == {"n": 22, "passed": 22}
    monkeypatch.delenv("FLEET_GATEWAY_URL")
    again = run(*words, "--transcript", str(kept))[1]["autonomy.judge"]
    assert again == live | {"engine": "transcript"}


def test_a_gateway_that_brings_nothing_fails_every_case_and_crashes_none() -> None:
    class Down:
        def ask(self, *_: Any, **__: Any) -> Any:
            from fleet.errors import EgressUnavailable

            raise EgressUnavailable("down")

    engine = evals.Engine(name=evals.GATEWAY, chat_for=lambda _, __: Down(), at_once=4)
    for _, report in evals.run_paths(read_policies(), engine):
        assert report["state"] == "FAIL"
        assert [item for item in report["failing"] if "error" in item] == []
        before = {
            "intent.score": 5,
            "propensity.score": 2,
            "recommender.explain": 1,
        }  # rules decide these before a model
        decided = before.get(report["prompt"], 0)
        assert report["passed"] == decided, report["prompt"]
