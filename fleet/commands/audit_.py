"""`fleet audit verify`: walk the hash chain from its first entry."""

import argparse

from fleet.commands.console_io import Console
from fleet.commands.opening import opened


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-command."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser("verify", parents=[common], help="prove that no entry was changed")


def run(args: argparse.Namespace, console: Console) -> int:
    """Verify; a broken chain is exit code 1."""
    from fleet.adapters.store.audit import verify

    with opened(args) as store:
        found = verify(store)
    answer: dict[str, object] = {"ok": found.ok, "entries": found.entries}
    answer |= {"broken_at": found.broken_at, "end_known": found.end_known}
    text = f"▲ {found.entries} entries, the chain is whole."
    if not found.end_known:
        text += " Its end is not noted anywhere yet: whether newer entries were cut is unknown."
    if not found.ok:
        text = f"▼ The chain breaks: {found.reason}."
        answer["reason"] = found.reason
    console.document(answer, text)
    return 0 if found.ok else 1
