"""One process at a time, by a lock on a file that the system drops when its holder dies."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from fleet.errors import InputError


@contextlib.contextmanager
def only_one(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock file `path` for the block; raises InputError with `busy` when another does."""
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"{busy}: wait for it, or stop it ({path.name})") from None
        yield
