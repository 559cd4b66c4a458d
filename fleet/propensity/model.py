"""The exported model: plain numbers, scored one row at a time without a training library.

A missing value moves no score unless emptiness itself was learned; it widens the interval, the more
of them the nearer to the base rate, which the interval of a row that says nothing holds.
"""

import bisect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.propensity.linear import Effects, Linear, Row
from fleet.propensity.trees import Trees

SHOWN = 5
NEARLY = 1e-6  # a chance is never quite 0 or 1
LIMIT = 35.0  # of log odds


@dataclass(slots=True)
class Scored:
    """One row's answer; `low` and `high` bound the rate that comes true at such a chance."""

    propensity: float
    low: float
    high: float
    band: str
    missing: tuple[str, ...]
    effects: Effects

    @property
    def factors(self) -> tuple[dict[str, Any], ...]:
        """The strongest effects, in log odds, with their direction and the value behind each."""
        return tuple(
            [
                {"feature": name, "value": value, "effect": round(effect, 4)}
                for name, value, effect in self.effects(SHOWN)
            ]
        )


class Model:
    """A linear or a tree model, read from its JSON form.

    Raises KeyError, TypeError or ValueError on a form that is none.
    """

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.form = form
        self.version = str(form["version"])
        self.method = str(form["method"])
        self.scorer: Linear | Trees = Trees(form) if form["kind"] == "trees" else Linear(form)
        self._curve = read_curve(form["calibration"])
        interval = form["interval"]
        self._at = [float(value) for value in interval["at"]]
        self._low = [float(value) for value in interval["low"]]
        self._high = [float(value) for value in interval["high"]]
        if not len(self._at) == len(self._low) == len(self._high) > 0:
            raise ValueError("its interval has no points")
        base = form.get("base")  # absent in a model of an older version
        self._base = None if base is None else float(base)
        self._bands = (float(form["high_band"]), float(form["low_band"]))

    @property
    def levels(self) -> dict[str, frozenset[str]]:
        """The values that each column of levels had in training."""
        return {
            f["name"]: frozenset(f.get("weights") or f.get("levels") or ())
            for f in self.form["features"] if f["kind"] == "level"
        }  # fmt: skip

    def score(self, row: Row) -> Scored:
        """Score one row of texts."""
        odds, effects, missing = self.scorer.odds(row)
        chance = self._curve(odds)
        low, high = self._bounds(chance)
        if missing:
            widen = 1 + len(missing) / self.scorer.width
            low, high = chance - (chance - low) * widen, chance + (high - chance) * widen
            if self._base is not None:  # of a row that says nothing the base rate is known, no more
                toward = chance + (widen - 1) * (self._base - chance)
                low, high = min(low, toward), max(high, toward)
        best, least = self._bands
        band = "high" if chance >= best else "medium" if chance >= least else "low"
        return Scored(chance, max(low, 0.0), min(high, 1.0), band, tuple(missing), effects)

    def _bounds(self, chance: float) -> tuple[float, float]:
        """Interpolate the interval at a chance, which is always inside.

        Beyond the ends of what was judged the doubt of the end is kept around the chance too.
        """
        at, low, high = self._at, self._low, self._high
        right = bisect.bisect_left(at, chance)
        if right == 0:
            return min(low[0], chance - (at[0] - low[0])), max(high[0], chance)
        if right == len(at):
            return min(low[-1], chance), max(high[-1], chance + (high[-1] - at[-1]))
        left = right - 1
        share = (chance - at[left]) / (at[right] - at[left])
        bottom = low[left] + share * (low[right] - low[left])
        top = high[left] + share * (high[right] - high[left])
        return min(bottom, chance), max(top, chance)


def read_curve(form: Mapping[str, Any]) -> Callable[[float], float]:
    """Return the function from log odds to a calibrated chance."""
    if form["kind"] == "isotonic":
        return _steps([float(v) for v in form["x"]], [float(v) for v in form["y"]])
    slope, offset = float(form.get("slope", 1.0)), float(form.get("offset", 0.0))

    def sigmoid(odds: float) -> float:
        found = 1 / (1 + math.exp(-min(max(slope * odds + offset, -LIMIT), LIMIT)))
        return min(max(found, NEARLY), 1 - NEARLY)

    return sigmoid


def _steps(x: list[float], y: list[float]) -> Callable[[float], float]:
    if not len(x) == len(y) > 0:
        raise ValueError("its calibration has no points")

    def interpolate(odds: float) -> float:
        right = bisect.bisect_left(x, odds)
        if right == 0 or right == len(x):
            found = y[min(right, len(y) - 1)]
        else:
            share = (odds - x[right - 1]) / (x[right] - x[right - 1])
            found = y[right - 1] + share * (y[right] - y[right - 1])
        return min(max(found, NEARLY), 1 - NEARLY)

    return interpolate
