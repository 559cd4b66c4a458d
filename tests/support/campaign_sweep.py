"""Runs the kill sweep of `tests.support.campaign_kill` in a process of its own, and judges it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.campaign_kill import LEAST

ROOT = Path(__file__).resolve().parents[2]
SPARE_S = 280  # for the last point, begun just before the time was over


def swept(folder: Path, step: int, seconds: float, *server: str) -> list[dict[str, Any]]:
    """Run the sweep of `tests.support.campaign_kill` and return what was found after each kill."""
    command = [
        sys.executable, "-m", "tests.support.campaign_kill", str(folder), "2", str(step),
        str(seconds), *server,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds + SPARE_S
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_nothing_was_lost(found: list[dict[str, Any]]) -> None:
    """Assert that each campaign ended as one that nobody killed."""
    assert len(found) >= LEAST
    assert sum(row["lives"] > 1 for row in found) >= len(found) - 1
    for row in found:
        told = {key: row[key] for key in ("states", "files", "runs", "drafts", "approved", "chain")}
        assert told == {
            "states": ["sent", "sent"], "files": 2, "runs": {"completed": 2},
            "drafts": ["sent", "sent"], "approved": 2, "chain": True,
        }, row  # fmt: skip
