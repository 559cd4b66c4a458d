"""The draft as it was checked: each claim tinted, its number before it, foreign text escaped."""

from typing import Any

from fleet.ui.untrusted import LONGEST, escaped

BREAK = "  \n"


def checked_text(body: str, claims: list[dict[str, Any]]) -> str:
    """Return Markdown of a body with its claims marked; every foreign character is escaped."""
    marks = _marks(body, claims)
    lines, at = [], 0
    for line in body[:LONGEST].split("\n"):
        lines.append(_line(line, at, marks))
        at += len(line) + 1
    paragraphs = "\n".join(lines).split("\n\n")
    return "\n\n".join(part.replace("\n", BREAK) for part in paragraphs)


def _marks(body: str, claims: list[dict[str, Any]]) -> list[tuple[int, int, int, bool]]:
    """Return start, end, number and whether it passes, in order, without overlaps."""
    found: list[tuple[int, int, int, bool]] = []
    last = 0
    for number, claim in enumerate(claims, 1):
        text = claim["text"]
        start = claim["start_at"]
        if body[start : start + len(text)] != text:
            start = body.find(text, last)
        passes = bool(claim["supported"] or claim.get("attested_by"))
        if text and start >= 0:
            found.append((start, start + len(text), number, passes))
    found.sort()
    kept: list[tuple[int, int, int, bool]] = []
    for mark in found:
        if mark[0] >= last:
            kept.append(mark)
            last = mark[1]
    return kept


def _line(line: str, at: int, marks: list[tuple[int, int, int, bool]]) -> str:
    parts, done = [], 0
    for start, end, number, passes in marks:
        first, after = max(start - at, 0), min(end - at, len(line))
        if first >= after:
            continue
        parts.append(_plain(line[done:first]))
        hue, icon = ("green", "check") if passes else ("red", "block")
        if start >= at:
            parts.append(f":{hue}-badge[:material/{icon}: {number}] ")
        parts.append(f":{hue}-background[{_plain(line[first:after]).strip()}]")
        done = after
    return "".join([*parts, _plain(line[done:])])


def _plain(text: str) -> str:
    """Escape one part and keep the single space at its ends."""
    shown = escaped(text, LONGEST)
    before = " " if text[:1].isspace() else ""
    after = " " if shown and text[-1:].isspace() else ""
    return before + shown + after
