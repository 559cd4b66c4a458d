"""A set of ids that stays small: eight bytes each, where Python's own takes a hundred and fifty."""

from array import array
from collections.abc import Iterator

FIRST = 1 << 12
FULL = 0.6
BITS = (1 << 64) - 1


class IdSet:
    """Ids by their hash: of ten million, one in three hundred thousand sets confuses a pair."""

    __slots__ = ("_count", "_mask", "_slots")

    def __init__(self) -> None:
        self._slots = array("Q", bytes(FIRST * 8))
        self._mask = FIRST - 1
        self._count = 0

    def __len__(self) -> int:
        """How many ids it holds."""
        return self._count

    def __contains__(self, key: str) -> bool:
        """Whether an id was added."""
        code = hash(key) & BITS or 1
        return self._slots[self._place(code)] == code

    def add(self, key: str) -> bool:
        """Add an id; return whether it is new."""
        return self._add(hash(key) & BITS or 1)

    def merge(self, other: "IdSet") -> None:
        """Add all ids of another set."""
        for code in other.codes():
            self._add(code)

    def codes(self) -> Iterator[int]:
        """Yield what stands for each id in this process."""
        return filter(None, self._slots)

    def _add(self, code: int) -> bool:
        place = self._place(code)
        if self._slots[place] == code:
            return False
        self._slots[place] = code
        self._count += 1
        if self._count > FULL * self._mask:
            self._grow()
        return True

    def _place(self, code: int) -> int:
        slots, mask = self._slots, self._mask
        place = code & mask
        while slots[place] and slots[place] != code:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(len(old) * 16))
        self._mask = len(self._slots) - 1
        for code in old:
            if code:
                self._slots[self._place(code)] = code
