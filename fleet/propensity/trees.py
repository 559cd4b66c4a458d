"""Scores one row of texts by boosted trees: one walk a tree, with what each column moved."""

from collections.abc import Mapping
from typing import Any

from fleet.propensity.columns import read_number
from fleet.propensity.linear import Part, Row
from fleet.propensity.times import WEEKDAYS, read_day

Node = tuple[Any, ...]


class Trees:
    """A sum over trees; a column that says nothing is read as its typical value."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.bias = float(form["bias"])
        self.template = [float(value) for value in form["template"]]
        self.trees = [_node(tree) for tree in form["trees"]]
        self._features = [_reader(feature) for feature in form["features"]]
        self._blank = frozenset(form["missing_words"])
        self.width = len(self._features)

    def odds(self, row: Row) -> tuple[float, list[Part], list[str]]:
        """Return log odds, the effects behind them, and the columns that said nothing."""
        x, said, missing = self.fill(row)
        total, moved = self.bias, [0.0] * self.width
        for tree in self.trees:
            slot, limit, low, high = tree
            while slot >= 0:
                slot, limit, low, high = low if x[slot] <= limit else high
            total += limit
            for feature, part in low:
                moved[feature] += part
        parts = [(name, text, moved[at]) for at, name, text in said]
        return total, parts, missing

    def fill(self, row: Row) -> tuple[list[float], list[tuple[int, str, str]], list[str]]:
        """Return the slots of a row, which columns said what, and which said nothing."""
        x = self.template.copy()
        said: list[tuple[int, str, str]] = []
        missing: list[str] = []
        for at, (name, kind, slot, levels, other, empty, way) in enumerate(self._features):
            text = row.get(name)
            bare = text.strip() if text is not None else None
            if bare is None or bare.lower() in self._blank:
                missing.append(name)
                if bare is not None and empty is not None:
                    x[empty] = 1.0
                    x[slot] = self.template[slot] if kind == "number" else 0.0
                    said.append((at, name, ""))
                continue
            if kind == "number":
                value = read_number(bare)
                if value is None:
                    missing.append(name)
                    continue
                x[slot] = value
            else:
                if kind == "weekday":
                    day = read_day(bare, way or "")
                    bare = "" if day is None else WEEKDAYS[day.weekday()]
                place = levels.get(bare, other)
                if bare not in levels:
                    missing.append(name)
                if place is None:
                    continue
                x[slot] = 0.0
                x[place] = 1.0
            said.append((at, name, text or ""))
        return x, said, missing


Reader = tuple[str, str, int, dict[str, int], int | None, int | None, str | None]


def _reader(feature: Mapping[str, Any]) -> Reader:
    kind = str(feature["kind"])
    if kind not in ("number", "level", "weekday"):
        raise ValueError(f"no column kind {kind!r}")
    levels = {str(level): int(slot) for level, slot in feature.get("levels", {}).items()}
    other, empty = feature.get("other"), feature.get("empty")
    return (str(feature["name"]), kind, int(feature["slot"]), levels,
            None if other is None else int(other), None if empty is None else int(empty),
            feature.get("way"))  # fmt: skip


def _node(form: Any) -> Node:
    """Read a nested node; a leaf is padded, so that each has four places."""
    if form[0] < 0:
        return (-1, float(form[1]), tuple((int(f), float(part)) for f, part in form[2]), ())
    return (int(form[0]), float(form[1]), _node(form[2]), _node(form[3]))
