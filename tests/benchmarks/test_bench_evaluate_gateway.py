"""How close `fleet evaluate` comes to the ideal of a judge that takes 64 calls at once.

The ideal is `calls x latency / 64`: nothing but waiting. The wall is that of the whole command in
one process, its start included; the judge is served by another process.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli import ROOT
from tests.support.scripted_gateway import served_apart

AT_ONCE = 64
STEPS = 6
SCRIPT = "tests.support.clear_rival"
LIMIT_S = 600


def write_traces(path: Path, count: int) -> Path:
    """Write runs of six steps, no two of which ask the judge the same."""
    with path.open("w", encoding="utf-8") as file:
        for run in range(count):
            steps = [
                {
                    "kind": "llm",
                    "node": f"node{n}",
                    "input": f"look up {run}.{n}",
                    "output": f"found {run}.{n}",
                }
                for n in range(STEPS)
            ]
            trace = {"trace_id": f"t{run}", "task": f"Plan the visit {run}", "steps": steps}
            file.write(json.dumps(trace) + "\n")
    return path


def judged(folder: Path, count: int, script: str, latency_s: float) -> tuple[float, float]:
    """Judge `count` runs; return wall against ideal, and processor milliseconds a call."""
    folder.mkdir()
    traces = write_traces(folder / "traces.jsonl", count)
    words = ["evaluate", str(traces), "--out", str(folder / "out"), "--json"]
    calls = count * (STEPS + 1)
    with served_apart(script=f"{SCRIPT}:{script}") as env:
        before, began = os.times(), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "fleet", *words, "--home", str(folder / "home")], cwd=ROOT,
            env=os.environ | env, capture_output=True, text=True, timeout=LIMIT_S, check=True,
        )  # fmt: skip
        wall, after = time.perf_counter() - began, os.times()
    told = json.loads(done.stdout)
    assert told["model"]["complete"] is True
    assert told["model"]["asked"] == calls
    used = after.children_user + after.children_system - before.children_user
    used -= before.children_system
    ideal = calls * latency_s / AT_ONCE
    print(
        f"{count} traces, {calls} calls at {1000 * latency_s:.0f} ms: {wall:.2f} s, "
        f"{wall / ideal:.2f} x ideal, {1000 * used / calls:.2f} ms of processor a call"
    )
    return wall / ideal, used


@pytest.mark.bench
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("script", "latency_s", "most"),
    [("answer", 0.05, 2.0), ("answer_in_half_a_second", 0.5, 1.3)],
)
def test_500_traces_cost_little_more_than_their_latency(
    tmp_path: Path, script: str, latency_s: float, most: float
) -> None:
    ratio, _ = judged(tmp_path / "all", 500, script, latency_s)
    assert ratio <= 1.5 * most
