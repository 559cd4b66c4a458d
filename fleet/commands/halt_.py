"""`fleet halt`: stop all sends at once."""

import argparse

from fleet.adapters.clock import SystemClock
from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("--reason", default="stopped by hand")
    parser.add_argument("--as", dest="actor", metavar="NAME")


def run(args: argparse.Namespace, console: Console) -> int:
    """Turn the kill switch on."""
    from fleet.adapters.store.controls import halt

    with opened(args) as store:
        halt(store, args.reason, actor=actor_of(args), now=SystemClock().now())
    console.document({"halted": True, "reason": args.reason}, "■ All sends are stopped.")
    return 0
