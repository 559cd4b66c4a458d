"""Searching a sentence: drafts share most of theirs, so what was found once is kept."""

import re
from functools import lru_cache

KEPT = 16384  # searches kept in memory, a few hundred bytes each
COVERED = "·"  # stands for what was already read; part of no word


@lru_cache(maxsize=KEPT)
def find(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match, as `pattern.search` does."""
    return pattern.search(text)


def hidden(match: re.Match[str]) -> str:
    """Return as many unreadable characters as were matched, for `re.sub`."""
    return COVERED * len(match.group())
