"""Evaluate the traces of a path: judged one at a time, written as they come, summed up at the end.

Two passes, because the usual length of a run is known only when all were seen: the first keeps of
each run what judging needs in a scratch file, the second judges it. Outputs appear whole or not at
all, the summary last.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson

from fleet.adapters.run_lengths import Lengths, Usual
from fleet.adapters.spool import BATCH, Spool
from fleet.adapters.trace_files import RunSource
from fleet.errors import InputError
from fleet.evaluation.issue_names import NONE, IssueNames
from fleet.evaluation.issues import IssueBook
from fleet.evaluation.judge import METHOD, TrajectoryScore, judge
from fleet.evaluation.policy import EvaluationPolicy
from fleet.evaluation.rubric import make_rubric
from fleet.evaluation.signals import measure
from fleet.evaluation.system import SystemBook
from fleet.evaluation.values import TEXT_CHARS, Criterion, Finding, Measured
from fleet.traces.model import Step, ToolCall, Trajectory

if TYPE_CHECKING:  # it stands on pydantic, which a run without a model does without
    from fleet.adapters.judge_calls import ModelJudge

LINES = ("steps.jsonl", "trajectories.jsonl")
KINDS = 1_000  # of oddities, kept apart
TASK_CHARS = 300
ODD_KINDS = 50
LISTED_PROBLEMS = 50
TOP_ISSUES = 20
WORST = 200
EVERY = 500
USUAL_TEXT = 100  # characters of a step's names and its error
SPOOLED = (Trajectory, Step, ToolCall, Measured, Finding, Criterion)
SLIM: dict[type, dict[str, Any]] = {  # judging needs only what was measured of the texts
    Step: {"input": None, "output": None, "tool_calls": ()},
    Trajectory: {"answer": None, "tools": ()},
}


@dataclass(slots=True)
class Evaluation:
    """What an evaluation found; `worst` are the wire forms of the runs that need a look first."""

    summary: dict[str, Any]
    issues: list[dict[str, Any]]
    worst: list[dict[str, Any]] = field(default_factory=list)


def evaluate(
    source: RunSource,
    policy: EvaluationPolicy,
    out: Path | None = None,
    model: "ModelJudge | None" = None,
    progress: Callable[[int], None] = lambda _: None,
    names: IssueNames = NONE,
) -> Evaluation:
    """Judge every run of `source`; with `out`, write the steps and trajectories as JSON lines.

    `names` are what people said of issues: how they are called, and which are one.

    Raises InputError when nothing could be read, or `out` cannot be written.
    """
    with ExitStack() as stack:
        spool = stack.enter_context(Spool(SPOOLED, SLIM if model is None else None))
        lengths = _first_pass(source, policy, spool, progress, whole=model is not None)
        if model is not None:
            model.ask_all(run for run, _, _ in spool)
        files = [_opened(stack, out / name) for name in LINES] if out else []
        system, issues = SystemBook(policy), IssueBook(names)
        odd: Counter[str] = Counter()
        methods: Counter[str] = Counter()
        worst: list[tuple[float, dict[str, Any]]] = []
        for run, measured, rubric in spool:
            score = judge(run, measured, rubric, lengths.usual(run), policy)
            if model is not None:
                score = model.rejudge(score, run)
            methods[score.method] += 1
            system.add(run, score, measured.signals)
            named = issues.add(run.id, score.findings, run.outcome)
            _count_kinds(odd, run.odd)
            line = _line(run, score, named)
            _keep_worst(worst, line)
            if files:
                _write(files, run, score, line)
        if out:
            for name, file in zip(LINES, files, strict=True):
                file.close()
                _partial(out / name).replace(out / name)
    found = issues.as_json()
    summary = _summary(source, policy, system, issues, found, odd)
    summary |= {"method": methods.most_common(1)[0][0], "methods": dict(methods)}
    if model is not None:
        summary["model"] = {"name": model.model, **model.tally.as_json()}
    return Evaluation(summary, found, [line for _, line in worst[:WORST]])


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; lone surrogates are written as escapes."""
    partial = _partial(path)
    try:
        partial.write_text(text, "utf-8", "backslashreplace")
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def make_folder(path: Path) -> None:
    """Make the output folder; raises InputError when that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be a folder for the report: {error.strerror}") from None


def labelled_signals(
    source: RunSource, policy: EvaluationPolicy
) -> tuple[list[Mapping[str, float | None]], list[int], list[str]]:
    """Return signals, labels (0 or 1) and tasks of the runs that carry an outcome."""
    signals: list[Mapping[str, float | None]] = []
    labels: list[int] = []
    tasks: list[str] = []
    for run in source.runs():
        if run.outcome is not None:
            signals.append(measure(run, policy.findings).signals)
            labels.append(round(run.outcome))
            tasks.append(run.task_id or run.id)
    return signals, labels, tasks


def _first_pass(
    source: RunSource, policy: EvaluationPolicy, spool: Spool,
    progress: Callable[[int], None], *, whole: bool,
) -> Usual:  # fmt: skip
    lengths = Lengths(policy.min_peers)
    for number, run in enumerate(source.runs(), start=1):
        measured = measure(run, policy.findings)
        rubric = make_rubric(run, measured)
        lengths.add(run)
        spool.add((run, measured, rubric), BATCH if whole else _weight(run))
        if number % EVERY == 0:
            progress(number)
    return lengths.medians()


def _weight(run: Trajectory) -> int:
    """Return about how many parts of usual size the slim form of a run has."""
    text = sum(len(s.name) + len(s.node or "") + len(s.error or "") for s in run.steps)
    return 1 + len(run.steps) + (text + len(run.id)) // USUAL_TEXT


def _line(run: Trajectory, score: TrajectoryScore, issues: list[str]) -> dict[str, Any]:
    return score.as_json() | {
        "issues": issues,
        "outcome": run.outcome,
        "source": run.source.value,
        "name": run.name and run.name[:TEXT_CHARS],
        "version": run.version and run.version[:TEXT_CHARS],
        "task": run.task and run.task[:TASK_CHARS],
        "task_id": run.task_id and run.task_id[:TEXT_CHARS],
        "steps": len(run.steps),
        "tokens": run.tokens,
        "cost_usd": run.cost_usd,
        "duration_ms": run.duration_ms,
        "odd": list(run.odd),
    }


def _keep_worst(worst: list[tuple[float, dict[str, Any]]], line: dict[str, Any]) -> None:
    """Keep the runs least likely to have succeeded; those not judged come first."""
    chance = line["success_probability"]
    worst.append((-1.0 if chance is None else chance, line))
    if len(worst) >= 2 * WORST:
        _cut_worst(worst)
    if len(worst) < WORST:
        worst.sort(key=lambda pair: pair[0])


def _cut_worst(worst: list[tuple[float, dict[str, Any]]]) -> None:
    worst.sort(key=lambda pair: pair[0])
    del worst[WORST:]


def _opened(stack: ExitStack, path: Path) -> IO[bytes]:
    try:
        file = _partial(path).open("wb")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    stack.callback(_partial(path).unlink, missing_ok=True)  # nothing half written stays
    return stack.enter_context(file)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _write(
    files: list[IO[bytes]], run: Trajectory, score: TrajectoryScore, line: dict[str, Any]
) -> None:
    steps, runs = files
    for step, judged in zip(run.steps, score.steps, strict=True):
        record = {
            "trace_id": run.id, "step_id": judged.step_id, "position": judged.position,
            "kind": judged.kind, "name": judged.name, "node": judged.node, "score": judged.score,
            "findings": list(judged.codes), "error": step.error, "tokens": step.tokens,
            "cost_usd": step.cost_usd, "duration_ms": step.duration_ms,
        }  # fmt: skip
        steps.write(_json_line(record))
    runs.write(_json_line(line))


def _json_line(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # a lone surrogate, or a number of more than 64 bits
        return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _summary(
    source: RunSource,
    policy: EvaluationPolicy,
    system: SystemBook,
    issues: IssueBook,
    found: list[dict[str, Any]],
    odd: Counter[str],
) -> dict[str, Any]:
    return {
        "method": METHOD,
        "calibration": {
            "fitted_on": policy.calibration.fitted_on,
            "runs": policy.calibration.runs,
        },
        **system.as_json(),
        "issues": {"n": len(found), "not_kept": issues.overflow, "top": found[:TOP_ISSUES]},
        "read": {
            "files": source.files,
            "rejected": source.rejected,
            "repeated_ids": source.repeated,
            "problems": [each.as_json() for each in source.problems[:LISTED_PROBLEMS]],
        },
        "odd": dict(odd.most_common(ODD_KINDS)),
    }


def _count_kinds(odd: Counter[str], sentences: Sequence[str]) -> None:
    for sentence in sentences:
        kind = _kind(sentence)
        odd[kind if kind in odd or len(odd) < KINDS else "(others)"] += 1


def _kind(sentence: str) -> str:
    """Name a kind of oddity: a sentence without the id it names and without its count."""
    words = sentence.partition(" (")[0].split(" ")
    if words[0] == "span" and len(words) > len(("span", "id")):
        return " ".join(["a span", *words[2:]])
    if sentence.startswith("trace id "):
        return "a trace id comes twice"
    return " ".join(words)
