"""`fleet run campaigns`: draft every touch that is due."""

import argparse

from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of


def run_campaigns(args: argparse.Namespace, console: Console) -> int:
    """Settle what was sent, stop who answered, draft what is due, and print the counts."""
    from fleet.adapters.store.campaigns import list_campaigns
    from fleet.runtime import open_fleet
    from fleet.runtime.campaigns import run_campaigns as run

    fleet = open_fleet(settings_of(args))
    try:
        if not list_campaigns(fleet.store):
            console.note("no campaign exists yet: start one from a plan in the console")
        answer = run(fleet, args.limit, note=console.note)
    finally:
        fleet.close()
    text = (
        f"{answer['handled']} touches handled: {answer['created']} drafts wait for you, "
        f"{answer['held']} of them with a claim to check, {sum(answer['skipped'].values())} "
        f"stopped or not due, {answer['failed']} failed."
    )
    console.document(answer, text)
    return 1 if answer["failed"] else 0
