"""The fast way in for lines of OTLP: whole traces, kept as they stand and read when opened.

Only what is plainly a clean trace goes this way. All else is left, in its place, in a file beside
it for the readers, so that what is odd is found and named as ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fleet.adapters.crew import Crew
from fleet.adapters.id_set import IdSet
from fleet.adapters.store.trace_raw import RawTrace
from fleet.adapters.trace_looks import MARK, READ_BYTES, Line, look_at_lines, read_piece

SUFFIXES = (".jsonl", ".ndjson")
FORMATS = ("auto", "otlp")
TAKEN = b'{"resourceSpans":[]}\n'  # stands where a line was taken: a document without a span
PIECE_BYTES = 4 << 20


@dataclass(slots=True)
class BulkLines:
    """The lines of one file; iterate `whole()`, then read `rest` as a file of its own."""

    path: Path
    scratch: Path
    crew: Crew
    left: int = 0
    _ids: IdSet = field(default_factory=IdSet)

    @property
    def rest(self) -> Path:
        """The file of the lines that were left; lines that were taken hold no span in it."""
        return self.scratch / self.path.name

    def whole(self) -> Iterator[RawTrace]:
        """Yield each whole trace of a line whose id did not come before."""
        with self.rest.open("wb", READ_BYTES) as rest:
            for lines in self.crew.map(look_at_lines, self._pieces()):
                for line in lines:
                    if line.found and not any(raw.id in self._ids for raw in line.found):
                        yield from self._taken(line, rest)
                    else:  # no trace, or one that comes again: the readers say what it is
                        self._leave(line, rest)

    def _taken(self, line: Line, rest: IO[bytes]) -> Iterator[RawTrace]:
        for raw in line.found:
            self._ids.add(raw.id)
        self.left += line.left is not None
        rest.write(TAKEN if line.left is None else line.left + b"\n")
        yield from line.found

    def _leave(self, line: Line, rest: IO[bytes]) -> None:
        blank = True
        for start in range(line.at, line.at + line.size, READ_BYTES):
            raw = read_piece(self.path, start, min(start + READ_BYTES, line.at + line.size))
            blank = blank and not raw.strip()
            rest.write(raw)
        self.left += not blank

    def _pieces(self) -> Iterator[tuple[Path, int, int]]:
        """Yield pieces of some megabytes, or as long as their last line is."""
        size, start = self.path.stat().st_size, 0
        with self.path.open("rb", 0) as file:
            while start < size:
                end = _line_end(file, min(start + PIECE_BYTES, size))
                yield self.path, start, end
                start = end


def _line_end(file: IO[bytes], at: int) -> int:
    """Return where the line ends that a place of a file lies in."""
    file.seek(at - 1)
    while piece := file.readline(READ_BYTES):
        if piece.endswith(b"\n"):
            break
    return file.tell()


def is_bulk(path: Path, wanted: str) -> bool:
    """Whether a path is a file whose first line looks like an OTLP document."""
    if wanted not in FORMATS or path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK in file.read(READ_BYTES).partition(b"\n")[0]
