"""`fleet run WORK`: enqueue and drain; a run that was cut short goes on where it stood.

Each kind of work is one row of `WORK`: the module and function that do it, imported when asked for.
"""

import argparse
import importlib

from fleet.commands.console_io import Console
from fleet.commands.opening import opened
from fleet.errors import InputError

WORK = {
    "inbox": "fleet.commands.run_mail:run_inbox",
    "outbox": "fleet.commands.run_mail:run_outbox",
    "campaigns": "fleet.commands.run_campaigns:run_campaigns",
    "orchestrator": "fleet.commands.run_orchestrator:run_orchestrator",
    "recommend": "fleet.commands.run_recommend:run_recommend",
}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("work", choices=list(WORK), metavar="|".join(WORK))
    parser.add_argument("--limit", type=int, metavar="N", help="at most N subjects")


def run(args: argparse.Namespace, console: Console) -> int:
    """Drain one kind of work and print what became of it."""
    if args.limit is not None and args.limit < 1:
        raise InputError(f"run {args.work}: --limit {args.limit}: give 1 or more")
    with opened(args):
        pass  # names the missing store before anything heavy is loaded
    name, _, function = WORK[args.work].partition(":")
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise InputError(
            f"run {args.work}: this build does not carry it; see 'fleet run --help'"
        ) from None
    return int(getattr(module, function)(args, console))
