"""A path passes by the lower bound of its cases; crashes, NaN and absent evidence never pass."""

import math
from typing import Any

import pytest

from fleet.evaluation.harness import (
    CaseResult,
    HarnessPolicy,
    PathRun,
    committed,
    failing_cells,
    report_path,
    stale,
    verdict_record,
)

POLICY = HarnessPolicy(
    cell_bar=0.7, bar=0.8, min_cases=20, named_share=0.5, plain_chars=25, alike=0.95
)


def path(good: int, bad: int = 0, *more: CaseResult, **changes: Any) -> PathRun:
    results = [CaseResult(id=f"g{n}", cells={"a": 1.0, "b": 0.7}) for n in range(good)]
    results += [CaseResult(id=f"b{n}", cells={"a": 1.0, "b": 0.69}) for n in range(bad)]
    given = {"prompt": "p", "prompt_digest": "d", "golden_digest": "g", "engine": "rules"}
    return PathRun(results=[*results, *more], **(given | changes))


@pytest.mark.parametrize(
    ("good", "bad", "lower", "state"),
    [
        (20, 0, 0.8389, "PASS"),
        (19, 1, 0.7639, "FAIL"),  # 95 % of the cases, and still not shown to reach 80 %
        (24, 0, 0.862, "PASS"),
        (23, 1, 0.7976, "FAIL"),
        (24, 1, 0.8046, "PASS"),
        (19, 0, 0.8318, "FAIL"),  # the bound would do, but a set has at least twenty cases
        (0, 20, 0.0, "FAIL"),
    ],
)
def test_the_lower_bound_decides(good: int, bad: int, lower: float, state: str) -> None:
    report = report_path(path(good, bad), POLICY)
    assert (report["n"], report["passed"]) == (good + bad, good)
    assert (report["lower"], report["state"]) == (lower, state)
    assert [item for item in report["failing"] if item["id"] != "(path)"] == [
        {"id": f"b{n}", "cells": ["b"]} for n in range(bad)
    ]


def test_no_case_is_no_number_and_no_pass() -> None:
    report = report_path(path(0, golden_digest=None, faults=("has no golden set",)), POLICY)
    assert (report["rate"], report["lower"], report["upper"]) == (None, None, None)
    assert report["state"] == "FAIL"
    assert report["failing"] == [
        {"id": "(path)", "cells": ["has no golden set", "0 cases, at least 20 are needed"]}
    ]


def test_a_fault_of_the_path_outweighs_perfect_cases() -> None:
    report = report_path(path(30, faults=("changed since its last passing report",)), POLICY)
    assert (report["passed"], report["state"]) == (30, "FAIL")


def test_a_crash_fails_every_cell_that_the_path_has() -> None:
    crashed = CaseResult(id="x", error="ValueError: boom")
    report = report_path(path(25, 0, crashed), POLICY)
    assert report["failing"] == [
        {"id": "x", "cells": ["crash", "a", "b"], "error": "ValueError: boom"}
    ]
    assert report["cells"] == {"a": {"n": 26, "passed": 25}, "b": {"n": 26, "passed": 25}}


def test_a_number_that_is_none_and_a_case_without_cells_do_not_pass() -> None:
    assert failing_cells(CaseResult(id="x", cells={"a": math.nan}), ["a"], 0.7) == ["a"]
    assert failing_cells(CaseResult(id="x"), ["a"], 0.7) == ["no cell"]


def test_a_report_covers_the_very_files_it_was_made_from() -> None:
    kept = committed([report_path(path(30), POLICY)])
    assert stale(kept, {"p": ("d", "g")}, POLICY) == {}
    assert stale(kept, {"p": ("e", "g")}, POLICY) == {"p": "changed since its last passing report"}
    changed = stale(kept, {"p": ("d", "h")}, POLICY)
    assert changed == {"p": "has a golden set that changed since its last passing report"}
    assert stale(kept, {"p": ("d", None)}, POLICY) == {"p": "has no golden set"}
    assert stale(kept, {"p": ("d", "g"), "q": ("x", "y")}, POLICY) == {"q": "has no report"}
    assert stale(kept, {}, POLICY) == {"p": "is reported, but has no prompt file"}


@pytest.mark.parametrize(
    "forged",
    [
        {"passed": 20}, {"passed": 31}, {"passed": -1}, {"n": None}, {"passed": "30"},
        {"passed": 10, "n": 10}, {"state": "FAIL"},
    ],
)  # fmt: skip
def test_a_report_that_does_not_add_up_covers_nothing(forged: dict[str, Any]) -> None:
    kept = committed([report_path(path(30), POLICY)])
    kept["p"] |= forged
    assert set(stale(kept, {"p": ("d", "g")}, POLICY)) == {"p"}


@pytest.mark.parametrize(
    ("result", "success", "safe", "cells"),
    [
        (CaseResult(id="x", cells={"a": 1.0, "b": 1.0}, tags=("happy",)), 1.0, None, []),
        (CaseResult(id="x", cells={"a": 0.0, "b": 1.0}, tags=("hostile",)), 0.5, False, ["a"]),
        (CaseResult(id="x", cells={"a": 1.0}, tags=("edge", "hostile")), 1.0, True, []),
        (CaseResult(id="x", error="boom"), 0.0, None, ["crash", "a", "b"]),
    ],
)
def test_a_case_becomes_a_verdict(
    result: CaseResult, success: float, safe: bool | None, cells: list[str]
) -> None:
    report = report_path(path(20, 0, result), POLICY)
    record = verdict_record(
        report, result, run_id="r", cell_bar=0.7, policy_digest="pd", created_at="2026-11-25",
    )  # fmt: skip
    assert record == {
        "run_id": "r:x", "artifact": "p", "version": "d", "scenario_id": "x",
        "stratum": result.tags[0] if result.tags else None, "task_success": success,
        "context_preserved": None, "latency_ms": None, "safety_pass": safe,
        "evidence_coverage": None, "error": result.error, "policy_digest": "pd",
        "failing_cells": cells, "engine": "rules", "created_at": "2026-11-25",
    }  # fmt: skip
