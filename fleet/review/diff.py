"""What a reviewer changed, by words, and which claims survive the change.

Decides which sentences need a check again. Refuses nothing.
"""

import dataclasses
import difflib
import re
from collections.abc import Sequence

from fleet.review.values import ClaimRow

WORDS = re.compile(r"\s+|[^\s]+")
SENTENCES = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]+)*[.!?]?")
MAX_WORDS = 4_000  # difflib is quadratic; a longer text is diffed by lines
UNCHECKED = "written by a reviewer; no row was found for it"


def word_diff(before: str, after: str) -> list[dict[str, str]]:
    """Return `{op: equal|insert|delete, text}` parts that spell both texts."""
    old, new = _parts(before, after)
    parts: list[dict[str, str]] = []
    for op, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            parts.append({"op": "equal", "text": "".join(old[a:b])})
            continue
        if b > a:
            parts.append({"op": "delete", "text": "".join(old[a:b])})
        if d > c:
            parts.append({"op": "insert", "text": "".join(new[c:d])})
    return parts


def edit_distance(before: str, after: str) -> int:
    """Return how many words were added or removed; a replaced word counts once."""
    old, new = [[part for part in side if not part.isspace()] for side in _parts(before, after)]
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for op, a, b, c, d in codes if op != "equal")


def carry_claims(claims: Sequence[ClaimRow], before: str, after: str) -> tuple[ClaimRow, ...]:
    """Return the claims of the new body when no checker runs.

    A claim whose words still stand keeps its rows. A new sentence with a digit is an unsupported
    claim: numbers, dates and prices are what may not be wrong.
    """
    kept = [
        dataclasses.replace(claim, start=at, end=at + len(claim.text))
        for claim in claims
        if (at := after.find(claim.text)) >= 0
    ]
    known = {match.group().strip() for match in SENTENCES.finditer(before)}
    for match in SENTENCES.finditer(after):
        sentence = match.group().strip()
        if sentence in known or not any(letter.isdigit() for letter in sentence):
            continue
        start = match.start() + match.group().index(sentence)
        kept.append(
            ClaimRow(
                text=sentence, kind="changed", start=start, end=start + len(sentence),
                note=UNCHECKED,
            )
        )  # fmt: skip
    return tuple(sorted(kept, key=lambda claim: (claim.start, claim.end)))


def _parts(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    if max(len(old), len(new)) > MAX_WORDS:
        return before.splitlines(keepends=True), after.splitlines(keepends=True)
    return old, new
