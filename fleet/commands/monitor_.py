"""`fleet monitor drift|defects`: what has shifted, what went wrong."""

import argparse
from pathlib import Path
from typing import Any

from fleet.adapters.files import read_policies
from fleet.commands.console_io import Console

FINDING = 10
SIGNS = {"STABLE": "·", "WATCH": "◆", "DRIFT": "▼", "WARMING": "○"}
STATES = ("STABLE", "WARMING", "WATCH", "DRIFT")


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    drift = actions.add_parser("drift", parents=[common], help="compare two tables")
    drift.add_argument("--reference", required=True, type=Path, metavar="PATH")
    drift.add_argument("--current", required=True, type=Path, metavar="PATH")
    drift.add_argument("--fail-on", choices=["WATCH", "DRIFT"], metavar="STATE")


def run(args: argparse.Namespace, console: Console) -> int:
    """Compare two tables; a finding is no error unless `--fail-on` asks for it."""
    from fleet.adapters.tables import read_table
    from fleet.monitor.drift import compare_tables
    from fleet.monitor.policy import DriftPolicy
    from fleet.policy import section

    policy = section(read_policies(), "monitor.drift", DriftPolicy)
    report = compare_tables(read_table(args.reference), read_table(args.current), policy)
    answer = report.as_json()
    console.document(answer, _text(answer))
    worst = max((STATES.index(f["state"]) for f in answer["features"]), default=0)
    return FINDING if args.fail_on and worst >= STATES.index(args.fail_on) else 0


def _text(answer: dict[str, Any]) -> str:
    lines = []
    for feature in answer["features"]:
        sign, name = SIGNS[feature["state"]], feature["name"]
        if feature["effect"] is None:
            lines.append(f"{sign} WARMING {name}: n too low")
            continue
        where = f", from row {feature['change_point']}" if "change_point" in feature else ""
        lines.append(
            f"{sign} {feature['state']} {name}: {feature['test']}, effect {feature['effect']:.3f}, "
            f"adjusted p {feature['p_adjusted']:.2g}{where}"
        )
    return "\n".join([*lines, f"{answer['reference_n']} rows against {answer['current_n']}"])
