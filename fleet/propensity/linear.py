"""Scores one row of texts by weights: a few look-ups a column, no training library."""

import bisect
import math
from collections.abc import Callable, Mapping
from typing import Any

from fleet.propensity.columns import LARGEST, read_number
from fleet.propensity.times import WEEKDAYS, read_day

Row = Mapping[str, str | None]
REACH = 5.0  # deviations at which a number is cut, so that one typing error decides nothing
Part = tuple[str, str, float]  # feature, value, effect
Effects = Callable[[int], list[Part]]  # so many of the strongest, by strength, then by name
Effect = Callable[[str], float | None]  # of a stripped text; None where it says nothing


class Linear:
    """A sum of effects over columns; a column that says nothing adds nothing."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.bias = float(form["bias"])
        self._features = [
            (str(f["name"]), _effect(f), _maybe(f.get("empty")), _maybe(f.get("other")))
            for f in form["features"]
        ]
        self._blank = frozenset(form["missing_words"])
        self.width = len(self._features)

    def odds(self, row: Row) -> tuple[float, Effects, list[str]]:
        """Return log odds, what gives the effects behind them, and which columns said nothing."""
        total = self.bias
        parts: list[Part] = []
        missing: list[str] = []
        blank = self._blank
        for name, effect, empty, other in self._features:
            text = row.get(name)
            if text is None:
                missing.append(name)
                continue
            found = effect(text)
            if found is None:
                text = text.strip()
                found = None if text.lower() in blank else effect(text)
            if found is None:
                missing.append(name)
                found = empty if text.lower() in blank else other
                if found is None:
                    continue
            total += found
            parts.append((name, text, found))
        return total, lambda most: _strongest(parts, most), missing


def _strongest(parts: list[Part], most: int) -> list[Part]:
    order = sorted([(-abs(part[2]), part[0], part) for part in parts if part[2]])
    return [part for _, _, part in order[:most]]


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)


def _effect(feature: Mapping[str, Any]) -> Effect:
    match feature["kind"]:
        case "number":
            return _number(feature)
        case "level":
            return _level(feature)
        case "weekday":
            return _weekday(feature)
        case "parts":
            return _parts(feature)
        case kind:
            raise ValueError(f"no column kind {kind!r}")


def _number(feature: Mapping[str, Any]) -> Effect:
    mean, weight = float(feature["mean"]), float(feature["weight"])
    factor = weight / float(feature["scale"])
    most = abs(weight) * REACH

    def effect(text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            found = read_number(text)
            if found is None:
                return None
            value = found
        moved = factor * (value - mean)
        if -most <= moved <= most:
            return moved
        return math.copysign(most, moved) if abs(value) <= LARGEST else None  # nan is not

    return effect


def _level(feature: Mapping[str, Any]) -> Effect:
    return {str(level): float(weight) for level, weight in feature["weights"].items()}.get


def _weekday(feature: Mapping[str, Any]) -> Effect:
    weights, way = _level(feature), str(feature["way"])

    def effect(text: str) -> float | None:
        day = read_day(text, way)
        return None if day is None else weights(WEEKDAYS[day.weekday()])

    return effect


def _parts(feature: Mapping[str, Any]) -> Effect:
    edges = [float(edge) for edge in feature["edges"]]
    weights = [float(weight) for weight in feature["weights"]]

    def effect(text: str) -> float | None:
        value = read_number(text.strip())
        return None if value is None else weights[bisect.bisect_right(edges, value)]

    return effect
