"""The part of a fit's report that is drawn: figures, reliability, lift, and segments.

`candidates` is `{name: {auc, auc_low, auc_high, brier, brier_low, brier_high, ece, pr_auc, lift,
n}}`; `reliability` a list of `{chance, rate, low, high, n}`; `lift_by_decile` one of `{decile,
lift, rate, n}`; `segments` one of `{column, value, n, chance, rate, low, high, ece, reliability}`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.propensity.choose import BASE, Choice
from fleet.propensity.columns import Column, faked_auc
from fleet.propensity.measures import (
    calibration_error,
    lift_by_decile,
    lift_curve,
    reliability,
)
from fleet.stats.intervals import wilson

SEGMENT_COLUMNS = 3
SEGMENT_LEVELS = range(2, 13)  # values of a column that parts the rows
SEGMENT_ROWS = 30  # judged rows; fewer show nothing


def report_of(
    labels: Sequence[int], chances: Sequence[float], rows: Sequence[int], choice: Choice,
    trained: str, shown: Mapping[str, Mapping[str, Any]], columns: Sequence[Column],
) -> dict[str, Any]:  # fmt: skip
    """Return the report of the chosen candidate on judged `rows`, with all candidates beside it."""
    mine = shown[trained]
    best = max(shown.values(), key=lambda found: found["auc"] or 0.0)
    ranked = best if trained == BASE else mine
    return {
        "auc": ranked["auc"] or 0.5, "auc_low": ranked["auc_low"], "auc_high": ranked["auc_high"],
        "pr_auc": mine["pr_auc"], "brier": mine["brier"], "ece": mine["ece"], "lift": mine["lift"],
        "judged_rows": len(labels), "judged_base_rate": sum(labels) / max(len(labels), 1),
        "chosen": choice.name, "why": choice.why,
        "note": choice.why if choice.name == BASE else None,
        "candidates": dict(shown),
        "reliability": reliability(labels, chances),
        "lift_by_decile": lift_by_decile(labels, chances),
        "lift_curve": lift_curve(labels, chances),
        "segments": segments(labels, chances, rows, columns),
    }  # fmt: skip


def segments(
    labels: Sequence[int], chances: Sequence[float], rows: Sequence[int], columns: Sequence[Column]
) -> list[dict[str, Any]]:
    """Return the calibration of each part of the rows, by the columns that tell most."""
    found = []
    for column in _parting(columns, labels, rows):
        parts: dict[Any, list[int]] = {}
        for place, row in enumerate(rows):
            parts.setdefault(column.values[row], []).append(place)
        for value, places in sorted(parts.items(), key=lambda part: (-len(part[1]), str(part[0]))):
            if len(places) >= SEGMENT_ROWS:
                found.append(segment_of(column.name, value, places, labels, chances))
    return found


def _parting(columns: Sequence[Column], labels: Sequence[int], rows: Sequence[int]) -> list[Column]:
    strong = []
    for column in columns:
        values = [column.values[row] for row in rows]
        if not column.numeric and len(set(values)) in SEGMENT_LEVELS:
            part = Column(name=column.name, numeric=False, values=tuple(values))
            strong.append((-(faked_auc(part, labels) or 0.0), column.name, column))
    return [column for *_, column in sorted(strong, key=lambda item: item[:2])[:SEGMENT_COLUMNS]]


def segment_of(
    name: str, value: Any, places: Sequence[int], labels: Sequence[int], chances: Sequence[float]
) -> dict[str, Any]:
    """Return the calibration of the rows at some places, which share a value of a column."""
    mine, scores = [labels[place] for place in places], [chances[place] for place in places]
    low, high = wilson(sum(mine), len(mine))
    return {
        "column": name, "value": value, "n": len(mine), "chance": sum(scores) / len(scores),
        "rate": sum(mine) / len(mine), "low": low, "high": high,
        "ece": calibration_error(mine, scores), "reliability": reliability(mine, scores),
    }  # fmt: skip
