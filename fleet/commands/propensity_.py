"""`fleet propensity fit|score`: train from a labelled CSV, or score one with an exported model."""

import argparse
import csv
import json
import re
from pathlib import Path

from fleet.adapters.files import read_policies, read_text
from fleet.commands.console_io import Console
from fleet.errors import InputError


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the two sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    fit = actions.add_parser("fit", parents=[common], help="train and report")
    fit.add_argument("csv", metavar="CSV", type=Path)
    fit.add_argument("--label", required=True, metavar="COL")
    fit.add_argument("--time", metavar="COL", help="judge on the later quarter of the rows")
    fit.add_argument("--id", dest="id_column", metavar="COL")
    fit.add_argument("--keep", action="append", default=[], metavar="COL")
    fit.add_argument("--refuse", action="append", default=[], metavar="COL")
    fit.add_argument("--model", required=True, metavar="DIR", type=Path)
    score = actions.add_parser("score", parents=[common], help="score rows, JSON lines out")
    score.add_argument("csv", metavar="CSV", type=Path)
    score.add_argument("--model", required=True, metavar="DIR", type=Path)
    score.add_argument("--id", dest="id_column", metavar="COL")


def run(args: argparse.Namespace, console: Console) -> int:
    """Dispatch the sub-command."""
    return _fit(args, console) if args.action == "fit" else _score(args, console)


def _fit(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.propensity_fit import fit
    from fleet.policy import section
    from fleet.propensity.columns import PropensityPolicy

    policy = section(read_policies(), "propensity", PropensityPolicy)
    report = fit(
        args.csv, args.label, args.model, policy, today=SystemClock().now().date(), time=args.time,
        id_column=args.id_column, keep=args.keep, refuse_too=args.refuse,
    )  # fmt: skip
    lines = [
        f"{report['rows']} rows, base rate {report['base_rate']:.3f}, chosen: {report['chosen']}"
    ]
    lines += [f"  refused {r['column']}: {r['kind']}, {r['reason']}" for r in report["refused"]]
    lines += [f"  suspect {s['column']}: alone AUC {s['auc']:.3f}" for s in report["suspects"]]
    lines.append(f"AUC {report['auc']:.3f}, ECE {report['ece']:.3f}, {report['note'] or 'usable'}")
    console.document(report, "\n".join(lines))
    return 0


def _score(args: argparse.Namespace, console: Console) -> int:
    from fleet.propensity.model import Model

    try:
        model = Model(json.loads(read_text(args.model / "model.json")))
    except (ValueError, KeyError) as error:
        raise InputError(
            f"{args.model} holds no model: {error}; run 'fleet propensity fit'"
        ) from None
    try:
        with args.csv.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            reader = csv.DictReader(file)
            if not reader.fieldnames:
                raise InputError(f"{args.csv} is empty: a header and rows are needed")
            named = (n for n in reader.fieldnames if re.search(r"(?i)\bid\b|_id$", n))
            first = args.id_column or next(named, None)
            for number, row in enumerate(reader, start=1):
                found = model.score(row)
                answer = {
                    "id": (row.get(first) if first else None) or str(number),
                    "propensity": round(found.propensity, 6),
                    "low": round(found.low, 6), "high": round(found.high, 6), "band": found.band,
                    "method": model.method, "factors": list(found.factors),
                    "missing": list(found.missing), "model_version": model.version,
                }  # fmt: skip
                text = (
                    f"{found.propensity:.2f}  {found.low:.2f} to {found.high:.2f}  {answer['id']}"
                )
                console.document(answer, text)
    except FileNotFoundError:
        raise InputError(f"{args.csv} does not exist: check the path") from None
    except (OSError, csv.Error) as error:
        raise InputError(f"{args.csv} cannot be read: {error}") from None
    return 0
