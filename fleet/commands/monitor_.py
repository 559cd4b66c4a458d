"""`fleet monitor drift|defects`: what has shifted, what went wrong."""

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from fleet.adapters.files import read_policies
from fleet.commands.console_io import Console, worst_code
from fleet.errors import InputError

FINDING, BAD_INPUT = 10, 2
FORMATS = ("auto", "otlp", "langsmith", "mlflow", "langfuse", "openai", "jsonl")
SIGNS = {"STABLE": "·", "WATCH": "◆", "DRIFT": "▼", "WARMING": "○"}
STATES = ("STABLE", "WARMING", "WATCH", "DRIFT")
FEW = 10
ENOUGH_POWER = 0.8  # of a test that found nothing; below it that is said


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    drift = actions.add_parser("drift", parents=[common], help="compare two tables")
    drift.add_argument("--reference", required=True, type=Path, metavar="PATH")
    drift.add_argument("--current", required=True, type=Path, metavar="PATH")
    drift.add_argument("--fail-on", choices=["WATCH", "DRIFT"], metavar="STATE")
    drift.add_argument(
        "--season", default="auto", metavar="auto|off|ROWS",
        help="what is taken out of each column first: a period that the reference shows (auto), "
        "nothing, or one of so many rows",
    )  # fmt: skip
    defects = actions.add_parser("defects", parents=[common], help="find defects in finished runs")
    defects.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    defects.add_argument("--format", choices=FORMATS, default="auto")
    defects.add_argument(
        "--fail-on", metavar="CODE|SEVERITY",
        help="exit 10 on a defect of this code, or of this severity or worse",
    )  # fmt: skip
    defects.add_argument("--graph", help="judge every run by the contract of this graph")
    defects.add_argument("--policy", type=Path, metavar="FILE", help="a TOML like policies.toml")


def run(args: argparse.Namespace, console: Console) -> int:
    """Look for drift or defects; a finding is no error unless `--fail-on` asks for it."""
    return _drift(args, console) if args.action == "drift" else _defects(args, console)


