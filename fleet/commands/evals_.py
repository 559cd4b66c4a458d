"""`fleet evals`: hold every prompt path to its bar, and look after the cases that people left.

Exit codes: 0 every path passes; 1 a path does not, or the committed report does not cover a prompt:
a prompt below its bar is a shipped part that is broken, as a broken audit chain is, and not a
finding about somebody's data; 2 bad input.
"""

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened, settings_of
from fleet.errors import InputError

if TYPE_CHECKING:
    from fleet.runtime.evals import Engine

RED, SHOWN = 1, 6
SIGN = {"PASS": "▲", "FAIL": "▼"}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the options of a run, and the sub-commands about quarantined cases."""
    parser.add_argument("--prompt", action="append", metavar="NAME", help="only this path")
    parser.add_argument("--case", metavar="ID", help="only this case, to look at it")
    parser.add_argument("--transcript", metavar="FILE", help="judge recorded replies (JSON lines)")
    parser.add_argument("--save-transcript", metavar="FILE", help="keep the gateway's replies")
    parser.add_argument("--record", action="store_true", help="keep the results as verdict rows")
    parser.add_argument("--write-report", action="store_true", help="renew data/golden/report.json")
    parser.add_argument("--check", action="store_true", help="only: does the report cover it all?")
    acts = parser.add_subparsers(dest="act", metavar="cases|admit|refuse")
    cases = acts.add_parser("cases", parents=[common], help="cases that people's refusals left")
    cases.add_argument("--status", choices=["quarantined", "admitted", "refused"])
    for name, text in (("admit", "let a case in; a second person"), ("refuse", "keep a case out")):
        child = acts.add_parser(name, parents=[common], help=text)
        child.add_argument("case_id", metavar="ID")
        child.add_argument("--as", dest="actor", metavar="NAME", help="who decides")
        if name == "refuse":
            child.add_argument("--note", metavar="T")


def run(args: argparse.Namespace, console: Console) -> int:
    """Run, check, list or settle."""
    if args.act is not None:
        return _cases(args, console)
    return _check(console) if args.check else _run(args, console)


def _check(console: Console) -> int:
    """Compare the committed report with the prompt and golden files as they are."""
    from fleet.adapters import golden
    from fleet.adapters.files import read_policies
    from fleet.evaluation.harness import RENEW, stale
    from fleet.runtime.evals import harness_policy

    digests = golden.digests()
    found = stale(golden.read_report(), digests, harness_policy(read_policies()))
    if console.json or not found:
        document = {"ok": not found, "prompts": len(digests), "stale": found}
        console.document(document, f"▲ the report covers all {len(digests)} prompts")
    if not found:
        return 0
    said = "; ".join(f"{name} {why}" for name, why in found.items())
    return console.fail(f"{said}: run '{RENEW}' and commit data/golden/report.json", RED)


def _run(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.files import read_policies
    from fleet.runtime import evals
    from fleet.runtime.eval_home import EvalHome

    settings = settings_of(args)
    policies, now = read_policies(settings.policies), SystemClock().now()
    _asked_for(args, evals.path_names())
    with closing(EvalHome(settings, policies, now)) as home:
        engine = _engine(args, home)
        if args.record:
            home.need_store()
        if engine.name == evals.GATEWAY:
            console.note(
                f"asking {settings.model} at the gateway, at most {engine.at_once} at once"
            )
        for case_id, why in home.admitted.left:
            console.note(f"admitted case {case_id} is not run: {why}")
        pairs = []
        for pair in evals.run_paths(
            policies, engine, prompts=args.prompt or (), admitted=home.admitted.by_path,
            renewing=args.write_report, only=args.case,
        ):  # fmt: skip
            pairs.append(pair)
            console.document(pair[1], _text(pair[1]))
        if args.save_transcript:
            home.save_transcript(Path(args.save_transcript))
        if args.record:
            console.note(f"kept {home.record(pairs)} verdict rows")
        home.publish(pairs, console.note)
    return _finish(args, [report for _, report in pairs], console)


def _asked_for(args: argparse.Namespace, names: list[str]) -> None:
    for name in args.prompt or ():
        if name not in names:
            raise InputError(f"there is no prompt {name!r}: known are {', '.join(names)}")
    if args.write_report and (args.prompt or args.case):
        raise InputError("--write-report reports every path: leave --prompt and --case out")
    if args.save_transcript and args.transcript:
        raise InputError("--save-transcript keeps the gateway's replies: leave --transcript out")


def _engine(args: argparse.Namespace, home: Any) -> "Engine":
    from fleet.adapters.golden import Transcript
    from fleet.runtime import evals

    if args.transcript:
        return evals.recorded(Transcript(Path(args.transcript)))
    if args.save_transcript and home.chat is None:
        raise InputError("--save-transcript needs a model: set FLEET_GATEWAY_URL")
    engine: Engine = home.engine()
    return engine


def _finish(args: argparse.Namespace, reports: list[dict[str, Any]], console: Console) -> int:
    red = [report["prompt"] for report in reports if report["state"] != "PASS"]
    if args.case and not any(report["n"] for report in reports):
        raise InputError(f"no path has a case {args.case!r}")
    if args.write_report and not red:
        from fleet.adapters.golden import write_report
        from fleet.evaluation.harness import committed

        console.note(f"wrote {write_report(committed(reports))}")
    if not red:
        return 0
    kept = "; the report was not written" if args.write_report else ""
    return console.fail(f"below the bar: {', '.join(red)}{kept}", RED)


def _text(report: dict[str, Any]) -> str:
    rate = "no case" if report["rate"] is None else (
        f"{report['passed']} of {report['n']} cases, lower bound {report['lower']:.3f}"
    )  # fmt: skip
    head = (
        f"{SIGN[report['state']]} {report['state']} {report['prompt']}: {rate}, bar {report['bar']}"
    )
    lines = [f"{head} ({report['engine']})"]
    for item in report["failing"][:SHOWN]:
        why = f" ({item['error']})" if "error" in item else ""
        lines.append(f"  {item['id']}: {', '.join(item['cells'])}{why}")
    more = len(report["failing"]) - SHOWN
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


def _cases(args: argparse.Namespace, console: Console) -> int:
    """List or settle cases of the store."""
    with opened(args) as store:
        from fleet.adapters.clock import SystemClock
        from fleet.adapters.store import eval_cases

        if args.act == "cases":
            for row in eval_cases.list_cases(store, args.status):
                console.document(row, _case_text(row))
            return 0
        now, actor = SystemClock().now(), actor_of(args)
        if args.act == "admit":
            done = eval_cases.admit(store, args.case_id, actor=actor, now=now)
        else:
            done = eval_cases.refuse(store, args.case_id, actor=actor, now=now, note=args.note)
        console.document(done, f"case {done['id']} is {done['status']}")
    return 0


def _case_text(row: dict[str, Any]) -> str:
    why = row["reason_code"] or row["note"] or json.dumps(row["expected"], ensure_ascii=False)
    return f"{row['status']} {row['id']} {row['prompt']}: {why}, by {row['created_by']}"
