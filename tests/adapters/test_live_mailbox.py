"""A live mailbox: IMAP over TLS in, SMTP out, by the words of the README, and under a kill."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.clock import SystemClock
from fleet.adapters.imap_inbox import poll_inbox
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import drafts, emails
from fleet.errors import InputError
from tests.support.mail_servers import Imap, imap_server, smtp_relay

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def imap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imap]:
    with imap_server(tmp_path_factory.mktemp("imap")) as server:
        yield server


def mail(number: int, text: str = "Could you send us your prices?") -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "Ann Lee <ann@buyer.example>", "sales@us.example"
    made["Subject"], made["Message-ID"] = f"Prices {number}", f"<m{number}@buyer.example>"
    made["Date"] = "Mon, 05 Jan 2026 09:00:00 +0000"
    made.set_content(text)
    return made.as_bytes()


def environment(imap: Imap, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    return clean | {"SSL_CERT_FILE": str(imap.ca)} | more


def fleet(home: Path, env: Mapping[str, str], *words: str, cwd: Path = ROOT) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "fleet", *words, "--home", str(home), "--json"],
        cwd=cwd, env=dict(env), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextlib.contextmanager
def working(
    home: Path, env: Mapping[str, str], cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "fleet", "worker", "--home", str(home)],
        cwd=cwd, env=dict(env), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield worker
    finally:
        if worker.poll() is None:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0


def until(what: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def rows(home: Path, statement: Any) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        return store.read(statement)
    finally:
        store.close()


def test_a_kill_between_fetch_and_mark_handles_each_mail_once(imap: Imap, tmp_path: Path) -> None:
    home, env = tmp_path / "home", environment(imap, FLEET_INBOX=imap.url)
    fleet(home, env, "init")
    for number in range(3):
        imap.deliver(mail(number))
    imap.front.hold = b"STORE"
    imap.front.held.clear()
    with working(home, env) as worker:
        assert imap.front.held.wait(60), "no mail was marked"
        worker.kill()
        worker.wait(10)
    assert imap.unseen() == 3  # fetched and stored, and not marked
    assert len(rows(home, sa.select(emails.c.id))) == 1
    imap.front.hold = None
    handled = sa.select(emails.c.id).where(emails.c.handled_at.is_not(None))
    with working(home, env):
        until(lambda: len(rows(home, handled)) == 3)
    assert imap.unseen() == 0
    kept = [row["message_id"] for row in rows(home, sa.select(emails.c.message_id))]
    assert sorted(kept) == [f"<m{number}@buyer.example>" for number in range(3)]
    assert len(rows(home, sa.select(drafts.c.id))) == 3


def test_an_untrusted_certificate_is_refused(
    imap: Imap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    store = open_store(f"sqlite:///{tmp_path}/fleet.db")
    with pytest.raises(InputError, match="does not answer"):
        poll_inbox(imap.url, store, SystemClock().now())
    store.close()


def test_a_wrong_password_is_one_clear_line(
    imap: Imap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(imap.ca))
    store = open_store(f"sqlite:///{tmp_path}/fleet.db")
    url = imap.url.replace("mail%20pass", "wrong")
    with pytest.raises(InputError, match="refused us: check user and password") as caught:
        poll_inbox(url, store, SystemClock().now())
    assert "wrong" not in str(caught.value)
    store.close()


def readme_block(heading: str) -> list[str]:
    """Return the lines of the first fenced block behind a heading of the README."""
    text = (ROOT / "README.md").read_text("utf-8").partition(f"## {heading}\n")[2]
    found = re.search(r"```\n(.*?)```", text, re.DOTALL)
    assert found, f"the README has no commands under {heading!r}"
    return [line.split("  #")[0].strip() for line in found.group(1).splitlines() if line.strip()]


def test_the_readme_connects_a_mailbox_to_the_first_approved_reply(
    imap: Imap, tmp_path: Path
) -> None:
    clone, home = tmp_path / "clone", tmp_path / "home"
    kept = shutil.ignore_patterns(".*", "__pycache__", "d1_facade", "screenshots")
    for part in ("fleet", "data", "pages", "app.py"):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, clone / part, ignore=kept)
        else:
            shutil.copy(source, clone / part)
    lines = readme_block("Connect a mailbox")
    exported = [shlex.split(line)[1].partition("=") for line in lines if line.startswith("export ")]
    commands = [line.partition("python -m fleet ")[2] for line in lines if "-m fleet" in line]
    assert commands == [
        "init", "doctor", "worker &", "review list",
        "review approve DRAFT_ID --text-hash HASH",
    ]  # fmt: skip
    with smtp_relay() as (relay, smtp_url):
        values = {name: value for name, _, value in exported} | {
            "FLEET_INBOX": imap.url, "FLEET_SMTP_URL": smtp_url, "FLEET_UNDO_S": "0",
        }  # fmt: skip
        assert {"FLEET_INBOX", "FLEET_SMTP_URL", "FLEET_SENDER", "FLEET_POSTAL_ADDRESS"} == {
            name for name, _, _ in exported
        }
        env = environment(imap, **values)
        fleet(home, env, "init", cwd=clone)
        fleet(home, env, "doctor", cwd=clone)
        imap.deliver(mail(77))
        with working(home, env, cwd=clone):
            until(lambda: bool(rows(home, sa.select(drafts.c.id))))
            (draft,) = fleet(home, env, "review", "list", cwd=clone)
            fleet(
                home, env, "review", "approve", draft["draft_id"],
                "--text-hash", draft["text_hash"], cwd=clone,
            )  # fmt: skip
            until(lambda: len(relay.mails) == 1)
    content = relay.mails[0].content
    assert isinstance(content, bytes)
    sent = message_from_bytes(content)
    assert relay.mails[0].rcpt_tos == ["ann@buyer.example"]
    assert sent["In-Reply-To"] == "<m77@buyer.example>"
    assert sent["List-Unsubscribe"]
    body = sent.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "Written with the help of AI." in body.decode()
    assert values["FLEET_POSTAL_ADDRESS"] in body.decode()
