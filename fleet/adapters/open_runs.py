"""Which records of a file belong to which run: twelve bytes a record, in any number of runs."""

from array import array
from collections.abc import Iterator

import numpy as np

BITS = (1 << 64) - 1


def code_of(key: str) -> int:
    """Return the number that stands for a run while a file is read."""
    return hash(key) & BITS


class OpenRuns:
    """The records of runs whose parts stand apart."""

    __slots__ = ("_codes", "_numbers")

    def __init__(self) -> None:
        self._codes, self._numbers = array("Q"), array("I")

    def add(self, key: str, number: int) -> None:
        """Note that a record holds a part of a run."""
        self._codes.append(code_of(key))
        self._numbers.append(number)

    def groups(self) -> Iterator[tuple[int, "array[int]"]]:
        """Yield each run's code and records, in order of its first; nothing can be added then."""
        codes = np.frombuffer(self._codes, np.uint64) if self._codes else np.zeros(0, np.uint64)
        order = np.argsort(codes, kind="stable").astype(np.uint32)
        ordered = codes[order]
        begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))[: len(codes)]
        begins = begins.astype(np.uint32)
        ends = np.append(begins[1:], np.uint32(len(codes))).astype(np.uint32)
        del ordered
        for place in np.argsort(order[begins], kind="stable").astype(np.uint32):
            rows = order[begins[place] : ends[place]].tolist()
            yield self._codes[rows[0]], array("I", dict.fromkeys(self._numbers[n] for n in rows))
