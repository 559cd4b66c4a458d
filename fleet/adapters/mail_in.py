"""Mails from files: mbox, Maildir, `.eml` (one or a folder of them), or JSON lines."""

import mailbox
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson

from fleet.adapters.jsonl import read_lines
from fleet.errors import InputError

SUFFIXES = (".jsonl", ".ndjson")


def read_mails(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """Yield `(where, bytes)` of each mail; None for one that cannot be read.

    Raises InputError when the path is no mailbox.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist: give an mbox, a Maildir, .eml or JSONL")
    if path.is_dir():
        yield from _folder(path)
    elif path.suffix.lower() in SUFFIXES:
        yield from _json_lines(path)
    elif path.suffix.lower() == ".eml":
        yield str(path), path.read_bytes()
    else:
        yield from _mbox(path)


def _folder(path: Path) -> Iterator[tuple[str, bytes | None]]:
    boxes = [path / name for name in ("cur", "new") if (path / name).is_dir()]
    files = [f for box in boxes for f in box.iterdir()] if boxes else list(path.glob("*.eml"))
    if not files and not boxes:
        raise InputError(f"{path} holds no mail: give a Maildir or a folder of .eml files")
    for file in sorted(f for f in files if f.is_file()):
        try:
            yield str(file), file.read_bytes()
        except OSError:
            yield str(file), None


def _mbox(path: Path) -> Iterator[tuple[str, bytes | None]]:
    with path.open("rb") as file:
        start = file.read(5)
    if start and start != b"From ":
        raise InputError(f"{path} is no mbox: it does not start with 'From '")
    box = mailbox.mbox(path, create=False)
    for number, key in enumerate(box.keys(), start=1):
        yield f"{path} mail {number}", box.get_bytes(key)


def _json_lines(path: Path) -> Iterator[tuple[str, bytes | None]]:
    rows, bad = read_lines(path)
    for note in bad:
        yield note, None
    for number, row in enumerate(rows, start=1):
        where = f"{path} mail {number}"
        yield where, _from_json(row) if isinstance(row, dict) else None


def _from_json(row: dict[str, Any]) -> bytes | None:
    mail = EmailMessage()
    try:
        for header, names in (
            ("From", ("from", "from_address", "author", "sender")), ("To", ("to", "to_address")),
            ("Subject", ("subject",)), ("Date", ("date", "at", "sent_at")),
            ("Message-ID", ("message_id", "id")), ("In-Reply-To", ("in_reply_to",)),
        ):  # fmt: skip
            value = next((row[name] for name in names if row.get(name)), None)
            if value is not None:
                mail[header] = " ".join(str(value).split())
        body = next(
            (row[name] for name in ("body", "body_text", "text", "email_thread") if row.get(name)),
            "",
        )
        mail.set_content(body if isinstance(body, str) else orjson.dumps(body).decode())
        return mail.as_bytes()
    except (ValueError, TypeError, LookupError):
        return None
