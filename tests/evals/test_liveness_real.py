"""The guard on strangers' chats, beside exact repeats and turn budgets; prints what it finds.

"Never ended" is a proxy: the run hit the hard limit of turns, so length alone gives it away, and only
what is said *before* a budget would have stopped it is to the guard's credit. Runs that ended by
themselves after many stale turns count as false alarms here, although a person might stop them too.
The guard's two limits for chats of two were chosen on these very runs; those for chats of more on
half of the tasks, so that the other half is measured apart (all runs of one task are in one half,
however often it was tried). The sample holds every capped and every long
run; short ones stand for many, so that rates are weighted back to all runs by build and outcome.
"""

import csv
import gzip
import hashlib
import json
import random
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.liveness.events import judge_events
from fleet.liveness.policy import LivenessPolicy
from fleet.policy import section
from fleet.stats.intervals import wilson
from tests.support.mast_events import chat_events, exact_repeat, over_budget, topology

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
POLICY = section(read_policies(), "liveness", LivenessPolicy)
LONG = 12  # messages; every longer run is in the sample
BUDGETS = (12, 16)
RESAMPLES = 400
Judge = Callable[[Sequence[Any]], int | None]


@dataclass(frozen=True)
class Case:
    """One run: whether it never ended, for how many runs it stands, and what it said."""

    capped: bool
    weight: float
    messages: Sequence[Any]
    held_out: bool  # whether its task had no part in choosing the limits of a crowd


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here: the guard was NOT compared on real chats")
    return path


def guard(messages: Sequence[Any]) -> int | None:
    """Return the message at which the guard stops a chat."""
    (found,), _ = judge_events(chat_events("r", messages), POLICY)
    return None if found["verdict"] == "OK" else int(found["at_seq"])


def judges() -> dict[str, Judge]:
    budgets: dict[str, Judge] = {
        f"budget of {turns}": lambda m, turns=turns: over_budget(m, turns)  # type: ignore[misc]  # bound early
        for turns in BUDGETS
    }
    return {"guard": guard, "exact repeat": exact_repeat} | budgets


def stratum(row: Any, correct: Any) -> tuple[str, bool]:
    return row["config"], str(correct) == "True"


def cases() -> dict[str, list[Case]]:
    """Return the sample by topology; a short run stands for all short ones of its stratum."""
    with gzip.open(real("mast_ag2/runs.csv.gz"), "rt", encoding="utf-8") as lines:
        runs = list(csv.DictReader(lines))
    with gzip.open(real("mast_ag2/traces_sample.jsonl.gz"), "rt", encoding="utf-8") as lines:
        traces = [json.loads(line) for line in lines]
    outcome = {(r["config"], r["seed"], r["instance_id"]): r["correct"] for r in runs}
    capped = {True: "True", False: "False"}
    everywhere = Counter(
        stratum(r, r["correct"])
        for r in runs
        if r["hit_turn_cap"] == capped[False] and int(r["n_messages"]) <= LONG
    )
    short = [t for t in traces if not t["hit_turn_cap"] and len(t["trajectory"]) <= LONG]
    key = {id(t): (t["config"], str(t["seed"]), t["instance_id"]) for t in traces}
    here = Counter(stratum(t, outcome.get(key[id(t)])) for t in short)
    found: dict[str, list[Case]] = {"two agents": [], "group chat": []}
    for trace in traces:
        place = stratum(trace, outcome.get(key[id(trace)]))
        is_short = not trace["hit_turn_cap"] and len(trace["trajectory"]) <= LONG
        weight = everywhere[place] / here[place] if is_short else 1.0
        held_out = hashlib.sha256(trace["instance_id"].encode()).digest()[0] % 2 == 1
        case = Case(trace["hit_turn_cap"], weight, trace["trajectory"], held_out)
        found[topology(trace)].append(case)
    return found


def measured(found: Sequence[Case], at: Sequence[int | None]) -> dict[str, float]:
    """Return recall, precision and false alarms a run, weighted to all runs."""

    def total(want: bool, hit: bool | None) -> float:
        return sum(
            case.weight for case, stop in zip(found, at, strict=True)
            if case.capped is want and (hit is None or (stop is not None) is hit)
        )  # fmt: skip

    hits, false = total(True, True), total(False, True)
    return {
        "recall": hits / max(total(True, None), 1e-9),
        "precision": hits / max(hits + false, 1e-9),
        "false_alarms": false / max(total(False, None), 1e-9),
    }


def interval(found: Sequence[Case], at: Sequence[int | None], name: str) -> tuple[float, float]:
    """Return the 95 % percentile interval of a measure over resampled runs, seeded."""
    rng, values = random.Random(7), []
    pairs = list(zip(found, at, strict=True))
    for _ in range(RESAMPLES):
        some = rng.choices(pairs, k=len(pairs))
        values.append(measured([case for case, _ in some], [stop for _, stop in some])[name])
    values.sort()
    return values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]


def delay(found: Sequence[Case], at: Sequence[int | None]) -> float | None:
    """Return the median message at which a run that never ended was stopped."""
    stops = [stop for case, stop in zip(found, at, strict=True) if case.capped and stop]
    return statistics.median(stops) if stops else None


