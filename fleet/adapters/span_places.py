"""Where the spans of one file stand, by trace: a few numbers a span, however large the file."""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import orjson

BITS = 64
MASK = (1 << BITS) - 1
TRACE = re.compile(rb'"traceId"\s*:\s*"([^"\\]+)"')
SPAN, LINKS = b'"spanId"', b'"links"'
NONE = 0  # the code of what is no span of a known trace
Range = tuple[int, int, int]  # start, end, and the scope of the spans between them


def code_of(raw: bytes) -> int:
    """Return a number for the trace that a span says it is of.

    It only brings spans together: whose they are is read again from the span itself.
    """
    found = TRACE.search(raw)
    if found is None or SPAN not in raw:
        return NONE
    if LINKS not in raw:
        return _number(found[1])
    try:  # the first id may be that of a trace it only points at
        trace = orjson.loads(raw).get("traceId")
        return _number(trace.encode()) if trace else NONE
    except (AttributeError, orjson.JSONDecodeError):
        return NONE


def codes_in(raw: bytes, count: int) -> "array[int] | None":
    """Return the codes of so many spans one after another; None if they name more or less ids."""
    ids = [] if LINKS in raw else TRACE.findall(raw)
    return array("Q", map(_number, ids)) if len(ids) == count else None


def _number(trace: bytes) -> int:
    try:
        number = int(trace, 16)
    except ValueError:
        number = int.from_bytes(sha256(trace).digest(), "big")
    return (number ^ number >> BITS) & MASK or 1


@dataclass(slots=True)
class Places:
    """Pieces of a file in order: where each begins, its size, its trace's code, its scope."""

    starts: "array[int]" = field(default_factory=lambda: array("Q"))
    sizes: "array[int]" = field(default_factory=lambda: array("I"))
    codes: "array[int]" = field(default_factory=lambda: array("Q"))
    scopes: "array[int] | None" = None  # None: all the same

    def groups(self) -> Iterator["array[int]"]:
        """Yield the pieces of each trace, by their numbers; traces in order of their first."""
        codes = np.frombuffer(self.codes, np.uint64) if self.codes else np.zeros(0, np.uint64)
        order = np.argsort(codes, kind="stable").astype(np.uint32)
        ordered = codes[order]
        begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))[: len(codes)]
        begins = begins[ordered[begins] != NONE].astype(np.uint32)
        ends = np.searchsorted(ordered, ordered[begins], "right").astype(np.uint32)
        del ordered
        for place in np.argsort(order[begins], kind="stable"):
            yield array("I", order[begins[place] : ends[place]].tobytes())

    def ranges(self, group: "array[int]") -> list[Range]:
        """Return the pieces of a group as stretches of the file, neighbours in one."""
        first, last = group[0], group[-1]
        scopes = self.scopes or {first: 0, last: 0}
        if last - first == len(group) - 1 and scopes[first] == scopes[last]:  # as most stand
            return [(self.starts[first], self.starts[last] + self.sizes[last], scopes[first])]
        found: list[Range] = []
        last = -2
        for number in group:
            start = self.starts[number]
            end, scope = start + self.sizes[number], self.scopes[number] if self.scopes else 0
            if number == last + 1 and found[-1][2] == scope:
                found[-1] = (found[-1][0], end, scope)
            else:
                found.append((start, end, scope))
            last = number
        return found


def batches(
    groups: Iterable["array[int]"], places: Places, most: int
) -> Iterator[list["array[int]"]]:
    """Cut groups into batches of about so many bytes."""
    batch: list[array[int]] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += places.sizes[group[0]] * len(group)
        if size >= most:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
