"""Train candidates, judge each where it did not learn, and export the one that earned it.

The candidates: the base rate, the best single column (rules), a logistic model. The model is used
only when its ranking and its Brier score beat the base rate on rows that it did not learn from.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fleet.propensity.columns import Column, PropensityPolicy
from fleet.propensity.measures import (
    auc_interval,
    average_precision,
    brier,
    calibration_error,
    lift_curve,
    reliability,
    top_lift,
)
from fleet.propensity.one_rule import learn_rule
from fleet.stats.intervals import wilson
from fleet.stats.ranking import auc

ROUNDS = 200
CHANCE = 0.5  # AUC of a coin
Predict = Callable[[Any, Any], Any]  # (rows to learn from, rows to judge) -> chances


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers to learn from, and later ones to be judged on."""

    learn: tuple[int, ...]
    judge: tuple[int, ...]


def later_quarter(rows: int) -> Split:
    """Return the split of rows in time order: the last quarter judges."""
    cut = rows * 3 // 4
    return Split(tuple(range(cut)), tuple(range(cut, rows)))


def train(
    columns: Sequence[Column], labels: Sequence[int], folder: Path, policy: PropensityPolicy, *,
    split: Split | None, about: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Judge the candidates, export the chosen model with its report, and return the report."""
    y = np.array(labels)
    x, features = _matrix(columns, policy)
    folds = _folds(x, y, policy, split) if features else []
    judged = np.concatenate([test for _, test in folds]) if folds else np.arange(len(y))
    seen = y[judged].tolist()
    chances = {
        "base rate": _held_back(folds, judged, y, lambda learn, _: float(y[learn].mean())),
        "rules": _held_back(folds, judged, y, _by_rule(columns, labels)),
        "logistic": _held_back(folds, judged, y, _by_logistic(x, y)),
    }
    figures = {name: _figures(seen, scores) for name, scores in chances.items()}
    mine = figures["logistic"]
    found = mine["auc"] or CHANCE
    usable = bool(features) and found >= policy.usable_auc and _beats(mine, figures["base rate"])
    scores = chances["logistic"] if usable else chances["base rate"]
    form = _form(x, y, features, usable) | {
        "bins": _bins(seen, scores, policy.bins), "missing_words": list(policy.missing_words),
        "high_band": policy.high_band, "low_band": policy.low_band,
    }  # fmt: skip
    form["version"] = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:12]
    report = dict(about) | {
        "auc": round(found, 4),
        "auc_low": mine["auc_low"],
        "auc_high": mine["auc_high"],
        "pr_auc": average_precision(seen, scores),
        "brier": brier(seen, scores),
        "ece": calibration_error(seen, scores),
        "lift": top_lift(seen, scores),
        "judged_rows": len(seen),
        "judged_base_rate": sum(seen) / max(len(seen), 1),
        "judged_on": "later quarter" if split else "out of fold",
        "chosen": "logistic" if usable else "base rate",
        "note": None if usable else "no usable signal: the base rate is returned",
        "candidates": figures,
        "reliability": reliability(seen, scores),
        "lift_curve": lift_curve(seen, chances["logistic"]),
        "model_version": form["version"],
    }
    _write(folder, "model.json", form)
    _write(folder, "report.json", report)
    return report


def _beats(mine: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    return bool(mine["auc_low"] > CHANCE and mine["brier"] < base["brier"])


def _figures(labels: list[int], scores: list[float]) -> dict[str, Any]:
    found = auc(labels, scores)
    wins = sum(labels)
    low, high = auc_interval(CHANCE if found is None else found, wins, len(labels) - wins)
    return {
        "auc": None if found is None else round(found, 4), "auc_low": round(low, 4),
        "auc_high": round(high, 4), "brier": brier(labels, scores),
        "ece": calibration_error(labels, scores), "n": len(labels),
    }  # fmt: skip


def _folds(x: Any, y: Any, policy: PropensityPolicy, split: Split | None) -> list[tuple[Any, Any]]:
    """Return pairs of rows to learn from and to judge on; a row's copies stay on one side."""
    if split is not None:
        return [(np.array(split.learn, dtype=int), np.array(split.judge, dtype=int))]
    from sklearn.model_selection import GroupKFold

    groups = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    folds = min(policy.folds, len(set(groups.tolist())))
    if folds < 2:  # noqa: PLR2004  # two sides
        return []
    return list(GroupKFold(folds, shuffle=True, random_state=0).split(x, y, groups))


def _held_back(
    folds: Sequence[tuple[Any, Any]], judged: Any, y: Any, predict: Predict
) -> list[float]:
    """Return the chances of the judged rows, each from rows that it was no part of."""
    if not folds:
        return [float(y.mean())] * len(judged)
    parts: list[float] = []
    for learn, test in folds:
        base = float(y[learn].mean()) if len(learn) else float(y.mean())
        varies = 0.0 < base < 1.0
        found = predict(learn, test) if varies else base
        parts.extend(np.broadcast_to(found, (len(test),)).tolist())
    return parts


def _by_logistic(x: Any, y: Any) -> Predict:
    def predict(learn: Any, test: Any) -> Any:
        return _logistic(x[learn], y[learn]).predict_proba(x[test])[:, 1]

    return predict


def _by_rule(columns: Sequence[Column], labels: Sequence[int]) -> Predict:
    def predict(learn: Any, test: Any) -> Any:
        rule = learn_rule(columns, labels, learn.tolist())
        if rule is None:
            return 0.0
        values = next(column.values for column in columns if column.name == rule.column)
        return [rule.rate(values[row]) for row in test.tolist()]

    return predict


def _logistic(x: Any, y: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=ROUNDS).fit(x, y)


def _form(x: Any, y: Any, features: list[dict[str, Any]], usable: bool) -> dict[str, Any]:
    if usable:
        return _export(_logistic(x, y), features)
    base = float(y.mean())
    return {"bias": float(np.log(base / (1 - base))), "features": [], "method": "rules"}


def _matrix(
    columns: Sequence[Column], policy: PropensityPolicy
) -> tuple[Any, list[dict[str, Any]]]:
    parts, features = [], []
    for column in columns:
        if column.numeric:
            known = np.array([np.nan if v is None else float(v) for v in column.values])
            mean, scale = float(np.nanmean(known)), float(np.nanstd(known)) or 1.0
            span = np.clip((np.nan_to_num(known, nan=mean) - mean) / scale, -5, 5)
            parts.append(span[:, None])
            features.append(
                {"name": column.name, "numeric": True, "mean": mean, "scale": scale, "width": 1}
            )
            continue
        counts = Counter(v for v in column.values if v is not None)
        levels = [v for v, n in counts.most_common(policy.max_levels) if n >= policy.min_level_rows]
        if levels:
            parts.append(np.array([[float(v == level) for level in levels] for v in column.values]))
            features.append(
                {"name": column.name, "numeric": False, "levels": levels, "width": len(levels)}
            )
    return (
        np.hstack(parts) if parts else np.zeros((len(columns[0].values) if columns else 0, 0))
    ), features


def _export(model: Any, features: list[dict[str, Any]]) -> dict[str, Any]:
    weights, place = model.coef_[0].tolist(), 0
    out = []
    for feature in features:
        part = weights[place : place + feature["width"]]
        place += feature["width"]
        if feature["numeric"]:
            out.append(
                {key: feature[key] for key in ("name", "numeric", "mean", "scale")}
                | {"weight": part[0]}
            )
        else:
            out.append(
                {
                    "name": feature["name"],
                    "numeric": False,
                    "weights": dict(zip(feature["levels"], part, strict=True)),
                }
            )
    return {"bias": float(model.intercept_[0]), "features": out, "method": "trained"}


def _bins(labels: list[int], scores: list[float], count: int) -> list[dict[str, float]]:
    """Return the calibration bins, by equal size; equal scores stand in one bin."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    count = min(count, len(set(scores)))
    out = []
    for index in range(count):
        part = order[index * len(order) // count : (index + 1) * len(order) // count]
        if part:
            wins = sum(labels[i] for i in part)
            low, high = wilson(wins, len(part))
            mean = sum(scores[i] for i in part) / len(part)
            out.append(
                {"edge": scores[part[-1]], "chance": mean, "rate": wins / len(part),
                 "low": low, "high": high}
            )  # fmt: skip
    return out


def _write(folder: Path, name: str, form: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{name}.{os.getpid()}"
    draft.write_text(json.dumps(form), "utf-8")
    draft.replace(folder / name)
