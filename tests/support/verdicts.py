"""Windows of verdicts for the release gate."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.adapters.files import read_policies
from fleet.policy import section
from fleet.release_gate.policy import GatePolicy

NOW = datetime(2026, 2, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)


def shipped_policy() -> GatePolicy:
    """The gate's policy as the product ships it."""
    return section(read_policies(), "release_gate", GatePolicy)


def verdict(number: int, **changes: Any) -> dict[str, Any]:
    """A clean verdict of run `number`."""
    row: dict[str, Any] = {
        "run_id": f"run-{number:06d}",
        "artifact": "reply",
        "version": "v2",
        "scenario_id": f"scenario-{number:06d}",
        "task_success": 1.0,
        "context_preserved": 1.0,
        "latency_ms": 900,
        "safety_pass": True,
        "evidence_coverage": 1.0,
        "created_at": (START + timedelta(minutes=number)).isoformat(),
    }
    return row | changes


def window(size: int, **changes: Any) -> list[dict[str, Any]]:
    """`size` clean verdicts, all changed alike."""
    return [verdict(number, **changes) for number in range(size)]
