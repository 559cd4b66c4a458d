"""`fleet score intent` with a gateway: side by side, in order, as a stream, and never without a score."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.commands.side_by_side import in_order
from tests.support.scripted_gateway import ScriptedGateway, always, status
from tests.support.scripted_model import script

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "fleet", "score", "intent", "--json")


def environment(gateway: ScriptedGateway, home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
    return clean | gateway.env(FLEET_HOME=str(home))


def score(
    gateway: ScriptedGateway, home: Path, mails: list[dict[str, Any]], extra: str = ""
) -> list[dict[str, Any]]:
    text = "".join(json.dumps(mail) + "\n" for mail in mails) + extra
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environment(gateway, home), input=text, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (home / "fleet.db").exists()
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_scores_come_in_order_though_calls_run_side_by_side(tmp_path: Path) -> None:
    mails = [
        {"id": n, "subject": "Offer", "body": f"Could you quote {n} seats?"} for n in range(80)
    ]
    mails[3]["body"] = "Please unsubscribe me."
    with ScriptedGateway(script(latency_s=0.5)) as gateway:
        found = score(gateway, tmp_path, mails, "no JSON\n")
    assert [line["id"] for line in found] == list(range(80))
    assert [line["method"] for line in found].count("llm") == 79
    assert (found[3]["method"], found[3]["opt_out"]) == ("keyword", True)
    for line in found:
        body = mails[line["id"]]["body"]
        assert all(body[e["start"] : e["end"]] == e["quote"] for e in line["evidence"])
        assert line["evidence"]
    assert 8 < gateway.most_at_once <= 64
    assert len(gateway.seen) == 79


def test_a_gateway_without_money_leaves_keyword_scores(tmp_path: Path) -> None:
    mails = [{"id": n, "subject": "", "body": f"Price for {n} seats?"} for n in range(20)]
    with ScriptedGateway(always(status(402))) as gateway:
        found = score(gateway, tmp_path, mails)
    assert {line["method"] for line in found} == {"keyword"}
    assert all(line["reason"].startswith("the model failed (EgressHalted)") for line in found)


def test_an_answer_comes_before_the_next_mail_is_written(tmp_path: Path) -> None:
    with ScriptedGateway(script()) as gateway:
        process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment(gateway, tmp_path), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(2):
            mail = {"id": number, "subject": "", "body": f"A demo for {number} people?"}
            process.stdin.write(json.dumps(mail) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(60) == 0
        process.stdout.close()


def test_order_is_kept_and_no_more_than_asked_run_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def call(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002 * (number % 5))
        with lock:
            running -= 1
        return number

    assert list(in_order(call, range(100), 8)) == list(range(100))
    assert 1 < most <= 8


def test_what_a_source_or_a_call_raises_is_raised_in_its_place() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise KeyError("source")

    answers = in_order(lambda number: number, source(), 4)
    assert next(answers) == 1
    with pytest.raises(KeyError, match="source"):
        next(answers)
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda number: 1 // number, range(9), 4))


def test_a_reader_that_stops_early_stops_the_reading() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(100_000):
            taken.append(number)
            yield number

    answers = in_order(lambda number: number, source(), 4)
    assert next(iter(answers)) == 0
    answers.close()  # type: ignore[attr-defined]  # a generator, typed by what it yields
    time.sleep(0.2)
    assert len(taken) < 100
