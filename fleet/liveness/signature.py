"""What an event *means*: its semantic state and its signature, without clocks, counters and prose.

A loop hides behind a new timestamp, a higher counter or another wording; two events that differ in
nothing else have the same signature. Arguments that number a declared sequence (touch 1, 2, 3) stay
in. Where there is no state at all, as in a chat, the words are all there is, so they stay too.
"""

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from fleet.liveness.policy import LivenessPolicy

CLOCK = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$|\d\d:\d\d(:\d\d)?$")
COUNTED = ("_at", "_ts", "_count", "_time", "_timestamp", "_uuid", "_nonce")
WORD = re.compile(r"[a-z0-9]+")
DEPTH = 6
REMEMBERED = 10_000  # names and short values whose meaning is looked up, not worked out again
SHORT = 64  # characters
AS_IT_IS = frozenset((int, bool, type(None)))
NAME = itemgetter(0)


class Names(dict[Any, str | None]):
    """Which keys mean something, by name; None for one that does not."""

    def __init__(self, kept: frozenset[str], dropped: frozenset[str]) -> None:
        super().__init__()
        self._kept, self._dropped = kept, dropped

    def __missing__(self, key: Any) -> str | None:
        """Work out what a key means that was not asked for before."""
        name = str(key)
        low = name.lower()
        means = low in self._kept or not (low in self._dropped or low.endswith(COUNTED))
        found = name if means else None
        if len(self) < REMEMBERED and len(name) <= SHORT:
            self[key] = found
        return found


class Texts(dict[str, str | None]):
    """Values that are text, in lower case and with single spaces; None for a clock."""

    def __missing__(self, text: str) -> str | None:
        """Reduce a text; only a short one is remembered."""
        found = None if CLOCK.match(text) else " ".join(text.lower().split())
        if len(text) <= SHORT:
            if len(self) >= REMEMBERED:
                self.clear()
            self[text] = found
        return found


class Meaning:
    """Turns arguments and states into comparable values; one instance a detector."""

    def __init__(self, policy: LivenessPolicy) -> None:
        progress, volatile = frozenset(policy.progress_keys), frozenset(policy.volatile_keys)
        self._with_text = Names(progress, volatile)
        self._without_text = Names(progress, volatile | frozenset(policy.text_keys))
        self._texts = Texts()

    def of_state(self, state: Any) -> tuple[Any, list[tuple[str, Any]]]:
        """Return the semantic part of a state and its top-level fields, for ping-pong per field.

        The part is None, and there are no fields, when nothing semantic is left.
        """
        if not state:
            return None, []
        if isinstance(state, Mapping):
            fields = self._pairs(state, self._without_text, 0)
            return tuple(sorted(fields, key=NAME)) or None, fields
        return self._reduce(state, self._without_text, 0) or None, []

    def of_args(self, args: Any, *, drop_text: bool) -> Any:
        """Return the comparable part of arguments."""
        if not args:
            return None
        return self._reduce(args, self._without_text if drop_text else self._with_text, 0)

    def _pairs(self, mapping: Mapping[Any, Any], names: Names, depth: int) -> list[tuple[str, Any]]:
        texts, pairs = self._texts, []
        for key, value in mapping.items():
            name = names[key]
            if name is None:
                continue
            kind = value.__class__  # the two commonest kinds without a call
            if kind is str:
                value = texts[value]
            elif kind not in AS_IT_IS:
                value = self._reduce(value, names, depth + 1)
            pairs.append((name, value))
        return pairs

    def _reduce(self, value: Any, names: Names, depth: int) -> Any:
        if value.__class__ is str:
            return self._texts[value]
        if value.__class__ in AS_IT_IS:
            return value
        if isinstance(value, float):
            return round(value, 1)  # a score that trembles is the same score
        if depth >= DEPTH:
            return repr(value)
        if isinstance(value, Mapping):
            return tuple(sorted(self._pairs(value, names, depth), key=NAME))
        if isinstance(value, (list, tuple)):
            return tuple([self._reduce(item, names, depth + 1) for item in value])
        return value


def is_short(text: Any, words: int) -> bool:
    """Whether a message is a closing, a thanks or a TERMINATE rather than work."""
    if not isinstance(text, str):
        return True
    head = text[: SHORT * (words + 1)]  # of a long text the beginning says enough, as a rule
    return len(WORD.findall(head.lower())) <= words and (
        len(head) == len(text) or len(WORD.findall(text.lower())) <= words
    )
