"""What changed between two plans: for a steering message, and for a panel without one lens."""

from collections.abc import Mapping, Sequence
from typing import Any

FIELDS = ("day_offset", "channel", "angle", "evidence")
WORDS = {"day_offset": "day", "channel": "channel", "angle": "angle", "evidence": "facts"}


def compare_answers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return `[{what, touch, before, after}]`, plan-wide first; empty when nothing moved."""
    changes: list[dict[str, Any]] = []
    old, new = before["touches"], after["touches"]
    for what, left, right in (
        ("source", before["source"], after["source"]),
        ("touches", len(old), len(new)),
        ("days", _days(old), _days(new)),
        ("open objections", before["objections"]["open"], after["objections"]["open"]),
    ):
        if left != right:
            changes.append({"what": what, "touch": None, "before": left, "after": right})
    for place in range(max(len(old), len(new))):
        changes += _touch(place, old, new)
    return changes


def _touch(
    place: int, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    left = old[place] if place < len(old) else None
    right = new[place] if place < len(new) else None
    if left is None or right is None:
        said = {"before": left and left["angle"], "after": right and right["angle"]}
        return [
            {"what": "touch added" if left is None else "touch removed", "touch": place + 1} | said
        ]
    return [
        {"what": WORDS[name], "touch": place + 1, "before": left[name], "after": right[name]}
        for name in FIELDS
        if left[name] != right[name]
    ]


def _days(touches: Sequence[Mapping[str, Any]]) -> list[int]:
    return [touch["day_offset"] for touch in touches]
