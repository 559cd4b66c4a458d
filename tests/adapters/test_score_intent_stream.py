"""`fleet score intent` by rule, as a stream: an answer a line, at once, whatever the line is like."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.__main__ import main
from fleet.commands.score_ import CHUNK

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "fleet", "score", "intent", "--json")


def ids(text: str) -> list[object]:
    return [json.loads(line)["id"] for line in text.splitlines()]


def test_an_answer_comes_before_the_next_mail_is_written() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
    process = subprocess.Popen(
        COMMAND, cwd=ROOT, env=clean, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        process.stdin.write(json.dumps({"id": number, "body": "How much is it?"}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == number
    process.stdin.write(json.dumps({"id": "no line break behind it"}))
    process.stdin.close()
    assert ids(process.stdout.read()) == ["no line break behind it"]
    assert process.wait(60) == 0
    process.stdout.close()


def test_lines_longer_and_shorter_than_what_is_read_at_once_keep_their_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = [0, CHUNK - 60, 3, 3 * CHUNK, CHUNK, 1, 0] * 3
    file = tmp_path / "mails.jsonl"
    file.write_text(
        "\n\n".join(json.dumps({"id": n, "body": "x " * size}) for n, size in enumerate(sizes))
    )
    assert main(["score", "intent", str(file), "--json"]) == 0
    assert ids(capsys.readouterr().out) == list(range(len(sizes)))


def test_an_id_is_given_back_as_it_came(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = [None, "é", 7, -0.5, {"a": [1]}, True]
    deep: object = 0
    for _ in range(400):
        deep = [deep]
    given.append(deep)
    lines = "".join(json.dumps({"id": each, "body": "Price?"}) + "\n" for each in given)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert main(["score", "intent", "--json"]) == 0
    assert ids(capsys.readouterr().out) == given
