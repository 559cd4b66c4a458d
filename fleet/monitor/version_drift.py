"""Drift of one version: runs of now against the runs on which it was promoted.

A shift of the input (which kinds of mail or lead came) is told apart from a shift of the agent:
when the input has drifted, the agent is judged again within the commonest kind alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from fleet.monitor.drift import DriftReport, compare_tables
from fleet.monitor.persona import persona_distances
from fleet.monitor.policy import DriftPolicy

INPUT = "input_mix"
PERSONA = "persona_distance"
ORDER = ("STABLE", "WARMING", "WATCH", "DRIFT")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPolicy:
    """How many runs each side of a comparison has, and when it is made again."""

    reference_n: int
    current_n: int
    every: int  # new runs between two reports
    max_age_days: float  # of a reference; an older one is reported
    late_s: float  # a trace may be written so long after another that ended later


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDrift:
    """The state of a version, its features in the wire form, and what is suspected."""

    state: str
    features: tuple[dict[str, Any], ...]
    reference_n: int
    current_n: int

    @property
    def drifted(self) -> list[str]:
        """Names of the features of the agent that drifted."""
        return [f["name"] for f in self.features if f["state"] == "DRIFT" and f["name"] != INPUT]


def compare_runs(
    reference: Sequence[Row], current: Sequence[Row], policy: DriftPolicy
) -> VersionDrift:
    """Compare the runs of two spans of time, each in time order."""
    if min(len(reference), len(current)) < policy.min_n:
        return VersionDrift(
            state="WARMING", features=(), reference_n=len(reference), current_n=len(current)
        )
    kinds = [[_kind(row) for row in side] for side in (reference, current)]
    moved = compare_tables({INPUT: kinds[0]}, {INPUT: kinds[1]}, policy).features
    shifted = bool(moved) and moved[0]["state"] in ("WATCH", "DRIFT")
    if shifted:
        common = _commonest(*kinds)
        reference, current = (
            [row for row in side if _kind(row) == common] for side in (reference, current)
        )
    agent = _compare(reference, current, policy).features
    features = (*moved, *(dict(f) | {"within": common} if shifted else f for f in agent))
    if not agent:
        state = "WARMING"
    else:
        state = max((f["state"] for f in agent), key=ORDER.index)
        if all(f["state"] == "WARMING" for f in agent):
            state = "WARMING"
        elif shifted and state in ("STABLE", "WARMING"):
            state = "WATCH"  # what comes in has changed: look, but it is not the agent
        elif state == "WARMING":
            state = "STABLE"
    return VersionDrift(
        state=state, features=features, reference_n=len(reference), current_n=len(current)
    )


def _compare(reference: Sequence[Row], current: Sequence[Row], policy: DriftPolicy) -> DriftReport:
    """Compare a row a run, and a row a call for the mix of tools and of their pairs."""
    before, after = _calls(reference), _calls(current)
    mixes = [
        ({name: before[name]}, {name: after[name]})
        for name in before
        if min(len(before[name]), len(after[name])) >= policy.min_n
    ]
    first, second = columns_between(reference, current)
    return compare_tables(first, second, policy, *mixes)


def columns_between(
    reference: Sequence[Row], current: Sequence[Row]
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Return the measures of both sides, with how far each text lies from the reference's voice."""
    first, second = columns_of(reference), columns_of(current)
    texts = [[row.get("text") for row in side] for side in (reference, current)]
    voices = persona_distances(*texts)
    if all(any(value is not None for value in voice) for voice in voices):
        first[PERSONA], second[PERSONA] = voices
    return first, second


def columns_of(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Return a value a run for each measure that any of the runs has; absent is None."""
    columns: dict[str, list[Any]] = {
        "steps": [row["spans"] for row in rows],
        "latency_ms": [_took(row) for row in rows],
        "tokens": [row["tokens"] for row in rows],
        "cost_usd": [row["cost_usd"] for row in rows],
        "repeats": [_repeats(row["tools"]) for row in rows],
        "path": [" > ".join(row["path"]) for row in rows],
        "failed": ["yes" if row["status"] == "error" else "no" for row in rows],
    }
    for name in ("evidence_coverage", "task_success"):
        columns[name] = [_number(row["verdict"].get(name)) for row in rows]
    override = [row["verdict"].get("human_override") for row in rows]
    columns["human_override"] = [None if each is None else float(each) for each in override]
    return {name: values for name, values in columns.items() if any(v is not None for v in values)}


def _calls(rows: Sequence[Row]) -> dict[str, list[str]]:
    return {
        "tool_mix": [tool for row in rows for tool in row["tools"]],
        "tool_pairs": [f"{a} > {b}" for row in rows for a, b in pairwise(row["tools"])],
    }


def _kind(row: Row) -> str:
    return str(row["verdict"].get("stratum") or row.get("kind") or "all")


def _commonest(*sides: list[str]) -> str:
    """Return the kind that is commonest on the side where it is rarer."""
    counts = [Counter(side) for side in sides]
    return max(sorted(set().union(*counts)), key=lambda kind: min(c[kind] for c in counts))


def _took(row: Row) -> float | None:
    if not row["started_at"] or not row["ended_at"]:
        return None
    span = datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["started_at"])
    return span.total_seconds() * 1000


def _repeats(tools: Sequence[str]) -> float | None:
    return 1 - len(set(tools)) / len(tools) if tools else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
