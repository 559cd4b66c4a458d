"""Where the brackets of a large JSON file stand, without parsing it: a few array passes a chunk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CHUNK_BYTES = 8 << 20
QUOTE, BACKSLASH = ord('"'), ord("\\")
OPEN, CLOSE, FOLD = ord("{"), ord("}"), 0x20  # a square bracket with this bit is a curly one
Array = Any  # numpy's, whose types say no more here


class Brackets(NamedTuple):
    """The brackets of one chunk down to some depth, outside of strings."""

    at: Array  # places in the file
    level: Array  # of the list or object that it opens or closes; the outermost is 1
    opens: Array
    octet: Array


class Scanner:
    """Goes over a file chunk by chunk; afterwards `whole` says whether all was closed."""

    def __init__(self, path: Path, deepest: int) -> None:
        self._path, self._deepest = path, deepest
        self._depth, self._in_string, self._odd = 0, False, False
        self.lowest = 0

    @property
    def whole(self) -> bool:
        """Whether the file ended outside of everything, and never closed more than was open."""
        return self._depth == 0 and not self._in_string and self.lowest >= 0

    def chunks(self) -> Iterator[Brackets]:
        """Yield the brackets of each chunk."""
        at = 0
        with self._path.open("rb", 0) as file:
            while raw := file.read(CHUNK_BYTES):
                yield self._chunk(raw, at)
                at += len(raw)

    def _chunk(self, raw: bytes, at: int) -> Brackets:
        octets = np.frombuffer(raw, np.uint8)
        quotes = np.flatnonzero(octets == QUOTE)
        if self._odd or b"\\" in raw:
            quotes = self._unescaped(octets, quotes)
        folded = octets | FOLD
        places = np.flatnonzero((folded == OPEN) | (folded == CLOSE))
        inside = (np.searchsorted(quotes, places) + self._in_string) & 1
        places = places[inside == 0]
        opens = folded[places] == OPEN
        after = self._depth + np.cumsum(np.where(opens, 1, -1))
        if len(after):
            self.lowest = min(self.lowest, int(after.min()))
            self._depth = int(after[-1])
        self._in_string ^= bool(len(quotes) & 1)
        level = np.where(opens, after, after + 1)
        kept = level <= self._deepest
        places = places[kept]
        return Brackets(places + at, level[kept], opens[kept], octets[places])

    def _unescaped(self, octets: Array, quotes: Array) -> Array:
        """Leave out quotes after an odd number of backslashes."""
        slashes = np.flatnonzero(octets == BACKSLASH)
        carried, self._odd = self._odd, False
        if not len(slashes):
            return quotes[1:] if carried and len(quotes) and quotes[0] == 0 else quotes
        begins = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)  # of runs, in `slashes`
        firsts = slashes[begins]
        lengths = np.diff(np.append(begins, len(slashes)))
        if carried and firsts[0] == 0:
            lengths[0] += 1
        elif carried and len(quotes) and quotes[0] == 0:
            quotes = quotes[1:]
        ends = firsts + np.diff(np.append(begins, len(slashes)))  # where a run is over
        self._odd = bool(ends[-1] == len(octets) and lengths[-1] & 1)
        return quotes[~np.isin(quotes, ends[lengths & 1 == 1])]
