"""Searching a sentence: drafts share most of theirs, so what was found once is kept."""

import re
from functools import lru_cache

KEPT = 16384  # searches kept in memory, a few hundred bytes each
COVERED = "·"  # stands for what was already read; part of no word


@lru_cache(maxsize=KEPT)
def find(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match, as `pattern.search` does."""
    return pattern.search(text)


def lower(text: str) -> str:
    """Return the text in lower case, as long as it was: what has no single letter for it stays."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def hidden(match: re.Match[str]) -> str:
    """Return as many unreadable characters as were matched, for `re.sub`."""
    return COVERED * len(match.group())


def at_words(text: str) -> re.Pattern[str]:
    r"""Compile alternatives so that those which begin a word are tried at beginnings of words only.

    >>> at_words(r"\b(?:a|b)c|^d").pattern
    '\\b(?=\\w)(?:(?:a|b)c)|^d'
    """
    parts = _alternatives(text)
    inner = [part[len(BEGIN) :] for part in parts if part.startswith(BEGIN)]
    outer = [part for part in parts if not part.startswith(BEGIN)]
    words = [rf"{BEGIN}(?=\w)(?:{'|'.join(inner)})"] if inner else []
    return re.compile("|".join((*words, *outer)))


BEGIN = r"\b"


def _alternatives(text: str) -> list[str]:
    """Split a pattern at the bars that stand in no group and in no class."""
    parts, depth, inside, begin, at = list[str](), 0, False, 0, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif inside:
            inside = char != "]"
        elif char == "[":
            inside = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and not depth:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [*parts, text[begin:]]
