"""Drift between two tables: each feature tested over windows, adjusted, with a change point.

Numbers: Kolmogorov-Smirnov, exact on short tables, on a 64-bin sketch on long ones. Categories:
chi-square with Cramér's V. A season that the reference shows is taken out first. DRIFT needs two
windows in a row, or one critical shift of the whole, larger than what parts of the reference differ
by among themselves; WATCH is one window; WARMING is too little data to say anything.

`power` is how likely the test of one window, of `n` values against so many of the reference, is to
find the smallest shift that counts, at the strictest level that the correction can ask for.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.monitor.change import change_point
from fleet.monitor.features import read_feature
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.season import SeasonPolicy, without_season
from fleet.monitor.window_tests import Tested, run_test
from fleet.stats.two_sample import adjust_p_values

Table = Mapping[str, Sequence[Any]]
RAW = "p_value"  # of a feature in a report; the wire form has the adjusted one alone


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """States of all features, each with its raw `p_value`; `as_json` is the wire form."""

    features: tuple[dict[str, Any], ...]
    reference_n: int
    current_n: int

    def of_thinned(self, reference_n: int, current_n: int, every: int) -> "DriftReport":
        """Return the report in rows of the whole tables, of which every `every`-th was compared."""
        features = tuple(_times(feature, every) for feature in self.features)
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


def _times(feature: Mapping[str, Any], every: int) -> dict[str, Any]:
    """Return a feature whose rows, of which every `every`-th was seen, are those of the table."""
    found = dict(feature)
    for name in ("change_point", "change_between"):
        if name in found:
            found[name] = (np.array(found[name]) * every).tolist()
    if "season" in found:
        season = found["season"]
        found["season"] = season | {k: season[k] * every for k in ("period", "moved")}
    return found


def compare_tables(
    reference: Table, current: Table, policy: DriftPolicy, *more: tuple[Table, Table],
    seasons: SeasonPolicy | None = None,
) -> DriftReport:  # fmt: skip
    """Test every feature that both tables have; ids and clocks, which only rise, are none.

    `more` are further pairs of tables whose rows count something else: all p values are adjusted
    together. The counts are those of the first pair. With `seasons` a season is taken out first:
    only where rows stand for equal spans of time.
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
                rest, season = without_season(feature, seasons) if seasons else (feature, None)
                tested.append(run_test(rest, policy, season))
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
            "name": item.feature.name, "test": item.test, "effect": round(item.effect, 6),
            "p_adjusted": p_adjusted, "state": state, RAW: item.p_value,
            "n": list(item.sizes),
            "power": round(item.power(policy.min_effect, policy.alpha / max(1, len(parts))), 3),
        }  # fmt: skip
        if state in ("DRIFT", "WATCH"):
            change = change_point(item.feature)
            row |= {"change_point": change.row, "change_between": [change.low, change.high]}
        if item.season:
            row["season"] = item.season.as_json()
        if item.own > policy.min_effect:
            row["reference_effect"] = round(item.own, 6)
        rows.append(row)
    return rows


def _warming(name: str) -> dict[str, Any]:
    return {
        "name": name, "test": "n too low", "effect": None, "p_adjusted": None, "state": "WARMING",
    }  # fmt: skip


def _state(item: Tested, p: float, window_p: list[float], policy: DriftPolicy) -> str:
    least = max(policy.min_effect, item.own)
    marks = [
        p_window < policy.alpha and effect >= least
        for (effect, _), p_window in zip(item.windows, window_p, strict=True)
    ]
    in_a_row = any(a and b for a, b in itertools.pairwise(marks))
    proved = p < policy.alpha
    if in_a_row or (proved and item.effect >= max(policy.critical_effect, item.own_whole)):
        return "DRIFT"
    if any(marks) or (proved and item.effect >= max(policy.min_effect, item.own_whole)):
        return "WATCH"
    return "STABLE"
