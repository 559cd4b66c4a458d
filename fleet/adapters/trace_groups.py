"""The fast way in for spans that stand apart: one a line, or all in one large document.

They are brought together by trace from where they stand in the file, and looked at as one document.
"""

from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fleet.adapters.crew import Crew
from fleet.adapters.id_set import IdSet
from fleet.adapters.otlp_places import ENDS, NotPlainError, spans_of
from fleet.adapters.span_places import NONE, Places, Range, batches
from fleet.adapters.store.trace_raw import RawTrace
from fleet.adapters.trace_looks import (
    READ_BYTES,
    index_lines,
    index_spans,
    line_pieces,
    look_at_groups,
    read_piece,
)
from fleet.adapters.trace_records import MAX_RECORD
from fleet.traces.otlp_scan import MOST_SPANS

PIECE_BYTES = 4 << 20
TAKEN = b"\n"


@dataclass(slots=True)
class _Groups:
    """The spans of one file; iterate `whole()`, then read `rest` as a file of its own."""

    path: Path
    scratch: Path
    crew: Crew
    seen: IdSet = field(default_factory=IdSet)  # ids of earlier files
    left: int = 0
    cut_at: int | None = None
    ids: IdSet = field(default_factory=IdSet)
    _places: Places = field(default_factory=Places)
    _heads: dict[int, bytes] | None = None

    @property
    def rest(self) -> Path:
        """The file of what was left."""
        return self.scratch / self.path.name

    def _looked(self) -> Iterator[tuple["array[int]", RawTrace | None]]:
        """Yield each trace's spans, and the trace when it is plainly whole."""
        sent: deque[list[array[int]]] = deque()
        for found in self.crew.map(look_at_groups, self._batches(sent)):
            for group, raw in zip(sent.popleft(), found, strict=True):
                if raw is not None and (raw.id in self.seen or not self.ids.add(raw.id)):
                    yield group, None  # it comes again: the readers say so
                else:
                    yield group, raw

    def _batches(
        self, sent: "deque[list[array[int]]]"
    ) -> Iterator[tuple[Path, list[tuple[int, list[Range]]], dict[int, bytes] | None]]:
        for batch in batches(self._places.groups(), self._places, PIECE_BYTES):
            groups = [
                (len(group), self._places.ranges(group) if len(group) <= MOST_SPANS else [])
                for group in batch
            ]
            sent.append(batch)
            yield self.path, groups, self._used(groups)

    def _used(self, groups: Iterable[tuple[int, list[Range]]]) -> dict[int, bytes] | None:
        if self._heads is None:
            return None
        scopes = {scope for _, ranges in groups for _, _, scope in ranges}
        return {scope: self._heads[scope] for scope in scopes}


class LoneSpans(_Groups):
    """A file with one span a line."""

    def whole(self) -> Iterator[RawTrace]:
        """Yield each whole trace."""
        for part in self.crew.map(index_lines, line_pieces(self.path, PIECE_BYTES)):
            self._places.starts.extend(part.starts)
            self._places.sizes.extend(part.sizes)
            self._places.codes.extend(part.codes)
        taken = bytearray(len(self._places.starts))
        for group, raw in self._looked():
            if raw is not None:
                for number in group:
                    taken[number] = 1
                yield raw
        self._write_rest(taken)

    def _write_rest(self, taken: bytearray) -> None:
        """Write the lines that were left; those that were taken are empty there."""
        number = 0
        with self.path.open("rb", READ_BYTES) as lines, self.rest.open("wb", READ_BYTES) as rest:
            while piece := lines.readline(READ_BYTES):
                gone = taken[number]
                rest.write(TAKEN if gone else piece)
                self.left += not gone and bool(piece.strip())
                while piece and not piece.endswith(b"\n"):
                    piece = lines.readline(READ_BYTES)
                    rest.write(b"" if gone else piece)
                number += 1


class SpanDocument(_Groups):
    """A file that is one document of many spans."""

    def whole(self) -> Iterator[RawTrace]:
        """Yield each whole trace; none when the document is not plain."""
        try:
            self._places, self._heads, cut = spans_of(self.path)
        except NotPlainError:
            self.left = 1
            return
        self.cut_at = len(self._places.starts) + 1 if cut else None
        for codes in self.crew.map(index_spans, self._pieces()):
            self._places.codes.extend(codes)
        with self.rest.open("wb", READ_BYTES) as rest:
            self._leave_unnamed(rest)
            for group, raw in self._looked():
                if raw is not None:
                    yield raw
                elif self.cut_at is None:
                    self._leave(group, rest)
                else:  # one of them may be broken: each stands for itself
                    self._leave_each(group, rest)

    def _pieces(self) -> Iterator[tuple[Path, "array[int]", "array[int]"]]:
        starts, sizes, first = self._places.starts, self._places.sizes, 0
        for number, start in enumerate(starts):
            if start + sizes[number] - starts[first] > PIECE_BYTES and number > first:
                yield self.path, starts[first:number], sizes[first:number]
                first = number
        if starts:
            yield self.path, starts[first:], sizes[first:]

    def _leave_unnamed(self, rest: IO[bytes]) -> None:
        """Leave the spans without a trace: together, as the readers have them, if they fit."""
        sizes = self._places.sizes
        unnamed = array("I", (n for n, code in enumerate(self._places.codes) if code == NONE))
        if self.cut_at is None and sum(sizes[n] for n in unnamed) <= MAX_RECORD:
            if unnamed:
                self._leave(unnamed, rest)
            return
        self._leave_each(unnamed, rest)

    def _leave_each(self, group: "array[int]", rest: IO[bytes]) -> None:
        for number in group:
            self._leave(array("I", (number,)), rest)

    def _leave(self, group: "array[int]", rest: IO[bytes]) -> None:
        """Write spans as a document on a line of its own."""
        self.left += 1
        last = None
        rest.write(b'{"resourceSpans":[')
        for start, end, scope in self._places.ranges(group):
            if scope != last:
                rest.write(b"" if last is None else ENDS + b",")
                rest.write((self._heads or {})[scope])
            else:
                rest.write(b",")
            last = scope
            for at in range(start, end, READ_BYTES):
                piece = read_piece(self.path, at, min(at + READ_BYTES, end))
                rest.write(piece.replace(b"\n", b" ").replace(b"\r", b" "))
        rest.write(ENDS + b"]}\n")
