"""Traces from files: JSON lines, JSON documents, CLEAR's tables, each also gzipped, or a folder.

Bounded memory: lines and the elements of large documents are found first and read one at a time.
Spans that stand alone are put together by their trace id in a second pass. What cannot be read is
counted and named; a file of which nothing could be read is an InputError.
"""

import csv
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from fleet.adapters.id_set import IdSet
from fleet.adapters.open_runs import OpenRuns, code_of
from fleet.adapters.trace_records import Records, open_records, parse_json
from fleet.errors import InputError
from fleet.traces.model import Trajectory
from fleet.traces.read import lone_trace_id, read_value, span_trace_ids
from fleet.traces.read_parts import Fragment, join

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv")
KEPT_PROBLEMS = 1_000
MAX_STEPS = 50_000  # records of one run; all its steps are in memory at once
CACHED_RECORDS = 4  # parsed records kept in the second pass; spans of a trace lie together
CUT = "the file is cut short"
CSV_FIELD_LIMIT = 16_777_216  # characters of one cell


@dataclass(frozen=True, slots=True)
class Problem:
    """One record that could not be read: where (from 1), and why."""

    file: str
    line: int
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"file": self.file, "line": self.line, "reason": self.reason}


class RunSource(Protocol):
    """Finished runs from anywhere; the counts are complete once `runs` is exhausted."""

    files: int
    rejected: int
    repeated: int
    problems: list[Problem]

    def runs(self) -> Iterator[Trajectory]:
        """Yield every run once."""


