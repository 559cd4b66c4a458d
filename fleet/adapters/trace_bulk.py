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
from fleet.adapters.trace_looks import READ_BYTES, Line, line_pieces, look_at_lines, read_piece

TAKEN = b'{"resourceSpans":[]}\n'  # stands where a line was taken: a document without a span
PIECE_BYTES = 4 << 20


@dataclass(slots=True)
class BulkLines:
    """The lines of one file; iterate `whole()`, then read `rest` as a file of its own."""

    path: Path
    scratch: Path
    crew: Crew
    seen: IdSet = field(default_factory=IdSet)  # ids of earlier files
    left: int = 0
    cut_at: int | None = None
    ids: IdSet = field(default_factory=IdSet)

    @property
    def rest(self) -> Path:
        """The file of the lines that were left; lines that were taken hold no span in it."""
        return self.scratch / self.path.name

    def whole(self) -> Iterator[RawTrace]:
        """Yield each whole trace of a line whose id did not come before."""
        with self.rest.open("wb", READ_BYTES) as rest:
            for lines in self.crew.map(look_at_lines, line_pieces(self.path, PIECE_BYTES)):
                for line in lines:
                    if line.found and not any(map(self._known, line.found)):
                        yield from self._taken(line, rest)
                    else:  # no trace, or one that comes again: the readers say what it is
                        self._leave(line, rest)

    def _known(self, raw: RawTrace) -> bool:
        return raw.id in self.ids or raw.id in self.seen

    def _taken(self, line: Line, rest: IO[bytes]) -> Iterator[RawTrace]:
        for raw in line.found:
            self.ids.add(raw.id)
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
