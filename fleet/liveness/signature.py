"""What an event *means*: its semantic state and its signature, without clocks, counters and prose.

A loop hides behind a new timestamp, a higher counter or another wording; two events that differ in
nothing else have the same signature. Arguments that number a declared sequence (touch 1, 2, 3) stay
in. Where there is no state at all, as in a chat, the words are all there is, so they stay too.
"""

import re
from collections.abc import Mapping
from typing import Any

from fleet.liveness.policy import LivenessPolicy

CLOCK = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$|\d\d:\d\d(:\d\d)?$")
SPACES = re.compile(r"\s+")
WORD = re.compile(r"[a-z0-9]+")
DEPTH = 6


class Meaning:
    """Turns arguments and states into comparable values; one instance a detector."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self._volatile = frozenset(policy.volatile_keys)
        self._text = frozenset(policy.text_keys)
        self._progress = frozenset(policy.progress_keys)

    def of_state(self, state: Any) -> Any:
        """Return the semantic part of a state; None when nothing semantic is left."""
        if not state:
            return None
        return self._reduce(state, drop_text=True, depth=0) or None

    def of_args(self, args: Any, *, drop_text: bool) -> Any:
        """Return the comparable part of arguments."""
        return self._reduce(args, drop_text=drop_text, depth=0) if args else None

    def fields(self, state: Any) -> list[tuple[str, Any]]:
        """Return the top-level semantic fields of a state, for ping-pong per field."""
        if not isinstance(state, Mapping):
            return []
        pairs = (
            (str(key), value) for key, value in state.items() if self._keeps(key, drop_text=True)
        )
        return [(key, self._reduce(value, drop_text=True, depth=1)) for key, value in pairs]

    def _keeps(self, key: Any, *, drop_text: bool) -> bool:
        name = str(key).lower()
        if name in self._progress:
            return True
        if name in self._volatile or (drop_text and name in self._text):
            return False
        return not name.endswith(("_at", "_ts", "_count", "_time", "_timestamp", "_uuid", "_nonce"))

    def _reduce(self, value: Any, *, drop_text: bool, depth: int) -> Any:
        if value.__class__ is str:
            return None if CLOCK.match(value) else SPACES.sub(" ", value.strip().lower())
        if isinstance(value, float):
            return round(value, 1)  # a score that trembles is the same score
        if depth >= DEPTH:
            return repr(value)
        if isinstance(value, Mapping):
            kept = [
                (str(key), self._reduce(item, drop_text=drop_text, depth=depth + 1))
                for key, item in value.items()
                if self._keeps(key, drop_text=drop_text)
            ]
            kept.sort(key=lambda pair: pair[0])
            return tuple(kept)
        if isinstance(value, (list, tuple)):
            return tuple(self._reduce(v, drop_text=drop_text, depth=depth + 1) for v in value)
        return value


def is_short(text: Any, words: int) -> bool:
    """Whether a message is a closing, a thanks or a TERMINATE rather than work."""
    return not isinstance(text, str) or len(WORD.findall(text.lower())) <= words
