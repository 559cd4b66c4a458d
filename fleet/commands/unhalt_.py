"""`fleet unhalt`: allow sends again."""

import argparse

from fleet.adapters.clock import SystemClock
from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("--as", dest="actor", metavar="NAME")


def run(args: argparse.Namespace, console: Console) -> int:
    """Turn the kill switch off."""
    from fleet.adapters.store.controls import unhalt

    with opened(args) as store:
        unhalt(store, actor=actor_of(args), now=SystemClock().now())
    console.document({"halted": False}, "▲ Sends are on.")
    return 0
