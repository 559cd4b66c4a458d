"""Tables too long for memory: read a piece at a time, and thinned evenly where they stay too long.

Thinning keeps every n-th row, so that the order of time and all shares stay as they are; it is
said how many rows there were, and which part of them is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fleet.adapters.tables import read_table
from fleet.errors import InputError

PIECE = 100_000  # rows read at once
MOST_CELLS = 6_000_000  # kept of one table
SHORT_BYTES = 32 * 2**20  # a shorter file is read whole


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
    pieces: list[dict[str, Any]] = field(default_factory=list)

    def add(self, columns: dict[str, Any], count: int) -> None:
        start = -self.rows % self.every
        part = {name: values[start :: self.every] for name, values in columns.items()}
        self.rows += count
        self.kept += len(range(start, count, self.every))
        self.pieces.append(part)
        while self.kept * max(1, len(columns)) > MOST_CELLS:
            self._halve()

    def _halve(self) -> None:
        """Keep every second of the kept rows, whatever piece they lie in."""
        at, kept = 0, 0
        for number, piece in enumerate(self.pieces):
            size = _size(piece)
            start = at % 2
            self.pieces[number] = {
                name: values[start::2].copy()
                if isinstance(values, np.ndarray)
                else values[start::2]
                for name, values in piece.items()
            }
            at += size
            kept += len(range(start, size, 2))
        self.every, self.kept = 2 * self.every, kept

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


def _size(piece: dict[str, Any]) -> int:
    return max((len(values) for values in piece.values()), default=0)


def read_long_table(path: Path) -> LongTable:
    """Read a table of any length in bounded memory; raises InputError naming the file."""
    if not path.is_file() or path.stat().st_size <= SHORT_BYTES:
        columns = read_table(path)
        return LongTable(columns, max((len(values) for values in columns.values()), default=0))
    kept = _Kept()
    try:
        for frame in _frames(path):
            kept.add({str(name): _values(frame[name]) for name in frame.columns}, len(frame))
    except (ValueError, OSError) as error:
        raise InputError(f"{path} is no table: {error}") from None
    if not kept.rows:
        raise InputError(f"{path} has no rows: a table needs a header and rows")
    return LongTable(kept.columns(), kept.rows, kept.every)


def _frames(path: Path) -> Iterator[Any]:
    import pandas as pd

    name = path.name.removesuffix(".gz").lower()
    if name.endswith(".parquet"):
        import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types

        for batch in pq.ParquetFile(path).iter_batches(batch_size=PIECE):
            yield batch.to_pandas()
    elif name.endswith((".jsonl", ".ndjson", ".json")):
        yield from pd.read_json(path, lines=True, chunksize=PIECE)
    else:
        yield from pd.read_csv(path, low_memory=False, chunksize=PIECE)


def _values(series: Any) -> Any:
    """Return numbers as an array, anything else as a list in which equal texts are one object."""
    if series.dtype.kind in "iuf":
        return series.to_numpy(dtype=np.float64)
    try:
        codes, levels = series.factorize()
    except TypeError:  # a list or an object among them: its text stands for it
        codes, levels = series.where(series.isna(), series.map(str)).factorize()
    words = [*levels.tolist(), None]
    return [words[code] for code in codes]


def _joined(pieces: list[Any]) -> Any:
    if all(isinstance(piece, np.ndarray) for piece in pieces):
        return np.concatenate(pieces)
    return [
        value
        for piece in pieces
        for value in (piece if isinstance(piece, list) else piece.tolist())
    ]
