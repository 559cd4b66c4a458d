"""`fleet evaluate` as people and CI call it: wire format, exit codes, bad input, safe report."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.adapters.trace_files import TraceFiles

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\u202e\x07\"'&javascript:alert(1)"
SYSTEM = {"role": "system", "content": "Help."}


def run_record(place: int, *, bad: bool = False, **more: Any) -> dict[str, Any]:
    call = {"id": "c", "function": {"name": "cancel_order", "arguments": f'{{"id": "A{place}"}}'}}
    answer = "Error: locked" if bad else "cancelled"
    return {
        "messages": [
            SYSTEM, {"role": "user", "content": f"Please cancel order A{place}."},
            {"role": "assistant", "content": f"Shall I cancel order A{place}?"},
            {"role": "user", "content": "Yes."},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": answer},
            {"role": "assistant", "content": "That is all settled for you now."},
            {"role": "user", "content": "Thanks ###STOP###"},
        ],
        **more,
    }  # fmt: skip


def lines(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    return path


def evaluate(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any, str]:
    capsys.readouterr()
    code = main(["evaluate", *map(str, words), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_all_five_files_are_written_in_the_wire_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(
        tmp_path / "t.jsonl", run_record(17), run_record(18, bad=True, trace_id="own", reward=0)
    )
    out = tmp_path / "out"
    code, summary, _ = evaluate(capsys, file, "--out", out)
    assert code == 0
    assert sorted(each.name for each in out.iterdir()) == [
        "issues.json", "report.html", "steps.jsonl", "summary.json", "trajectories.jsonl",
    ]  # fmt: skip
    first, second = rows(out / "trajectories.jsonl")
    assert (first["trace_id"], second["trace_id"]) == ("t.jsonl#1", "own")
    wire = {
        "trace_id",
        "score",
        "success_probability",
        "dimensions",
        "rubric",
        "method",
        "findings",
    }
    assert wire <= set(first)
    for line in (first, second):
        for figure, span in (
            ("score", "score_interval"),
            ("success_probability", "success_interval"),
        ):
            assert 0 <= line[span][0] < line[figure] < line[span][1] <= 1
    report = (out / "report.html").read_text("utf-8")
    low, high = second["success_interval"]
    assert f"{second['success_probability']:.3f} <span class=dim>[{low:.3f}, {high:.3f}]" in report
    assert (first["method"], first["findings"]) == ("structural", [])
    assert [finding["code"] for finding in second["findings"]] == ["tool_failed", "error_ignored"]
    assert first["score"] > second["score"]
    assert first["success_probability"] > second["success_probability"]
    steps = rows(out / "steps.jsonl")
    assert [(step["trace_id"], step["position"]) for step in steps[:2]] == [
        ("t.jsonl#1", 0),
        ("t.jsonl#1", 1),
    ]
    assert len(steps) == 16
    assert json.loads((out / "summary.json").read_text("utf-8")) == summary
    issues = json.loads((out / "issues.json").read_text("utf-8"))
    assert {issue["code"] for issue in issues} == {"tool_failed", "error_ignored"}
    assert all(
        {"id", "title", "frequency", "severity", "examples"} <= set(issue) for issue in issues
    )


def test_ids_of_issues_are_the_same_in_another_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = lines(tmp_path / "a.jsonl", run_record(17, bad=True))
    two = lines(tmp_path / "b.jsonl", run_record(99), run_record(42, bad=True))
    found = [
        {issue["id"] for issue in evaluate(capsys, file)[1]["issues"]["top"]} for file in (one, two)
    ]
    assert found[0] == found[1] != set()


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(
        tmp_path / "t.jsonl", *(run_record(17 + n, bad=n % 2 == 0, reward=n % 2) for n in range(30))
    )
    for name in ("one", "two"):
        evaluate(capsys, file, "--out", tmp_path / name)
    for each in (tmp_path / "one").iterdir():
        assert each.read_bytes() == (tmp_path / "two" / each.name).read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--fail-under", "0"), 0),
        (("--fail-under", "1"), 10),
        (("--fail-on", "ISSUE"), 10),
        (("--fail-on", "REJECTED"), 0),
        (("--fail-under", "0.99", "--fail-on", "REJECTED"), 10),
    ],
)
def test_a_finding_fails_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int
) -> None:
    file = lines(tmp_path / "t.jsonl", run_record(17, bad=True))
    assert evaluate(capsys, file, *words)[0] == code


def test_without_a_score_fail_under_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(tmp_path / "t.jsonl", {"messages": []})
    code, summary, _ = evaluate(capsys, file, "--fail-under", "0")
    assert (code, summary["score"]["value"], summary["unjudged"]) == (10, None, 1)


@pytest.mark.parametrize("word", ["x", "-0.1", "1.5", "nan"])
def test_a_bar_outside_0_to_1_is_refused(tmp_path: Path, word: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["evaluate", str(tmp_path), "--fail-under", word])
    assert left.value.code == 2


BAD: dict[str, bytes] = {
    "is empty": b"",
    "is empty: give": b" \n\n",
    "is a binary file": b"{\x00\x01\x02",
    "is UTF-16": '{"messages": []}'.encode("utf-16"),
    "does not begin with JSON": b"once upon a time",
    "is no trace": b'{"a": 1}\n{"b": 2}\n',
    "not an object": b"[1, 2, 3]",
    "is not JSON": b'{"messages": [',
}


@pytest.mark.parametrize("reason", sorted(BAD))
def test_a_file_without_traces_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(BAD[reason])
    code, summary, err = evaluate(capsys, file, "--out", tmp_path / "out")
    assert (code, summary) == (2, None)
    assert reason in err
    assert str(file) in err
    assert err.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_path_and_an_empty_folder_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(capsys, tmp_path / "none")[0] == 2
    code, _, err = evaluate(capsys, tmp_path)
    assert code == 2
    assert "holds no .json" in err


def test_bad_lines_are_counted_and_named_and_never_stop_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.jsonl"
    good = json.dumps(run_record(17)).encode()
    file.write_bytes(
        b"\xef\xbb\xbf" + good + b"\r\n\nnonsense\n" + good[:80] + b"\n\xe9\xe8\n" + good
    )
    code, summary, err = evaluate(capsys, file)
    assert (code, summary["trajectories"], summary["read"]["rejected"]) == (0, 2, 3)
    assert [problem["line"] for problem in summary["read"]["problems"]] == [3, 4, 5]
    assert "t.jsonl#4" in err


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_that_is_cut_short_gives_its_whole_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], indent: int | None
) -> None:
    file = tmp_path / "t.json"
    text = json.dumps({"traces": [run_record(17), run_record(18), run_record(19)]}, indent=indent)
    file.write_text(text[:-60], "utf-8")
    _, summary, _ = evaluate(capsys, file)
    assert summary["trajectories"] == 2
    assert summary["read"]["problems"] == [
        {"file": "t.json", "line": 3, "reason": "the file is cut short"}
    ]


def test_gzip_is_read_also_when_it_is_cut_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "".join(json.dumps(run_record(n)) + "\n" for n in range(500)).encode()
    for name, raw in (("whole.gz", gzip.compress(text)), ("cut.gz", gzip.compress(text)[:-100])):
        (tmp_path / name).write_bytes(raw)
    assert evaluate(capsys, tmp_path / "whole.gz")[1]["trajectories"] == 500
    _, summary, err = evaluate(capsys, tmp_path / "cut.gz")
    assert 0 < summary["trajectories"] < 500
    assert "cut short" in err


def test_a_folder_is_read_in_order_and_ids_that_repeat_are_told_apart(tmp_path: Path) -> None:
    for name in ("b", "a"):
        lines(tmp_path / f"{name}.jsonl", run_record(1, trace_id="same"), run_record(2))
    source = TraceFiles(tmp_path)
    found = list(source.runs())
    assert [run.id for run in found] == ["same", "a.jsonl#2", "b.jsonl#1", "b.jsonl#2"]
    assert found[2].odd == ("trace id 'same' comes twice",)
    assert (source.files, source.repeated) == (2, 1)


def test_nothing_in_the_report_can_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = run_record(17, bad=True, trace_id=HOSTILE, name=HOSTILE, task=HOSTILE, task_id=HOSTILE)
    for message in record["messages"]:
        message["content"] += HOSTILE
    record["messages"][4]["tool_calls"][0]["function"]["name"] = HOSTILE
    file = lines(tmp_path / "t.jsonl", record, record)
    evaluate(capsys, file, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "&lt;script&gt;" in page
    for never in ("<script", "<img", "<a ", "\u202e", "\x07", "<iframe", "src="):
        assert never not in page.replace("&lt;img src=x", "")
    assert page.count("Content-Security-Policy") == 1
    assert "default-src 'none'" in page


def test_labels_change_no_score_and_are_reported_with_intervals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = [run_record(17 + n, bad=n % 3 == 0) for n in range(60)]
    right = [
        record | {"reward": int(n % 3 != 0), "task_id": n % 12} for n, record in enumerate(plain)
    ]
    wrong = [
        record | {"reward": int(n % 3 == 0), "task_id": n % 12} for n, record in enumerate(plain)
    ]
    scores, aucs = [], []
    for name, records in (("none", plain), ("right", right), ("wrong", wrong)):
        file = lines(tmp_path / "t.jsonl", *records)
        _, summary, _ = evaluate(capsys, file, "--out", tmp_path / name)
        scores.append(
            [row["success_probability"] for row in rows(tmp_path / name / "trajectories.jsonl")]
        )
        aucs.append(summary["labels"] and summary["labels"]["auc"]["value"])
    assert scores[0] == scores[1] == scores[2]
    assert aucs == [None, 1.0, 0.0]


def test_a_calibration_is_fitted_written_and_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(
        tmp_path / "t.jsonl",
        *(run_record(17 + n, bad=n % 3 == 0, reward=int(n % 3 != 0)) for n in range(90)),
    )
    table = tmp_path / "fit.toml"
    assert evaluate(capsys, file, "--calibrate", table)[0] == 0
    shipped = (
        (ROOT / "data" / "policies.toml").read_text("utf-8").split("[evaluation.calibration]")[0]
    )
    policy = tmp_path / "policy.toml"
    policy.write_text(shipped + table.read_text("utf-8"), "utf-8")
    before = evaluate(capsys, file)[1]["labels"]["brier"]["value"]
    _, summary, _ = evaluate(capsys, file, "--policy", policy)
    assert summary["calibration"] == {"fitted_on": "t.jsonl: 90 runs, 90 tasks", "runs": 90}
    assert summary["labels"]["brier"]["value"] < before
    few = lines(tmp_path / "few.jsonl", run_record(1, reward=1))
    assert evaluate(capsys, few, "--calibrate", table)[0] == 2


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    """40 MB in each form: more than a document may have to be parsed at once."""
    filler = {"role": "system", "content": "x" * 400_000}
    record = run_record(17)
    record["messages"].insert(3, filler)
    one = json.dumps(record)
    count = 40 * 2**20 // len(one)
    as_lines, as_list = tmp_path / "t.jsonl", tmp_path / "t.json"
    as_lines.write_text((one + "\n") * count, "utf-8")
    as_list.write_text('{"traces": [' + ",".join([one] * count) + "]}", "utf-8")
    probe = (
        "import re, sys; from fleet.__main__ import main; code = main(sys.argv[1:]); "
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()).group(1), "
        "file=sys.stderr); sys.exit(code)"
    )
    for file in (as_lines, as_list):
        done = subprocess.run(
            [sys.executable, "-c", probe, "evaluate", str(file), "--json"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-500:]
        assert json.loads(done.stdout)["trajectories"] == count
        assert int(done.stderr.split()[-1]) < 250_000  # KB


def test_help_and_a_bad_format_answer_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["evaluate", "x", "--format", "word"])
    assert left.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_nothing_half_written_is_left_when_judging_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("broken on the way")

    monkeypatch.setattr("fleet.adapters.evaluation_run._line", breaks)
    file, out = lines(tmp_path / "t.jsonl", run_record(17)), tmp_path / "out"
    with pytest.raises(RuntimeError, match="broken on the way"):
        main(["evaluate", str(file), "--out", str(out), "--json"])
    assert list(out.iterdir()) == []
