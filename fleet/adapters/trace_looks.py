"""A look at a piece of an OTLP file: which whole traces are in it, ready for the store.

This is the work of an import, and needs nothing but the file: any process can do it.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from fleet.adapters.store.pressed import Press
from fleet.adapters.store.trace_raw import RawTrace, raw_trace
from fleet.traces.otlp_scan import split_document

MARK = b"resourceSpans"
LINE_BYTES = 1_500_000  # a longer line does not fit a row
READ_BYTES = 1 << 20


class Line(NamedTuple):
    """One line: its whole traces, and the document of what else it holds.

    Without a whole trace it stays as it is, and `left` is None.
    """

    at: int
    size: int
    found: list[RawTrace]
    left: bytes | None


def look_at_lines(path: Path, start: int, end: int) -> list[Line]:
    """Look at the lines between two places of a file, both at the beginning of a line."""
    press, looked = Press(), []
    with path.open("rb", READ_BYTES) as file, uncollected():
        file.seek(start)
        while (at := file.tell()) < end:
            line = file.readline(LINE_BYTES)
            if len(line) == LINE_BYTES and not line.endswith(b"\n"):
                looked.append(Line(at, len(line) + _skip(file), [], None))
            else:
                looked.append(Line(at, len(line), *_look(line, press)))
    return looked


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector from walking over parsed JSON, which holds no cycle; saves a tenth."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _skip(file: IO[bytes]) -> int:
    """Go on to the end of a very long line; return how far that was."""
    size = 0
    while piece := file.readline(READ_BYTES):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size


def read_piece(path: Path, start: int, end: int) -> bytes:
    """Return the bytes between two places of a file."""
    with path.open("rb", 0) as file:
        return os.pread(file.fileno(), end - start, start)


def _look(line: bytes, press: Press) -> tuple[list[RawTrace], bytes | None]:
    if MARK not in line:
        return [], None
    try:
        whole, left = split_document(orjson.loads(line))
    except orjson.JSONDecodeError:
        return [], None
    if len(whole) == 1 and left is None:
        return [raw_trace(whole[0][0], line.rstrip(), press)], None
    found = [raw_trace(seen, orjson.dumps(document), press) for seen, document in whole]
    return found, None if left is None else orjson.dumps(left)
