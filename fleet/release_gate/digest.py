"""The digest of a window: the same lines in any order give the same digest."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

AT_ONCE = 2_000  # lines joined: what fits in a processor's cache
OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def canonical_line(row: Mapping[str, Any]) -> bytes:
    """Write a verdict as one line, keys sorted; unknown keys are kept."""
    return orjson.dumps(row, option=OPTIONS)


def digest_lines(lines: Iterable[bytes]) -> str:
    """SHA-256 over the sorted lines, joined by line feeds."""
    ordered, found = sorted(lines), hashlib.sha256()
    for start in range(0, len(ordered), AT_ONCE):
        found.update(b"\n" * bool(start) + b"\n".join(ordered[start : start + AT_ONCE]))
    return found.hexdigest()
