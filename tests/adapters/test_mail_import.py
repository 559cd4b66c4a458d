"""Mail comes in once, from every usual container, and what is broken is reported."""

import json
import mailbox
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.mailbox.message import parse_message


def mail(number: int, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Ann Lee <ann{number}@buyer.example>"
    message["To"] = "sales@us.example"
    message["Subject"] = f"Question {number}"
    message["Date"] = "Mon, 05 Jan 2026 09:00:00 +0100"
    message["Message-ID"] = f"<m{number}@buyer.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(
        f"How much is it for {number} seats?\n\nOn Sun, 4 Jan 2026, Tom wrote:\n> old\n"
    )
    return message


def run(capsys: pytest.CaptureFixture[str], home: Path, path: Path) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["import", "mail", str(path), "--home", str(home), "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert main(["init", "--home", str(tmp_path / "home"), "--json"]) == 0
    return tmp_path / "home"


def containers(folder: Path) -> list[Path]:
    box = mailbox.mbox(folder / "box.mbox")
    for number in range(3):
        box.add(mail(number))
    box.flush()
    maildir = mailbox.Maildir(folder / "maildir")
    maildir.add(mail(10).as_bytes())
    (folder / "one.eml").write_bytes(mail(20).as_bytes())
    rows = [
        {
            "from": "bo@buyer.example",
            "to": "s@us.example",
            "subject": "Hi",
            "body": "Demo?",
            "message_id": "<j1@x>",
            "date": "2026-01-05",
        }
    ]
    (folder / "mails.jsonl").write_text("\n".join([json.dumps(rows[0]), "not json"]), "utf-8")
    return [folder / "box.mbox", folder / "maildir", folder / "one.eml", folder / "mails.jsonl"]


def test_every_container_is_read_and_a_second_time_changes_nothing(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, count in zip(containers(tmp_path), (3, 1, 1, 1), strict=True):
        first = run(capsys, home, path)
        assert first["imported"] == {"emails": count}
        again = run(capsys, home, path)
        assert (again["imported"], again["unchanged"]) == ({"emails": 0}, count)
    assert (again["rejected"], Path(again["rejects_file"]).exists()) == (1, True)


@pytest.mark.parametrize("name", ["missing.mbox", "junk.bin"])
def test_what_is_no_mailbox_is_exit_two(
    tmp_path: Path, home: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk.bin").write_bytes(b"\x00\x01nothing")
    assert main(["import", "mail", str(tmp_path / name), "--home", str(home)]) == 2
    assert name in capsys.readouterr().err


def test_reads_the_newest_reply_and_the_kind() -> None:
    parsed = parse_message(mail(5).as_bytes())
    assert (parsed.reply, parsed.kind, parsed.at) == (
        "How much is it for 5 seats?",
        "person",
        "2026-01-05T08:00:00.000000Z",
    )
    assert parse_message(mail(6, Auto_Submitted="auto-replied").as_bytes()).kind == "auto_reply"
    stop = mail(7)
    stop.set_content("Please take me off your list.")
    assert parse_message(stop.as_bytes()).kind == "opt_out"


def test_html_alone_becomes_text_and_runs_nothing() -> None:
    html = EmailMessage()
    html["From"] = "a@b.example"
    html.set_content(
        "<p>Hello <b>you</b></p><img src='http://evil.example/x.png'><script>steal()</script>",
        subtype="html",
    )
    assert parse_message(html.as_bytes()).body == "Hello you"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"From: \xe4\xf6@x\nSubject: =?bad?=\n\n\xe4",
        b"Content-Type: multipart/mixed\n\nx",
        b"Subject: x\n" * 2_000,
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    assert parse_message(raw).message_id.startswith("<")


def test_a_wrong_charset_is_repaired_and_named() -> None:
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\nGr\xfc\xdfe"
    parsed = parse_message(raw)
    assert (parsed.body.strip(), parsed.odd[-1]) == (
        "Grüße",
        "no date",
    ) or "not utf-8" in parsed.odd