def _drift(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.long_tables import read_long_table
    from fleet.monitor.drift import compare_tables
    from fleet.monitor.policy import DriftPolicy
    from fleet.policy import section

    policy = section(read_policies(), "monitor.drift", DriftPolicy)
    period = _period(args.season)
    reference, current = read_long_table(args.reference), read_long_table(args.current)
    seasons = _seasons(period, reference, current)
    report = compare_tables(reference.columns, current.columns, policy, seasons=seasons)
    answer = report.of_thinned(reference.rows, current.rows, current.every).as_json()
    for path, table in ((args.reference, reference), (args.current, current)):
        if table.every > 1:
            console.note(f"{path}: of {table.rows} rows every {table.every}th is compared")
    console.document(answer, _text(answer))
    worst = max((STATES.index(f["state"]) for f in answer["features"]), default=0)
    return FINDING if args.fail_on and worst >= STATES.index(args.fail_on) else 0


def _period(asked: str) -> int | None:
    """Return the period asked for in rows: None to look for one, 0 for none."""
    if asked in ("auto", "off"):
        return None if asked == "auto" else 0
    try:
        period = int(asked)
    except ValueError:
        period = 0
    if period <= 1:
        raise InputError(
            f"--season {asked!r} is no season: say auto, off, or a number of rows from 2 on"
        )
    return period


def _seasons(period: int | None, reference: Any, current: Any) -> Any:
    """Return how seasons are taken out of tables, of which every n-th row may be read; or None."""
    from fleet.monitor.season import SeasonPolicy
    from fleet.policy import section

    if period == 0:
        return None
    policy = section(read_policies(), "monitor.season", SeasonPolicy)
    every = max(reference.every, current.every)
    if reference.every != current.every or (period or 0) % every:
        if period:
            raise InputError(
                f"--season {period} cannot be taken out: of such long tables every "
                f"{reference.every}th and {current.every}th row is compared; say --season off"
            )
        return None  # their rows stand for different spans of time
    if period and reference.rows < 2 * period:
        raise InputError(
            f"--season {period} needs a reference of two seasons, {2 * period} rows: it has "
            f"{reference.rows}"
        )
    return replace(policy, period=period // every if period else None)


def _defects(args: argparse.Namespace, console: Console) -> int:
    from fleet.monitor.defects import fails_on

    if args.fail_on:
        fails_on(args.fail_on, ())  # a word that names nothing is refused before any work
    codes: list[int] = []
    for path in args.paths:
        try:
            codes.append(_scan(args, path, console))
        except InputError as error:
            if len(args.paths) == 1:
                raise
            console.document({"file": str(path), "error": str(error)})
            codes.append(BAD_INPUT)
    return worst_code(codes)


def _scan(args: argparse.Namespace, path: Path, console: Console) -> int:
    from fleet.adapters.trace_files import TraceFiles
    from fleet.monitor.defect_policy import EMPTY, DefectPolicy
    from fleet.monitor.defects import fails_on, find_defects, read_contracts
    from fleet.policy import section

    policies = read_policies(args.policy)
    policy, contracts = section(policies, "monitor.defects", DefectPolicy), read_contracts(policies)
    if args.graph and args.graph not in contracts:
        raise InputError(f"no contract of {args.graph}: known are {', '.join(sorted(contracts))}")
    source = TraceFiles(path, args.format)
    tally: Counter[str] = Counter()
    runs, failed = 0, False
    for each in source.runs():
        found = find_defects(each, policy, contracts.get(args.graph or each.name or "", EMPTY))
        runs += 1
        tally.update({defect.code for defect in found})
        failed = failed or bool(args.fail_on and fails_on(args.fail_on, found))
        answer: dict[str, Any] = {"trace_id": each.id, "defects": [d.as_json() for d in found]}
        answer |= {"graph": each.name, "version": each.version, "steps": len(each.steps)}
        answer |= {"odd": list(each.odd)[:FEW]} if each.odd else {}
        if console.json or found:
            console.document(answer, _run_text(each.id, found))
    _sum_up(console, source, tally, runs)
    return FINDING if failed else 0


def _sum_up(console: Console, source: Any, tally: Counter[str], runs: int) -> None:
    for problem in source.problems[:FEW]:
        console.note(f"{problem.file}#{problem.line}: {problem.reason}")
    if source.rejected > FEW:
        console.note(f"{source.rejected} records could not be read")
    counted = ", ".join(f"{code} in {n}" for code, n in tally.most_common())
    console.note(f"{runs} runs: {counted or 'no defect found'}")


def _run_text(trace_id: str, found: Any) -> str:
    lines = [_clean(trace_id)]
    for defect in found:
        sign = "▼" if defect.severity == "critical" else "◆"
        lines.append(
            f"  {sign} {defect.code} ({defect.severity}, {defect.confidence:.2f}) at "
            f"{_clean(defect.span)}: {_clean(defect.text)}"
        )
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Take out what could drive a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]


def _text(answer: dict[str, Any]) -> str:
    lines = []
    for feature in answer["features"]:
        sign, name = SIGNS[feature["state"]], feature["name"]
        if feature["effect"] is None:
            lines.append(f"{sign} WARMING {name}: n too low")
            continue
        where = ""
        if "change_point" in feature:
            low, high = feature["change_between"]
            where = f", from row {feature['change_point']} on (95 %: {low} to {high})"
        lines.append(
            f"{sign} {feature['state']} {name}: {feature['test']}, effect {feature['effect']:.3f}, "
            f"adjusted p {feature['p_adjusted']:.2g}{where}{_apart(feature)}"
        )
    return "\n".join([*lines, f"{answer['reference_n']} rows against {answer['current_n']}"])


def _apart(feature: dict[str, Any]) -> str:
    """Say what a silent test may miss, what was taken out, and what the reference does alone."""
    said = ""
    if feature["state"] == "STABLE" and feature["power"] < ENOUGH_POWER:
        power, rows = feature["power"], feature["n"][1]
        said += f"; power {power:.2f} at {rows} rows a window: a small shift may be missed"
    if "season" in feature:
        season = feature["season"]
        said += f"; season {season['period']} rows, taken out"
        said += f", moved by {season['moved']} rows" if season["moved"] else ""
    if "reference_effect" in feature:
        own = feature["reference_effect"]
        said += f"; a window must exceed {own:.2f}, by which parts of the reference differ"
    return said
