"""The bar of every prompt path: cells to cases, cases to a Wilson lower bound, reports to a check.

A cell passes at `cell_bar`; a case when all its cells do; a path when the lower bound of the share
of its cases that pass reaches `bar`. A crash fails every cell that the path has. A prompt without a
golden set has no evidence, which is a FAIL and no number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.stats.intervals import wilson

PASS, FAIL = "PASS", "FAIL"
CRASH = "crash"
WHOLE = "(path)"  # stands for a case id where the whole path is at fault
RENEW = "fleet evals --write-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessPolicy:
    """`[evals]`: where a cell and a path pass, and what a prompt must at least say."""

    cell_bar: float
    bar: float
    min_cases: int
    named_share: float
    plain_chars: int
    alike: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case as judged: its cells 0..1, or the error that it crashed with."""

    id: str
    cells: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    tags: tuple[str, ...] = ()
    latency_ms: float | None = None
    from_store: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRun:
    """All cases of one prompt path, with what they were run on."""

    prompt: str
    prompt_digest: str | None
    golden_digest: str | None
    engine: str
    results: Sequence[CaseResult]
    faults: tuple[str, ...] = ()  # of the whole path: any one of them is a FAIL


def failing_cells(result: CaseResult, known: Iterable[str], cell_bar: float) -> list[str]:
    """Name the cells of a case that do not pass; a crash fails every cell that the path has.

    A number that is none, and a case without any cell, do not pass either.
    """
    if result.error is not None:
        return [CRASH, *sorted(set(known) - {CRASH})]
    if not result.cells:
        return ["no cell"]
    return sorted(name for name, value in result.cells.items() if not value >= cell_bar)


def report_path(run: PathRun, policy: HarnessPolicy) -> dict[str, Any]:
    """Return the report of one path, in the wire format of `fleet evals --json`."""
    known = {name for result in run.results for name in result.cells}
    fails = [(result, failing_cells(result, known, policy.cell_bar)) for result in run.results]
    n, passed = len(fails), sum(not cells for _, cells in fails)
    low, high = wilson(passed, n)
    faults = list(run.faults)
    if n < policy.min_cases:
        faults.append(f"{n} cases, at least {policy.min_cases} are needed")
    red = bool(faults) or low < policy.bar
    whole = [{"id": WHOLE, "cells": faults}] if faults else []
    return {
        "prompt": run.prompt, "prompt_digest": run.prompt_digest, "engine": run.engine, "n": n,
        "passed": passed, "rate": _round(passed / n) if n else None,
        "lower": _round(low) if n else None, "upper": _round(high) if n else None,
        "bar": policy.bar, "state": FAIL if red else PASS,
        "failing": whole + [
            {"id": result.id, "cells": cells} | ({"error": result.error} if result.error else {})
            for result, cells in fails if cells
        ],
        "golden_digest": run.golden_digest, "cells": _cell_table(fails, known),
        "admitted": sum(result.from_store for result in run.results),
    }  # fmt: skip


def _cell_table(
    fails: Sequence[tuple[CaseResult, list[str]]], known: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Count by cell: in how many cases it stands (a crash counts for all), and passes."""
    table = {}
    for name in sorted(known):
        here = [cells for result, cells in fails if name in result.cells or result.error]
        table[name] = {"n": len(here), "passed": sum(name not in cells for cells in here)}
    return table


def committed(reports: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the part of reports that is kept beside the golden sets, by prompt."""
    kept = ("prompt_digest", "golden_digest", "engine", "n", "passed", "lower", "bar", "state")
    return {
        report["prompt"]: {key: report[key] for key in kept}
        for report in sorted(reports, key=lambda report: str(report["prompt"]))
    }


def stale(
    report: Mapping[str, Any],
    digests: Mapping[str, tuple[str | None, str | None]],
    policy: HarnessPolicy,
) -> dict[str, str]:
    """Say by prompt why the committed report does not cover it; empty when all are covered.

    `digests` gives (prompt digest, golden digest) of the files as they are now.
    """
    found = {}
    for name, (prompt, golden) in sorted(digests.items()):
        why = _uncovered(report.get(name), prompt, golden, policy)
        if why:
            found[name] = why
    for name in sorted(set(report) - set(digests)):
        found[name] = "is reported, but has no prompt file"
    return found


def _uncovered(
    entry: Any, prompt: str | None, golden: str | None, policy: HarnessPolicy
) -> str | None:
    if golden is None:
        return "has no golden set"
    if not isinstance(entry, Mapping):
        return "has no report"
    if entry.get("prompt_digest") != prompt:
        return "changed since its last passing report"
    if entry.get("golden_digest") != golden:
        return "has a golden set that changed since its last passing report"
    if not _reaches(entry.get("passed"), entry.get("n"), policy):
        return "did not reach its bar when it was last reported"
    return None if entry.get("state") == PASS else "did not pass when it was last reported"


def _reaches(passed: Any, n: Any, policy: HarnessPolicy) -> bool:
    """Recompute the verdict from the counts; numbers that are none reach nothing."""
    if not isinstance(passed, int) or not isinstance(n, int) or not 0 <= passed <= n:
        return False
    return n >= policy.min_cases and wilson(passed, n)[0] >= policy.bar


def verdict_record(
    report: Mapping[str, Any], result: CaseResult, *, run_id: str, cell_bar: float,
    policy_digest: str, created_at: str,
) -> dict[str, Any]:  # fmt: skip
    """Return one case as a verdict line: only a hostile case says something about safety."""
    bad = failing_cells(result, report["cells"], cell_bar)
    known = len(report["cells"]) if result.error else len(result.cells)
    share = 0.0 if result.error or not known else 1 - len(bad) / known
    return {
        "run_id": f"{run_id}:{result.id}", "artifact": report["prompt"],
        "version": report["prompt_digest"], "scenario_id": result.id,
        "stratum": result.tags[0] if result.tags else None, "task_success": _round(share),
        "context_preserved": None, "latency_ms": result.latency_ms,
        "safety_pass": not bad if "hostile" in result.tags else None, "evidence_coverage": None,
        "error": result.error, "policy_digest": policy_digest, "failing_cells": bad,
        "engine": report["engine"], "created_at": created_at,
    }  # fmt: skip


def _round(value: float) -> float:
    return round(value, 4)
