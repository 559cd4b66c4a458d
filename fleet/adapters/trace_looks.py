"""A look at a piece of an OTLP file: which whole traces are in it, ready for the store.

This is the work of an import, and needs nothing but the file: any process can do it.
"""

import gc
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import orjson

from fleet.adapters.otlp_places import ENDS, document_of
from fleet.adapters.span_places import NONE, SPAN, Places, Range, code_of, codes_in
from fleet.adapters.store.pressed import Press
from fleet.adapters.store.trace_raw import RawTrace, raw_trace
from fleet.traces.otlp_scan import scan_spans, split_document

MARK = b"resourceSpans"
LINE_BYTES = 1_500_000  # a longer line does not fit a row
READ_BYTES = 1 << 20
PLAIN_BYTES = 16 << 20
LONGEST = 2**32 - 1  # a size that a place can hold
BARE = b'{"resourceSpans":[{"scopeSpans":[{"spans":['


class Line(NamedTuple):
    """One line: its whole traces, and the document of what else it holds.

    Without a whole trace it stays as it is, and `left` is None.
    """

    at: int
    size: int
    found: list[RawTrace]
    left: bytes | None


def line_pieces(path: Path, about: int) -> Iterator[tuple[Path, int, int]]:
    """Yield pieces of a file of about so many bytes, or as long as their last line is."""
    size, start = path.stat().st_size, 0
    with path.open("rb") as file:
        while start < size:
            end = _line_end(file, min(start + about, size))
            yield path, start, end
            start = end


def _line_end(file: IO[bytes], at: int) -> int:
    """Return where the line ends that a place of a file lies in."""
    file.seek(at - 1)
    while piece := file.readline(READ_BYTES):
        if piece.endswith(b"\n"):
            break
    return file.tell()


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


def index_lines(path: Path, start: int, end: int) -> Places:
    """Return where the lines between two places stand, and which trace each is a span of."""
    return _index_plain(path, start, end) or _index_each(path, start, end)


def _index_plain(path: Path, start: int, end: int) -> Places | None:
    """Index lines at once that have one trace id each; None when they have not."""
    if end - start > PLAIN_BYTES:
        return None
    raw = read_piece(path, start, end)
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("\n")) + 1
    if not len(ends) or ends[-1] != len(raw):
        ends = np.append(ends, len(raw))
    codes = None if MARK in raw else codes_in(raw, len(ends))
    sizes = np.diff(ends, prepend=0)
    if codes is None or raw.count(SPAN) < len(ends) or sizes.max() > LINE_BYTES:
        return None
    starts = array("Q", (ends - sizes + start).astype(np.uint64).tobytes())
    return Places(starts, array("I", sizes.astype(np.uint32).tobytes()), codes)


def _index_each(path: Path, start: int, end: int) -> Places:
    places = Places()
    with path.open("rb", READ_BYTES) as file:
        file.seek(start)
        at = start
        while at < end:
            line = file.readline(LINE_BYTES)
            long = len(line) == LINE_BYTES and not line.endswith(b"\n")
            size = len(line) + (_skip(file) if long else 0)
            places.starts.append(at)
            places.sizes.append(min(size, LONGEST))
            places.codes.append(NONE if long or MARK in line else code_of(line))
            at += size
    return places


def index_spans(path: Path, starts: "array[int]", sizes: "array[int]") -> "array[int]":
    """Return the codes of the traces that these spans of a document are of."""
    if len(starts) == 1 and sizes[0] > LINE_BYTES:
        return array("Q", (NONE,))
    first, last = starts[0], starts[-1] + sizes[-1]
    raw = read_piece(path, first, last)
    return codes_in(raw, len(starts)) or array(
        "Q",
        (
            code_of(raw[at - first : at - first + size])
            for at, size in zip(starts, sizes, strict=True)
        ),
    )


def look_at_groups(
    path: Path, groups: Sequence[tuple[int, list[Range]]], heads: Mapping[int, bytes] | None
) -> list[RawTrace | None]:
    """Look at groups of spans, each with how many it has; None for what is not plainly a trace.

    `heads` are what comes before the spans of each scope of a document; None for lines.
    """
    press = Press()
    with path.open("rb", 0) as file, uncollected():
        return [_group(file.fileno(), *group, heads, press) for group in groups]


def _group(
    handle: int, count: int, ranges: list[Range], heads: Mapping[int, bytes] | None, press: Press
) -> RawTrace | None:
    if sum(end - start for start, end, _ in ranges) > LINE_BYTES:
        return None
    pieces = [(os.pread(handle, end - start, start), scope) for start, end, scope in ranges]
    try:
        if heads is None:
            lines = [line for raw, _ in pieces for line in raw.split(b"\n") if line]
            seen = scan_spans([orjson.loads(line) for line in lines])
            document = BARE + b",".join(lines) + ENDS + b"]}"
        else:
            document = document_of(pieces, heads)
            whole, left = split_document(orjson.loads(document))
            seen = whole[0][0] if len(whole) == 1 and left is None else None
    except orjson.JSONDecodeError:
        return None
    return raw_trace(seen, document, press) if seen and seen.spans == count else None
