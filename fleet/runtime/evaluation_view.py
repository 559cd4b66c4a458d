"""What the evaluation page shows: our own runs judged from the store, or a file of other traces."""

import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.adapters.evaluation_run import evaluate
from fleet.adapters.store.evidence_reads import newest_traces, people_labels, within
from fleet.adapters.store.imported import newest_imported
from fleet.adapters.store.issue_history import issue_changes
from fleet.adapters.store.whole_runs import read_runs
from fleet.adapters.trace_files import Problem, RunSource, TraceFiles
from fleet.errors import InputError
from fleet.evaluation.issue_names import NONE, IssueNames, names_of
from fleet.evaluation.policy import EvaluationPolicy
from fleet.policy import section
from fleet.traces.model import Trajectory

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

NEWEST = 300  # runs judged for one look
FEW_IMPORTED = 125  # of others, which may be long, before a person asks for more of them
MOST_IMPORTED = 1_000
SPANS = 40_000  # and the spans they may hold together
FEW_SPANS = 4_000
KEPT_STEPS = 200  # of one run
PAIRS = 20_000
BAR = 0.80  # below it a step or a node is weak


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Judged runs at three levels, in the wire forms of `fleet evaluate`.

    `runs` are the least likely to have succeeded, `steps` theirs; `pairs` are (chance of success,
    recorded outcome, task) of every run that has a label.
    """

    summary: dict[str, Any]
    issues: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    steps: dict[str, list[dict[str, Any]]]
    pairs: list[tuple[float, int, str]]


@dataclass(slots=True)
class StoredRuns:
    """Runs of the store, read once, as a source for `evaluate`."""

    kept: Iterator[Trajectory]
    files: int = 0
    rejected: int = 0
    repeated: int = 0
    problems: list[Problem] = field(default_factory=list)

    def runs(self) -> Iterator[Trajectory]:
        """Yield every run once."""
        return self.kept


def evaluation_policy(fleet: "Fleet") -> EvaluationPolicy:
    """Return `[evaluation]` of the fleet's policies."""
    return section(fleet.policies, "evaluation", EvaluationPolicy)


def own_rows(
    fleet: "Fleet", graph: str | None, *, played: bool | None = None
) -> list[dict[str, Any]]:
    """Return the trace rows to judge: the newest, of one graph or of all.

    With `played` those of simulated versions only, or without them.
    """
    return newest_traces(fleet.store, graph, NEWEST, SPANS, played=played)


def imported_rows(
    fleet: "Fleet", file: str | None, graph: str | None, *, most: bool = False
) -> list[dict[str, Any]]:
    """Return the trace rows of others to judge: the newest, of one file and one graph or of all.

    They are few, so that the page opens at once; with `most` they are as many as one look takes.
    """
    n, spans = (MOST_IMPORTED, SPANS) if most else (FEW_IMPORTED, FEW_SPANS)
    return within(newest_imported(fleet.store, file, n, graph), spans)


def own_labels(fleet: "Fleet", rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return what people's decisions say of these runs, by run id."""
    return people_labels(fleet.store, (row["run_id"] for row in rows))


def judge_own(
    fleet: "Fleet", rows: Sequence[Mapping[str, Any]], labels: Mapping[str, float]
) -> Judged:
    """Judge runs of the store by structure; raises InputError when there are none."""
    if not rows:
        raise InputError("the store holds no trace: run the fleet or import traces")
    runs = read_runs(fleet.store, rows, labels)
    names = names_of(issue_changes(fleet.store))
    return _judge(StoredRuns(runs), evaluation_policy(fleet), names)


def judge_file(fleet: "Fleet", path: Path) -> Judged:
    """Judge the traces of a file as `fleet evaluate` does, without a model.

    Raises InputError when nothing in it could be read.
    """
    return _judge(TraceFiles(path), evaluation_policy(fleet))


def _judge(source: RunSource, policy: EvaluationPolicy, names: IssueNames = NONE) -> Judged:
    with tempfile.TemporaryDirectory(prefix="fleet-evaluation-") as scratch:
        out = Path(scratch)
        found = evaluate(source, policy, out, names=names)
        shown = {line["trace_id"] for line in found.worst}
        steps: dict[str, list[dict[str, Any]]] = {}
        for step in _lines(out / "steps.jsonl"):
            own = steps.setdefault(step["trace_id"], []) if step["trace_id"] in shown else None
            if own is not None and len(own) < KEPT_STEPS:
                own.append(step)
        labelled = (
            (line["success_probability"], round(line["outcome"]), line["task_id"] or "")
            for line in _lines(out / "trajectories.jsonl")
            if None not in (line["success_probability"], line["outcome"])
        )
        pairs = list(itertools.islice(labelled, PAIRS))
    return Judged(
        summary=found.summary, issues=found.issues, runs=found.worst, steps=steps, pairs=pairs
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)
