"""Beside other people's packages in the same run: CLEAR's pipeline, and Evidently's drift report.

`python tests/setup_rivals.py` brings them; without it these are skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clear_rival import TRACES, answer, ours, theirs
from tests.support.scripted_gateway import ScriptedGateway
from tests.support.tools import require

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 64  # calls in flight that `[evaluation_model]` allows
LIMIT_S = 600
SAMPLE = """
import json, resource, sys, time
import numpy as np
import pandas as pd

rng = np.random.default_rng(1)
names = [f"x{{i}}" for i in range(10)]
tables = [pd.DataFrame(rng.normal(size=(int(sys.argv[1]), 10)), columns=names) for _ in "rc"]
tables[1]["x3"] += 0.5
{setup}
began = time.process_time()
found = {act}
spent = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"cpu_s": spent, "peak_mb": peak, "found": found}}))
"""
OURS = {
    "setup": "from fleet.adapters.files import read_policies\n"
    "from fleet.monitor.drift import compare_tables\n"
    "from fleet.monitor.policy import DriftPolicy\n"
    "from fleet.policy import section\n"
    "policy = section(read_policies(), 'monitor.drift', DriftPolicy)\n"
    "pair = [{n: t[n].to_numpy() for n in names} for t in tables]",
    "act": "compare_tables(*pair, policy).drifted",
}
THEIRS = {
    "setup": "from evidently import Report\nfrom evidently.presets import DataDriftPreset",
    "act": "[m['metric_name'] for m in Report([DataDriftPreset()])"
    ".run(tables[1], tables[0]).dict()['metrics'][1:]]",
}


def measured(parts: dict[str, str], rows: int, path: str | None = None) -> dict[str, object]:
    env = dict(os.environ) | ({"PYTHONPATH": path} if path else {})
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE.format(**parts), str(rows)], cwd=ROOT, env=env,
        capture_output=True, text=True, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def traces(tmp_path: Path) -> tuple[Path, Path]:
    """Six of the traces that CLEAR's package ships, and where that package is."""
    packages = Path(require("clear_eval"))
    folder = tmp_path / "traces"
    folder.mkdir()
    for file in sorted((packages / TRACES).glob("*.json"))[:6]:
        shutil.copy(file, folder)
    return folder, packages


@pytest.mark.timeout(1200)
def test_clear_on_the_same_gateway(traces: tuple[Path, Path], tmp_path: Path) -> None:
    folder, packages = traces
    with ScriptedGateway(answer) as gateway:
        mine = ours(gateway, folder, tmp_path / "ours")
        other = theirs(gateway, packages, folder, tmp_path / "theirs")
        killed = ours(gateway, folder, tmp_path / "ours-killed", kill_at=mine.calls // 2)
        rest = ours(gateway, folder, tmp_path / "ours-killed")
        cut = theirs(gateway, packages, folder, tmp_path / "cut", kill_at=other.calls // 2)
        more = theirs(gateway, packages, folder, tmp_path / "cut")
    again, theirs_again = (
        killed.calls + rest.calls - mine.calls, cut.calls + more.calls - other.calls,
    )  # fmt: skip
    print(f"\nours        {mine}\nclear-eval  {other}")
    print(f"after a kill half-way: ours repeats {again} calls, clear-eval {theirs_again}")
    assert (mine.code, other.code, rest.code, more.code) == (0, 0, 0, 0)
    assert 21 * mine.calls <= 9 * other.calls
    assert mine.cpu_s < other.cpu_s
    assert mine.peak_mb < other.peak_mb
    assert 0 <= again <= AT_ONCE


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("rows", [100_000])
def test_evidently_on_the_same_tables(rows: int) -> None:
    other = measured(THEIRS, rows, require("evidently"))
    mine = measured(OURS, rows)
    print(f"\n{rows} x 10: ours {mine}\nevidently {other}")
    assert mine["found"] == ["x3"]
    assert float(str(mine["cpu_s"])) < float(str(other["cpu_s"]))
