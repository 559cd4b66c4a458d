"""`fleet monitor defects` and `fleet monitor drift`: wire form, exit codes, bad input."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.monitor.taxonomy import CODES

HOSTILE = "\x1b[31m<script>alert(1)</script>\x07"
Capture = pytest.CaptureFixture[str]


def looped(key: str = "r1", times: int = 4, text: str = "nothing") -> dict[str, Any]:
    call = {"id": "c", "function": {"name": "search", "arguments": '{"q": "renewal"}'}}
    turns: list[dict[str, Any]] = [{"role": "user", "content": "What is open?"}]
    for _ in range(times):
        turns.append({"role": "assistant", "content": "", "tool_calls": [call]})
        turns.append({"role": "tool", "tool_call_id": "c", "name": "search", "content": text})
    return {"id": key, "messages": [*turns, {"role": "assistant", "content": "Nothing is open."}]}


def clean(key: str = "ok") -> dict[str, Any]:
    return {
        "id": key,
        "messages": [
            {"role": "user", "content": "Hello, who are you?"},
            {"role": "assistant", "content": "I am the assistant of Acme."},
        ],
    }


def write(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    return path


def lines(capsys: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def defects(*words: object) -> int:
    return main(["monitor", "defects", "--json", *(str(word) for word in words)])


def test_each_run_is_one_line_with_its_place_in_the_taxonomy(
    tmp_path: Path, capsys: Capture
) -> None:
    path = write(tmp_path / "runs.jsonl", looped(), clean())
    assert defects(path) == 0
    bad, good = lines(capsys)
    assert (bad["trace_id"], good["trace_id"], good["defects"]) == ("r1", "ok", [])
    (defect,) = bad["defects"]
    assert set(defect) == {
        "code", "ref", "span", "evidence", "confidence", "severity", "dimension", "symptom",
        "root_cause",
    }  # fmt: skip
    assert (defect["code"], defect["ref"], defect["severity"]) == ("tool_loop", "D1", "major")
    assert defect["dimension"] == "Cognitive Control & Orchestration"
    assert defect["span"] in defect["evidence"]["spans"]
    assert 0 < defect["confidence"] <= 1


@pytest.mark.parametrize(
    ("word", "code"),
    [("tool_loop", 10), ("major", 10), ("minor", 10), ("critical", 0), ("wander", 0)],
)
def test_a_finding_fails_only_where_it_was_asked_to(
    tmp_path: Path, capsys: Capture, word: str, code: int
) -> None:
    assert defects(write(tmp_path / "a.jsonl", looped()), "--fail-on", word) == code
    assert lines(capsys)[0]["defects"][0]["code"] == "tool_loop"


def test_a_word_that_names_nothing_is_refused_before_any_work(
    tmp_path: Path, capsys: Capture
) -> None:
    assert defects(tmp_path / "not there.jsonl", "--fail-on", "bad_thing") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert CODES[0] in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_several_files_answer_in_order_and_the_worst_code_counts(
    tmp_path: Path, capsys: Capture
) -> None:
    good = write(tmp_path / "good.jsonl", clean())
    broken = tmp_path / "broken.jsonl"
    broken.write_text("<html>no trace</html>\n", "utf-8")
    bad = write(tmp_path / "bad.jsonl", looped())
    assert defects(good, broken, bad, "--fail-on", "major") == 2
    first, second, third = lines(capsys)
    assert first["trace_id"] == "ok"
    assert set(second) == {"file", "error"}
    assert third["defects"]
    assert defects(good, bad, "--fail-on", "major") == 10


def test_bad_lines_are_counted_and_the_rest_is_judged(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.jsonl", looped())
    with path.open("a", encoding="utf-8") as file:
        file.write('{"messages": [{"role": "user", "cont')
    assert defects(path) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert "a.jsonl#2" in said.err


def test_people_see_no_control_characters_of_a_trace(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.jsonl", looped(key=HOSTILE, text=HOSTILE))
    assert main(["monitor", "defects", str(path)]) == 0
    said = capsys.readouterr().out
    assert "tool_loop" in said
    assert not {"\x1b", "\x07"} & set(said)


def test_an_unknown_graph_is_refused_and_a_known_contract_is_applied(
    tmp_path: Path, capsys: Capture
) -> None:
    path = write(tmp_path / "a.jsonl", clean())
    assert defects(path, "--graph", "nobody") == 2
    assert "orchestrator" in capsys.readouterr().err
    assert defects(path, "--graph", "orchestrator") == 0


def test_drift_answers_in_the_wire_form_without_raw_values(tmp_path: Path, capsys: Capture) -> None:
    first = write(tmp_path / "r.jsonl", *({"x": n % 50, "kind": "a"} for n in range(400)))
    second = write(tmp_path / "c.jsonl", *({"x": 90 + n % 50, "kind": "a"} for n in range(400)))
    words = ["monitor", "drift", "--json", "--reference", str(first), "--current", str(second)]
    assert main(words) == 0
    (answer,) = lines(capsys)
    assert (answer["drifted"], answer["reference_n"], answer["current_n"]) == (["x"], 400, 400)
    shifted = next(f for f in answer["features"] if f["name"] == "x")
    wire = {"name", "test", "effect", "p_adjusted", "state", "n", "power", "change_point"}
    assert set(shifted) == wire | {"change_between", "season"}
    assert shifted["season"] == {"period": 50, "cycles": 8, "share": 1.0, "moved": 0}
    assert main([*words, "--fail-on", "DRIFT"]) == 10


def test_drift_of_one_row_warms_up(tmp_path: Path, capsys: Capture) -> None:
    one = write(tmp_path / "one.jsonl", {"x": 1.5})
    assert main(["monitor", "drift", "--json", "--reference", str(one), "--current", str(one)]) == 0
    (answer,) = lines(capsys)
    assert [f["state"] for f in answer["features"]] == ["WARMING"]


def test_a_season_is_said_taken_as_given_or_left_in(tmp_path: Path, capsys: Capture) -> None:
    wave = [{"x": math.sin(n / 4) + n % 7 / 10} for n in range(1_200)]
    first, second = write(tmp_path / "r.jsonl", *wave[:1_000]), write(tmp_path / "c.jsonl",
        *wave[1_000:1_060])  # fmt: skip
    words = ["monitor", "drift", "--reference", str(first), "--current", str(second)]
    assert main(words) == 0
    assert "rows, taken out" in capsys.readouterr().out
    assert main([*words, "--season", "off"]) == 0
    assert "taken out" not in capsys.readouterr().out
    assert main([*words, "--season", "175", "--json"]) == 0
    (answer,) = lines(capsys)
    assert answer["features"][0]["season"]["period"] == 175


@pytest.mark.parametrize(
    ("asked", "said"), [("weekly", "auto, off"), ("1", "auto, off"), ("300", "600 rows")]
)
def test_a_season_that_cannot_be_is_refused(
    asked: str, said: str, tmp_path: Path, capsys: Capture
) -> None:
    path = write(tmp_path / "r.jsonl", *({"x": n % 50} for n in range(400)))
    words = ["monitor", "drift", "--reference", str(path), "--current", str(path)]
    assert main([*words, "--season", asked]) == 2
    assert said in capsys.readouterr().err
