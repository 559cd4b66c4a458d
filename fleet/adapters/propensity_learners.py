"""The two learners with their calibration, each fitted without the rows it will be judged on.

scikit-learn is loaded by the functions that fit; nothing here is needed to score.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fleet.propensity.choose import BOOSTING, LOGISTIC
from fleet.propensity.encode import Encoded, Floats
from fleet.propensity.policy import PropensityPolicy

Rows = npt.NDArray[np.int64]
ROUNDS = 300
NEARLY = 1e-6  # a chance is never quite 0 or 1
KNOTS = 60  # of an isotonic curve that is exported


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Encoded rows with labels, weights, and groups of equal rows."""

    encoded: Encoded
    y: npt.NDArray[np.int64]
    weights: Floats
    groups: npt.NDArray[np.int64]
    policy: PropensityPolicy


@dataclass(frozen=True, slots=True)
class Curve:
    """From log odds to chance: `none`, `platt` (slope, offset) or `isotonic` (knots)."""

    kind: str
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()

    def chances(self, odds: Floats) -> Floats:
        """Return calibrated chances."""
        if self.kind == "isotonic":
            found = np.interp(odds, self.x, self.y)
        else:
            slope, offset = (self.x[0], self.y[0]) if self.kind == "platt" else (1.0, 0.0)
            found = 1 / (1 + np.exp(-np.clip(slope * odds + offset, -35, 35)))
        return np.clip(found, NEARLY, 1 - NEARLY)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A learner's estimator with its curve."""

    name: str
    estimator: Any
    curve: Curve

    def chances(self, encoded: Encoded, rows: Rows) -> Floats:
        """Return the chances of some rows."""
        return self.curve.chances(_odds(self.estimator, _matrix(self.name, encoded)[rows]))


def fit_learner(name: str, table: Table, rows: Rows) -> Fitted:
    """Fit on `rows`, and its calibration on folds within them."""
    x, y, w = _matrix(name, table.encoded), table.y, table.weights
    odds = np.zeros(len(rows))
    done = np.zeros(len(rows), dtype=bool)
    for learn, test in inner_folds(table, rows):
        if len(set(y[rows[learn]].tolist())) > 1:
            part = _fit(name, x[rows[learn]], y[rows[learn]], w[rows[learn]], table.policy)
            odds[test], done[test] = _odds(part, x[rows[test]]), True
    curve = Curve("none")
    if done.any() and len(set(y[rows[done]].tolist())) > 1:
        curve = fit_curve(odds[done], y[rows[done]], w[rows[done]], table.policy)
    return Fitted(name, _fit(name, x[rows], y[rows], w[rows], table.policy), curve)


def fit_curve(odds: Floats, y: Any, w: Floats, policy: PropensityPolicy) -> Curve:
    """Return the simplest curve whose log loss, on halves it did not see, is as good as any."""
    makers: dict[str, Callable[[Any, Any, Any], Curve]] = {"platt": _platt}
    if len(odds) >= policy.isotonic_rows:
        makers["isotonic"] = _isotonic
    turn = np.where(y == 1, np.cumsum(y == 1), np.cumsum(y == 0))
    half = turn % 2 == 0  # every second row of each class
    losses: dict[str, float] = {}
    for kind, make in makers.items():
        found = np.zeros(len(odds))
        for part in (half, ~half):
            if len(set(y[~part].tolist())) < 2:  # noqa: PLR2004  # a class each
                return Curve("none")
            found[part] = make(odds[~part], y[~part], w[~part]).chances(odds[part])
        losses[kind] = _log_loss(found, y, w)
    enough = min(losses.values()) * (1 + policy.curve_gain)
    best = next(kind for kind, loss in losses.items() if loss <= enough)  # the simplest of equals
    return makers[best](odds, y, w)


def inner_folds(table: Table, rows: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield (learn, test) as positions in `rows`; equal rows stay on one side."""
    yield from group_folds(table.groups[rows], table.policy.inner_folds)


def group_folds(groups: Any, folds: int) -> list[tuple[Rows, Rows]]:
    """Return folds in which equal rows stay on one side; none when there are too few of them."""
    from sklearn.model_selection import GroupKFold

    folds = min(folds, len(set(groups.tolist())))
    if folds < 2:  # noqa: PLR2004  # two sides
        return []
    return list(GroupKFold(folds, shuffle=True, random_state=0).split(groups, groups, groups))


def _matrix(name: str, encoded: Encoded) -> Floats:
    return encoded.trees if name == BOOSTING else encoded.linear


def _one_thread() -> Any:
    """Return a context of one thread: more cost more than they bring on tables of this size."""
    return _threads().limit(limits=1)


@cache
def _threads() -> Any:
    """Look the native thread pools up once: each look reads the process's whole map of memory."""
    import sklearn.ensemble  # loads the pools that there will be
    import sklearn.linear_model  # noqa: F401  # likewise
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # has no stubs

    return ThreadpoolController()


def _fit(name: str, x: Any, y: Any, w: Any, policy: PropensityPolicy) -> Any:
    if (w == 1.0).all():
        w = None  # the same, but trees bin much faster without weights
    with _one_thread():
        if name == LOGISTIC:
            from sklearn.linear_model import LogisticRegression

            return LogisticRegression(max_iter=ROUNDS).fit(x, y, sample_weight=w)
        from sklearn.ensemble import HistGradientBoostingClassifier

        size = policy.boosting
        return HistGradientBoostingClassifier(
            max_iter=size.rounds, learning_rate=size.rate, max_leaf_nodes=size.leaves,
            min_samples_leaf=size.min_leaf, l2_regularization=size.l2, early_stopping=False,
            random_state=0,
        ).fit(x, y, sample_weight=w)  # fmt: skip


def _odds(estimator: Any, x: Any) -> Floats:
    with _one_thread():
        return np.asarray(estimator.decision_function(x), dtype=float)


def _platt(odds: Any, y: Any, w: Any) -> Curve:
    from sklearn.linear_model import LogisticRegression

    with _one_thread():
        fitted = LogisticRegression(C=1e6, max_iter=ROUNDS).fit(odds[:, None], y, sample_weight=w)
    slope = float(fitted.coef_[0][0])
    return Curve("platt", (slope,), (float(fitted.intercept_[0]),)) if slope > 0 else Curve("none")


def _isotonic(odds: Any, y: Any, w: Any) -> Curve:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit(odds, y, sample_weight=w)
    x = np.asarray(fitted.X_thresholds_, dtype=float)
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), KNOTS)).astype(int))
    return Curve(
        "isotonic", tuple(x[kept].tolist()), tuple(np.asarray(fitted.y_thresholds_)[kept].tolist())
    )


def _log_loss(chances: Floats, y: Any, w: Any) -> float:
    kept = np.clip(chances, NEARLY, 1 - NEARLY)
    losses = -np.where(y == 1, np.log(kept), np.log(1 - kept))
    return float(np.average(losses, weights=w))
