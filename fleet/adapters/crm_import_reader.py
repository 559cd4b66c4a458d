"""Reads a CSV export as it comes: any common encoding and delimiter, damaged rows set apart.

A row that does not parse is yielded with its problem and never stops the file. After an unclosed
quote reading goes on with the next physical line, so that one bad cell costs one row.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from fleet.errors import InputError

DELIMITERS = (",", ";", "\t", "|")
MAX_LINE = 1_000_000  # characters; D1 holds no larger row anyway
MAX_RECORD_LINES = 1_000  # of one quoted record; more means a quote was never closed
HEAD_BYTES = 4_096
NUL_SHARE = 0.3  # of bytes on one side: UTF-16 without a mark
RESCUE = "fleet-cp1252"
EXCEL_HINT = "sep="


def _rescue(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as Windows-1252, which is what mixed exports hold."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    raw = error.object[error.start : error.end]
    text = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in raw)
    return text, error.end


codecs.register_error(RESCUE, _rescue)
csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file: its cells, or why it has none."""

    line: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CsvFile:
    """An export file whose header was read."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int

    def records(self) -> Iterator[Record]:
        """Yield every row after the header; blank lines are skipped."""
        with _open(self.path, self.encoding) as handle:
            lines = _Lines(handle)
            for _ in range(self.header_line):
                next(lines, None)
            while (record := _next_record(lines, self.delimiter)) is not None:
                if record.problem is None and not any(cell.strip() for cell in record.cells):
                    continue
                yield self._check(record, lines)

    def _check(self, record: Record, lines: "_Lines") -> Record:
        width = len(self.header)
        cells = record.cells
        if record.problem is None and len(cells) > width and not any(cells[width:]):
            return Record(record.line, cells[:width])
        if record.problem is None and len(cells) != width:
            lines.give_back()
            hint = "; the file may be cut short here" if len(cells) < width else ""
            problem = f"row has {len(cells)} columns, the header has {width}{hint}"
            return Record(record.line, cells, problem)
        return record


def open_csv(path: Path) -> CsvFile:
    """Detect encoding and delimiter and read the header; raises InputError naming the file."""
    try:
        encoding = _encoding(path)
        with _open(path, encoding) as handle:
            lines = _Lines(handle)
            delimiter = None
            for line in lines:
                if line.lower().startswith(EXCEL_HINT):
                    delimiter = line[len(EXCEL_HINT) :].strip("\r\n") or None
                elif line.strip():
                    delimiter = delimiter or _delimiter(line)
                    header = _header(path, line, lines, delimiter)
                    return CsvFile(path, encoding, delimiter, header, lines.number)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    raise InputError(f"{path} is empty: export it again, with a header row")


def _header(path: Path, line: str, lines: "_Lines", delimiter: str) -> tuple[str, ...]:
    lines.give_back(keep_first=False)
    record = _next_record(lines, delimiter)
    names = tuple(name.strip() for name in record.cells) if record else ()
    while names and not names[-1]:
        names = names[:-1]
    if not names or (record and record.problem):
        raise InputError(f"{path} has no readable header row: {line.strip()[:60]!r}")
    return names


def _delimiter(line: str) -> str:
    return max(
        DELIMITERS,
        key=lambda mark: (len(next(csv.reader([line], delimiter=mark))), -DELIMITERS.index(mark)),
    )


def _encoding(path: Path) -> str:
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = max(1, len(head) // 2)
    if head[1::2].count(0) / half > NUL_SHARE:
        return "utf-16-le"
    if head[0::2].count(0) / half > NUL_SHARE:
        return "utf-16-be"
    return "utf-8-sig"


def _open(path: Path, encoding: str) -> TextIO:
    errors = RESCUE if encoding == "utf-8-sig" else "replace"
    return path.open(encoding=encoding, errors=errors, newline="")


@dataclass(slots=True)
class _Lines:
    """Physical lines with their numbers, which can be given back to be read once more."""

    handle: TextIO
    number: int = 0  # of the line read last
    waiting: deque[str] = field(default_factory=deque)
    taken: list[str] = field(default_factory=list)
    ran_out: bool = False
    too_long: bool = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES:
            self.ran_out = True
            raise StopIteration
        line = self.waiting.popleft() if self.waiting else self._read()
        if not line:
            self.ran_out = True
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def _read(self) -> str:
        line = self.handle.readline(MAX_LINE)
        if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            self.too_long = True
            while (rest := self.handle.readline(MAX_LINE)) and not rest.endswith(("\n", "\r")):
                continue
        return line

    def begin(self) -> None:
        """Start a record."""
        self.taken.clear()
        self.ran_out = self.too_long = False

    def give_back(self, *, keep_first: bool = True) -> None:
        """Put back what the record took, but for its first line."""
        back = self.taken[1:] if keep_first else list(self.taken)
        self.waiting.extendleft(reversed(back))
        self.number -= len(back)
        del self.taken[len(self.taken) - len(back) :]


def _next_record(lines: _Lines, delimiter: str) -> Record | None:
    lines.begin()
    line = next(lines, None)
    if line is None:
        return None
    start = lines.number
    if lines.too_long:
        return Record(start, [], f"line is longer than {MAX_LINE} characters")
    if '"' not in line:
        return Record(start, line.rstrip("\r\n").split(delimiter))
    lines.give_back(keep_first=False)
    try:
        cells = next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error as error:
        lines.give_back()
        return Record(start, [], f"row does not parse: {error}")
    if lines.ran_out:
        lines.give_back()
        return Record(start, cells, "a quote is opened and never closed")
    return Record(start, cells)
