"""The spans of one large OTLP document: where they stand, and what stands before them."""

import mmap
import re
from array import array
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

from fleet.adapters.json_places import Brackets, Scanner
from fleet.adapters.span_places import Places

KEY_BYTES = 64  # looked back for the key of a bracket
KEY = re.compile(rb'"([^"\\]*)"\s*:\s*$')
HEAD_BYTES = 100_000  # of a resource or a scope without its spans
MOST_HEADS = 1_000  # that differ: they are kept in memory
PATH = (None, b"resourceSpans", None, b"scopeSpans", None, b"spans")  # the keys down to the spans
SPAN_LEVEL = len(PATH) + 1
ENDS = b"]}]}"  # after the spans of one scope in a document of its own
OTHER_NAMES = (b"resource_spans", b"scope_spans")


class NotPlainError(ValueError):
    """The document is not written as exporters do: the readers find out what it is."""


class _Shallow:
    """Follows the brackets above the spans."""

    def __init__(self, view: Any) -> None:
        self.view = view
        self.keys: list[bytes | None] = []
        self.begins: list[int] = []
        self.heads: dict[int, bytes] = {}
        self.known: dict[bytes, bytes] = {}
        self.scope = -1
        self.open_scopes: list[tuple[int, bytes]] = []
        self.list_at: list[tuple[int, int] | None] = [None] * SPAN_LEVEL

    @property
    def in_spans(self) -> bool:
        """Whether what comes next is a span."""
        return tuple(self.keys) == PATH

    def open(self, at: int) -> None:
        """Go into a list or an object."""
        key = None
        if len(self.keys) % 2 or not self._on_path():
            found = KEY.search(self.view[max(0, at - KEY_BYTES) : at])
            key = found[1] if found else None
        self.keys.append(key)
        self.begins.append(at)
        if key in OTHER_NAMES:
            raise NotPlainError
        if self.in_spans:
            self.scope += 1
        level = len(self.keys)
        if level % 2 and self._on_path():  # a resource or a scope begins: it has no list yet
            self.list_at[level - 1] = None

    def close(self, at: int) -> None:
        """Go out of it, and keep what a resource or a scope says besides its list."""
        level, begun = len(self.keys), self.begins[-1]
        if self._on_path():
            if level % 2 == 0:
                if self.list_at[level - 2] is not None:
                    raise NotPlainError  # twice the same key
                self.list_at[level - 2] = (begun, at + 1)
            elif level > 1:
                self._object(level, begun, at + 1)
        self.keys.pop()
        self.begins.pop()

    def cut(self) -> None:
        """Keep what was said of the resource and the scope that the end of the file leaves open."""
        depth = 0
        while depth < len(self.keys) and self.keys[depth] == PATH[depth]:
            depth += 1
        known = self.heads.keys() | {scope for scope, _ in self.open_scopes}
        if depth >= SPAN_LEVEL - 2 and self.scope not in known:
            self.open_scopes.append((self.scope, self._begun(SPAN_LEVEL - 3, depth)))
        self._keep(self._begun(2, depth))

    def _begun(self, place: int, depth: int) -> bytes:
        """Return the beginning of an open object up to its open list, if it can be read."""
        if depth < place + 2:
            return b"{"  # its list is closed, or is not there yet
        start, end = self.begins[place : place + 2]
        try:
            about = orjson.loads(self.view[start : min(end, start + HEAD_BYTES)] + b"[]}")
        except orjson.JSONDecodeError:
            return b"{"
        about.pop((PATH[place + 1] or b"").decode(), None)
        said = orjson.dumps(about)[:-1]
        return said + b"," if about else said

    def _keep(self, said: bytes) -> None:
        """Keep what stands before the spans of the scopes of a resource."""
        for scope, inner in self.open_scopes:
            head = said + b'"scopeSpans":[' + inner + b'"spans":['
            self.heads[scope] = self.known.setdefault(head, head)
            if len(self.known) > MOST_HEADS:
                raise NotPlainError
        self.open_scopes = []

    def _on_path(self) -> bool:
        return tuple(self.keys) == PATH[: len(self.keys)]

    def _object(self, level: int, start: int, end: int) -> None:
        listed = self.list_at[level - 1]
        if listed is None:
            return
        said = self._without(start, end, listed, PATH[level])
        if level == SPAN_LEVEL - 2:
            self.open_scopes.append((self.scope, said))
            return
        self._keep(said)

    def _without(self, start: int, end: int, listed: tuple[int, int], name: bytes | None) -> bytes:
        """Return the beginning of an object, with all but its list, up to where the list goes."""
        before, after = listed[0] - start, end - listed[1]
        if before + after > HEAD_BYTES:
            raise NotPlainError
        raw = self.view[start : listed[0]] + b"[]" + self.view[listed[1] : end]
        try:
            about = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise NotPlainError from None
        about.pop((name or b"").decode())
        said = orjson.dumps(about)[:-1]
        return said + b"," if about else said


