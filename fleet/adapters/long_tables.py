"""Tables too long for memory: read a piece at a time, and thinned evenly where they stay too long.

Thinning keeps every n-th row, so that the order of time and all shares stay as they are; it is
said how many rows there were, and which part of them is looked at.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from fleet.adapters.table_pieces import TROUBLE, frames, is_short
from fleet.adapters.tables import read_table
from fleet.errors import InputError

MOST_CELLS = 6_000_000  # kept of one table
MOST_TEXT = 32 * 2**20  # bytes of its texts, of each piece once
TEXT_BYTES = 49  # of a text beside its letters
LONG_TEXT, SHOWN = 400, 80  # characters; for a longer text its beginning and its digest stand


@dataclass(slots=True)
class LongTable:
    """Columns in row order; of `rows` rows every `every`-th is in them."""

    columns: dict[str, Any]
    rows: int
    every: int = 1


@dataclass(slots=True)
class _Kept:
    """The rows kept so far, as pieces of columns."""

    every: int = 1
    rows: int = 0
    kept: int = 0
    text: int = 0  # bytes
    pieces: list[dict[str, Any]] = field(default_factory=list)

    def add(self, columns: dict[str, Any], count: int) -> None:
        start = -self.rows % self.every
        part = {name: _thinned(values, start, self.every) for name, values in columns.items()}
        self.rows += count
        self.kept += len(range(start, count, self.every))
        self.text += _text_bytes(part)
        self.pieces.append(part)
        while self.kept > 1 and (
            self.kept * max(1, len(columns)) > MOST_CELLS or self.text > MOST_TEXT
        ):
            self._halve()

    def _halve(self) -> None:
        """Keep every second of the kept rows, whatever piece they lie in."""
        at, kept = 0, 0
        for number, piece in enumerate(self.pieces):
            size = _size(piece)
            start = at % 2
            self.pieces[number] = {name: _thinned(each, start, 2) for name, each in piece.items()}
            at += size
            kept += len(range(start, size, 2))
        self.every, self.kept = 2 * self.every, kept
        self.text = sum(map(_text_bytes, self.pieces))

    def columns(self) -> dict[str, Any]:
        """Put the pieces together; a column that a piece lacks is absent in its rows."""
        sizes = [_size(piece) for piece in self.pieces]
        names = list(dict.fromkeys(name for piece in self.pieces for name in piece))
        return {
            name: _joined(
                [
                    piece.pop(name) if name in piece else [None] * size
                    for piece, size in zip(self.pieces, sizes, strict=True)
                ]
            )
            for name in names
        }


def _thinned(values: Any, start: int, every: int) -> Any:
    """Return every so many-th value; of an array a copy, so that the rest can go."""
    if every == 1:
        return values
    return values[start::every].copy()


def _text_bytes(piece: dict[str, Any]) -> int:
    """Return what the texts of a piece take; equal ones are one."""
    return sum(
        TEXT_BYTES + len(word)
        for values in piece.values()
        if isinstance(values, list)
        for word in set(values)
        if isinstance(word, str)
    )


def _size(piece: dict[str, Any]) -> int:
    return max((len(values) for values in piece.values()), default=0)


def read_long_table(path: Path) -> LongTable:
    """Read a table of any length in bounded memory; raises InputError naming the file."""
    if not path.is_file() or is_short(path):
        columns = read_table(path)
        return LongTable(columns, max((len(values) for values in columns.values()), default=0))
    kept = _Kept()
    try:
        for frame in frames(path):
            kept.add({str(name): _values(frame[name]) for name in frame.columns}, len(frame))
    except TROUBLE as error:
        raise InputError(f"{path} is no table: {error}") from None
    if not kept.rows:
        raise InputError(f"{path} has no rows: a table needs a header and rows")
    return LongTable(kept.columns(), kept.rows, kept.every)


def _values(series: Any) -> Any:
    """Return numbers as an array, anything else as a list in which equal texts are one object."""
    if series.dtype.kind in "iuf":
        return series.to_numpy(dtype=np.float64)
    try:
        codes, levels = series.factorize()
    except TypeError:  # a list or an object among them: its text stands for it
        codes, levels = series.where(series.isna(), series.map(str)).factorize()
    words = [*map(_shortened, levels.tolist()), None]
    return [words[code] for code in codes]


def _shortened(value: Any) -> Any:
    """Return what stands for a value: a long text is known by its digest."""
    if not isinstance(value, str) or len(value) <= LONG_TEXT:
        return value
    digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{value[:SHOWN]}…{digest}"


def _joined(pieces: list[Any]) -> Any:
    if all(isinstance(piece, np.ndarray) for piece in pieces):
        return np.concatenate(pieces)
    return [
        value
        for piece in pieces
        for value in (piece if isinstance(piece, list) else piece.tolist())
    ]
