"""Which failures of a step are tried again, how often, and after which wait.

Decides by the class of the error. Refuses nothing: what uses up its tries is parked by the caller.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from fleet.errors import (
    EgressHalted,
    EgressRefused,
    EvidenceError,
    FleetError,
    GovernanceError,
    InputError,
    MalformedReply,
    ReplayError,
    RowNotFound,
)

T = TypeVar("T")
PERMANENT = (
    InputError, RowNotFound, EvidenceError, GovernanceError, EgressHalted, EgressRefused,
    MalformedReply, ReplayError,
)  # fmt: skip
TRANSIENT = (FleetError, OSError, TimeoutError, ConnectionError)


class ErrorClass(StrEnum):
    """What a failure says about the next try."""

    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DurablePolicy:
    """Table [durable] of the policies."""

    steps_back: int
    keep_days: int
    begins: int
    base_s: float
    cap_s: float
    attempts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more after `wait_s` seconds."""

    wait_s: float


def classify(error: Exception) -> ErrorClass:
    """Return the class of an error; the most final reading wins.

    >>> [str(classify(e)) for e in (InputError("x"), TimeoutError(), KeyError("x"))]
    ['permanent', 'transient', 'unknown']
    """
    if isinstance(error, PERMANENT):
        return ErrorClass.PERMANENT
    return ErrorClass.TRANSIENT if isinstance(error, TRANSIENT) else ErrorClass.UNKNOWN


def next_try(
    error: Exception, failures: int, policy: DurablePolicy, rng: random.Random
) -> Again | None:
    """Return when to try a step again that failed `failures` times in a row; None is enough."""
    if failures >= policy.attempts.get(classify(error), 1):
        return None
    ceiling = min(policy.cap_s, policy.base_s * 2.0 ** min(failures, 30))
    return Again(rng.uniform(0.0, ceiling))


def run_durably(
    step: Callable[[], T], *, progress: Callable[[], object], policy: DurablePolicy,
    rng: random.Random, sleep: Callable[[float], None],
) -> T:  # fmt: skip
    """Call `step` until it returns; it goes on where the last call stopped.

    `progress` names the position: when it moved since the last failure, the count starts anew, so
    that a long run is not given up for failures it has overcome. Raises the last error.
    """
    failures, position = 0, object()
    while True:
        try:
            return step()
        except Exception as error:
            where = progress()
            failures, position = (failures + 1 if where == position else 1), where
            again = next_try(error, failures, policy, rng)
            if again is None:
                raise
            sleep(again.wait_s)