class SpansOf(NamedTuple):
    """The spans of a document, and by scope what goes before them in a document of its own."""

    places: Places
    heads: dict[int, bytes]
    cut: bool  # the document ends too early


def spans_of(path: Path) -> SpansOf:
    """Find the spans of a document, of one that is cut short those before the cut.

    Raises NotPlainError for any other document.
    """
    places = Places(scopes=(scopes := array("I")))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        shallow, scanner, ends = _Shallow(view), Scanner(path, SPAN_LEVEL), array("Q")
        for brackets in scanner.chunks():
            _follow(brackets, shallow, places, ends)
        cut = not scanner.whole
        if scanner.lowest < 0 or not 0 <= len(places.starts) - len(ends) <= cut:
            raise NotPlainError
        if cut:
            del places.starts[len(ends) :], scopes[len(ends) :]  # the span that the end cuts
            shallow.cut()
    if not places.starts or set(scopes) - shallow.heads.keys():
        raise NotPlainError
    sizes = np.frombuffer(ends, np.uint64) - np.frombuffer(places.starts, np.uint64)
    places.sizes = array("I", sizes.clip(max=2**32 - 1).astype(np.uint32).tobytes())
    return SpansOf(places, shallow.heads, cut)


def _follow(brackets: Brackets, shallow: _Shallow, places: Places, ends: "array[int]") -> None:
    edges = np.flatnonzero(brackets.level < SPAN_LEVEL).tolist()
    last = 0
    for edge in [*edges, len(brackets.at)]:
        if edge > last and shallow.in_spans:
            _spans(brackets, slice(last, edge), shallow, places, ends)
        if edge < len(brackets.at):
            at = int(brackets.at[edge])
            if brackets.opens[edge]:
                shallow.open(at)
            elif shallow.keys:
                shallow.close(at)
        last = edge + 1


def _spans(
    brackets: Brackets, part: slice, shallow: _Shallow, places: Places, ends: "array[int]"
) -> None:
    at, opens = brackets.at[part], brackets.opens[part]
    begun = at[opens].astype(np.uint64)
    if (brackets.octet[part][opens] != ord("{")).any():
        raise NotPlainError
    places.starts.frombytes(begun.tobytes())
    ends.frombytes((at[~opens] + 1).astype(np.uint64).tobytes())
    if places.scopes is not None:
        places.scopes.frombytes(np.full(len(begun), shallow.scope, np.uint32).tobytes())


def document_of(pieces: Iterable[tuple[bytes, int]], heads: Mapping[int, bytes]) -> bytes:
    """Put spans of one document back under what stood before them."""
    parts = [
        heads[scope] + b",".join(raw for raw, _ in same) + ENDS
        for scope, same in groupby(pieces, key=itemgetter(1))
    ]
    return b'{"resourceSpans":[' + b",".join(parts) + b"]}"
