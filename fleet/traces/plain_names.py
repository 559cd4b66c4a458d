"""The names that plain steps give their fields: of one record, only those that it has.

The records of a file have mostly the same keys; what they can say is worked out once for each set.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from fleet.traces.read_values import moment, number, text, whole

MOST_KEYS = 100  # of a record whose names are remembered


class Names(NamedTuple):
    """Which names of each field a record can have; those of one record are the ones it has."""

    kind: tuple[str, ...] = ("kind", "type", "action")
    name: tuple[str, ...] = ("tool", "name", "node", "action")
    given: tuple[str, ...] = ("input", "args", "arguments", "prompt")
    output: tuple[str, ...] = ("output", "result", "response", "content", "state")
    own: tuple[str, ...] = ("step_id", "span_id")
    own_in_run: tuple[str, ...] = ("step_id", "span_id", "id")
    actor: tuple[str, ...] = ("actor", "agent")
    place: tuple[str, ...] = ("seq", "step", "index", "position")
    task: tuple[str, ...] = ("task", "intent", "goal")
    outcome: tuple[str, ...] = ("outcome", "reward", "success")


RARE: dict[str, tuple[Callable[[Any], Any], tuple[str, ...]]] = {
    "parent_id": (text, ("parent_id", "parent_span_id", "parent")),
    "started_at": (moment, ("started_at", "start_time", "start", "ts", "timestamp")),
    "ended_at": (moment, ("ended_at", "end_time", "end")),
    "tokens_in": (whole, ("tokens_in", "input_tokens", "tokens")),
    "tokens_out": (whole, ("tokens_out", "output_tokens")),
    "cost_usd": (number, ("cost_usd", "cost")),
    "model": (text, ("model",)),
}
Rare = tuple[tuple[str, Callable[[Any], Any], tuple[str, ...]], ...]


@lru_cache(maxsize=1024)
def _among(keys: tuple[str, ...]) -> tuple[Names, Rare]:
    """Return the names that are among these keys: records of a file have mostly the same."""
    known = frozenset(keys)
    names = Names(*(tuple(name for name in each if name in known) for each in Names()))
    rare = ((f, read, tuple(n for n in each if n in known)) for f, (read, each) in RARE.items())
    return names, tuple(each for each in rare if each[2])


def names_in(value: Mapping[str, Any]) -> tuple[Names, Rare]:
    """Return which names of each field a record has, and its rare fields with theirs."""
    keys = tuple(value)
    return _among(keys) if len(keys) <= MOST_KEYS else _among.__wrapped__(keys)
