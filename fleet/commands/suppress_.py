"""`fleet suppress ADDRESS`: never write to this address again."""

import argparse

from fleet.adapters.clock import SystemClock
from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("address", help="name@example.com, or @example.com for a whole domain")
    parser.add_argument("--reason", default="by hand")
    parser.add_argument("--as", dest="actor", metavar="NAME")


def run(args: argparse.Namespace, console: Console) -> int:
    """Suppress one address; a second time changes nothing."""
    from fleet.adapters.store.controls import normal_address, suppress

    address = normal_address(args.address)
    with opened(args) as store:
        now, actor = SystemClock().now(), actor_of(args)
        new = suppress(store, address, reason=args.reason, origin="command", now=now, actor=actor)
    text = f"{address} is suppressed." if new else f"{address} was suppressed already."
    console.document({"address": address, "suppressed": True, "changed": new}, text)
    return 0
