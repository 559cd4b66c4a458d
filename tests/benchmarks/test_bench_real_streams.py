"""What the monitor finds in public data, when, and what it costs, beside river's ADWIN."""

import csv
import gzip
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from river import drift

from fleet.adapters.files import read_policies
from fleet.adapters.tables import read_table
from fleet.adapters.trace_files import TraceFiles
from fleet.monitor import DriftPolicy, compare_tables
from fleet.monitor.defect_policy import DefectPolicy
from fleet.monitor.defects import find_defects
from fleet.monitor.season import SeasonPolicy
from fleet.monitor.stream import Cusum, StreamPolicy
from fleet.policy import section

pytestmark = pytest.mark.bench

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
DRIFT = section(read_policies(), "monitor.drift", DriftPolicy)
STREAM = section(read_policies(), "monitor.stream", StreamPolicy)
DEFECTS = section(read_policies(), "monitor.defects", DefectPolicy)
ADWIN: Any = drift.ADWIN  # it ships no types
SEASONS = section(read_policies(), "monitor.season", SeasonPolicy)
WEEK = 336  # half-hours
SPLIT, TRUE_ROW = 8_000, 17_424  # of the electricity stream: end of our reference, marked change


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout")
    return path


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    found = act()
    return found, time.process_time() - began


def adwin(values: list[float]) -> list[int]:
    """Return every row at which ADWIN alarms, with the settings it ships with."""
    detector = ADWIN()
    alarms = []
    for at, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            alarms.append(at)
    return alarms


def test_the_electricity_stream() -> None:
    with gzip.open(real("drift_elec/elec.csv.gz"), "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in ("transfer", "vicprice", "vicdemand", "nswprice", "nswdemand"):
        values = [float(row[name]) for row in rows]
        first, rest = {name: values[:SPLIT]}, {name: values[SPLIT:]}
        report, cost = timed(partial(compare_tables, first, rest, DRIFT, seasons=SEASONS))
        alarms, other = timed(partial(adwin, values))
        state = report.features[0]["state"] if report.features else "not tested"
        change = report.features[0].get("change_point") if report.features else None
        season = report.features[0].get("season") if report.features else None
        print(
            f"{name}: {state}, changed at {None if change is None else change + SPLIT} "
            f"(marked {TRUE_ROW}), season {season}, {cost:.2f} s; ADWIN {len(alarms)} alarms, first at or after the "
            f"mark {next((a for a in alarms if a >= TRUE_ROW), None)}, {other:.2f} s"
        )
        if name in ("transfer", "vicprice", "vicdemand"):
            assert state == "DRIFT"
            assert change is not None
            assert change + SPLIT == TRUE_ROW
        if name == "nswdemand":
            assert season is not None
            assert (state, season["period"]) == ("STABLE", WEEK)


def test_the_car_loans() -> None:
    reference = read_table(real("nannyml/reference.csv.gz"))
    current = read_table(real("nannyml/analysis.csv.gz"))
    report, cost = timed(lambda: compare_tables(reference, current, DRIFT))
    values = [float(v) for v in (*reference["car_value"], *current["car_value"])]
    alarms, other = timed(lambda: adwin(values))
    change = next(f for f in report.features if f["name"] == "car_value")["change_point"]
    print(
        f"car loans: {report.drifted}, changed at row {change} of 50,000 (true 25,000), "
        f"{cost:.2f} s for 4 columns; ADWIN on one: {[a - 50_000 for a in alarms][:5]}, {other:.2f} s"
    )
    assert (report.drifted, change) == (["car_value"], 25_000)


def test_quality_control() -> None:
    import json

    for name in ("quality_control_1", "quality_control_5"):
        series = json.loads(real(f"tcpd/{name}.json").read_text("utf-8"))["series"][0]["raw"]
        first = STREAM.min_n
        end = Cusum.of_numbers(series[:first], STREAM).update(series[first:])
        ours = None if end.at is None else end.at + first
        print(f"{name}: CUSUM {ours}, ADWIN {adwin(series)} (marked: 146, and none)")


def test_runs_of_mast_ag2() -> None:
    source = TraceFiles(real("mast_ag2/traces_sample.jsonl.gz"))
    runs, reading = timed(lambda: list(source.runs()))
    found, cost = timed(lambda: [find_defects(run, DEFECTS) for run in runs])
    tally = Counter(code for defects in found for code in {d.code for d in defects})
    print(
        f"{len(runs)} runs, read in {reading:.2f} s, looked at in {cost:.2f} s "
        f"({1000 * cost / len(runs):.1f} ms each): {tally.most_common()}"
    )
    assert len(runs) == 400
