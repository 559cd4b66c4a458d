"""Precision and recall of every defect detector on seeded faults; agreement with people's labels.

Suite and detectors were written by the same hands, so its figures say what the detectors are meant
to tell apart, not how they fare on strangers' runs; the last three tests say that.
"""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.trace_files import TraceFiles
from fleet.monitor.defect_policy import DefectPolicy
from fleet.monitor.defects import find_defects
from fleet.monitor.taxonomy import CODES
from fleet.policy import section
from fleet.stats.intervals import wilson
from tests.support.defect_measures import EACH, TABLE, measure
from tests.support.faulty_traces import FAULTS

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
POLICY = section(read_policies(), "monitor.defects", DefectPolicy)
LEAST_PRECISION, LEAST_RECALL = 0.75, 0.65  # lower ends of the 95 % intervals
MOST_FALSE_ALARMS = 20.0  # a 1000 clean runs, upper end


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path


def records(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_code_has_a_seeded_fault_and_a_clean_twin() -> None:
    assert set(FAULTS) == set(CODES)


def test_detectors_find_their_fault_and_leave_the_twin_alone() -> None:
    found = measure()
    for code, figures in found["codes"].items():
        precision, recall = figures["precision"], figures["recall"]
        print(
            f"{code:22} precision {precision['value']} [{precision['low']}, {precision['high']}] "
            f"recall {recall['value']} [{recall['low']}, {recall['high']}]"
        )
    weak = {
        code
        for code, figures in found["codes"].items()
        if figures["precision"]["low"] < LEAST_PRECISION or figures["recall"]["low"] < LEAST_RECALL
    }
    assert weak == set()
    assert found["false_alarms_per_1000_clean_runs"]["high"] < MOST_FALSE_ALARMS


def test_another_seed_gives_figures_inside_the_shipped_intervals() -> None:
    shipped = json.loads(TABLE.read_text("utf-8"))
    other = measure(seed=99)
    outside = [
        (code, kind)
        for code, figures in other["codes"].items()
        for kind in ("precision", "recall")
        if figures[kind]["high"] < shipped["codes"][code][kind]["low"]
        or figures[kind]["low"] > shipped["codes"][code][kind]["high"]
    ]
    assert outside == []


def test_the_shipped_table_is_the_measured_one() -> None:
    assert json.loads(TABLE.read_text("utf-8")) == measure()
    assert measure()["codes"]["tool_loop"]["recall"]["n"] == EACH


def test_agreement_with_the_labels_of_who_and_when() -> None:
    path = real("who_and_when/who_and_when.jsonl.gz")
    labels = records(path)
    runs = list(TraceFiles(path).runs())
    assert len(runs) == len(labels)
    counts: Counter[str] = Counter()
    for label, run in zip(labels, runs, strict=True):
        found = find_defects(run, POLICY)
        counts["runs"] += 1
        if not found:
            continue
        counts["flagged"] += 1
        at = int(label["mistake_step"])
        places = [int(defect.span[1:]) for defect in found]  # spans are m0, m1, ...
        speaker = label["history"][places[0]]
        name = str(speaker.get("name") or speaker.get("role")).partition(" (")[0]
        counts["agent"] += name == label["mistake_agent"]
        counts["step"] += at in places
        counts["near"] += any(abs(place - at) <= 2 for place in places)
    low, high = wilson(counts["step"], counts["runs"])
    print(f"who_and_when: {dict(counts)}; step of all runs in [{low:.3f}, {high:.3f}]")
    # All runs failed, most by a wrong belief that no deterministic sign shows.
    assert counts["runs"] == 122
    assert counts["flagged"] >= 20
    assert counts["near"] >= 8


def test_agreement_with_the_turn_cap_of_mast_ag2() -> None:
    path = real("mast_ag2/traces_sample.jsonl.gz")
    table: Counter[tuple[bool, bool]] = Counter()
    for label, run in zip(records(path), TraceFiles(path).runs(), strict=True):
        codes = {defect.code for defect in find_defects(run, POLICY)}
        table[bool(label["hit_turn_cap"]), bool(codes & {"wander", "tool_loop"})] += 1
    hits, capped = table[True, True], table[True, True] + table[True, False]
    false, other = table[False, True], table[False, True] + table[False, False]
    print(f"mast_ag2: capped {hits}/{capped} {wilson(hits, capped)}; others {false}/{other}")
    assert wilson(hits, capped)[0] > wilson(false, other)[1]


def test_agreement_with_the_modes_of_mast_human() -> None:
    path = real("mast_human/traces.jsonl.gz")
    labels = list(csv.DictReader(real("mast_human/human_labels.csv").open(encoding="utf-8")))
    table: Counter[tuple[str, bool]] = Counter()
    for label, run in zip(labels, TraceFiles(path).runs(), strict=True):
        codes = {defect.code for defect in find_defects(run, POLICY)}
        table[label["step_repetition"], bool(codes & {"wander", "tool_loop"})] += 1
    print(f"mast_human, step repetition by (label, flagged): {dict(table)}")
    # The three positives are raw logs without steps: nothing there can be told to be a repeat.
    assert table["no", True] <= 2
