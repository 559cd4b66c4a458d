"""The exported model: plain numbers, scored one row at a time without a training library.

A missing value has weight zero, so that it moves no score; it widens the interval instead.
"""

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One row's answer; `low` and `high` are the interval of its calibration bin, widened."""

    propensity: float
    low: float
    high: float
    band: str
    factors: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]


class Model:
    """A logistic model over numbers and levels, read from its JSON form."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.form = form
        self.version: str = form["version"]
        self.method: str = form["method"]
        self._bias: float = form["bias"]
        self._features: list[dict[str, Any]] = form["features"]
        self._edges: list[float] = [b["edge"] for b in form["bins"]]
        self._missing = frozenset(form["missing_words"])

    def score(self, row: Mapping[str, str | None]) -> Scored:
        """Score one row of texts."""
        total = self._bias
        factors: list[tuple[float, str, str, float]] = []
        missing: list[str] = []
        for feature in self._features:
            name = feature["name"]
            text = (row.get(name) or "").strip()
            if text.lower() in self._missing:
                missing.append(name)
                continue
            effect = self._effect(feature, text)
            if effect is None:
                missing.append(name)
                continue
            total += effect
            factors.append((abs(effect), name, text, effect))
        chance = 1 / (1 + math.exp(-min(max(total, -35.0), 35.0)))
        factors.sort(reverse=True)
        place = min(bisect.bisect_left(self._edges, chance), len(self._edges) - 1)
        kept = self.form["bins"][place]
        low, high = _interval(chance, kept, 1 + len(missing) / max(len(self._features), 1))
        return Scored(
            propensity=chance,
            low=low,
            high=high,
            band=self._band(chance),
            factors=tuple(
                {"feature": name, "value": value, "effect": round(effect, 4)}
                for _, name, value, effect in factors[:SHOWN]
            ),
            missing=tuple(missing),
        )  # fmt: skip

    def _effect(self, feature: Mapping[str, Any], text: str) -> float | None:
        if not feature["numeric"]:
            weight = feature["weights"].get(text)
            return None if weight is None else float(weight)
        try:
            value = float(text.replace(",", ""))
        except ValueError:
            return None
        if not math.isfinite(value):
            return None
        span: float = min(max((value - feature["mean"]) / feature["scale"], -5.0), 5.0)
        return float(feature["weight"]) * span

    def _band(self, chance: float) -> str:
        high, low = float(self.form["high_band"]), float(self.form["low_band"])
        return "high" if chance >= high else "medium" if chance >= low else "low"


def _interval(chance: float, kept: Mapping[str, float], widen: float) -> tuple[float, float]:
    """Return the interval of the calibration bin, moved to `chance`; a bin's error is inside it."""
    rate = kept.get("rate", chance)
    gap = rate - kept.get("chance", rate)
    low = chance + min(gap, 0.0) - widen * max(rate - kept["low"], 0.0)
    high = chance + max(gap, 0.0) + widen * max(kept["high"] - rate, 0.0)
    return max(0.0, low), min(1.0, high)
