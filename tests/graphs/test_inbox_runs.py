"""The main job: every mail of the sample handled once, whatever kills the process."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store.schema import drafts, emails, outbox, suppression
from tests.support.cli import ROOT, environment, rows, run_fleet

MAILS = 60
ENVIRONMENT = environment(FLEET_UNDO_S="0", FLEET_SENDER="Sales <sales@us.example>")


def fleet(home: Path, *words: str, wait: bool = True) -> Any:
    if wait:
        return run_fleet(home, *words, env=ENVIRONMENT)
    return subprocess.Popen(
        [sys.executable, "-m", "fleet", *words, "--home", str(home), "--json"], cwd=ROOT,
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    fleet(folder, "init", "--sample")
    return folder


def handled(home: Path) -> int:
    query = sa.select(emails.c.id).where(
        emails.c.handled_as.like("skipped:%") | emails.c.handled_as.in_(["created", "held"])
    )
    return len(rows(home, query))


def test_every_mail_is_handled_once_though_the_process_is_killed(home: Path) -> None:
    for pause in (1.6, 2.0, 2.4):
        process = fleet(home, "run", "inbox", "--limit", str(MAILS), wait=False)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    while handled(home) < MAILS:
        fleet(home, "run", "inbox", "--limit", str(MAILS - handled(home)))
    found = rows(home, sa.select(drafts.c.email_id, drafts.c.status))
    assert len(found) == len({row["email_id"] for row in found})
    assert {row["status"] for row in found} == {"pending"}
    assert rows(home, sa.select(outbox)) == []
    assert fleet(home, "audit", "verify")[0]["ok"]


def test_two_processes_at_once_make_no_second_draft(home: Path) -> None:
    both = [fleet(home, "run", "inbox", "--limit", "30", wait=False) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    found = rows(home, sa.select(drafts.c.email_id))
    assert len(found) == len({row["email_id"] for row in found})


def test_from_the_inbox_to_one_file_a_recipient(home: Path) -> None:
    (answer,) = fleet(home, "run", "inbox")
    assert set(answer) == {"handled", "created", "held", "skipped", "failed", "repeated"}
    assert (answer["handled"], answer["failed"]) == (200, 0)
    assert answer["skipped"]["opt_out"] > 0
    opted_out = {row["address"] for row in rows(home, sa.select(suppression.c.address))}
    queue = fleet(home, "review", "list")
    ready = [
        d for d in queue if d["status"] == "pending" and all(c["supported"] for c in d["claims"])
    ][:5]
    assert len(ready) == 5
    assert not {d["to"] for d in queue if d["status"] == "pending"} & opted_out
    for draft in ready:
        (done,) = fleet(
            home,
            "review",
            "approve",
            draft["draft_id"],
            "--text-hash",
            draft["text_hash"],
            "--as",
            "ann",
        )
        assert (done["status"], done["changed"]) == ("approved", True)
        (again,) = fleet(
            home,
            "review",
            "approve",
            draft["draft_id"],
            "--text-hash",
            draft["text_hash"],
            "--as",
            "ann",
        )
        assert again["changed"] is False
    (sent,) = fleet(home, "run", "outbox")
    assert sent["sent"] == 5
    (nothing,) = fleet(home, "run", "outbox")
    assert nothing["sent"] == 0
    files = [path for path in (home / "outbox").rglob("*") if path.is_file()]
    assert len(files) == 5
    assert all(
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in path.read_bytes() for path in files
    )
