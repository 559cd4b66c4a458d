"""Scores one row of texts by boosted trees: one walk a tree, with what each column moved."""

import sys
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from fleet.propensity.columns import read_number
from fleet.propensity.linear import Part, Row
from fleet.propensity.times import WEEKDAYS, read_day

Node = tuple[Any, ...]
Found = tuple[int, float]  # a slot, and what it is set to
Read = Callable[[str], Found | None]
Entry = tuple[int, str, Read, int, int | None, int | None]  # slot of a typical level
Said = tuple[int, str, str]  # place of a column, its name, its text
LARGEST = sys.float_info.max


class Trees:
    """A sum over trees; a column that says nothing is read as its typical value."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.bias = float(form["bias"])
        self.template = [float(value) for value in form["template"]]
        self.trees = [_node(tree) for tree in form["trees"]]
        self._features = [_feature(at, feature) for at, feature in enumerate(form["features"])]
        self._blank = frozenset(form["missing_words"])
        self.width = len(self._features)

    def odds(self, row: Row) -> tuple[float, Callable[[], list[Part]], list[str]]:
        """Return log odds, what gives the effects behind them, and which columns said nothing."""
        x, said, missing = self.fill(row)
        total, moves = self.bias, []
        for slot, limit, low, high in self.trees:
            while slot >= 0:
                slot, limit, low, high = low if x[slot] <= limit else high
            total += limit
            moves.append(low)
        return total, lambda: self._parts(said, moves), missing

    def _parts(self, said: list[Said], moves: list[tuple[tuple[int, float], ...]]) -> list[Part]:
        """Add up what each column moved, leaf by leaf."""
        moved = [0.0] * self.width
        for feature, part in chain.from_iterable(moves):
            moved[feature] += part
        return [(name, text, moved[at]) for at, name, text in said]

    def fill(self, row: Row) -> tuple[list[float], list[Said], list[str]]:
        """Return the slots of a row, which columns said what, and which said nothing."""
        x = self.template.copy()
        said: list[Said] = []
        missing: list[str] = []
        for at, name, read, slot, other, empty in self._features:
            text = row.get(name)
            found = None if text is None else read(text)
            if found is None:
                missing.append(name)
                bare = None if text is None else text.strip()
                if bare is not None and (found := read(bare)) is not None:
                    missing.pop()
                elif bare is None or (found := self._silent(bare, other, empty)) is None:
                    continue
            place, value = found
            if slot >= 0:
                x[slot] = 0.0  # the typical level
            x[place] = value
            said.append((at, name, text or ""))
        return x, said, missing

    def _silent(self, bare: str, other: int | None, empty: int | None) -> Found | None:
        """Return what an empty or unknown text sets, where that was learned."""
        place = empty if bare.lower() in self._blank else other
        return None if place is None else (place, 1.0)


def _feature(at: int, feature: Mapping[str, Any]) -> Entry:
    other, empty = feature.get("other"), feature.get("empty")
    slot = -1 if feature["kind"] == "number" else int(feature["slot"])
    return (
        at, str(feature["name"]), _reader(feature), slot,
        None if other is None else int(other), None if empty is None else int(empty),
    )  # fmt: skip


def _reader(feature: Mapping[str, Any]) -> Read:
    """Return the function from a text to (slot, value); None where it is unknown."""
    slot = int(feature["slot"])
    if feature["kind"] == "number":

        def number(text: str) -> Found | None:
            try:
                value = float(text)
            except ValueError:
                found = read_number(text)
                return None if found is None else (slot, found)
            return (slot, value) if -LARGEST <= value <= LARGEST else None

        return number
    levels = {str(level): (int(place), 1.0) for level, place in feature["levels"].items()}
    if feature["kind"] == "level":
        return levels.get
    if feature["kind"] != "weekday":
        raise ValueError(f"no column kind {feature['kind']!r}")
    way = str(feature["way"])

    def weekday(text: str) -> Found | None:
        day = read_day(text, way)
        return None if day is None else levels.get(WEEKDAYS[day.weekday()])

    return weekday


def _node(form: Any) -> Node:
    """Read a nested node; a leaf is padded, so that each has four places."""
    if form[0] < 0:
        return (-1, float(form[1]), tuple((int(f), float(part)) for f, part in form[2]), ())
    return (int(form[0]), float(form[1]), _node(form[2]), _node(form[3]))
