"""Fit how often runs that look alike succeed, and say honestly how well that predicts.

Ridge logistic regression by projected gradient, signs bounded: a defect can lower the probability,
never raise it. Figures come from cross-validation grouped by task: no run is scored by a model that
saw another run of its task. Intervals are percentiles over resampled tasks (cluster bootstrap).
"""

import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.evaluation.policy import Calibration
from fleet.evaluation.spread import covariance, lower_rows
from fleet.stats.logistic import logistic
from fleet.stats.ranking import auc

Floats = NDArray[np.float64]
Signals = Mapping[str, float | None]
FREE = frozenset({"declined", "handed_over"})  # neither good nor bad in themselves
EXPOSURE = frozenset({"steps", "acts"})  # chances to err, not errors
PRIOR = -0.3  # logits a standard deviation of a defect costs before any label is seen
LEAST = -0.1  # and costs at least, so that a few labels cannot make a defect free
UNSEEN_SCALE = 0.25  # of a signal that no run of the fit varied
ROUNDS = 600
TINY_SCALE = 1e-9
DIGITS = 4
COVARIANCE_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An estimate with its 95 % interval and the number of runs; None when undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, float | int | None]:
        """Return the wire form, rounded to four digits."""
        return {"value": rounded(self.value), "low": rounded(self.low),
                "high": rounded(self.high), "n": self.n}  # fmt: skip


def rounded(value: float | None) -> float | None:
    """Round for the wire; None stays None."""
    return None if value is None else round(value, DIGITS)


def fit(
    signals: Sequence[Signals], labels: Sequence[int], *, l2: float, fitted_on: str = "",
    groups: Sequence[str] | None = None,
) -> Calibration:  # fmt: skip
    """Fit a calibration; `l2` is the ridge penalty on standardised signals.

    `groups` are the runs' tasks, whose runs are alike: the covariance counts tasks, not runs.
    """
    names = tuple(signals[0])
    raw = _table(signals, names)
    known = ~np.isnan(raw)
    counts = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, raw, 0.0)
    mean = filled.sum(axis=0) / counts
    centred = np.where(known, raw - mean, 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / counts)
    scale = np.where(scale > TINY_SCALE, scale, UNSEEN_SCALE)
    free = np.array([name in FREE for name in names])
    most = np.array([math.inf if n in FREE else 0.0 if n in EXPOSURE else LEAST for n in names])
    prior = np.where(free, 0.0, PRIOR)
    known_labels = np.asarray(labels, dtype=float)
    weights, intercept = _descend(centred / scale, known_labels, l2, prior, most)
    own = groups if groups is not None else [str(place) for place in range(len(labels))]
    spread = covariance(centred / scale, known_labels, weights, intercept, l2, own)
    return Calibration(
        fitted_on=fitted_on,
        runs=len(labels),
        intercept=round(float(intercept), DIGITS),
        weight={name: round(float(w), DIGITS) for name, w in zip(names, weights, strict=True)},
        mean={name: round(float(m), DIGITS) for name, m in zip(names, mean, strict=True)},
        scale={name: round(float(s), DIGITS) for name, s in zip(names, scale, strict=True)},
        covariance=None if spread is None else lower_rows(spread, names, COVARIANCE_DIGITS),
    )


def probability(calibration: Calibration, signals: Signals) -> float:
    """Return the probability of success of a run with these signals; absent ones say nothing."""
    total = calibration.intercept
    for name, weight in calibration.weight.items():
        value = signals.get(name)
        if value is not None:
            total += weight * (value - calibration.mean[name]) / calibration.scale[name]
    return logistic(total)


def _table(signals: Sequence[Signals], names: Sequence[str]) -> Floats:
    rows = [[math.nan if (v := each[name]) is None else v for name in names] for each in signals]
    return np.array(rows, dtype=float)


