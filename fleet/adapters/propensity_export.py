"""Fitted learners as plain JSON: weights or trees, a calibration curve, and an interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fleet.adapters.propensity_learners import Fitted
from fleet.propensity.choose import BOOSTING
from fleet.propensity.columns import Column
from fleet.propensity.encode import Encoded, Feature, Floats, feature_form, level_slots
from fleet.propensity.one_rule import OneRule
from fleet.propensity.shift import logit

Pairs = Sequence[tuple[Column, Feature]]
POINTS = 24  # at which an interval is known
TAIL = 0.025
LEAST = 0.005  # half of an interval: resamples that all agree know no better
SMALLEST = 1e-4


def base_form(base: float) -> dict[str, Any]:
    """Return the form that answers the base rate."""
    return {"kind": "linear", "method": "rules", "bias": logit(base), "features": [],
            "calibration": {"kind": "none"}}  # fmt: skip


def rule_form(rule: OneRule, column: Column) -> dict[str, Any]:
    """Return the form of the best single column: its rates as effects on the base rate's odds."""
    base = logit(min(max(rule.base, SMALLEST), 1 - SMALLEST))
    effect = {
        level: logit(min(max(rate, SMALLEST), 1 - SMALLEST)) - base
        for level, rate in rule.rates.items()
    }
    feature: dict[str, Any] = {"name": rule.column, "empty": effect.pop(None, None)}
    if column.numeric:
        feature |= {"kind": "parts", "edges": list(rule.edges),
                    "weights": [effect.get(n, 0.0) for n in range(len(rule.edges) + 1)],
                    }  # fmt: skip
    else:
        feature |= {"kind": "weekday" if column.way else "level", "weights": effect,
                    "other": None, "way": column.way}  # fmt: skip
    return base_form(rule.base) | {"features": [feature]}


def export(fitted: Fitted, pairs: Pairs, encoded: Encoded) -> dict[str, Any]:
    """Return the form of a fitted learner."""
    curve: dict[str, Any] = {"kind": fitted.curve.kind}
    if fitted.curve.kind == "platt":
        curve |= {"slope": fitted.curve.x[0], "offset": fitted.curve.y[0]}
    elif fitted.curve.kind == "isotonic":
        curve |= {"x": list(fitted.curve.x), "y": list(fitted.curve.y)}
    form = (
        _trees(fitted.estimator, pairs)
        if fitted.name == BOOSTING
        else _linear(fitted.estimator, pairs, encoded.shares)
    )
    return form | {"method": "trained", "calibration": curve}


def _linear(estimator: Any, pairs: Pairs, shares: Floats) -> dict[str, Any]:
    weights, at, out = estimator.coef_[0], 0, []
    for _, feature in pairs:
        part = weights[at : at + feature.width]
        taken = float(part @ shares[at : at + feature.width])
        at += feature.width
        form = feature_form(feature)
        if feature.kind == "number":
            form |= {"mean": feature.mean, "scale": feature.scale, "weight": float(part[0]),
                     "empty": float(part[1]) if feature.empty else None}  # fmt: skip
        else:
            places = level_slots(feature)
            effects = {level: float(part[slot]) - taken for level, slot in places.items()}
            form |= {"other": effects.pop(None, None), "weights": effects,
                     "empty": float(part[-1]) - taken if feature.empty else None}  # fmt: skip
        out.append(form)
    return {"kind": "linear", "bias": float(estimator.intercept_[0]), "features": out}


def _trees(estimator: Any, pairs: Pairs) -> dict[str, Any]:
    features: list[dict[str, Any]] = []
    template: list[float] = []
    owner: list[int] = []
    for place, (_, feature) in enumerate(pairs):
        at = len(template)
        form = feature_form(feature) | {"slot": at, "empty": None}
        if feature.kind == "number":
            template.append(feature.typical)
        else:
            places = level_slots(feature)
            form |= {"other": None if not feature.other else at + places[None],
                     "levels": {k: at + v for k, v in places.items() if k is not None}}  # fmt: skip
            template += [1.0] + [0.0] * (len(places) - 1)
        if feature.empty:
            form["empty"] = len(template)
            template.append(0.0)
        owner += [place] * (len(template) - at)
        features.append(form)
    trees = [_tree(each[0].nodes, owner) for each in estimator._predictors]  # noqa: SLF001  # its only account of the trees
    bias = float(np.ravel(estimator._baseline_prediction)[0])  # noqa: SLF001  # the same
    return {"kind": "trees", "bias": bias, "features": features, "template": template,
            "trees": trees}  # fmt: skip


def _tree(nodes: Any, owner: Sequence[int]) -> list[Any]:
    """Return nested nodes `[slot, limit, low, high]`; a leaf is `[-1, value, [[feature, part]…]]`.

    A leaf's parts say how far each feature on its path moved the mean (Saabas 2014).
    """
    worth: dict[int, float] = {}

    def weigh(at: int) -> float:
        node = nodes[at]
        if node["is_leaf"]:
            worth[at] = float(node["value"])
        else:
            low, high = int(node["left"]), int(node["right"])
            n, m = int(nodes[low]["count"]), int(nodes[high]["count"])
            worth[at] = (n * weigh(low) + m * weigh(high)) / max(n + m, 1)
        return worth[at]

    def build(at: int, parts: dict[int, float]) -> list[Any]:
        node = nodes[at]
        if node["is_leaf"]:
            return [-1, float(node["value"]), [[f, part] for f, part in parts.items()]]
        feature, sides = owner[int(node["feature_idx"])], []
        for side in ("left", "right"):
            child = int(node[side])
            moved = parts.get(feature, 0.0) + worth[child] - worth[at]
            sides.append(build(child, parts | {feature: moved}))
        return [int(node["feature_idx"]), float(node["num_threshold"]), *sides]

    weigh(0)
    return build(0, {})


def interval_form(
    labels: Sequence[int], chances: Sequence[float], resamples: int
) -> dict[str, Any]:
    """Return `{at, low, high}`: bounds around some chances for the rate that comes true there.

    The bootstrap gives bounds of the rate. Where chance and rate differ, the same doubt is put
    around the chance too, and the interval spans both: a chance is never the edge of its own.
    """
    from sklearn.isotonic import IsotonicRegression

    def curve(rows: Any) -> Any:
        return IsotonicRegression(out_of_bounds="clip").fit(p[rows], y[rows]).predict(at)

    y, p = np.asarray(labels, dtype=float), np.asarray(chances, dtype=float)
    at = np.unique(np.quantile(p, np.linspace(0, 1, POINTS)))
    rng = np.random.default_rng(0)
    found = [curve(rng.integers(0, len(y), len(y))) for _ in range(resamples)]
    low, middle, high = np.quantile(found, (TAIL, 0.5, 1 - TAIL), axis=0)
    low = np.clip(np.minimum(low, at - np.maximum(middle - low, LEAST)), 0, 1)
    high = np.clip(np.maximum(high, at + np.maximum(high - middle, LEAST)), 0, 1)
    return {"at": at.tolist(), "low": low.tolist(), "high": high.tolist()}