@dataclass(slots=True)
class TraceFiles:
    """The traces under one path. Iterate `runs()`; the counts are complete afterwards."""

    path: Path
    wanted: str = "auto"
    problems: list[Problem] = field(default_factory=list)
    rejected: int = 0
    files: int = 0
    repeated: int = 0
    seen: IdSet = field(default_factory=IdSet)  # the ids of earlier files, and of whole records

    def runs(self) -> Iterator[Trajectory]:
        """Yield every run once; raises InputError when nothing at all could be read."""
        found = 0
        chosen = chosen_files(self.path)
        for file, name in chosen:
            self.files += 1
            try:
                for run in self.runs_of(file, name, last=self.files == len(chosen)):
                    found += 1
                    yield run
            except InputError as error:
                if len(chosen) == 1:
                    raise
                self.reject(name, 0, str(error))
        if not found:
            raise self.nothing()

    def nothing(self) -> InputError:
        """Return the error that nothing at all could be read."""
        first = f": {self.problems[0].reason}" if self.problems else ""
        return InputError(f"{self.path} holds no trace that could be read{first}")

    def runs_of(
        self, file: Path, name: str, *, last: bool, torn: bool = False, lined: bool = False
    ) -> Iterator[Trajectory]:
        """Yield the runs of one file, `name` is what it is called in problems and ids.

        `torn` says that it was unpacked from a file that is cut short, `lined` that each of its
        lines is a record.
        """
        with tempfile.TemporaryDirectory(prefix="fleet-traces-") as scratch:
            if is_table(name):
                yield from self._rows(file, name)
                return
            with open_records(file, Path(scratch), lined=lined) as records:
                yield from self._records(records, name, last=last)
                if records.cut or torn:
                    self.reject(name, len(records) + 1, CUT)

    def _rows(self, file: Path, name: str) -> Iterator[Trajectory]:
        """Read a table of CLEAR's: one model call a row, the rows of one task a run."""
        csv.field_size_limit(CSV_FIELD_LIMIT)
        runs: dict[str, list[Fragment]] = {}
        try:
            with file.open(encoding="utf-8-sig", newline="") as opened:
                for number, row in enumerate(csv.DictReader(opened), start=1):
                    for fragment in self._fragments(row, name, number):
                        runs.setdefault(fragment.trace_id or name, []).append(fragment)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f"{file} is not a CSV table in UTF-8: {error}") from None
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror}") from None
        for trace_id, fragments in runs.items():
            yield self._once(join(fragments, trace_id), f"{name}#1")

    def _records(self, records: Records, name: str, *, last: bool) -> Iterator[Trajectory]:
        """Yield whole runs as they come; spans on their own when all records were seen."""
        parts = OpenRuns()
        for number in range(1, len(records) + 1):
            value = self._value(records, number, name)
            if value is None:
                continue
            own = f"{name}#{number}"
            lone = lone_trace_id(value, self.wanted)
            known = [lone] if lone is not None else span_trace_ids(value, self.wanted)
            if known is not None:
                for trace_id in known:
                    parts.add(trace_id or own, number)
                continue
            whole = 0
            for fragment in self._fragments(value, name, number):
                if fragment.complete:
                    whole += 1
                    fallback = own if whole == 1 else f"{own}.{whole}"
                    yield self._once(join([fragment], fragment.trace_id or fallback), fallback)
                else:
                    parts.add(fragment.trace_id or own, number)
        for run, place in self._joined(records, parts, name):
            # The runs of one file are told apart already; only another file can name them again.
            yield self._once(run, place, keep=not last)

    def _joined(
        self, records: Records, parts: OpenRuns, name: str
    ) -> Iterator[tuple[Trajectory, str]]:
        cache: OrderedDict[int, dict[str, list[Fragment]]] = OrderedDict()
        for code, numbers in parts.groups():
            found: dict[str, list[Fragment]] = {}
            for number in numbers[:MAX_STEPS]:
                if number not in cache:
                    cache[number] = _by_trace(records.load(number), f"{name}#{number}", self.wanted)
                    if len(cache) > CACHED_RECORDS:
                        cache.popitem(last=False)
                for trace_id, fragments in cache[number].items():
                    if code_of(trace_id) == code:
                        found.setdefault(trace_id, []).extend(fragments)
            for trace_id, fragments in found.items():
                run = join(fragments, trace_id)
                if len(numbers) > MAX_STEPS:
                    note = f"only {MAX_STEPS} of {len(numbers)} spans are read"
                    run = replace(run, odd=(*run.odd, note))
                yield run, f"{name}#{numbers[0]}"

    def _value(self, records: Records, number: int, name: str) -> Any:
        try:
            return records.load(number)
        except InputError as error:
            self.reject(name, number, str(error))
            return None

    def _fragments(self, value: Any, name: str, number: int) -> list[Fragment]:
        try:
            return read_value(value, self.wanted)
        except InputError as error:
            self.reject(name, number, str(error))
        except RecursionError:
            self.reject(name, number, "is nested too deep")
        return []

    def _once(self, run: Trajectory, place: str, *, keep: bool = True) -> Trajectory:
        """Give a second run of the same id the id of its place, and say so."""
        if self.seen.add(run.id) if keep else run.id not in self.seen:
            return run
        self.repeated += 1
        self.seen.add(place)
        return replace(run, id=place, odd=(*run.odd, f"trace id {run.id!r} comes twice"))

    def reject(self, name: str, number: int, reason: str) -> None:
        """Count a record that could not be read, and keep why while there are few."""
        self.rejected += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(Problem(name, number, reason))


def _by_trace(value: Any, fallback: str, wanted: str) -> dict[str, list[Fragment]]:
    grouped: dict[str, list[Fragment]] = {}
    for fragment in read_value(value, wanted):
        if not fragment.complete:
            grouped.setdefault(fragment.trace_id or fallback, []).append(fragment)
    return grouped


def chosen_files(path: Path) -> list[tuple[Path, str]]:
    """Return the files to read, each with its name: relative to the folder given."""
    if not path.exists():
        raise InputError(f"{path} does not exist: check the path")
    if not path.is_dir():
        return [(path, path.name)]
    found = [
        file
        for file in sorted(path.rglob("*"))
        if file.is_file() and _stem(file.name).endswith(SUFFIXES) and not file.name.startswith(".")
    ]
    if not found:
        raise InputError(f"{path} holds no {', '.join(SUFFIXES)} file (or one of them with .gz)")
    return [(file, file.relative_to(path).as_posix()) for file in found]


def is_table(name: str) -> bool:
    """Whether a file is one of CLEAR's tables, by its name."""
    return _stem(name).endswith(".csv")


def _stem(name: str) -> str:
    return name.lower().removesuffix(".gz")


__all__ = ["Problem", "RunSource", "TraceFiles", "parse_json"]
