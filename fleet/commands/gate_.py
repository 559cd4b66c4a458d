"""`fleet gate decide|replay|history`: release decisions, their records, and the proof of each."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from fleet.adapters.clock import SystemClock
from fleet.adapters.files import read_policies
from fleet.adapters.jsonl import read_raw_lines
from fleet.commands.console_io import Console, worst_code
from fleet.domain.trust import GateOutcome, Rung
from fleet.errors import InputError
from fleet.policy import section
from fleet.release_gate.judge import Decision, decide
from fleet.release_gate.policy import NAMES, GatePolicy

CODES = {GateOutcome.PROMOTE: 0, GateOutcome.HOLD: 10, GateOutcome.ROLLBACK: 20}
SIGNS = {GateOutcome.PROMOTE: "▲", GateOutcome.HOLD: "◆", GateOutcome.ROLLBACK: "▼"}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the three sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    judge = actions.add_parser("decide", parents=[common], help="judge windows of verdicts")
    judge.add_argument("--verdicts", nargs="+", required=True, metavar="FILE", action="extend")
    judge.add_argument("--baseline", metavar="FILE", help="verdicts of the serving version")
    judge.add_argument("--policy", metavar="FILE", type=Path, help="TOML with [release_gate]")
    judge.add_argument("--now", metavar="ISO", help="decides expiry and future-dating only")
    judge.add_argument("--serving", metavar="RUNG", choices=[rung.value for rung in Rung])
    judge.add_argument(
        "--record", action="store_true", help="append to the store and its audit log"
    )
    replay = actions.add_parser("replay", parents=[common], help="prove a recorded decision")
    replay.add_argument("id")
    actions.add_parser("history", parents=[common], help="list recorded decisions")


def run(args: argparse.Namespace, console: Console) -> int:
    """Dispatch the sub-command."""
    if args.action == "decide":
        return _decide(args, console)
    from fleet.commands.gate_records import history, replay

    return replay(args, console) if args.action == "replay" else history(args, console)


def _decide(args: argparse.Namespace, console: Console) -> int:
    policy = _policy(read_policies(args.policy))
    now = _time(args.now) if args.now else SystemClock().now()
    base_rows, base_lines = _verdicts(args.baseline) if args.baseline else (None, None)
    codes = []
    for file in args.verdicts:
        try:
            rows, lines = _verdicts(file)
        except InputError as error:
            if len(args.verdicts) == 1:
                raise
            codes.append(2)
            console.document({"file": str(file), "error": str(error)})
            continue
        serving = args.serving is not None
        every = [*lines, *(base_lines or ())]
        decision = decide(rows, policy, now=now, serving=serving, baseline=base_rows, lines=every)
        if args.record:
            from fleet.commands.gate_records import record

            console.note(record(args, decision, lines, base_lines, rows, policy, now))
        console.document(decision.as_json(), _text(decision))
        codes.append(CODES[decision.outcome])
    return worst_code(codes)


def _policy(policies: dict[str, Any]) -> GatePolicy:
    policy = section(policies, "release_gate", GatePolicy)
    unknown = sorted(set(policy.dimensions) - set(NAMES))
    if unknown:
        raise InputError(f"policy names dimension {unknown[0]!r}: known are {', '.join(NAMES)}")
    return policy


def _verdicts(file: str) -> tuple[list[Any], list[bytes]]:
    """Read one window and its raw lines; a line that is no JSON stays as an invalid verdict."""
    lines = [stripped for line in read_raw_lines(file) if (stripped := line.strip())]
    try:
        return [orjson.loads(line) for line in lines], lines
    except orjson.JSONDecodeError as error:
        rows = [_lenient(line) for line in lines]
        if not any(isinstance(row, dict) for row in rows):
            raise InputError(f"{file}: {error}: give JSON lines, one verdict a line") from None
        return rows, lines


def _lenient(line: bytes) -> Any:
    try:
        return json.loads(line)  # reads NaN, which the window then refuses by name
    except (ValueError, RecursionError):
        return line.decode("utf-8", "replace")


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"--now {text!r} is no ISO 8601 time: write 2026-01-31T12:00:00Z"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(decision: Decision) -> str:
    lines = [f"{SIGNS[decision.outcome]} {decision.outcome.value}"]
    if decision.outcome is GateOutcome.HOLD and decision.needed_n:
        lines[0] += f": {decision.needed_n} more runs would settle it"
    for j in decision.judgments:
        estimate = "  -  " if j.estimate is None else f"{j.estimate:.3f}"
        bounds = f"{j.lower:.3f} to {j.upper:.3f}" if j.has_evidence else "no bound yet"
        lines.append(f"  {j.state:<12} {j.name:<18} {estimate}  {bounds}  n = {j.n}")
    return "\n".join([*lines, *(f"  - {reason}" for reason in decision.reasons)])