def _descend(
    table: Floats, labels: Floats, l2: float, prior: Floats, most: Floats
) -> tuple[Floats, float]:
    """Minimise mean log loss + l2/2n |w - prior|^2 with w <= most (Beck and Teboulle 2009)."""
    n = len(labels)
    weights, bias = prior, 0.0
    step = 1 / (0.25 * (table**2).sum(axis=1).mean() + l2 / n + 0.25)
    ahead, ahead_bias, momentum = weights, bias, 1.0
    for _ in range(ROUNDS):
        gap = 1 / (1 + np.exp(-(table @ ahead + ahead_bias))) - labels
        moved = ahead - step * (table.T @ gap / n + l2 / n * (ahead - prior))
        moved = np.minimum(moved, most)
        moved_bias = ahead_bias - step * gap.mean()
        following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        pull = (momentum - 1) / following
        ahead, ahead_bias = (
            moved + pull * (moved - weights),
            moved_bias + pull * (moved_bias - bias),
        )
        weights, bias, momentum = moved, moved_bias, following
    return weights, float(bias)


def out_of_fold(
    signals: Sequence[Signals],
    labels: Sequence[int],
    groups: Sequence[str],
    *,
    l2: float,
    folds: int,
    rng: random.Random,
) -> list[float]:
    """Return each run's probability by a model that saw no run of its group."""
    names = sorted(set(groups))
    rng.shuffle(names)
    fold_of = {name: place % folds for place, name in enumerate(names)}
    found = [0.5] * len(labels)
    for fold in range(folds):
        held = [i for i, group in enumerate(groups) if fold_of[group] == fold]
        seen = [i for i, group in enumerate(groups) if fold_of[group] != fold]
        if not held or len({labels[i] for i in seen}) < len((0, 1)):
            continue
        model = fit([signals[i] for i in seen], [labels[i] for i in seen], l2=l2)
        for i in held:
            found[i] = probability(model, signals[i])
    return found


def auc_figure(
    labels: Sequence[int],
    scores: Sequence[float],
    groups: Sequence[str],
    *,
    resamples: int,
    rng: random.Random,
) -> Figure:
    """AUC with a 95 % interval over resampled groups (Efron and Tibshirani 1993, clustered)."""

    def found(places: Sequence[int]) -> float | None:
        return auc([labels[i] for i in places], [scores[i] for i in places])

    return _resampled(found, groups, resamples, rng)


def gain_figure(
    labels: Sequence[int],
    scores: Sequence[float],
    rivals: Sequence[float],
    groups: Sequence[str],
    *,
    resamples: int,
    rng: random.Random,
) -> Figure:
    """AUC of `scores` less AUC of `rivals`, on the same runs, with a 95 % interval."""

    def found(places: Sequence[int]) -> float | None:
        drawn = [labels[i] for i in places]
        ours = auc(drawn, [scores[i] for i in places])
        theirs = auc(drawn, [rivals[i] for i in places])
        return None if ours is None or theirs is None else ours - theirs

    return _resampled(found, groups, resamples, rng)


def _resampled(
    statistic: Callable[[Sequence[int]], float | None],
    groups: Sequence[str],
    resamples: int,
    rng: random.Random,
) -> Figure:
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    names = sorted(members)
    draws = ([i for _ in names for i in members[rng.choice(names)]] for _ in range(resamples))
    drawn = sorted(value for places in draws if (value := statistic(places)) is not None)
    low = drawn[int(0.025 * (len(drawn) - 1))] if drawn else None
    high = drawn[math.ceil(0.975 * (len(drawn) - 1))] if drawn else None
    return Figure(value=statistic(range(len(groups))), low=low, high=high, n=len(groups))


def calibration_toml(calibration: Calibration) -> str:
    """Write a calibration as the TOML tables the policy holds."""
    lines = ["[evaluation.calibration]", f"fitted_on = {json.dumps(calibration.fitted_on)}",
             f"runs = {calibration.runs}", f"intercept = {calibration.intercept}"]  # fmt: skip
    for name in ("weight", "mean", "scale"):
        lines += ["", f"[evaluation.calibration.{name}]"]
        lines += [f"{key} = {value}" for key, value in getattr(calibration, name).items()]
    if calibration.covariance is not None:
        lines += ["", "[evaluation.calibration.covariance]"]
        lines += [f"{key} = {list(row)}" for key, row in calibration.covariance.items()]
    return "\n".join(lines) + "\n"
