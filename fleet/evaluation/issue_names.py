"""Names that people give issues, and issues they say are one: a history that is only added to.

Issues keep their ids over all evaluations. A change says what to do with an id from now on; the
last word counts, and every earlier one can still be read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import InputError

RENAME, MERGE, SPLIT = "rename", "merge", "split"
OPS = (RENAME, MERGE, SPLIT)
MOST_TITLE = 160
ID_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueNames:
    """What a history comes to: titles by id, and for a merged id the one it is counted with."""

    titles: Mapping[str, str] = field(default_factory=dict)
    into: Mapping[str, str] = field(default_factory=dict)

    def canonical(self, own: str) -> str:
        """Return the id that an issue is counted under; merges of merged issues are followed."""
        while own in self.into:
            own = self.into[own]
        return own


NONE = IssueNames()


def names_of(changes: Iterable[Mapping[str, Any]]) -> IssueNames:
    """Fold a history, oldest first; raises InputError naming the first change that cannot be."""
    titles: dict[str, str] = {}
    into: dict[str, str] = {}
    for number, change in enumerate(changes, start=1):
        if not isinstance(change, Mapping):
            raise InputError(f"change {number}: is no object")
        own, op = _id(change, "id", number), change.get("op")
        if op == RENAME:
            titles[own] = _title(change, number)
        elif op == MERGE:
            other = _id(change, "into", number)
            if IssueNames(into=into).canonical(other) == own:
                raise InputError(f"change {number}: {own} into {other} would go in a circle")
            into[own] = other
        elif op == SPLIT:
            if own not in into:
                raise InputError(f"change {number}: {own} is not merged: nothing to split")
            del into[own]
        else:
            raise InputError(f"change {number}: op {op!r} is none of {', '.join(OPS)}")
    return IssueNames(titles=titles, into=into)


def history_of(changes: Sequence[Mapping[str, Any]], own: str) -> list[Mapping[str, Any]]:
    """Return the changes that name an issue, oldest first."""
    return [change for change in changes if own in (change.get("id"), change.get("into"))]


def _id(change: Mapping[str, Any], key: str, number: int) -> str:
    value = change.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH:
        raise InputError(f"change {number}: {key} {value!r} is no issue id")
    return value


def _title(change: Mapping[str, Any], number: int) -> str:
    value = change.get("title")
    words = " ".join(value.split()) if isinstance(value, str) else ""
    if not words or len(words) > MOST_TITLE:
        raise InputError(f"change {number}: a title has 1 to {MOST_TITLE} characters")
    return words
