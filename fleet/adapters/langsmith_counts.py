"""How many traces went to LangSmith and how many were dropped: a line a process, for `doctor`."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from fleet.adapters.tracing_files import FOLDER

FILE = "langsmith-counts.log"
TAIL_BYTES = 64_000  # the newest some hundred processes are enough to tell how it goes
PRIVATE = 0o600


@dataclass(slots=True)
class Counts:
    """Traces of one process, or of the newest ones together."""

    sent: int = 0
    dropped: int = 0
    last_error: str | None = None


def add_counts(home: Path, counts: Counts) -> None:
    """Append one process's counts in one write; nothing is written when nothing was offered."""
    if not (counts.sent or counts.dropped):
        return
    (home / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(home / FOLDER / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
    try:
        os.write(handle, orjson.dumps(asdict(counts)) + b"\n")
    finally:
        os.close(handle)


def read_counts(home: Path) -> Counts:
    """Sum the newest counts; the error is the newest process's."""
    total = Counts()
    try:
        with (home / FOLDER / FILE).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return total
    for line in lines:
        try:
            row = Counts(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError):
            continue  # a torn line
        total = Counts(total.sent + row.sent, total.dropped + row.dropped, row.last_error)
    return total
