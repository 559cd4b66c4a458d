"""`fleet import`: bring in a CRM export, mail or traces."""

import argparse
import importlib

from fleet.commands.console_io import Console

FORMATS = ("auto", "otlp", "langsmith", "mlflow", "langfuse", "openai", "jsonl")
RUNNERS = {
    "crm": ("fleet.commands.import_crm", "run_crm"),
    "mail": ("fleet.commands.import_mail", "run_mail"),
    "traces": ("fleet.commands.import_traces", "run_traces"),
}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the three kinds of import."""
    kinds = parser.add_subparsers(dest="kind", metavar="kind", required=True)
    crm = kinds.add_parser("crm", parents=[common], help="CSV exports of a CRM")
    crm.add_argument("path", metavar="DIR", help="the folder with the CSV files")
    crm.add_argument(
        "--mapping",
        metavar="NAME|FILE",
        help="maven, hubspot, salesforce, or a TOML file (default: the one whose files are there)",
    )
    mail = kinds.add_parser("mail", parents=[common], help="mbox, Maildir, .eml or JSONL")
    mail.add_argument("path", metavar="PATH")
    traces = kinds.add_parser("traces", parents=[common], help="finished runs of agents")
    traces.add_argument("path", metavar="PATH")
    traces.add_argument("--format", default="auto", choices=FORMATS)


def run(args: argparse.Namespace, console: Console) -> int:
    """Hand over to the importer of the kind; only that one is loaded."""
    module, function = RUNNERS[args.kind]
    return int(getattr(importlib.import_module(module), function)(args, console))
