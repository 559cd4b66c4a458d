"""`fleet run inbox` and `fleet run outbox`."""

import argparse
import gc
import sys

from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of

GC_EVERY = 50_000  # new objects between two looks of the collector; a mail makes about as many
SWITCH_S = 0.02  # seconds a thread keeps the interpreter: runs wait for replies, not for a turn


def spare_collector() -> None:
    """Keep the collector off the modules of a process that drains a queue and ends."""
    gc.freeze()
    gc.set_threshold(GC_EVERY, 20, 50)
    sys.setswitchinterval(SWITCH_S)


def run_outbox(args: argparse.Namespace, console: Console) -> int:
    """Send what was approved and print the counts."""
    from fleet.adapters.sending import run_outbox as send

    console.document(send(settings_of(args), args.limit))
    return 0


def run_inbox(args: argparse.Namespace, console: Console) -> int:
    """Handle every waiting mail and print the counts."""
    from fleet.runtime import open_fleet

    fleet = open_fleet(settings_of(args))
    spare_collector()
    try:
        answer = fleet.run_inbox(args.limit, note=console.note)
    finally:
        fleet.close()
    skipped = sum(answer["skipped"].values())
    text = (
        f"{answer['handled']} mails handled: {answer['created']} drafts wait for you, "
        f"{answer['held']} of them with a claim to check, {skipped} need no answer, "
        f"{answer['failed']} failed."
    )
    console.document(answer, text)
    return 1 if answer["failed"] else 0
