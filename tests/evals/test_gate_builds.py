"""The gate on real builds: AG2 runs of two models and three builds, paired by task, clustered."""

import csv
import gzip
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from fleet.domain.trust import GateOutcome
from fleet.release_gate import decide
from fleet.release_gate.policy import DimensionRule, GatePolicy
from tests.support.verdicts import NOW

RUNS = Path(__file__).resolve().parents[3] / "shared" / "data" / "mast_ag2" / "runs.csv.gz"
pytestmark = pytest.mark.skipif(not RUNS.exists(), reason="public data is not beside the checkout")

RULE = DimensionRule(promote_bar=0.80, rollback_floor=0.60, critical=True, max_regression=0.02)
POLICY = GatePolicy(alpha=0.05, dimensions={"task_success": RULE})


def builds() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(RUNS, "rt", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            found[row["config"]].append(
                {
                    "run_id": f"{number}",
                    "artifact": "ag2",
                    "version": row["config"],
                    "scenario_id": row["instance_id"],
                    "task_success": float(row["correct"] == "True"),
                    "created_at": "2026-01-01T00:00:00Z",
                }
            )
    return found


# candidate, baseline, McNemar z clustered by task (from the data card), what the gate says
PAIRS = [
    ("gpt-4_impr_prompt_orig_topology", "gpt-4_orig_prompt_orig_topology", "+3.05", "PROMOTE"),
    ("gpt-4_impr_prompt_impr_topology", "gpt-4_impr_prompt_orig_topology", "-2.92", "HOLD"),
    ("gpt-4o_impr_prompt_orig_topology", "gpt-4o_orig_prompt_orig_topology", "+2.11", "PROMOTE"),
    ("gpt-4o_impr_prompt_impr_topology", "gpt-4o_orig_prompt_orig_topology", "+2.60", "PROMOTE"),
]


@pytest.mark.parametrize(("candidate", "baseline", "z", "outcome"), PAIRS)
def test_separates_real_builds_by_paired_tasks(
    candidate: str, baseline: str, z: str, outcome: str
) -> None:
    windows = builds()
    decision = decide(windows[candidate], POLICY, now=NOW, baseline=windows[baseline])
    assert decision.comparison is not None
    difference = decision.comparison.differences[0]
    print(
        f"{candidate} against {baseline}: {decision.outcome} "
        f"{difference.estimate:+.3f} ({difference.lower:+.3f} to {difference.upper:+.3f}), "
        f"{difference.pairs} tasks, McNemar z {z}"
    )
    assert decision.outcome is GateOutcome(outcome)
    assert difference.pairs >= 195
