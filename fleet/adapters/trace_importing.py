"""Brings the traces under one path into the store: the fast way where it can, the readers' else."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from fleet.adapters.crew import Crew, hands_for
from fleet.adapters.store.trace_import import batches, import_batch, import_raw
from fleet.adapters.store.trace_raw import RawTrace
from fleet.adapters.trace_files import Problem, TraceFiles
from fleet.adapters.trace_ways import fast_way
from fleet.errors import InputError
from fleet.ports import Store
from fleet.traces.model import Trajectory

SPANS_A_BATCH = 20_000
LINES_A_BATCH = 1_000
SAID_EVERY = 100_000  # spans between two lines of progress
KINDS = 500  # kinds of oddity listed; the rest is summed in one entry
PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\bspan \S+|\d+")


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

    def noted(self, runs: Iterator[Trajectory]) -> Iterator[Trajectory]:
        """Take note of what was strange in each run that comes by."""
        for run in runs:
            self.note((run.odd,))
            yield run

    def note(self, notes: Iterable[Sequence[str]]) -> None:
        """Count what was strange in runs, by kind: ids and numbers are left out."""
        for odd in notes:
            for kind in {PARTICULAR.sub("…", note) for note in odd}:
                self.odd[kind if kind in self.odd or len(self.odd) < KINDS else "(others)"] += 1


def import_path(
    store: Store, path: Path, wanted: str, say: Callable[[str], None], *, hands: int | None = None
) -> Imported:
    """Import a file or a folder; raises InputError when nothing in it could be read.

    `hands` is how many other processes may help; by itself a large file has as many as it is worth.
    """
    done = Imported(say)
    if path.is_file() and hands is None:
        hands = hands_for(path.stat().st_size)
    with tempfile.TemporaryDirectory(prefix="fleet-traces-") as scratch, Crew(hands or 0) as crew:
        way = fast_way(path, wanted, Path(scratch), crew)
        if way is None:
            _read(store, path, wanted, done)
            return done
        again = Path(scratch) / "again" / path.name
        _bulk(store, way.whole(), done, again)
        if way.left and done.counts:
            _rest(store, way.rest, wanted, done)
        elif way.left or not done.counts:
            _read(store, path, wanted, done)  # nothing went the fast way: errors name this file
        if again.exists():
            _read(store, again, wanted, done)
    return done


def _bulk(store: Store, whole: Iterator[RawTrace], done: Imported, again: Path) -> None:
    """Read and look at the next lines while the last ones are written."""
    waiting: Future[tuple[dict[str, int], list[RawTrace]]] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="trace-writer") as writer:
        while batch := list(islice(whole, LINES_A_BATCH)):
            done.note(raw.odd for raw in batch)
            _take(waiting, done, again)
            waiting = writer.submit(import_raw, store, batch)
        _take(waiting, done, again)


def _take(waiting: "Future[Any] | None", done: Imported, again: Path) -> None:
    if waiting is None:
        return
    counts, left = waiting.result()
    done.add(counts)
    if left:
        again.parent.mkdir(exist_ok=True)
        with again.open("ab") as file:
            file.writelines(raw.document.replace(b"\n", b" ") + b"\n" for raw in left)


def _rest(store: Store, rest: Path, wanted: str, done: Imported) -> None:
    """Read what was left; that nothing of it is a trace is no error, since others came in."""
    try:
        _read(store, rest, wanted, done)
    except InputError as error:
        if not done.problems:
            done.rejected += 1
            done.problems.append(Problem(rest.name, 0, str(error).replace(str(rest), rest.name)))


def _read(store: Store, path: Path, wanted: str, done: Imported) -> None:
    source = TraceFiles(path, wanted)
    try:
        for batch in batches(done.noted(source.runs()), SPANS_A_BATCH):
            done.add(import_batch(store, batch))
    finally:
        done.rejected += source.rejected
        done.problems += source.problems
