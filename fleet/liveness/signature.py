"""What an event *means*: its semantic state and its signature, without clocks, counters and prose.

A loop hides behind a new timestamp, a higher counter or another wording; two events that differ in
nothing else have the same signature. Arguments that number a declared sequence (touch 1, 2, 3) stay
in. Where there is no state at all, as in a chat, the words are all there is, so they stay too.
"""

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from fleet.liveness.policy import LivenessPolicy

CLOCK = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$|\d\d:\d\d(:\d\d)?$")
COUNTED = ("_at", "_ts", "_count", "_time", "_timestamp", "_uuid", "_nonce")
WORD = re.compile(r"[a-z0-9]+")
DEPTH = 6
REMEMBERED = 10_000  # sets of keys and texts that are looked up, not worked out again
SHORT = 64  # keys or characters; longer ones are not remembered
LONG_WORD = 16  # characters
AS_IT_IS = frozenset((int, bool, type(None)))
NAME = itemgetter(0)
Part = tuple[tuple[str, ...], Any]  # names, and a value for each; no names beside another value
Values = Callable[[Mapping[Any, Any]], tuple[Any, ...]]


class Shapes(dict[tuple[Any, ...], tuple[tuple[str, ...], Values]]):
    """By the keys of a mapping: the names that mean something, sorted, and their values' getter."""

    def __init__(self, kept: frozenset[str], dropped: frozenset[str]) -> None:
        super().__init__()
        self._kept, self._dropped = kept, dropped

    def __missing__(self, keys: tuple[Any, ...]) -> tuple[tuple[str, ...], Values]:
        """Look at each key of a mapping of a new shape."""
        pairs = sorted(((str(key), key) for key in keys if self._means(str(key))), key=NAME)
        shape = tuple(name for name, _ in pairs), _getter([key for _, key in pairs])
        if len(keys) <= SHORT:
            if len(self) >= REMEMBERED:
                self.clear()
            self[keys] = shape
        return shape

    def _means(self, name: str) -> bool:
        low = name.lower()
        return low in self._kept or not (low in self._dropped or low.endswith(COUNTED))


def _getter(keys: list[Any]) -> Values:
    if len(keys) > 1:
        return itemgetter(*keys)
    if not keys:
        return lambda _: ()
    (key,) = keys
    return lambda mapping: (mapping[key],)


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
        self._with_text = Shapes(progress, volatile)
        self._without_text = Shapes(progress, volatile | frozenset(policy.text_keys))
        self._texts = Texts()

    def of_state(self, state: Any) -> Part | None:
        """Return the semantic part of a state; None when nothing semantic is left."""
        if not state:
            return None
        part = self._part(state, self._without_text)
        return part if part[0] or part[1] else None

    def of_args(self, args: Any, *, drop_text: bool) -> Part | None:
        """Return the comparable part of arguments."""
        if not args:
            return None
        return self._part(args, self._without_text if drop_text else self._with_text)

    def _part(self, value: Any, shapes: Shapes) -> Part:
        if value.__class__ is dict or isinstance(value, Mapping):  # the class is the quick way
            return self._fields(value, shapes, 0)
        return (), self._reduce(value, shapes, 0)

    def _fields(self, mapping: Mapping[Any, Any], shapes: Shapes, depth: int) -> Part:
        names, values_of = shapes[tuple(mapping)]
        texts, values = self._texts, []
        for value in values_of(mapping):
            kind = value.__class__  # the two commonest kinds without a call
            if kind is str:
                value = texts[value]
            elif kind not in AS_IT_IS:
                value = self._reduce(value, shapes, depth + 1)
            values.append(value)
        return names, tuple(values)

    def _reduce(self, value: Any, shapes: Shapes, depth: int) -> Any:
        if value.__class__ is str:
            return self._texts[value]
        if value.__class__ in AS_IT_IS:
            return value
        if isinstance(value, float):
            return round(value, 1)  # a score that trembles is the same score
        if depth >= DEPTH:
            return repr(value)
        if isinstance(value, Mapping):
            return tuple(zip(*self._fields(value, shapes, depth), strict=True))
        if isinstance(value, (list, tuple)):
            return tuple([self._reduce(item, shapes, depth + 1) for item in value])
        return value


def is_short(text: Any, words: int) -> bool:
    """Whether a message is a closing, a thanks or a TERMINATE rather than work."""
    if not isinstance(text, str):
        return True
    head = text[: LONG_WORD * (words + 1)]  # of a long text the beginning says enough, as a rule
    return len(WORD.findall(head.lower())) <= words and (
        len(head) == len(text) or len(WORD.findall(text.lower())) <= words
    )
