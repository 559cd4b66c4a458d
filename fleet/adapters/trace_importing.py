"""Brings the traces under one path into the store: the fast way where it can, the readers' else."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fleet.adapters.crew import Crew, hands_for
from fleet.adapters.store.trace_import import TRACES_A_BATCH, import_batch, import_raw
from fleet.adapters.store.trace_raw import RawTrace
from fleet.adapters.store.trace_rows import clean
from fleet.adapters.trace_files import CUT, Problem, TraceFiles, chosen_files, is_table
from fleet.adapters.trace_records import unpacked
from fleet.adapters.trace_ways import FastWay, fast_way
from fleet.errors import InputError
from fleet.ports import Store
from fleet.traces.model import Trajectory

SPANS_A_BATCH = 20_000
LINES_A_BATCH = 1_000
SAID_EVERY = 100_000  # spans between two lines of progress
NAME_CHARS = 120  # of the file's or folder's name that each run keeps
KINDS = 500  # kinds of oddity listed; the rest is summed in one entry
OFTEN = re.compile(r" \(\d+ times\)$")
ONE_SPAN = re.compile(r"^span \S+")
PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")


def _kind(note: str) -> str:
    """Return an oddity without what is particular about it: ids, names, numbers, how often.

    >>> _kind("span 0a1 ends before it starts"), _kind("a span has no id (3 times)")
    ('a span ends before it starts', 'a span has no id')
    """
    return PARTICULAR.sub("…", ONE_SPAN.sub("a span", OFTEN.sub("", note)))


@dataclass(slots=True)
class Imported:
    """What came in, and what was strange; `say` hears of progress."""

    say: Callable[[str], None]
    counts: "Counter[str]" = field(default_factory=Counter)
    odd: "Counter[str]" = field(default_factory=Counter)
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    _said: int = 0

    def add(self, counts: dict[str, int]) -> None:
        """Add one batch's counts, and tell how far it is from time to time."""
        self.counts.update(counts)
        if self.counts["spans"] - self._said >= SAID_EVERY:
            self._said = self.counts["spans"]
            self.say(f"{self._said} spans of {self.counts['traces']} traces imported")

    def note(self, notes: Iterable[Sequence[str]]) -> None:
        """Count what was strange in runs, by kind: ids and numbers are left out."""
        for odd in notes:
            for kind in set(map(_kind, odd)):
                self.odd[kind if kind in self.odd or len(self.odd) < KINDS else "(others)"] += 1


def import_path(
    store: Store, path: Path, wanted: str, say: Callable[[str], None], *, hands: int | None = None
) -> Imported:
    """Import a file or a folder; raises InputError when nothing in it could be read.

    `hands` is how many other processes may help; by itself a large file has as many as it is worth.
    """
    done = Imported(say)
    source = TraceFiles(path, wanted)
    with (
        tempfile.TemporaryDirectory(prefix="fleet-traces-") as scratch,
        ThreadPoolExecutor(1, thread_name_prefix="trace-writer") as writer,
    ):
        _Import(store, source, done, Path(scratch), writer, hands).run()
    return done


@dataclass(slots=True)
class _Import:
    """One import: what is read and not written yet, whatever file it is from.

    The last traces are written while the next ones are read; of all that is written at once there
    is one writer.
    """

    store: Store
    source: TraceFiles
    done: Imported
    scratch: Path
    writer: ThreadPoolExecutor
    hands: int | None
    found: int = 0
    _raws: list[RawTrace] = field(default_factory=list)
    _runs: list[Trajectory] = field(default_factory=list)
    _steps: int = 0
    _waiting: "Future[tuple[dict[str, int], list[RawTrace]]] | None" = None

    def run(self) -> None:
        """Import every file."""
        chosen = chosen_files(self.source.path)
        try:
            for place, (file, name) in enumerate(chosen, start=1):
                try:
                    self._file(file, name, last=place == len(chosen))
                except InputError as error:
                    if len(chosen) == 1:
                        raise
                    self.source.reject(name, 0, str(error))
            self._write_raws()
            self._write_runs()
            self._read_again()
        finally:
            self.done.rejected += self.source.rejected
            self.done.problems += self.source.problems
        if not self.found:
            raise self.source.nothing()

    def _file(self, file: Path, name: str, *, last: bool) -> None:
        if is_table(name):
            self._read(self.source.runs_of(file, name, last=last))
            return
        with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
            plain, torn = unpacked(file, Path(scratch))
            hands = hands_for(plain.stat().st_size) if self.hands is None else self.hands
            (rests := Path(scratch) / "rest").mkdir()
            with Crew(hands) as crew:
                way = fast_way(plain, self.source.wanted, rests, crew, self.source.seen)
                taken = self._take(way) if way else 0
            if way is None or not taken:  # errors name this file
                self._read(self.source.runs_of(plain, name, last=last, torn=torn))
                return
            torn = torn and way.cut_at is None  # it is said once
            if way.left or torn:
                self._rest(way.rest, name, last=last, torn=torn)
            if way.cut_at is not None:
                self.source.reject(name, way.cut_at, CUT)
            if not last:
                self.source.seen.merge(way.ids)

    def _take(self, way: FastWay) -> int:
        taken = 0
        for raw in way.whole():
            taken += 1
            self._raws.append(raw)
            if len(self._raws) == LINES_A_BATCH:
                self._write_raws()
        return taken

    def _rest(self, rest: Path, name: str, *, last: bool, torn: bool) -> None:
        """Read what was left; that nothing of it is a trace is no error, since others came in."""
        self._write_raws()  # late spans of a trace are joined to it
        try:
            self._read(self.source.runs_of(rest, name, last=last, torn=torn, lined=True))
        except InputError as error:
            self.source.reject(name, 0, str(error).replace(str(rest), name))

    def _read(self, runs: Iterable[Trajectory]) -> None:
        for run in runs:
            self._runs.append(run)
            self._steps += len(run.steps)
            if self._steps >= SPANS_A_BATCH or len(self._runs) == TRACES_A_BATCH:
                self._write_runs()

    def _write_raws(self) -> None:
        self._wait()
        if self._raws:
            batch, self._raws = self._raws, []
            self.found += len(batch)
            self.done.note(raw.odd for raw in batch)
            self._waiting = self.writer.submit(import_raw, self.store, batch, self._name)

    def _write_runs(self) -> None:
        self._wait()
        if self._runs:
            batch, self._runs, self._steps = self._runs, [], 0
            self.found += len(batch)
            self.done.note(run.odd for run in batch)
            self.done.add(import_batch(self.store, batch, self._name))

    def _wait(self) -> None:
        """Wait for what is being written; what the store knows otherwise is read again."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        counts, left = waiting.result()
        self.done.add(counts)
        if left:
            with self._again.open("ab") as file:
                file.writelines(raw.document.replace(b"\n", b" ") + b"\n" for raw in left)

    @property
    def _name(self) -> str:
        """Return what this import was given, by which its runs can be looked at."""
        return (clean(self.source.path.resolve().name) or "")[:NAME_CHARS]

    @property
    def _again(self) -> Path:
        return self.scratch / "again.jsonl"

    def _read_again(self) -> None:
        self._wait()
        if self._again.exists():
            again = TraceFiles(self._again, self.source.wanted)
            self._read(again.runs())
            self._write_runs()
            self.done.rejected += again.rejected
            self.done.problems += again.problems
