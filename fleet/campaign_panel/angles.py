"""When two angles are the same angle."""

import re

WORD = re.compile(r"\w+")


def similarity(one: str, other: str) -> float:
    """Return the Jaccard similarity of the words, 0..1.

    >>> round(similarity("What has changed", "what changed"), 2)
    0.67
    """
    left, right = set(WORD.findall(one.lower())), set(WORD.findall(other.lower()))
    return len(left & right) / len(left | right) if left | right else 1.0
