"""A private scratch file of values, written once and read in order, a few in memory at a time.

Frozen dataclasses go in and out by their fields at once; the standard way asks each class for its
list of fields anew, which takes longer than all else of the work.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Self

Reducer = Callable[[Any], tuple[Any, ...]]
Dropped = Mapping[type, Mapping[str, Any]]
BATCH = 1_000  # of the weight of values that are written together: they share what they name


class Spool:
    """Values in a file without a name.

    `classes` are the frozen dataclasses among them; `dropped` says which of their fields are not
    kept, and what stands in their place.
    """

    def __init__(self, classes: Sequence[type], dropped: Dropped | None = None) -> None:
        self._file = tempfile.TemporaryFile(prefix="fleet-spool-")  # noqa: SIM115  # see __exit__
        self._pickler = pickle.Pickler(self._file, pickle.HIGHEST_PROTOCOL)
        self._pickler.dispatch_table = {
            each: _reducer(each, (dropped or {}).get(each, {})) for each in classes
        }
        self._batch: list[Any] = []
        self._weight = 0

    def __enter__(self) -> Self:
        """The file is there already."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Give the file up: nothing of it stays."""
        self._file.close()

    def add(self, value: Any, weight: int = 1) -> None:
        """Write one value; `weight` is about how many parts it has."""
        self._batch.append(value)
        self._weight += weight
        if self._weight >= BATCH:
            self._write()

    def _write(self) -> None:
        self._pickler.dump(self._batch)
        self._pickler.clear_memo()
        self._batch, self._weight = [], 0

    def __iter__(self) -> Iterator[Any]:
        """Yield the values from the first on; nothing can be added after that."""
        if self._batch:
            self._write()
        self._file.seek(0)
        while True:
            try:
                batch = pickle.load(self._file)  # our own scratch file, unlinked and private
            except EOFError:
                return
            yield from batch


def _reducer(kind: type, dropped: Mapping[str, Any]) -> Reducer:
    kept = [each.name for each in fields(kind) if each.name not in dropped]
    names, rest = (*kept, *dropped), tuple(dropped.values())
    read = attrgetter(*kept) if len(kept) > 1 else lambda value: (getattr(value, kept[0]),)
    return lambda value: (made, (kind, names, read(value) + rest))


def made(kind: type, names: Sequence[str], values: Sequence[Any]) -> Any:
    """Return a value of a frozen dataclass whose fields of these names are these."""
    value: Any = object.__new__(kind)
    put = object.__setattr__
    for name, each in zip(names, values, strict=True):
        put(value, name, each)
    return value
