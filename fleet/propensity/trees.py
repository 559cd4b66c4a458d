"""Scores one row of texts by boosted trees: one walk a tree, with what each column moved."""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fleet.propensity.columns import LARGEST, read_number
from fleet.propensity.linear import Effects, Part, Row
from fleet.propensity.times import WEEKDAYS, read_day

Node = tuple[Any, ...]
Found = tuple[int, float]  # a slot, and what it is set to
Read = Callable[[str], Found | None]
Level = tuple[int, str, Read, int]  # place of a column, name, reader, slot of its typical level


class Trees:
    """A sum over trees; a column that says nothing is read as its typical value."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self.bias = float(form["bias"])
        self.template = [float(value) for value in form["template"]]
        features = form["features"]
        self.width = len(features)
        self.trees = [_node(tree, self.width) for tree in form["trees"]]
        self._each = np.ones(len(self.trees))
        self._blank = frozenset(form["missing_words"])
        self._names = [str(feature["name"]) for feature in features]
        self._readers = [_reader(feature) for feature in features]
        self._numbers, self._levels = list[tuple[int, str, int]](), list[Level]()
        for at, feature in enumerate(features):
            if feature["kind"] == "number":
                self._numbers.append((at, self._names[at], int(feature["slot"])))
            else:
                level = (at, self._names[at], self._readers[at], int(feature["slot"]))
                self._levels.append(level)
        self._silent = [(_maybe(f.get("other")), _maybe(f.get("empty"))) for f in features]
        self._slots = [None if f["kind"] == "number" else int(f["slot"]) for f in features]
        self._by_name = sorted(range(self.width), key=self._names.__getitem__)

    def odds(self, row: Row) -> tuple[float, Effects, list[str]]:
        """Return log odds, what gives the effects behind them, and which columns said nothing."""
        x, unset, missing = self.fill(row)
        total, moves = self.bias, []
        for slot, limit, low, high in self.trees:
            while slot >= 0:
                slot, limit, low, high = low if x[slot] <= limit else high
            total += limit
            moves.append(low)
        return total, lambda most: self._strongest(row, unset, moves, most), missing

    def _strongest(self, row: Row, unset: list[int], moves: list[bytes], most: int) -> list[Part]:
        """Return what the columns that spoke moved most: by strength, then by name."""
        if not moves or not self.width:
            return []
        rows = np.frombuffer(b"".join(moves)).reshape(len(moves), self.width)  # a leaf a row
        moved = self._each.dot(rows).tolist()
        order = sorted(self._by_name, key=list(map(abs, moved)).__getitem__, reverse=True)
        if unset:
            order = [at for at in order if at not in unset]
        names = self._names
        return [
            (names[at], row.get(names[at]) or "", moved[at])
            for at in order[:most] if moved[at]
        ]  # fmt: skip

    def fill(self, row: Row) -> tuple[list[float], list[int], list[str]]:
        """Return the slots of a row, columns that set none by place, and which said nothing."""
        x = self.template.copy()
        odd: list[int] = []
        for at, name, slot in self._numbers:
            try:
                value = float(row[name])  # type: ignore[arg-type]  # None is a TypeError
            except (KeyError, TypeError, ValueError):
                odd.append(at)
                continue
            if -LARGEST <= value <= LARGEST:
                x[slot] = value
            else:
                odd.append(at)
        for at, name, read, slot in self._levels:
            text = row.get(name)
            found = None if text is None else read(text)
            if found is None:
                odd.append(at)
                continue
            x[slot] = 0.0  # the typical level
            x[found[0]] = 1.0
        return (x, *self._odd(row, odd, x)) if odd else (x, [], [])

    def _odd(self, row: Row, odd: list[int], x: list[float]) -> tuple[list[int], list[str]]:
        """Read texts that are not plain into `x`: padded, with thousands, empty, unknown."""
        unset: list[int] = []
        missing: list[str] = []
        for at in sorted(odd):
            name, (other, empty) = self._names[at], self._silent[at]
            text = row.get(name)
            bare = None if text is None else text.strip()
            found = None if bare is None else self._readers[at](bare)
            if found is None:
                missing.append(name)
                place = None if bare is None else empty if bare.lower() in self._blank else other
                if place is None:
                    unset.append(at)
                    continue
                found = (place, 1.0)
            slot = self._slots[at]
            if slot is not None:
                x[slot] = 0.0  # the typical level
            x[found[0]] = found[1]
        return unset, missing


def _row_of(parts: Sequence[Sequence[float]], width: int) -> bytes:
    """Return (column, number) pairs as the bytes of a dense row of doubles."""
    row = [0.0] * width
    for column, part in parts:
        row[int(column)] += float(part)
    return struct.pack(f"{width}d", *row)


def _maybe(value: Any) -> int | None:
    return None if value is None else int(value)


def _reader(feature: Mapping[str, Any]) -> Read:
    """Return the function from a text to (slot, value); None where it is unknown."""
    if feature["kind"] == "number":
        slot = int(feature["slot"])

        def number(text: str) -> Found | None:
            found = read_number(text)
            return None if found is None else (slot, found)

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


def _node(form: Any, width: int) -> Node:
    """Read a nested node; a leaf is padded, so that each has four places."""
    if form[0] < 0:
        return (-1, float(form[1]), _row_of(form[2], width), ())
    return (int(form[0]), float(form[1]), _node(form[2], width), _node(form[3], width))
