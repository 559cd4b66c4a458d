"""`fleet run orchestrator`."""

import argparse

from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of


def run_orchestrator(args: argparse.Namespace, console: Console) -> int:
    """Plan for every contact, act on what the gate allows, and print the counts."""
    from fleet.runtime import open_fleet
    from fleet.runtime.rdav_run import run_orchestrator as drain

    fleet = open_fleet(settings_of(args))
    try:
        answer = drain(fleet, args.limit, note=console.note)
    finally:
        fleet.close()
    text = (
        f"{answer['handled']} contacts handled: {answer['created']} drafts wait for you, "
        f"{answer['held']} contacts have a step that waits for a decision, "
        f"{sum(answer['skipped'].values())} need nothing or must be left alone, "
        f"{answer['failed']} failed."
    )
    console.document(answer, text)
    return 1 if answer["failed"] else 0
