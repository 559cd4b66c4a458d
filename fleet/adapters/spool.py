"""A private scratch file of values, written once and read in order, each alone in memory.

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

    def __enter__(self) -> Self:
        """The file is there already."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Give the file up: nothing of it stays."""
        self._file.close()

    def add(self, value: Any) -> None:
        """Write one value."""
        self._pickler.dump(value)
        self._pickler.clear_memo()

    def __iter__(self) -> Iterator[Any]:
        """Yield the values from the first on; nothing can be added after that."""
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # our own scratch file, unlinked and private
            except EOFError:
                return


def _reducer(kind: type, dropped: Mapping[str, Any]) -> Reducer:
    kept = [each.name for each in fields(kind) if each.name not in dropped]
    names, rest = (*kept, *dropped), tuple(dropped.values())
    read = attrgetter(*kept) if len(kept) > 1 else lambda value: (getattr(value, kept[0]),)
    return lambda value: (made, (kind, names, read(value) + rest))


def made(kind: type, names: Sequence[str], values: Sequence[Any]) -> Any:
    """Return a value of a frozen dataclass whose fields of these names are these."""
    value: Any = object.__new__(kind)
    for name, each in zip(names, values, strict=True):
        object.__setattr__(value, name, each)
    return value
