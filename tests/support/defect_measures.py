"""Measures every defect detector on the seeded suite; writes the table that ships.

`python -m tests.support.defect_measures` rewrites `data/golden/defect_precision.json`.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from fleet.adapters.files import read_policies
from fleet.monitor.defect_policy import DefectPolicy
from fleet.monitor.defects import find_defects
from fleet.monitor.taxonomy import CODES
from fleet.policy import section
from fleet.stats.intervals import wilson
from tests.support.faulty_traces import suite

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "data" / "golden" / "defect_precision.json"
SEED, EACH = 7, 60


def measure(seed: int = SEED, each: int = EACH) -> dict[str, Any]:
    """Return precision and recall of every code, counted over all runs of the suite."""
    policy = section(read_policies(), "monitor.defects", DefectPolicy)
    hits: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    runs = suite(seed, each)
    alarms = 0
    for truth, run in runs:
        codes = {defect.code for defect in find_defects(run, policy)}
        flagged.update(codes)
        hits.update(codes & {truth})
        alarms += bool(truth is None and codes)
    clean = sum(truth is None for truth, _ in runs)
    return {
        "suite": "seeded faults, one a run, each with a clean twin that looks like it",
        "seed": seed, "runs": len(runs), "clean": clean,
        "false_alarms_per_1000_clean_runs": _figure(alarms, clean, 1000),
        "codes": {
            code: {
                "precision": _figure(hits[code], flagged[code]),
                "recall": _figure(hits[code], each),
            }
            for code in CODES
        },
    }  # fmt: skip


def _figure(hits: int, n: int, scale: int = 1) -> dict[str, Any]:
    low, high = wilson(hits, n)
    value = None if n == 0 else round(scale * hits / n, 4)
    return {"value": value, "low": round(scale * low, 4), "high": round(scale * high, 4), "n": n}


if __name__ == "__main__":
    TABLE.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
