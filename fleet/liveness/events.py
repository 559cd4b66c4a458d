"""Events of finished or running runs: order them, feed the guard, answer one verdict a run.

Late and repeated lines are put right by `(ts, seq)`; a line that is no event is reported and left
out. A run that was cut short is judged by what was seen: the end of the input is not a stall.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fleet.liveness.detector import Detector
from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.tracks import Finding

NAMES = ("actor", "node", "action", "effect")
AMOUNTS = ("tokens", "cost_usd")


def judge_events(
    rows: Sequence[Any], policy: LivenessPolicy
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return one wire answer a run, in order of appearance, and a sentence for each odd line."""
    odd: list[str] = []
    runs: dict[str, Finding | None] = {}
    detector = Detector(policy)
    for event, at in _in_order(rows, odd):
        run_id = event["run_id"]
        if runs.setdefault(run_id, None) is None:
            runs[run_id] = detector.observe(event, at)
    first = [str(row["run_id"]) for row in rows if isinstance(row, dict) and row.get("run_id")]
    return [as_answer(run_id, runs[run_id]) for run_id in dict.fromkeys(first)], odd


def as_answer(run_id: str, finding: Finding | None) -> dict[str, Any]:
    """Return the wire form of what was found in a run."""
    if finding is None:
        return {
            "run_id": run_id,
            "verdict": "OK",
            "at_seq": None,
            "evidence": {},
            "action": "CONTINUE",
        }
    return {
        "run_id": run_id,
        "verdict": finding.verdict,
        "at_seq": finding.seq,
        "evidence": finding.evidence,
        "action": finding.action,
    }


def _in_order(rows: Sequence[Any], odd: list[str]) -> list[tuple[dict[str, Any], float | None]]:
    kept: list[tuple[tuple[float, float, int], dict[str, Any], float | None]] = []
    known: set[tuple[str, Any]] = set()
    latest: dict[str, float] = {}
    for line, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not row.get("run_id"):
            odd.append(f"event {line}: no run_id, left out")
            continue
        event = _readable(row, line, odd)
        seq = event.get("seq")
        if seq is not None and (event["run_id"], seq) in known:
            odd.append(f"event {line}: run {event['run_id']} seq {seq} came twice, left out")
            continue
        known.add((event["run_id"], seq))
        at = parse_time(event.get("ts"))
        latest[event["run_id"]] = at if at is not None else latest.get(event["run_id"], 0.0)
        number = float(seq) if isinstance(seq, (int, float)) else float(line)
        kept.append(((latest[event["run_id"]], number, line), event, at))
    return _by_run_and_time(kept)


def _readable(row: dict[str, Any], line: int, odd: list[str]) -> dict[str, Any]:
    """Return the event with names as text, and without amounts that cannot be counted."""
    event = row | {"run_id": str(row["run_id"])}
    for key in NAMES:
        name = event.get(key)
        if name is not None and name.__class__ is not str:
            event[key] = str(name)
    for key in AMOUNTS:
        amount = event.get(key)
        if amount is not None and not _counts(amount):
            odd.append(f"event {line}: {key} {amount!r:.40} is no amount from 0, not counted")
            event[key] = None
    if isinstance(event.get("seq"), (dict, list)):
        odd.append(f"event {line}: seq {event['seq']!r:.40} is no number, taken by its line")
        event["seq"] = None
    return event


def _counts(amount: Any) -> bool:
    return amount.__class__ in (int, float) and 0 <= amount < math.inf


def _by_run_and_time(
    kept: list[tuple[tuple[float, float, int], dict[str, Any], float | None]],
) -> list[tuple[dict[str, Any], float | None]]:
    """Within a run by seq (its own order of truth), between runs by time."""
    runs: dict[str, list[tuple[float, int, dict[str, Any], float | None]]] = {}
    for (_, number, line), event, at in kept:
        runs.setdefault(event["run_id"], []).append((number, line, event, at))
    merged = []
    for position, events in enumerate(runs.values()):
        clock = float("-inf")
        for number, line, event, at in sorted(events, key=lambda item: item[:2]):
            clock = max(clock, at if at is not None else clock)
            merged.append(((clock, position, number, line), event, at))
    merged.sort(key=lambda item: item[0])
    return [(event, at) for _, event, at in merged]


def parse_time(ts: Any) -> float | None:
    """Read seconds since 1970, or ISO 8601; None if neither."""
    if isinstance(ts, bool):
        return None
    if isinstance(ts, (int, float)):
        return float(ts)
    if not isinstance(ts, str):
        return None
    try:
        at = datetime.fromisoformat(ts)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
