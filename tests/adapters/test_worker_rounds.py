"""The worker: a mail in the watched Maildir becomes a draft, an approval becomes a file."""

import json
import mailbox
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.clock import SystemClock
from fleet.adapters.imap_inbox import poll_inbox
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import drafts
from fleet.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def test_from_the_watched_folder_to_the_outbox(tmp_path: Path) -> None:
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    assert main(["init", "--home", str(home), "--json"]) == 0
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Ann Lee <ann@buyer.example>",
        "sales@us.example",
        "Prices",
    )
    mail["Date"], mail["Message-ID"] = "Mon, 05 Jan 2026 09:00:00 +0000", "<one@buyer.example>"
    mail.set_content("Could you send us your prices?")
    mailbox.Maildir(inbox).add(mail.as_bytes())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")} | {
        "FLEET_INBOX": str(inbox), "FLEET_UNDO_S": "0", "FLEET_SENDER": "Sales <sales@us.example>",
        "FLEET_POSTAL_ADDRESS": "Sample Sales, 1 Main Street, Springfield",
    }  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "-m", "fleet", "worker", "--home", str(home)], cwd=ROOT, env=environment
    )
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        until(lambda: bool(store.read(sa.select(drafts.c.id))))
        (draft,) = store.read(sa.select(drafts.c.id, drafts.c.text_hash))
        approve = [
            sys.executable,
            "-m",
            "fleet",
            "review",
            "approve",
            draft["id"],
            "--text-hash",
            draft["text_hash"],
            "--home",
            str(home),
            "--json",
        ]
        done = subprocess.run(
            approve, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["status"] == "approved"
        until(lambda: len([p for p in (home / "outbox").rglob("*") if p.is_file()]) == 1)
    finally:
        store.close()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


@pytest.mark.parametrize("url", ["pop3://host/x", "imap://mail.example/INBOX", "/no/such/folder"])
def test_says_what_is_wrong_with_the_inbox(tmp_path: Path, url: str) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'fleet.db'}")
    with pytest.raises(InputError):
        poll_inbox(url, store, SystemClock().now())
