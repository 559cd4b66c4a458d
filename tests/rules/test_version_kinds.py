"""A run's kind is what came in: whether a person judged the run is no difference in kind."""

import random
from typing import Any

from fleet.adapters.files import read_policies
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.version_drift import INPUT, compare_runs
from fleet.policy import section

POLICY = section(read_policies(), "monitor.drift", DriftPolicy)


def run(rng: random.Random, kind: str | None, *, is_judged: bool) -> dict[str, Any]:
    second = rng.randrange(2, 6)
    verdict = {"stratum": kind, "task_success": 1.0, "evidence_coverage": 1.0} if is_judged else {}
    return {
        "id": "t", "run_id": "r", "started_at": "2026-03-01T10:00:00Z",
        "ended_at": f"2026-03-01T10:00:0{second}Z", "spans": 9, "tokens": 0, "cost_usd": 0.0,
        "status": "ok", "path": ["screen", "score", "compose", "queue", "close"],
        "tools": ["score.keep", "draft.queue", "mail.close"], "verdict": verdict, "kind": kind,
    }  # fmt: skip


def feature(found: Any) -> dict[str, Any]:
    return next(each for each in found.features if each["name"] == INPUT)


def test_runs_that_a_machine_answered_are_no_other_input() -> None:
    rng = random.Random(1)
    reference = [run(rng, "reply", is_judged=True) for _ in range(200)]
    current = [run(rng, "reply", is_judged=n % 3 == 0) for n in range(120)]
    found = compare_runs(reference, current, POLICY)
    assert (found.state, feature(found)["state"]) == ("STABLE", "STABLE")
    assert found.current_n == 120


def test_another_mix_of_what_came_in_is_still_seen() -> None:
    rng = random.Random(1)
    reference = [run(rng, "reply", is_judged=True) for _ in range(200)]
    current = [run(rng, "reply" if n % 2 else None, is_judged=False) for n in range(120)]
    assert feature(compare_runs(reference, current, POLICY))["state"] == "DRIFT"
