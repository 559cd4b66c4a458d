"""The JSON records of one file, found without holding it: lines, or elements of a document."""

import json
import mmap
import re
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import add
from pathlib import Path
from typing import IO, Any

import orjson

from fleet.adapters.otlp_places import NotPlainError, document_of, spans_of
from fleet.errors import InputError
from fleet.traces.read import parts_of

MAX_RECORD = 32 * 2**20  # bytes of one record; parsed JSON takes up to ten times as much
MAX_UNPACKED = 4 * 2**30  # bytes a gzip file may grow to on disk
LINE_PIECE = 2**20  # bytes read at once of a line without end
PAGES = 2**24  # bytes after which read pages are given back
SNIFF = 65_536
GZIP, GZIP_WINDOW = b"\x1f\x8b", 31  # zlib reads a gzip header with this window
BOM, BOMS16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
OPEN, CLOSE = frozenset(b"{["), frozenset(b"}]")
CONTAINERS = frozenset(
    (b"traces", b"runs", b"data", b"resourceSpans", b"scopeSpans", b"spans", b"observations",
     b"trajectories", b"results", b"items")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spans:
    """What stands before the spans of a document, by their scopes."""

    scopes: "array[int]"
    heads: dict[int, bytes]

    def alone(self, place: int, raw: bytes) -> bytes:
        """Return one span as a document of its own."""
        return document_of(((raw, self.scopes[place]),), self.heads)


@dataclass(slots=True)
class Records:
    """Records by number, from 1: in memory, or as places in an open file."""

    values: list[Any] | None = None
    file: IO[bytes] | None = None
    starts: "array[int]" = field(default_factory=lambda: array("Q"))
    ends: "array[int]" = field(default_factory=lambda: array("Q"))
    by_line: bool = False
    cut: bool = False
    spans: Spans | None = None  # of a large OTLP document

    def __len__(self) -> int:
        """How many records there are."""
        if self.values is not None:
            return len(self.values)
        return len(self.starts) - self.by_line

    def load(self, number: int) -> Any:
        """Parse one record, None for an empty line; raises InputError saying why it is none.

        The number of a line counts empty ones too; elements of a document count from 1.
        """
        if self.values is not None:
            return self.values[number - 1]
        if self.file is None:
            raise InputError("is in no open file")
        start = self.starts[number - 1]
        end = self.starts[number] if self.by_line else self.ends[number - 1]
        if end - start > MAX_RECORD:
            raise InputError(f"is {(end - start) >> 20} MB, more than {MAX_RECORD >> 20} a record")
        self.file.seek(start)
        raw = self.file.read(end - start)
        if self.spans is not None:
            raw = self.spans.alone(number - 1, raw)
        return None if self.by_line and not raw.strip() else parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """Parse JSON; NaN and Infinity, which some tools write, are read as absent."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if b"NaN" in raw or b"Infinity" in raw:
            try:
                return json.loads(raw, parse_constant=lambda _: None)
            except (ValueError, RecursionError):
                pass
        raise InputError(f"is not JSON: {error}") from None


@contextmanager
def open_records(path: Path, scratch: Path, *, lined: bool = False) -> Iterator[Records]:
    """Find the records of a file; `scratch` is a folder for what a gzip file unpacks to.

    With `lined` each line is a record, whatever it looks like.
    """
    plain, torn = unpacked(path, scratch)
    try:
        file = plain.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    with file:
        head = file.read(SNIFF)
        if not lined:
            _check(path, head)
        by_line = lined or _is_lines(file, head)
        records = _lines(file) if by_line else _document(file, path, plain)
        records.cut = records.cut or torn
        yield records


def unpacked(path: Path, scratch: Path) -> tuple[Path, bool]:
    """Return the plain file and whether its gzip was cut short; what came out is kept."""
    try:
        with path.open("rb") as file:
            if file.read(2) != GZIP:
                return path, False
            file.seek(0)
            with (scratch / "plain").open("wb") as out:
                return scratch / "plain", _inflate(file, out, path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def _inflate(file: IO[bytes], out: IO[bytes], path: Path) -> bool:
    """Unpack gzip member by member as far as it goes; return whether it ends too early."""
    total, inflater, ended = 0, zlib.decompressobj(GZIP_WINDOW), True
    while raw := file.read(SNIFF):
        while raw:
            try:
                piece = inflater.decompress(raw)
            except zlib.error:
                return True
            total += out.write(piece)
            if total > MAX_UNPACKED:
                limit = f"{MAX_UNPACKED >> 30} GB"
                raise InputError(f"{path} unpacks to more than {limit}: split it")
            raw, ended = inflater.unused_data, inflater.eof
            if ended:
                inflater = zlib.decompressobj(GZIP_WINDOW)
    return not ended


def _check(path: Path, head: bytes) -> None:
    if not head.strip():
        raise InputError(f"{path} is empty: give a file with traces")
    if head.startswith(BOMS16):
        raise InputError(f"{path} is UTF-16: convert it to UTF-8")
    if b"\0" in head:
        raise InputError(f"{path} is a binary file: give JSON, JSON lines or CSV, or any with .gz")
    if head.removeprefix(BOM).lstrip()[:1] not in (b"{", b"["):
        raise InputError(f"{path} does not begin with JSON: give JSON, JSON lines or CSV")


def _is_lines(file: IO[bytes], head: bytes) -> bool:
    """Whether each line is a record; else the whole file is one document."""
    file.seek(len(BOM) if head.startswith(BOM) else 0)
    first = b""
    while not first.strip():
        first = file.readline(MAX_RECORD + 1)
    if first.strip() in (b"[", b"{"):
        return False
    second = file.readline(MAX_RECORD + 1).strip()
    while not second and file.peek(1):  # type: ignore[attr-defined]  # a buffered reader has peek
        second = file.readline(MAX_RECORD + 1).strip()
    return bool(second) and (_is_record(first) or _is_record(second))


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(parse_json(line), dict | list)
    except InputError:
        return False


def _lines(file: IO[bytes]) -> Records:
    """Note where each line begins, and where the last one ends."""
    file.seek(0)
    at = len(BOM) if file.read(len(BOM)) == BOM else 0
    file.seek(at)
    starts, fresh = array("Q"), True
    while piece := file.readline(LINE_PIECE):
        if fresh:
            starts.append(at)
        at += len(piece)
        fresh = piece.endswith(b"\n")
    starts.append(at)
    return Records(file=file, starts=starts, by_line=True)


def _document(file: IO[bytes], path: Path, plain: Path) -> Records:
    size = file.seek(0, 2)
    if size <= MAX_RECORD:
        file.seek(0)
        raw = file.read().removeprefix(BOM)
        try:
            value = parse_json(raw)
        except InputError as error:
            spans = _spans_of(plain)
            if spans is not None and spans.cut:
                spans.file = file
                return spans
            found = _elements(raw)
            if not len(found):
                raise InputError(f"{path} {error}") from None
            found.values = [parse_json(raw[a:b]) for a, b in _spans(found)]
            found.cut = True
            return found
        parts = parts_of(value)
        return Records(values=[value] if parts is None else parts)
    found = _spans_of(plain) or _found(file)
    if not len(found):
        raise InputError(
            f"{path} is one record of {size >> 20} MB: give JSON lines, or a list of traces"
        )
    found.file = file
    return found


def _found(file: IO[bytes]) -> Records:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return _elements(view)


def _spans_of(plain: Path) -> Records | None:
    """Find the spans of an OTLP document with what their resource says; None for any other."""
    try:
        places, heads, cut = spans_of(plain)
    except NotPlainError:
        return None
    ends = array("Q", map(add, places.starts, places.sizes))
    scopes = array("I") if places.scopes is None else places.scopes
    return Records(starts=places.starts, ends=ends, cut=cut, spans=Spans(scopes, heads))


def _spans(found: Records) -> list[tuple[int, int]]:
    return list(zip(found.starts, found.ends, strict=True))


def _elements(view: Any) -> Records:
    """Find the objects in the known lists of a document; of a too large one, those inside it."""
    starts, ends = array("Q"), array("Q")
    stack: list[tuple[int, bool, bool, int]] = []  # start, is a list, on the path, records before
    key, given_back = b"", 0
    for token in TOKEN.finditer(view):
        start = token.start()
        byte = view[start]
        if byte == ord('"'):
            if token.end() - start < len(max(CONTAINERS, key=len)) + 3:
                key = token.group()[1:-1]
        elif byte in OPEN:
            listed = byte == ord("[")
            stack.append((start, listed, _on_path(stack, key, listed=listed), len(starts)))
            key = b""
        elif stack:
            begun, listed, on_path, before = stack.pop()
            inside = bool(stack) and stack[-1][1] and stack[-1][2]
            if on_path and not listed and inside:
                if token.end() - begun <= MAX_RECORD:
                    del starts[before:], ends[before:]
                if len(starts) == before:
                    starts.append(begun)
                    ends.append(token.end())
            if start - given_back > PAGES and isinstance(view, mmap.mmap):
                given_back = start
                view.madvise(mmap.MADV_DONTNEED, 0, start // mmap.PAGESIZE * mmap.PAGESIZE)
    return Records(starts=starts, ends=ends, cut=bool(stack))


def _on_path(stack: list[tuple[int, bool, bool, int]], key: bytes, *, listed: bool) -> bool:
    """Whether a bracket opens a list of records, a record, or an envelope of lists."""
    if not stack:
        return True
    _, in_list, on_path, _ = stack[-1]
    if not on_path:
        return False
    if in_list:
        return not listed
    return key in CONTAINERS if listed else key == b"data"
