"""What the drift page shows: each version's windows, what an alarm led to, and two tables compared.

Tables are compared by the engine of `fleet monitor drift`; here it only gets pictures beside it.
"""

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fleet.adapters.clock import stamp
from fleet.adapters.long_tables import read_long_table
from fleet.adapters.store import evidence_reads as reads
from fleet.adapters.store.defects import run_measures
from fleet.adapters.store.run_texts import add_texts
from fleet.errors import InputError
from fleet.monitor.drift import RAW, compare_tables
from fleet.monitor.features import as_numbers
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.season import SeasonPolicy
from fleet.monitor.version_drift import INPUT, columns_between
from fleet.monitor.version_stream import STATE, STREAM
from fleet.policy import section
from fleet.stats.intervals import Z95, wilson

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

ALARMS = ("DRIFT",)
BINS = 24
LEVELS = 10
MOST_RUNS = 400  # drawn of each side
TAIL = 0.5  # per cent cut from each end of a picture, so that one outlier does not flatten it
PARTS = 12
LEAST_IN_PART = 20
STREAM_RANK = {"DRIFT": 0.0, "WATCH": 0.01, "STABLE": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What followed an alert, each None or empty where it has not happened."""

    at: str
    features: tuple[str, ...]
    action: Mapping[str, Any] | None
    cut: Mapping[str, Any] | None
    recalled: int
    recalled_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Shares of reference and current by bin: `edges` of numbers, or `levels` of categories."""

    edges: tuple[float, ...]
    levels: tuple[str, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]
    reference_n: int
    current_n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The current table in order, a point a part: its middle row, value and 95 % interval."""

    what: str
    rows: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    reference: float


def drift_policy(fleet: "Fleet") -> DriftPolicy:
    """Return `[monitor.drift]` of the fleet's policies."""
    return section(fleet.policies, "monitor.drift", DriftPolicy)


def is_stream(feature: Mapping[str, Any]) -> bool:
    """Whether a feature is a running sum over all runs, which has no p value."""
    return STATE in feature


def by_p(features: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return features by adjusted p, smallest first, then by effect; too few runs come last.

    A stream stands as what its state is worth: first when it drifts, after the tests when not.
    """
    return sorted(features, key=lambda f: (*_rank(f), -abs(f["effect"] or 0.0), f["name"]))


def _rank(feature: Mapping[str, Any]) -> tuple[bool, float]:
    p = feature["p_adjusted"]
    if is_stream(feature):
        p = STREAM_RANK.get(feature["state"])
    return p is None, p or 0.0


def raw_p(features: Sequence[Mapping[str, Any]]) -> list[tuple[str, float, str]]:
    """Return (name, raw p, state) in order of p, of the features adjusted together.

    The mix of what comes in is tested apart. Reports written before raw values were kept have the
    adjusted value alone, which no raw one exceeds: that is drawn.
    """
    found = [
        (f["name"], f.get(RAW, f["p_adjusted"]), f["state"])
        for f in features
        if f["p_adjusted"] is not None and f["name"] != INPUT
    ]
    return sorted(found, key=lambda row: (row[1], row[0]))


def headline(window: Mapping[str, Any]) -> str:
    """Return what a window says of its version: `drifts in 1 of 8 features`."""
    agent = [f for f in window["features"] if f["name"] != INPUT]
    mix = next((f["state"] for f in window["features"] if f["name"] == INPUT), "STABLE")
    state = window["state"]
    if state in ("DRIFT", "WATCH"):
        loud = sum(f["state"] == state for f in agent)
        if not loud and mix in ("DRIFT", "WATCH"):
            return "is watched: what comes in has changed, not what it does"
        verb = "drifts" if state == "DRIFT" else "is watched"
        return f"{verb} in {loud} of {len(agent)} features"
    verb = "is stable" if state == "STABLE" else "warms up"
    return f"{verb}, {len(agent)} feature{'s' * (len(agent) != 1)} looked at"


def alarm_of(fleet: "Fleet", windows: Sequence[Mapping[str, Any]]) -> Alarm | None:
    """Return what followed the newest alert of a version, None while it never drifted."""
    last = next((i for i in reversed(range(len(windows))) if windows[i]["state"] in ALARMS), None)
    if last is None:
        return None
    first = last
    while first > 0 and windows[first - 1]["state"] in ALARMS:
        first -= 1
    start = windows[first]
    pair = (start["graph"], start["graph_version"])
    recalled, recalled_at = reads.recalled_since(fleet.store, *pair, start["at"])
    return Alarm(
        at=start["at"],
        features=tuple(f["name"] for f in by_p(start["features"]) if f["state"] in ALARMS),
        action=reads.drift_action(fleet.store, *pair, start["at"]),
        cut=reads.cut_since(fleet.store, *pair, start["at"]),
        recalled=recalled, recalled_at=recalled_at,
    )  # fmt: skip


def run_distribution(fleet: "Fleet", window: Mapping[str, Any], name: str) -> Distribution | None:
    """Return a feature of a version in its reference and in a window; None where none is kept."""
    about = next((f for f in window["features"] if f.get("reference_from")), None)
    if about is None or not window["window_start"]:
        return None
    spans = (
        (about["reference_from"], about["reference_to"]),
        (window["window_start"], window["window_end"]),
    )
    sides = []
    for start, end in spans:
        rows = run_measures(
            fleet.store, window["graph"], window["graph_version"], after=just_before(start),
            until=end, limit=MOST_RUNS, newest=True,
        )  # fmt: skip
        add_texts(fleet.store, rows)
        sides.append(rows)
    base = name.removesuffix(STREAM)
    first, second = (side.get(base) for side in columns_between(*sides))
    return None if first is None or second is None else distribution(first, second)


def just_before(at: str) -> str:
    """Return the moment before a time of the store, in its form.

    >>> just_before("2026-11-25T10:00:00.000000Z")
    '2026-11-25T09:59:59.999999Z'
    """
    return stamp(datetime.fromisoformat(at) - timedelta(microseconds=1))


def compare_files(
    fleet: "Fleet", reference: Path, current: Path
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the report of two tables, and both tables by column.

    Raises InputError when one cannot be read, or they have no column in common.
    """
    before, now = read_long_table(reference), read_long_table(current)
    first, second = before.columns, now.columns
    if not set(first) & set(second):
        raise InputError("the two tables have no column in common: compare tables of one kind")
    seasons = section(fleet.policies, "monitor.season", SeasonPolicy)
    report = compare_tables(
        first, second, drift_policy(fleet), seasons=seasons if before.every == now.every else None
    ).of_thinned(before.rows, now.rows, now.every)
    more = {"features": list(report.features), "every": now.every}
    return report.as_json() | more, first, second


def distribution(reference: Sequence[Any], current: Sequence[Any]) -> Distribution:
    """Return shares by bin, or by the commonest levels of a column that holds no numbers."""
    first, second = as_numbers(reference), as_numbers(current)
    if first is None or second is None:
        return _levels(_words(reference), _words(current))
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    both = np.concatenate([first, second])
    if not both.size:
        return _levels([], [])
    low, high = (float(v) for v in np.percentile(both, [TAIL, 100 - TAIL]))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    shares = [
        np.histogram(np.clip(side, edges[0], edges[-1]), edges)[0] / max(1, side.size)
        for side in (first, second)
    ]
    return Distribution(
        edges=tuple(edges.tolist()), levels=(), reference=tuple(shares[0].tolist()),
        current=tuple(shares[1].tolist()), reference_n=first.size, current_n=second.size,
    )  # fmt: skip


def course(reference: Sequence[Any], current: Sequence[Any]) -> Course | None:
    """Return the current column part by part: medians, or shares of the commonest level."""
    count = min(PARTS, len(current) // LEAST_IN_PART)
    if count < 1:
        return None
    edges = [len(current) * i // count for i in range(count + 1)]
    first, second = as_numbers(reference), as_numbers(current)
    if first is None or second is None:
        return _level_course(_words(reference), _words(current), edges)
    kept = [
        (i, part[np.isfinite(part)])
        for i, part in enumerate(second[a:b] for a, b in itertools.pairwise(edges))
    ]
    points = [(i, _median(np.sort(part))) for i, part in kept if part.size]
    known = first[np.isfinite(first)]
    if not points or not known.size:
        return None
    return _course("median", points, edges, float(np.median(known)))


def _course(
    what: str, points: list[tuple[int, tuple[float, float, float]]], edges: list[int], base: float
) -> Course:
    return Course(
        what=what, rows=tuple((edges[i] + edges[i + 1]) / 2 for i, _ in points),
        values=tuple(p[0] for _, p in points), low=tuple(p[1] for _, p in points),
        high=tuple(p[2] for _, p in points), reference=base,
    )  # fmt: skip


def _median(ordered: Any) -> tuple[float, float, float]:
    """Return a median with its 95 % interval by order statistics."""
    n = len(ordered)
    half = Z95 * math.sqrt(n) / 2
    low, high = max(0, math.floor(n / 2 - half)), min(n - 1, math.ceil(n / 2 + half))
    return float(np.median(ordered)), float(ordered[low]), float(ordered[high])


def _level_course(first: list[str], second: list[str], edges: list[int]) -> Course | None:
    if not first:
        return None
    level, count = Counter(first).most_common(1)[0]
    points = []
    for i, (start, end) in enumerate(itertools.pairwise(edges)):
        hits = sum(word == level for word in second[start:end])
        points.append((i, (hits / (end - start), *wilson(hits, end - start))))
    return _course(f"share of {level[:40]}", points, edges, count / len(first))


def _levels(first: list[str], second: list[str]) -> Distribution:
    counts = [Counter(first), Counter(second)]
    levels = [level for level, _ in (counts[0] + counts[1]).most_common(LEVELS)]
    shares = [
        tuple(count[level] / max(1, len(side)) for level in levels)
        for count, side in zip(counts, (first, second), strict=True)
    ]
    return Distribution(
        edges=(), levels=tuple(levels), reference=shares[0], current=shares[1],
        reference_n=len(first), current_n=len(second),
    )  # fmt: skip


def _words(column: Sequence[Any]) -> list[str]:
    return ["(missing)" if v is None or v == "" or v != v else str(v) for v in column]
