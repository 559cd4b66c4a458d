"""Sparing a process that loads much, drains a queue and ends what Python's collector costs it."""

import gc
import sys

GC_EVERY = 50_000  # new objects between two looks of the collector; a mail makes about as many
SWITCH_S = 0.02  # seconds a thread keeps the interpreter: runs wait for replies, not for a turn


def spare_collector() -> None:
    """Keep the collector off the modules that are loaded next, and threads on their turn."""
    gc.set_threshold(GC_EVERY, 20, 50)
    sys.setswitchinterval(SWITCH_S)
