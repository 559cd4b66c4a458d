"""Prior shift: a lasting change of the outcome's rate over time, and weights that allow for it.

Rows are in time order. The change is the split with the highest likelihood ratio of two rates over
one; older rows are then weighted so that their rate is the present one (label shift, Saerens,
Latinne and Decaestecker 2002): what tells winners apart is kept, how many there are is renewed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fleet.propensity.policy import PropensityPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """The rate before and from row `at` on, and how much likelier two rates are than one."""

    at: int
    before: float
    after: float
    llr: float

    def as_json(self) -> dict[str, Any]:
        """Return the part of the report."""
        return {"at_row": self.at, "rate_before": self.before, "rate_after": self.after,
                "log_likelihood_ratio": round(self.llr, 2)}  # fmt: skip


def find_shift(labels: Sequence[int], policy: PropensityPolicy) -> Shift | None:
    """Return the clearest lasting change in rows of time order, or None.

    >>> from types import SimpleNamespace as S
    >>> limits = S(shift_llr=12.0, shift_ratio=1.5, shift_min_share=0.1, min_level_rows=10)
    >>> find_shift([0, 0, 0, 0, 1] * 100 + [0, 1] * 100, limits).at
    499
    """
    n = len(labels)
    edge = max(policy.min_level_rows, int(n * policy.shift_min_share)) if n else 0
    if n < 2 * edge or not edge:
        return None
    wins = np.cumsum(labels, dtype=float)
    at = np.arange(edge, n - edge + 1)
    left, total = wins[at - 1], wins[-1]
    gains = _log_likelihood(left, at) + _log_likelihood(total - left, n - at)
    gains = gains - _log_likelihood(np.array([total]), np.array([n]))[0]
    best = int(np.argmax(gains))
    cut = int(at[best])
    before, after = float(left[best]) / cut, float(total - left[best]) / (n - cut)
    low, high = min(before, after), max(before, after)
    if gains[best] < policy.shift_llr or high < policy.shift_ratio * low or not 0 < before < 1:
        return None
    return Shift(at=cut, before=before, after=after, llr=float(gains[best]))


def shift_weights(labels: Sequence[int], shift: Shift | None) -> npt.NDArray[np.float64]:
    """Return a weight a row: 1 from the change on, before it what renews the rate."""
    weights = np.ones(len(labels))
    if shift is None or not 0 < shift.after < 1:
        return weights
    old = np.asarray(labels[: shift.at])
    won, lost = shift.after / shift.before, (1 - shift.after) / (1 - shift.before)
    weights[: shift.at] = np.where(old == 1, won, lost)
    return weights


def _log_likelihood(
    wins: npt.NDArray[np.float64], n: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    losses = n - wins
    with np.errstate(divide="ignore", invalid="ignore"):
        won = np.where(wins > 0, wins * np.log(wins / n), 0.0)
        lost = np.where(losses > 0, losses * np.log(losses / n), 0.0)
    return np.asarray(won + lost, dtype=float)


def logit(chance: float) -> float:
    """Return the log odds of a chance strictly between 0 and 1."""
    return math.log(chance / (1 - chance))
