"""`fleet propensity fit|score`: train from a labelled CSV, or score one with an exported model."""

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fleet.adapters.files import read_policies, read_text
from fleet.commands.console_io import Console
from fleet.errors import InputError
from fleet.settings import read_settings

if TYPE_CHECKING:
    from fleet.propensity.model import Model
    from fleet.runtime.propensity_path import PropensityPath

NAMED = 8  # columns named in a line
LONGEST_CELL = 10_000_000  # characters; the library's own limit is smaller


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
    fit.add_argument(
        "--model", metavar="DIR", type=Path, help="keep the model here; without it only the report"
    )
    score = actions.add_parser("score", parents=[common], help="score rows, JSON lines out")
    score.add_argument("csv", metavar="CSV", type=Path)
    score.add_argument(
        "--model", metavar="DIR", type=Path, help="without it: by evidence, for want of outcomes"
    )
    score.add_argument("--id", dest="id_column", metavar="COL")


def run(args: argparse.Namespace, console: Console) -> int:
    """Dispatch the sub-command."""
    return _fit(args, console) if args.action == "fit" else _score(args, console)


def _fit(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.propensity_fit import fit
    from fleet.adapters.propensity_train import silent
    from fleet.policy import section
    from fleet.propensity.policy import PropensityPolicy

    with _reasoner(args) as path, _folder(args.model) as folder:
        policy = section(_policies(args), "propensity", PropensityPolicy)
        report = fit(
            args.csv, args.label, folder, policy, today=SystemClock().now().date(),
            time=args.time, id_column=args.id_column, keep=args.keep, refuse_too=args.refuse,
            ask=path.chances if path.chat else None,
            tell=console.note if sys.stderr.isatty() else silent,
        )  # fmt: skip
    console.document(report, _report_text(report))
    if args.model is None:
        console.note("the model was not kept: name a folder with --model to score with it")
    return 0


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Yield where a model is written: for a report only, a folder that goes with it."""
    if kept is not None:
        yield kept
        return
    with TemporaryDirectory(prefix="fleet-propensity-") as folder:
        yield Path(folder)


def _report_text(report: Mapping[str, Any]) -> str:
    lines = [
        f"{report['rows']} rows, base rate {report['base_rate']:.3f}, chosen: {report['chosen']}",
        f"  because {report['why']}",
    ]
    if report["unlabelled"]:
        lines.append(f"  {report['unlabelled']} more rows have no label yet: left out")
    for refused in report["refused"]:
        alone = "" if refused["auc"] is None else f"; alone it fakes AUC {refused['auc']:.3f}"
        lines.append(
            f"  refused {refused['column']}: {refused['kind']}, {refused['reason']}{alone}"
        )
    lines += [f"  suspect {s['column']}: alone AUC {s['auc']:.3f}" for s in report["suspects"]]
    for name, found in report["candidates"].items():
        auc = "none" if found["auc"] is None else f"{found['auc']:.3f}"
        lines.append(
            f"  {name}: AUC {auc} ({found['auc_low']:.3f} to {found['auc_high']:.3f}), Brier "
            f"{found['brier']:.4f}, ECE {found['ece']:.3f}, on {found['n']} rows"
        )
    lines += [f"  {name}: not judged, {why}" for name, why in report["not_judged"].items()]
    shift = report["prior_shift"]
    if shift["found"]:
        lines.append(
            f"  the rate changed from {shift['rate_before']:.3f} to {shift['rate_after']:.3f} at "
            f"{shift['at_time'] or shift['at_row']}: older rows are re-weighted"
        )
    if "ece_before" in shift:
        lines.append(f"  ECE {shift['ece_before']:.3f} before, {shift['ece_after']:.3f} after")
    return "\n".join([*lines, _last_line(report)])


def _last_line(report: Mapping[str, Any]) -> str:
    calibrated = f"Brier {report['brier']:.4f}, ECE {report['ece']:.3f}"
    if report["note"]:
        return (
            f"{report['note']} (best AUC of a candidate {report['auc']:.3f}); of the base rate: "
            f"{calibrated} ({report['judged_on']})"
        )
    lift = "none" if report["lift"] is None else f"{report['lift']:.2f}"
    return (
        f"AUC {report['auc']:.3f}, PR-AUC {report['pr_auc'] or 0:.3f}, {calibrated}, "
        f"lift {lift} ({report['judged_on']}); usable"
    )


def _score(args: argparse.Namespace, console: Console) -> int:
    rows = _Rows(args.csv, args.id_column)
    if args.model is None:
        _by_evidence(args, rows, console)
    else:
        _by_model(args, rows, console)
    if not rows.count:
        raise InputError(f"{args.csv} holds no rows: a header and rows are needed")
    return 0


def _by_model(args: argparse.Namespace, rows: "_Rows", console: Console) -> None:
    from fleet.propensity.model import Model

    try:
        model = Model(json.loads(read_text(args.model / "model.json")))
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise InputError(
            f"{args.model} holds no model: {error!r}; run 'fleet propensity fit'"
        ) from None
    if model.form.get("reasoner"):
        with _reasoner(args) as path:
            if path.chat:
                _by_evidence(args, rows, console)
                return
        console.note("the model was chosen, but no gateway is set: scored by the trained numbers")
    unseen: dict[str, tuple[str, int]] = {}
    read = [feature["name"] for feature in model.form["features"]]
    for name, row in rows:
        if rows.count == 1 and read and not set(read) & set(rows.head):
            raise InputError(
                f"{args.csv} has none of the columns that the model reads: it needs "
                f"{', '.join(map(repr, read[:NAMED]))}{' …' if len(read) > NAMED else ''}"
            )
        found = model.score(row)
        answer = {
            "id": name, "propensity": round(found.propensity, 6), "low": round(found.low, 6),
            "high": round(found.high, 6), "band": found.band, "method": model.method,
            "factors": list(found.factors), "missing": list(found.missing),
            "model_version": model.version,
        }  # fmt: skip
        text = f"{found.propensity:.2f}  {found.low:.2f} to {found.high:.2f}  {name}"
        console.document(answer, text)
        for column in found.missing:
            text = (row.get(column) or "").strip()
            if text and text.lower() not in model.form["missing_words"]:
                first, count = unseen.get(column, (text, 0))
                unseen[column] = (first, count + 1)
    _say_unseen(model, rows, unseen, console)


def _say_unseen(
    model: "Model", rows: "_Rows", unseen: Mapping[str, tuple[str, int]], console: Console
) -> None:
    absent = [f["name"] for f in model.form["features"] if f["name"] not in rows.head]
    if absent and rows.count:
        console.note(f"not in the file, so scored without: {', '.join(map(repr, absent))}")
    for column, (first, count) in unseen.items():
        console.note(
            f"column {column!r} holds {first!r}, not learned in training: {count} row"
            f"{'s are' if count > 1 else ' is'} scored without it, the interval is wider"
        )


def _by_evidence(args: argparse.Namespace, rows: "_Rows", console: Console) -> None:
    """Judge by the model where a gateway is set, else by rules; one call a row."""
    from fleet.commands.side_by_side import in_order

    with _reasoner(args) as path:
        skip = rows.id_column

        def judge(item: tuple[str, dict[str, str]]) -> dict[str, Any]:
            name, row = item
            known = {key: text for key, text in row.items() if key != (skip or rows.id_column)}
            return {"id": name} | path.score_row(known).as_json()

        answers = in_order(judge, rows, path.at_once) if path.chat else map(judge, rows)
        for answer in answers:
            chance = "no score" if answer["propensity"] is None else f"{answer['propensity']:.2f}"
            console.document(answer, f"{chance}  {answer['method']}  {answer['id']}")


class _Rows:
    """The rows of a CSV, one at a time, with their ids; the file is never held whole."""

    def __init__(self, path: Path, id_column: str | None) -> None:
        self.path, self.id_column = path, id_column
        self.head: list[str] = []
        self.count = 0

    def __iter__(self) -> Iterator[tuple[str, dict[str, str]]]:
        csv.field_size_limit(LONGEST_CELL)
        try:
            with self.path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
                reader = csv.reader(file)
                self.head = next(reader, [])
                self._find_id()
                for cells in reader:
                    if not cells:
                        continue
                    self.count += 1
                    row = dict(zip(self.head, cells, strict=False))
                    yield row.get(self.id_column or "") or str(self.count), row
        except FileNotFoundError:
            raise InputError(f"{self.path} does not exist: check the path") from None
        except (OSError, csv.Error) as error:
            raise InputError(
                f"{self.path} cannot be read after row {self.count}: {error}"
            ) from None

    def _find_id(self) -> None:
        if not self.head:
            raise InputError(f"{self.path} is empty: a header and rows are needed")
        if self.id_column is None:
            named = (n for n in self.head if re.search(r"(?i)\bid\b|_id$", n))
            self.id_column = next(named, None)
        elif self.id_column not in self.head:
            raise InputError(f"{self.path} has no column {self.id_column!r}")


def _policies(args: argparse.Namespace) -> dict[str, Any]:
    return read_policies(read_settings(getattr(args, "home", None)).policies)


@contextmanager
def _reasoner(args: argparse.Namespace) -> Iterator["PropensityPath"]:
    """Open the path of leads without labels, with a model where a gateway is set."""
    from fleet.runtime.propensity_path import PropensityPath

    settings, policies = read_settings(getattr(args, "home", None)), _policies(args)
    if settings.gateway_url is None:
        yield PropensityPath(policies, None)
        return
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.gateway import open_chat
    from fleet.adapters.gateway_policy import read_egress

    chat = open_chat(settings, policies, clock=SystemClock())
    try:
        yield PropensityPath(policies, chat, at_once=read_egress(policies).max_in_flight)
    finally:
        if chat:
            chat.close()
