"""The fast way in for lines of OTLP: one whole trace a line, kept as it stands, read when opened.

Only lines that are plainly one clean trace go this way. All others are left, in their places, in a
file beside it for the readers, so that what is odd is found and named as ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from fleet.traces.otlp_scan import WholeTrace, scan_document

SUFFIXES = (".jsonl", ".ndjson")
FORMATS = ("auto", "otlp")
MARK = b"resourceSpans"
TAKEN = b'{"resourceSpans":[]}\n'  # stands where a line was taken: a document without a span
LINE_BYTES = 1_500_000  # a longer line does not fit a row
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RawTrace:
    """One line and what was seen in it."""

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
        """Yield each line that is one whole trace whose id did not come before."""
        with self.path.open("rb", READ_BYTES) as lines, self.rest.open("wb", READ_BYTES) as rest:
            while line := lines.readline(LINE_BYTES):
                raw = self._take(line)
                if raw is not None:
                    rest.write(TAKEN)
                    yield raw
                    continue
                self.left += bool(line.strip())
                rest.write(line)
                while line and not line.endswith(b"\n"):
                    line = lines.readline(LINE_BYTES)
                    rest.write(line)

    def _take(self, line: bytes) -> RawTrace | None:
        if MARK not in line:
            return None
        try:
            seen = scan_document(orjson.loads(line))
        except orjson.JSONDecodeError:
            return None
        if seen is None or seen.id in self._ids:
            return None
        self._ids.add(seen.id)
        return RawTrace(seen, line.rstrip())


def is_bulk(path: Path, wanted: str) -> bool:
    """Whether a path is a file whose first line looks like an OTLP document."""
    if wanted not in FORMATS or path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        return MARK in file.read(READ_BYTES).partition(b"\n")[0]
