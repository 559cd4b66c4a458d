"""A long inbox is drained by two processes; whichever of them is killed, each mail is handled once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from fleet.adapters.store.schema import drafts, runs
from tests.support.cli import ROOT, rows

MAILS = 60
PATIENCE_S = 120.0
DRIVER = """
import sys
from fleet.runtime import second_worker
from fleet.__main__ import main
second_worker.ENOUGH, second_worker.cores = 20, lambda: 2
sys.exit(main(sys.argv[1:]))
"""


def start(home: Path) -> "subprocess.Popen[str]":
    words = ["run", "inbox", "--limit", str(MAILS), "--home", str(home), "--json"]
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def workers(home: Path) -> dict[int, int]:
    """How many runs each process began, by its id; an executor is named host-pid-random."""
    found: dict[int, int] = {}
    for row in rows(home, sa.select(runs.c.executor)):
        pid = int(row["executor"].rsplit("-", 2)[1])
        found[pid] = found.get(pid, 0) + 1
    return found


def wait_for(true: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.05)


def assert_each_once(home: Path) -> None:
    ended = rows(home, sa.select(runs.c.status, runs.c.subject_id))
    assert {row["status"] for row in ended} == {"completed"}
    assert len({row["subject_id"] for row in ended}) == len(ended) == MAILS
    answered = [row["email_id"] for row in rows(home, sa.select(drafts.c.email_id))]
    assert len(set(answered)) == len(answered)


def test_two_processes_share_a_long_inbox(home: Path) -> None:
    process = start(home)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert json.loads(out)["handled"] == MAILS
    assert err == ""
    shares = workers(home)
    assert len(shares) == 2
    assert min(shares.values()) >= MAILS // 8
    assert_each_once(home)


def test_the_second_goes_when_the_first_is_killed_and_the_next_run_ends_the_work(
    home: Path,
) -> None:
    process = start(home)
    wait_for(lambda: len(workers(home)) == 2, process)
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    time.sleep(1.0)
    left = len(rows(home, sa.select(runs.c.id)))
    time.sleep(2.0)
    assert len(rows(home, sa.select(runs.c.id))) == left < MAILS
    again = start(home)
    _, err = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0, err
    assert {row["status"] for row in rows(home, sa.select(runs.c.status))} == {"completed"}


def test_the_first_ends_the_work_when_the_second_is_killed(home: Path) -> None:
    process = start(home)
    wait_for(lambda: len(workers(home)) == 2, process)
    (other,) = set(workers(home)) - {process.pid}
    os.kill(other, signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert json.loads(out)["handled"] == MAILS
    assert_each_once(home)
