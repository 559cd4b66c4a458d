"""The `fleet` command: a table of names, and one lazily imported module each.

A command module under `fleet/commands/` offers `configure(parser)` and `run(args, console) -> int`.
Exit codes: 0 done, 2 bad input or usage, 1 broken machinery; gate 0, 10, 20.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from fleet import __version__
from fleet.errors import FleetError, InputError

COMMANDS: dict[str, str] = {
    "init": "create or upgrade the store; --sample loads the shipped sample CRM",
    "doctor": "say what is configured, reachable or degraded, each problem with its fix",
    "import": "bring in a CRM export, mail or traces",
    "run": "enqueue and drain: inbox, outbox, campaigns, orchestrator, recommend",
    "worker": "watch the inbox and drain queues until stopped",
    "threads": "list, show, resume, cancel or fork durable runs",
    "review": "the approval queue: list, show, approve, edit, reject, snooze, reopen, undo",
    "score": "score mails for intent",
    "propensity": "fit or apply a conversion model",
    "recommend": "rank who or what next, each with a path of rows",
    "panel": "let the campaign panel plan, or show a plan",
    "liveness": "prove that a graph ends, or judge a run's events",
    "evaluate": "judge traces: step, trajectory, system",
    "monitor": "find defects in runs, and drift between tables",
    "gate": "decide, replay or list release decisions",
    "ladder": "show, grant or revoke autonomy",
    "evals": "hold every prompt path to its bar",
    "audit": "verify the audit chain",
    "simulate": "play days of customers and reviewers against the real fleet",
    "suppress": "never write to this address again",
    "halt": "stop all sends",
    "unhalt": "allow sends again",
    "console": "open the reviewer console",
}
INTERRUPTED = 130
ABOUT = "AI sales agents that earn autonomy by evidence, and lose it by evidence."


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line: what, where, what to do."""

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see '{self.prog} --help'\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = _command_name(words)
    parser = _parser(name)
    args = parser.parse_args(words)
    from fleet.commands.console_io import Console

    console = Console(json=getattr(args, "json", False))
    try:
        module = importlib.import_module(f"fleet.commands.{args.command}_")
        return int(module.run(args, console))
    except InputError as error:
        return console.fail(str(error), 2)
    except FleetError as error:
        return console.fail(str(error), 1)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _command_name(words: Sequence[str]) -> str | None:
    return next((word for word in words if word in COMMANDS), None)


def _parser(name: str | None) -> Parser:
    """Build the parser; only the named command's own arguments are loaded."""
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="one JSON document, or JSON lines")
    common.add_argument("--home", metavar="DIR", help="the fleet's folder (default ./.fleet)")
    parser = Parser(prog="fleet", description=ABOUT, parents=[common])
    parser.add_argument("--version", action="version", version=f"fleet {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for command, text in COMMANDS.items():
        child = commands.add_parser(command, help=text, description=text, parents=[common])
        if command == name:
            try:
                module = importlib.import_module(f"fleet.commands.{command}_")
            except ModuleNotFoundError as error:
                if error.name != f"fleet.commands.{command}_":
                    raise
                child.error("this build does not carry the command")
            module.configure(child, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
