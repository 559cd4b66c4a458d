"""`fleet run inbox` and `fleet run outbox`."""

import argparse
import gc

from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of


def run_outbox(args: argparse.Namespace, console: Console) -> int:
    """Send what was approved and print the counts."""
    from fleet.adapters.sending import run_outbox as send

    console.document(send(settings_of(args), args.limit))
    return 0


def run_inbox(args: argparse.Namespace, console: Console) -> int:
    """Handle every waiting mail and print the counts."""
    from fleet.adapters.collector import spare_collector
    from fleet.runtime.second_worker import second_worker

    spare_collector()
    from fleet.adapters.store.inbox import waiting_mails
    from fleet.runtime import open_fleet

    with opened(args) as store:
        waiting = len(waiting_mails(store, args.limit))
    settings = settings_of(args)
    with second_worker(settings, waiting, args.limit) as other:
        fleet = open_fleet(settings)
        gc.freeze()
        try:
            answer = fleet.run_inbox(
                args.limit, note=console.note, begin=other.begin if other else None
            )
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
