"""Drift between two tables: each feature tested over windows, adjusted, with a change point.

Numbers: Kolmogorov-Smirnov, exact on short tables, on a 64-bin sketch on long ones. Categories:
chi-square with Cramér's V. DRIFT needs two windows in a row, or one critical shift of the whole;
WATCH is one window; WARMING is too little data to say anything.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.monitor.change import change_point
from fleet.monitor.features import Feature, read_feature
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.sketch import Sketch, binned_distance
from fleet.stats.two_sample import adjust_p_values, chi_square, ks_p_value, ks_statistic

Table = Mapping[str, Sequence[Any]]
RAW = "p_value"  # of a feature in a report; the wire form has the adjusted one alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One feature against its reference: the whole, and each window in time order."""

    name: str
    test: str
    effect: float
    p_value: float
    windows: tuple[tuple[float, float], ...]  # effect, p value
    change: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """States of all features, each with its raw `p_value`; `as_json` is the wire form."""

    features: tuple[dict[str, Any], ...]
    reference_n: int
    current_n: int

    def of_thinned(self, reference_n: int, current_n: int, every: int) -> "DriftReport":
        """Return the report in rows of the whole tables, of which every `every`-th was compared."""
        features = tuple(
            f | {"change_point": f["change_point"] * every} if "change_point" in f else f
            for f in self.features
        )
        return DriftReport(features=features, reference_n=reference_n, current_n=current_n)

    @property
    def drifted(self) -> list[str]:
        """Names of the features in DRIFT."""
        return [f["name"] for f in self.features if f["state"] == "DRIFT"]

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "features": [
                {key: value for key, value in feature.items() if key != RAW}
                for feature in self.features
            ],
            "drifted": self.drifted,
            "reference_n": self.reference_n,
            "current_n": self.current_n,
        }


def compare_tables(
    reference: Table, current: Table, policy: DriftPolicy, *more: tuple[Table, Table]
) -> DriftReport:
    """Test every feature that both tables have; ids and clocks, which only rise, are none.

    `more` are further pairs of tables whose rows count something else: all p values are adjusted
    together. The counts are those of the first pair.
    """
    tested: list[Tested] = []
    warming: list[str] = []
    for first, second in ((reference, current), *more):
        for name in first:
            if name not in second:
                continue
            feature = read_feature(name, first[name], second[name], policy.max_levels)
            if feature is None:
                continue
            if min(feature.known) < policy.min_n:
                warming.append(name)
            else:
                tested.append(_test(feature, policy))
    return DriftReport(
        features=(*_judged(tested, policy), *(_warming(name) for name in warming)),
        reference_n=max((len(column) for column in reference.values()), default=0),
        current_n=max((len(column) for column in current.values()), default=0),
    )


def _judged(tested: Sequence[Tested], policy: DriftPolicy) -> list[dict[str, Any]]:
    whole = adjust_p_values([t.p_value for t in tested])
    parts = adjust_p_values([p for t in tested for _, p in t.windows])
    rows, place = [], 0
    for item, p_adjusted in zip(tested, whole, strict=True):
        window_p = parts[place : place + len(item.windows)]
        place += len(item.windows)
        state = _state(item, p_adjusted, window_p, policy)
        row = {
            "name": item.name, "test": item.test, "effect": round(item.effect, 6),
            "p_adjusted": p_adjusted, "state": state, RAW: item.p_value,
        }  # fmt: skip
        changed = item.change is not None and state in ("DRIFT", "WATCH")
        rows.append(row | {"change_point": item.change} if changed else row)
    return rows


def _warming(name: str) -> dict[str, Any]:
    return {
        "name": name, "test": "n too low", "effect": None, "p_adjusted": None, "state": "WARMING",
    }  # fmt: skip


def _state(item: Tested, p: float, window_p: list[float], policy: DriftPolicy) -> str:
    marks = [
        p_window < policy.alpha and effect >= policy.min_effect
        for (effect, _), p_window in zip(item.windows, window_p, strict=True)
    ]
    in_a_row = any(a and b for a, b in itertools.pairwise(marks))
    proved = p < policy.alpha
    if in_a_row or (proved and item.effect >= policy.critical_effect):
        return "DRIFT"
    if any(marks) or (proved and item.effect >= policy.min_effect):
        return "WATCH"
    return "STABLE"


def _test(feature: Feature, policy: DriftPolicy) -> Tested:
    size = len(feature.current)
    count = max(1, min(policy.windows, size // policy.min_n))
    edges = [size * i // count for i in range(count + 1)]
    spans = list(itertools.pairwise(edges))
    if not feature.numeric:
        return _test_levels(feature, spans)
    if max(feature.known) > policy.exact_rows:
        return _test_sketch(feature, spans, policy.bins)
    base = np.sort(feature.reference[~np.isnan(feature.reference)])
    results = []
    for start, end in [(0, size), *spans]:
        part = feature.current[start:end]
        part = np.sort(part[~np.isnan(part)])
        if not part.size:
            results.append((0.0, 1.0))
            continue
        distance = ks_statistic(base, part)
        results.append((distance, ks_p_value(distance, base.size, part.size)))
    return _tested(feature, "Kolmogorov-Smirnov", results)


def _test_sketch(feature: Feature, spans: list[tuple[int, int]], bins: int) -> Tested:
    known = feature.reference[~np.isnan(feature.reference)]
    sketch = Sketch.of(known, bins)
    base = sketch.counts(known)
    parts = []
    for start, end in spans:
        part = feature.current[start:end]
        parts.append(sketch.counts(part[~np.isnan(part)]))
    results = []
    for counts in [np.sum(parts, axis=0), *parts]:
        if not counts.sum():
            results.append((0.0, 1.0))
            continue
        distance = binned_distance(base, counts)
        results.append((distance, ks_p_value(distance, int(base.sum()), int(counts.sum()))))
    return _tested(feature, f"Kolmogorov-Smirnov on {bins} bins", results)


def _test_levels(feature: Feature, spans: list[tuple[int, int]]) -> Tested:
    levels = int(max(feature.reference.max(), feature.current.max())) + 1
    base = np.bincount(feature.reference.astype(np.int64), minlength=levels)
    codes = feature.current.astype(np.int64)
    results = []
    for start, end in [(0, len(codes)), *spans]:
        counts = np.bincount(codes[start:end], minlength=levels)
        results.append(chi_square(base.tolist(), counts.tolist()))
    return _tested(feature, "chi-square", results)


def _tested(feature: Feature, test: str, results: list[tuple[float, float]]) -> Tested:
    (effect, p_value), *windows = results
    return Tested(
        name=feature.name, test=test, effect=effect, p_value=p_value, windows=tuple(windows),
        change=change_point(feature),
    )  # fmt: skip
