"""`fleet liveness graph|run`: prove that a graph ends, or judge the events of runs."""

import argparse
import json
from typing import Any

from fleet.adapters.files import read_policies, read_text
from fleet.commands.console_io import Console, worst_code
from fleet.errors import InputError
from fleet.liveness.topology import certify, parse_graph

FINDING = 10


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the two sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    graph = actions.add_parser("graph", parents=[common], help="certify graphs")
    graph.add_argument("files", nargs="*", metavar="FILE.json")
    graph.add_argument("--all", action="store_true", help="every graph of the registry")
    graph.add_argument("--fail-on", metavar="VERDICT", choices=["VIOLATION"])
    events = actions.add_parser("run", parents=[common], help="judge runs by their events")
    events.add_argument("files", nargs="+", metavar="EVENTS.jsonl")
    events.add_argument("--fail-on", metavar="VERDICT", help="exit 10 on this verdict, or ANY")


def run(args: argparse.Namespace, console: Console) -> int:
    """Dispatch the sub-command."""
    return _graphs(args, console) if args.action == "graph" else _runs(args, console)


def _graphs(args: argparse.Namespace, console: Console) -> int:
    if not args.files and not args.all:
        raise InputError("liveness graph: give FILE.json or --all")
    codes = []
    for name in args.files:
        try:
            answer = certify(parse_graph(_json(name), name)).as_json()
        except InputError as error:
            if len(args.files) == 1 and not args.all:
                raise
            answer = {"file": name, "error": str(error)}
            codes.append(2)
        console.document(answer, _graph_text(name, answer))
        codes.append(FINDING if answer.get("verdict") == args.fail_on else 0)
    if args.all:
        from fleet.runtime.certificates import certify_registry

        for graph, certificate in certify_registry().items():
            answer = {"graph": graph} | certificate.as_json()
            console.document(answer, _graph_text(graph, answer))
            codes.append(FINDING if answer["verdict"] == args.fail_on else 0)
    return worst_code(codes)


def _json(name: str) -> Any:
    from pathlib import Path

    try:
        return json.loads(read_text(Path(name)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON: {error}") from None


def _graph_text(name: str, answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{name}: {answer['error']}"
    if answer["verdict"] == "TERMINATES":
        return f"▲ {name} terminates within {answer['max_steps']} node executions"
    lines = [f"▼ {name} may not end"]
    for violation in answer["violations"]:
        arrow = " → " if violation["kind"] == "unbounded_cycle" else ", "
        lines.append(f"  {violation['kind']}: {arrow.join(violation['nodes'])}")
    return "\n".join(lines)


def _runs(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.jsonl import read_lines
    from fleet.liveness.events import judge_events
    from fleet.liveness.policy import LivenessPolicy
    from fleet.policy import section

    policy = section(read_policies(), "liveness", LivenessPolicy)
    codes = []
    for name in args.files:
        try:
            rows, bad = read_lines(name)
            if bad and not rows:
                raise InputError(f"{bad[0]}: give JSON lines, one event a line")
        except InputError as error:
            if len(args.files) == 1:
                raise
            console.document({"file": name, "error": str(error)})
            codes.append(2)
            continue
        findings, odd = judge_events(rows, policy)
        for note in (*bad, *odd):
            console.note(note)
        for finding in findings:
            console.document(finding, _run_text(finding))
            hit = args.fail_on and finding["verdict"] != "OK"
            codes.append(FINDING if hit and args.fail_on in ("ANY", finding["verdict"]) else 0)
    return worst_code(codes)


def _run_text(finding: dict[str, Any]) -> str:
    if finding["verdict"] == "OK":
        return f"▲ {finding['run_id']} OK"
    text = finding["evidence"].get("text", "")
    return f"▼ {finding['run_id']} {finding['verdict']} at {finding['at_seq']}: {text}"
