"""How far a run's chance of success and its score may be off: 95 % intervals, or None.

The chance: the fit's coefficient covariance carried to the logit of one run (delta method). A
signal that the run does not offer may lie anywhere where the fit's runs lay (mean 0, variance 1 as
standardised), so it widens the interval. The score: a mean of levels whose intervals are put
together by the method of variance estimates recovery (Zou and Donner 2008, doi 10.1002/sim.3095).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.evaluation.policy import INTERCEPT, Calibration
from fleet.stats.intervals import Z95, wilson
from fleet.stats.logistic import MOST, logistic

Floats = NDArray[np.float64]
Interval = tuple[float, float]
WORST_CONDITION = 1e10  # of the curvature; beyond it the labels leave some direction open
LEAST_STEPS = 2  # one step says nothing of how steps differ


def covariance(
    table: Floats, labels: Floats, weights: Floats, intercept: float, l2: float,
    groups: Sequence[str],
) -> Floats | None:  # fmt: skip
    """Return the covariance of (intercept, *weights) of a ridge logistic fit, runs by group.

    Sandwich over groups (Liang and Zeger 1986) with G / (G - 1); the ridge counts as the Gaussian
    prior it is, so that with independent runs this is the inverse curvature. Bounds on weights are
    not used: a weight at its bound has the interval of a free one. None when the labels leave a
    direction open or there is one group.
    """
    rows = np.column_stack([np.ones(len(table)), table])
    chance = 1 / (1 + np.exp(-np.clip(rows @ np.array([intercept, *weights]), -MOST, MOST)))
    prior = np.diag([0.0, *[l2] * len(weights)])
    curvature = rows.T @ (rows * (chance * (1 - chance))[:, None]) + prior
    names = sorted(set(groups))
    if len(names) < LEAST_STEPS or not np.linalg.cond(curvature) < WORST_CONDITION:
        return None
    place = {name: at for at, name in enumerate(names)}
    pulls = np.zeros((len(names), rows.shape[1]))
    np.add.at(pulls, [place[group] for group in groups], rows * (labels - chance)[:, None])
    inverse = np.linalg.inv(curvature)
    inner = len(names) / (len(names) - 1) * pulls.T @ pulls + prior
    found: Floats = inverse @ inner @ inverse
    return (found + found.T) / 2


def lower_rows(matrix: Floats, names: Sequence[str], digits: int) -> dict[str, tuple[float, ...]]:
    """Return the lower triangle of a covariance as rows by name, the intercept first."""
    return {
        name: tuple(round(float(value), digits) for value in matrix[at, : at + 1])
        for at, name in enumerate((INTERCEPT, *names))
    }


def chance_interval(
    calibration: Calibration, signals: Mapping[str, float | None]
) -> Interval | None:
    """Return the interval of a run's chance of success; None by a table without covariance."""
    rows = calibration.covariance
    if rows is None:
        return None
    total, absent, at = calibration.intercept, 0.0, [1.0]
    for name, weight in calibration.weight.items():
        value = signals.get(name)
        if value is None:
            absent += weight**2 + rows[name][-1]
            at.append(0.0)
            continue
        at.append((value - calibration.mean[name]) / calibration.scale[name])
        total += weight * at[-1]
    variance = absent
    for place, name in enumerate((INTERCEPT, *calibration.weight)):
        *before, own = rows[name]
        across = sum(value * other for value, other in zip(before, at, strict=False))
        variance += at[place] * (2 * across + own * at[place])
    half = Z95 * math.sqrt(max(0.0, variance))
    return logistic(total - half), logistic(total + half)


def score_interval(
    score: float, levels: int, steps: Sequence[float], *others: tuple[float, Interval | None]
) -> Interval | None:
    """Return the interval of a score that is the mean of `levels` levels, one of them its steps.

    The steps' mean has Wilson's interval: scores from 0 to 1 vary at most as much as a share.
    `others` are further levels (value, interval); levels not given are taken as they are. None with
    fewer than two judged steps, or when a level given has no interval.
    """
    if len(steps) < LEAST_STEPS:
        return None
    parts: list[tuple[float, Interval]] = [
        (sum(steps) / len(steps), wilson(sum(steps), len(steps)))
    ]
    for value, interval in others:
        if interval is None:
            return None
        parts.append((value, interval))
    below = math.hypot(*(value - low for value, (low, _) in parts)) / levels
    above = math.hypot(*(high - value for value, (_, high) in parts)) / levels
    return max(0.0, score - below), min(1.0, score + above)


def interval_json(interval: Interval | None, digits: int) -> list[float] | None:
    """Return the wire form of an interval, rounded; None stays None."""
    return None if interval is None else [round(each, digits) for each in interval]


def spans(score: Any, digits: int) -> dict[str, list[float] | None]:
    """Return the wire form of both intervals of a `TrajectoryScore`."""
    return {
        "score_interval": interval_json(score.score_interval, digits),
        "success_interval": interval_json(score.success_interval, digits),
    }
