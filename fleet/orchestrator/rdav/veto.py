"""The safety veto: before any model and again before every act; what is not known is a stop.

Refuses. Asks nobody.
"""

from collections.abc import Mapping
from typing import Any

from fleet.orchestrator.rdav.values import State

# Most final first; each names a flag of the world that must be known and false.
FLAGS = ("suppressed", "opted_out", "do_not_contact", "halted")
UNKNOWN = "unknown"


def veto(world: Mapping[str, Any]) -> str | None:
    """Return why nothing may be done for this contact, or None.

    A flag that is missing, or is not a boolean, stops as `unknown`: the veto fails closed.
    """
    for name in FLAGS:
        flag = world.get(name)
        if flag is True:
            return name
    if any(world.get(name) is not False for name in FLAGS):
        return UNKNOWN
    return None if world.get("address") else "no_address"


def end_state(stop: str) -> State:
    """Return the named end of a run that the veto stopped."""
    return State.NOTHING if stop == "no_address" else State.SUPPRESSED


def is_reply(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the contact wrote between two looks at the world."""
    return before.get("inbound") != now.get("inbound")