def test_capped_chats_are_stopped_earlier_than_a_budget_where_the_words_allow_it() -> None:
    by_name: dict[tuple[str, str], dict[str, Any]] = {}
    for shape, found in cases().items():
        count = sum(case.capped for case in found)
        print(f"\n{shape}: {count} runs that never ended among {sum(c.weight for c in found):.0f}")
        for name, judge in judges().items():
            at = [judge(case.messages) for case in found]
            row: dict[str, Any] = dict(measured(found, at)) | {"delay": delay(found, at)}
            by_name[shape, name] = row
            said = [
                f"{what} {row[what]:.3f} [{low:.3f}, {high:.3f}]"
                for what in ("recall", "precision", "false_alarms")
                for low, high in [interval(found, at, what)]
            ]
            print(f"  {name:14} stops at message {row['delay']} (median), {', '.join(said)}")
    guarded, repeats = by_name["two agents", "guard"], by_name["two agents", "exact repeat"]
    tight, loose = (by_name["two agents", f"budget of {turns}"] for turns in BUDGETS)
    assert guarded["recall"] == 1.0
    assert guarded["delay"] < tight["delay"] < loose["delay"]
    assert guarded["false_alarms"] <= loose["false_alarms"] < tight["false_alarms"]
    assert guarded["precision"] > repeats["precision"]
    crowd = by_name["group chat", "guard"]
    assert crowd["recall"] > by_name["group chat", "exact repeat"]["recall"]
    assert crowd["false_alarms"] < by_name["group chat", f"budget of {BUDGETS[0]}"]["false_alarms"]


def test_a_crowd_on_unseen_tasks_is_stopped_one_message_before_a_budget_and_once_missed() -> None:
    """The words say little there: a budget stops as few honest runs, a message later, and all."""
    unseen = [case for case in cases()["group chat"] if case.held_out]
    by_name: dict[str, dict[str, Any]] = {}
    for name, judge in judges().items():
        at = [judge(case.messages) for case in unseen]
        by_name[name] = dict(measured(unseen, at)) | {"delay": delay(unseen, at)}
        said = [
            f"{what} {by_name[name][what]:.3f} [{low:.3f}, {high:.3f}]"
            for what in ("recall", "precision", "false_alarms")
            for low, high in [interval(unseen, at, what)]
        ]
        print(f"unseen group chats, {name:14} stops at {by_name[name]['delay']}, {', '.join(said)}")
    guarded, loose = by_name["guard"], by_name[f"budget of {BUDGETS[1]}"]
    assert guarded["delay"] < loose["delay"]
    assert guarded["false_alarms"] <= loose["false_alarms"] + 1e-12
    assert 0.9 <= guarded["recall"] < loose["recall"]


def test_on_the_first_twelve_messages_length_says_nothing_and_words_little() -> None:
    for shape, found in cases().items():
        long = [case for case in found if len(case.messages) > LONG]
        for name, judge in (("guard", guard), ("exact repeat", exact_repeat)):
            at = [judge(case.messages[:LONG]) for case in long]
            hits = sum(
                case.capped and stop is not None for case, stop in zip(long, at, strict=True)
            )
            stopped = sum(stop is not None for stop in at)
            capped = sum(case.capped for case in long)
            recall, precision = wilson(hits, capped), wilson(hits, stopped)
            print(
                f"first {LONG} of {len(long)} long {shape} runs, {name}: {hits} of {capped} found "
                f"[{recall[0]:.2f}, {recall[1]:.2f}], {hits} of {stopped} right "
                f"[{precision[0]:.2f}, {precision[1]:.2f}]"
            )
            assert stopped >= hits
            if (shape, name) == ("two agents", "guard"):
                assert hits / capped > 0.5
                assert hits / stopped > capped / len(long)  # better than stopping them all


def test_peoples_loop_labels_are_too_few_to_prove_anything() -> None:
    """Every labelled loop is in a log, whose lines have no speaker: most logs repeat some line."""
    with real("mast_human/human_labels.csv").open(encoding="utf-8", newline="") as lines:
        labels = {row["file"]: row for row in csv.DictReader(lines)}
    with gzip.open(real("mast_human/traces.jsonl.gz"), "rt", encoding="utf-8") as lines:
        traces = [json.loads(line) for line in lines]
    for shape in ("chats", "logs"):
        mine = [t for t in traces if (t["framework"] == "AG2") is (shape == "chats")]
        loops = [
            "yes" in (labels[t["file"]]["step_repetition"], labels[t["file"]]["trajectory_restart"])
            for t in mine
        ]
        at = [guard(list(t["trajectory"])) for t in mine]
        hits = sum(loop and stop is not None for loop, stop in zip(loops, at, strict=True))
        false = sum(not loop and stop is not None for loop, stop in zip(loops, at, strict=True))
        recall, alarms = wilson(hits, sum(loops)), wilson(false, len(mine) - sum(loops))
        print(
            f"{shape}: {hits} of {sum(loops)} labelled loops [{recall[0]:.2f}, {recall[1]:.2f}], "
            f"{false} of {len(mine) - sum(loops)} others stopped [{alarms[0]:.2f}, {alarms[1]:.2f}]"
        )
        if shape == "chats":
            assert false == 0
