"""What the page of the evals shows: each path by rule as of now, and as a model last did."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fleet.adapters import golden
from fleet.adapters.store import eval_cases
from fleet.evaluation.harness import FAIL, PASS, stale
from fleet.runtime import evals
from fleet.runtime.eval_store import admitted_cases
from fleet.runtime.fleet import Fleet
from fleet.stats.intervals import wilson


def path_names() -> list[str]:
    """Name every prompt path, whoever answered it or did not."""
    return evals.path_names()


def state_key(fleet: Fleet) -> str:
    """Return what the results by rule depend on: files and admitted cases."""
    admitted = [row["id"] for row in eval_cases.list_cases(fleet.store, eval_cases.ADMITTED)]
    return json.dumps([golden.digests(), golden.read_report(), admitted], sort_keys=True)


def rule_reports(fleet: Fleet) -> list[dict[str, Any]]:
    """Run every path by rule, admitted cases with it; about a second."""
    cases = admitted_cases(fleet.store, fleet.settings, fleet.clock.now())
    runs = evals.run_paths(fleet.policies, evals.Engine(), admitted=cases.by_path)
    return [report for _, report in runs]


def model_reports(fleet: Fleet) -> list[dict[str, Any]]:
    """Return the newest recorded run of each path that a model answered, in the same form."""
    policy = evals.harness_policy(fleet.policies)
    found = []
    for name in evals.path_names():
        rows = eval_cases.newest_run(fleet.store, name, (evals.GATEWAY, evals.TRANSCRIPT))
        if rows:
            found.append(_recorded(name, rows, policy.bar, policy.min_cases))
    return found


def _recorded(
    name: str, rows: Sequence[Mapping[str, Any]], bar: float, min_cases: int
) -> dict[str, Any]:
    failing = [
        {"id": row["scenario_id"], "cells": row["failing_cells"]}
        | ({"error": row["error"]} if row["error"] else {})
        for row in rows if row["failing_cells"]
    ]  # fmt: skip
    n, passed = len(rows), len(rows) - len(failing)
    low, high = wilson(passed, n)
    digest = rows[0]["version"]
    now = golden.prompt_version(name)
    old = [{"id": "(path)", "cells": ["answered another version of the prompt"]}]
    reaches = n >= min_cases and low >= bar and digest == now
    return {
        "prompt": name, "prompt_digest": digest, "engine": rows[0]["engine"], "n": n,
        "passed": passed, "rate": passed / n, "lower": round(low, 4), "upper": round(high, 4),
        "bar": bar,
        "state": PASS if reaches else FAIL, "failing": (old if digest != now else []) + failing,
        "golden_digest": None, "cells": {}, "admitted": 0, "at": rows[0]["created_at"],
    }  # fmt: skip


def uncovered(fleet: Fleet) -> dict[str, str]:
    """Say by prompt why the committed report does not cover it."""
    policy = evals.harness_policy(fleet.policies)
    return stale(golden.read_report(), golden.digests(), policy)
