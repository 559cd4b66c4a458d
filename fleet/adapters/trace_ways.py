"""Which fast way a file of traces can go, by its beginning; most files go none."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from fleet.adapters.crew import Crew
from fleet.adapters.id_set import IdSet
from fleet.adapters.store.trace_raw import RawTrace
from fleet.adapters.trace_bulk import BulkLines
from fleet.adapters.trace_groups import LoneSpans, SpanDocument
from fleet.adapters.trace_looks import LINE_BYTES, MARK
from fleet.adapters.trace_records import BOM, SNIFF, parse_json
from fleet.errors import InputError
from fleet.traces.otlp_scan import is_lone_span

FORMATS = ("auto", "otlp")
DOCUMENT = re.compile(rb'\s*\{\s*"resourceSpans"\s*:\s*\[')


class FastWay(Protocol):
    """The whole traces of a file; when `whole` is exhausted, `rest` holds what else is in it.

    `cut_at` is the number of the record that is missing when the file is cut short.
    """

    left: int
    cut_at: int | None
    ids: IdSet

    @property
    def rest(self) -> Path:
        """A file for the readers, with the name of the first."""

    def whole(self) -> Iterator[RawTrace]:
        """Yield each trace that is plainly whole."""


def fast_way(
    path: Path, wanted: str, scratch: Path, crew: Crew, seen: IdSet | None = None
) -> FastWay | None:
    """Return the fast way for a file, None when only the readers can tell what it holds.

    A trace whose id is in `seen` came in another file: it is left to the readers.
    """
    seen = IdSet() if seen is None else seen
    if wanted not in FORMATS or not path.is_file():
        return None
    with path.open("rb") as file:
        first = file.readline(LINE_BYTES).removeprefix(BOM)
        head = first[:SNIFF] if len(first) > SNIFF else first + file.read(SNIFF)
    if DOCUMENT.match(head) and not _is_record(first):
        return SpanDocument(path, scratch, crew, seen)  # one long line, or many that are no records
    if MARK in first:
        return BulkLines(path, scratch, crew, seen)
    return LoneSpans(path, scratch, crew, seen) if _is_lone(first) else None


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(parse_json(line), dict)
    except InputError:
        return False


def _is_lone(line: bytes) -> bool:
    try:
        return is_lone_span(parse_json(line))
    except InputError:
        return False
