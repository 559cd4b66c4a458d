"""A mail with its evidence: each span tinted and numbered, every foreign character escaped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.ui.theme import Hue
from fleet.ui.untrusted import LONGEST, escaped

BREAK = "  \n"
WORDS: dict[str, str] = {
    "hot": "wants to buy",
    "interested": "is interested",
    "question": "asks something",
    "complaint": "complains",
    "not_interested": "is not interested",
    "not_now": "says not now",
    "other": "names no wish",
    "opt_out": "wants no mail",
    "auto_reply": "did not write this: an automatic reply",
}
HUES: dict[str, Hue] = {
    "hot": "green", "interested": "green", "complaint": "orange", "not_interested": "gray",
    "opt_out": "red",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start:end` of the shown text, numbered in reading order."""

    start: int
    end: int
    number: int


def find_marks(text: str, evidence: Any) -> list[Mark]:
    """Return where the quotes stand in a text, in reading order and without overlaps.

    A quote that stands elsewhere than its offsets say is looked up; one that is nowhere is left
    out, and so is whatever is no span.
    """
    spots: list[tuple[int, int]] = []
    for span in evidence if isinstance(evidence, Sequence) else ():
        quote = span.get("quote") if isinstance(span, Mapping) else None
        if not isinstance(quote, str) or not quote:
            continue
        start = span.get("start")
        if not isinstance(start, int) or text[start : start + len(quote)] != quote:
            start = text.find(quote)
        if 0 <= start < LONGEST:
            spots.append((start, start + len(quote)))
    marks: list[Mark] = []
    for start, end in sorted(spots):
        if not marks or start >= marks[-1].end:
            marks.append(Mark(start, end, len(marks) + 1))
    return marks


def marked(text: str, marks: Iterable[Mark], hue: Hue) -> str:
    """Return Markdown of a mail with its marks tinted."""
    lines, at, kept = [], 0, list(marks)
    for line in text[:LONGEST].split("\n"):
        lines.append(_line(line, at, kept, hue))
        at += len(line) + 1
    parts = "\n".join(lines).split("\n\n")
    return "\n\n".join(part.replace("\n", BREAK) for part in parts)


def _line(line: str, at: int, marks: list[Mark], hue: Hue) -> str:
    parts, done = [], 0
    for mark in marks:
        first, after = max(mark.start - at, 0), min(mark.end - at, len(line))
        if first >= after:
            continue
        parts.append(_part(line[done:first]))
        number = f":small[**{mark.number}**] " if mark.start >= at else ""
        parts.append(f"{number}:{hue}-background[{_part(line[first:after]).strip()}]")
        done = after
    return "".join([*parts, _part(line[done:])])


def _part(text: str) -> str:
    """Escape one part and keep a single space at its ends."""
    shown = escaped(text, LONGEST)
    before = " " if text[:1].isspace() else ""
    after = " " if shown and text[-1:].isspace() else ""
    return before + shown + after


def what(label: str | None) -> str:
    """Return what a mail does, in words; an unknown label as it is.

    >>> what("not_now")
    'says not now'
    """
    return WORDS.get(label or "", (label or "has no label").replace("_", " "))
