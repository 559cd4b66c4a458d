"""A 402 halts the fleet: written once where every process and the console see it.

The hold inside one process ends by itself; the halt in the store ends when a person lifts it.
"""

import logging
import threading
import time
from collections.abc import Callable

from fleet.adapters.store.controls import halt, halt_state
from fleet.errors import FleetError, StoreError
from fleet.ports import Clock, Store

LOG = logging.getLogger("fleet.gateway")
ACTOR = "gateway"
LOOK_S = 2.0  # a halt lifted by a person, or set by another process, is seen this late at most
REASON = "the model account is empty (402): top it up, then lift the halt (`fleet unhalt`)"


def halting(store: Store, clock: Clock) -> Callable[[str], None]:
    """Return what sets the store's halt; a person's own halt keeps its reason in front."""

    def set_halt(reason: str) -> None:
        known = halt_state(store)
        if known is not None and known["actor"] == ACTOR:
            return
        whole = f"{known['reason']} ({known['actor']}); {reason}" if known else reason
        halt(store, whole, actor=ACTOR, now=clock.now())

    return set_halt


class HaltWatch:
    """Tells of a 402 once a hold, and knows whether the halt it set still stands."""

    def __init__(
        self, store: Store | None, clock: Clock, on_halt: Callable[[str], None] | None,
        hold_s: float, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._store, self._hold_s, self._monotonic = store, hold_s, monotonic
        self._tell = on_halt or (halting(store, clock) if store is not None else None)
        self._lock = threading.Lock()
        self._told_until = self._look_at = 0.0
        self._stands = False

    def tell(self, reason: str) -> None:
        """Pass the reason on, unless that was done in this hold; a store that fails is logged."""
        with self._lock:
            if self._tell is None or self._monotonic() < self._told_until:
                return
            try:
                self._tell(reason)
            except FleetError as error:
                LOG.error("the halt could not be recorded: %s", type(error).__name__)
                return
            self._told_until = self._monotonic() + self._hold_s
            self._look_at = 0.0

    def look(self) -> tuple[bool, bool]:
        """Return whether the gateway's halt stands in the store, and whether it was just lifted."""
        with self._lock:
            if self._store is None or self._monotonic() < self._look_at:
                return self._stands, False
            self._look_at = self._monotonic() + LOOK_S
            try:
                state = halt_state(self._store)
            except StoreError as error:
                LOG.warning("the halt is not readable: %s", type(error).__name__)
                return self._stands, False
            before, self._stands = self._stands, state is not None and state["actor"] == ACTOR
            lifted = before and not self._stands
            if lifted:
                self._told_until = 0.0
            return self._stands, lifted
