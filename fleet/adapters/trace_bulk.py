"""The fast way in for lines of OTLP: whole traces, kept as they stand and read when opened.

Only what is plainly a clean trace goes this way. All else is left, in its place, in a file beside
it for the readers, so that what is odd is found and named as ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from fleet.traces.otlp_scan import WholeTrace, split_document

SUFFIXES = (".jsonl", ".ndjson")
FORMATS = ("auto", "otlp")
MARK = b"resourceSpans"
TAKEN = b'{"resourceSpans":[]}\n'  # stands where a line was taken: a document without a span
LINE_BYTES = 1_500_000  # a longer line does not fit a row
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RawTrace:
    """One trace as a document, and what was seen in it."""

    seen: WholeTrace
    line: bytes


@dataclass(slots=True)
class BulkLines:
    """The lines of one file; iterate `whole()`, then read `rest` as a file of its own."""

    path: Path
    scratch: Path
    left: int = 0
    _ids: set[str] = field(default_factory=set)

    @property
    def rest(self) -> Path:
        """The file of the lines that were left; lines that were taken hold no span in it."""
        return self.scratch / self.path.name

    def whole(self) -> Iterator[RawTrace]:
        """Yield each whole trace of a line whose id did not come before."""
        with self.path.open("rb", READ_BYTES) as lines, self.rest.open("wb", READ_BYTES) as rest:
            while line := lines.readline(LINE_BYTES):
                found, kept = self._take(line)
                yield from found
                if found:
                    self.left += kept is not None
                    rest.write(TAKEN if kept is None else kept + b"\n")
                    continue
                self.left += bool(line.strip())
                rest.write(line)
                while line and not line.endswith(b"\n"):
                    line = lines.readline(LINE_BYTES)
                    rest.write(line)

    def _take(self, line: bytes) -> tuple[list[RawTrace], bytes | None]:
        """Return the whole traces of a line, and the document of what else it holds."""
        if MARK not in line:
            return [], None
        try:
            whole, left = split_document(orjson.loads(line))
        except orjson.JSONDecodeError:
            return [], None
        if any(seen.id in self._ids for seen, _ in whole):
            return [], None  # it comes again: the readers say so
        alone = len(whole) == 1 and left is None
        found = [
            RawTrace(seen, line.rstrip() if alone else orjson.dumps(document))
            for seen, document in whole
        ]
        self._ids.update(seen.id for seen, _ in whole)
        return found, None if left is None else orjson.dumps(left)


def is_bulk(path: Path, wanted: str) -> bool:
    """Whether a path is a file whose first line looks like an OTLP document."""
    if wanted not in FORMATS or path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK in file.read(READ_BYTES).partition(b"\n")[0]
