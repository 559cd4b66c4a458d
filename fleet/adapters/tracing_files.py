"""Traces as files: JSON lines of OpenTelemetry documents, one file a day, one write a trace."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from fleet.errors import StoreError
from fleet.traces.spans import NS_PER_S

FOLDER = "traces"
ROTATE_BYTES = 64_000_000
PRIVATE = 0o600  # traces quote mails


def append_document(
    home: Path, document: Mapping[str, Any], at_ns: int, *, rotate_bytes: int = ROTATE_BYTES
) -> Path:
    """Append one document as one line, in one write, so that a kill never mixes two.

    A line that an earlier kill or a full disk tore is closed first. Raises StoreError when the
    disk is full or the folder cannot be written.
    """
    line = orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS) + b"\n"
    folder = home / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _current(folder, at_ns, rotate_bytes)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            written = os.write(handle, b"\n" + line if torn else line)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}") from None
    if written < len(line):
        raise StoreError(f"{folder}: the disk is full, a trace was cut short")
    return path


def read_documents(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the documents of a home's traces, oldest file first; torn lines are left out."""
    for path in sorted(folder.glob("*.jsonl"), key=_order):
        with path.open("rb") as lines:
            for line in lines:
                try:
                    document = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(document, dict):
                    yield document


def _current(folder: Path, at_ns: int, rotate_bytes: int) -> Path:
    day = datetime.fromtimestamp(at_ns / NS_PER_S, UTC).strftime("%Y-%m-%d")
    number = 0
    while True:
        path = folder / (f"{day}.{number}.jsonl" if number else f"{day}.jsonl")
        try:
            if path.stat().st_size < rotate_bytes:
                return path
        except FileNotFoundError:
            return path
        number += 1


def _order(path: Path) -> tuple[str, int]:
    day, _, number = path.stem.partition(".")
    return day, int(number) if number.isdigit() else 0
