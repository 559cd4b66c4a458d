"""`fleet run inbox|outbox`: enqueue and drain; a run that was cut short goes on where it stood."""

import argparse

from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of
from fleet.errors import InputError

WORK = ("inbox", "outbox", "campaigns", "orchestrator", "recommend")


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("work", choices=WORK, metavar="|".join(WORK))
    parser.add_argument("--limit", type=int, metavar="N", help="at most N subjects")


def run(args: argparse.Namespace, console: Console) -> int:
    """Drain one kind of work and print what became of it."""
    if args.limit is not None and args.limit < 1:
        raise InputError(f"run {args.work}: --limit {args.limit}: give 1 or more")
    with opened(args):
        pass  # names the missing store before anything heavy is loaded
    if args.work == "outbox":
        from fleet.adapters.sending import run_outbox

        answer = run_outbox(settings_of(args), args.limit)
        console.document(answer)
        return 0
    if args.work != "inbox":
        raise InputError(f"run {args.work}: this build does not carry it; see 'fleet run --help'")
    from fleet.runtime import open_fleet

    fleet = open_fleet(settings_of(args))
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
