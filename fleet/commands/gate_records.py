"""Recorded release decisions: append, replay to the byte, list."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.gate_log import list_decisions, load_decision, save_decision
from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened
from fleet.errors import InputError, NonDeterministicReplay, RowNotFound
from fleet.policy import parse
from fleet.release_gate.judge import Decision, decide
from fleet.release_gate.policy import GatePolicy, as_table


def record(
    args: argparse.Namespace, decision: Decision, lines: Sequence[bytes],
    baseline: Sequence[bytes] | None, rows: Sequence[Any], policy: GatePolicy, now: datetime,
) -> str:  # fmt: skip
    """Append one decision with everything that replays it."""
    first = next((row for row in rows if isinstance(row, dict)), {})
    with opened(args) as store:
        return save_decision(
            store, decision.as_json(), artifact=str(first.get("artifact") or "unknown"),
            version=str(first.get("version") or "unknown"), serving=args.serving,
            lines=_texts(lines), baseline=None if baseline is None else _texts(baseline),
            policy=as_table(policy), now=now, decided_at=SystemClock().now(), actor=actor_of(args),
        )  # fmt: skip


def replay(args: argparse.Namespace, console: Console) -> int:
    """Decide again from the record; other bytes are exit code 1."""
    with opened(args) as store:
        try:
            row = load_decision(store, args.id)
        except RowNotFound:
            raise InputError(
                f"no recorded decision {args.id!r}: see 'fleet gate history'"
            ) from None
    evidence = row["evidence"]
    lines = [line.encode() for line in evidence["verdicts"]]
    baseline = evidence["baseline"]
    base_lines = [line.encode() for line in baseline or ()]
    decision = decide(
        [_row(line) for line in lines], parse(GatePolicy, row["policy"], "release_gate"),
        now=datetime.fromisoformat(evidence["now"]), serving=row["serving_rung"] is not None,
        baseline=None if baseline is None else [_row(line) for line in base_lines],
        lines=[*lines, *base_lines],
    )  # fmt: skip
    then, again = (
        json.dumps(value, sort_keys=True) for value in (row["result"], decision.as_json())
    )
    if then != again:
        raise NonDeterministicReplay(
            f"decision {args.id!r} replays to other bytes: it was tampered with"
        )
    text = f"▲ {args.id}: {row['decision']}, same bytes."
    console.document({"id": args.id, "decision": row["decision"], "same_bytes": True}, text)
    return 0


def history(args: argparse.Namespace, console: Console) -> int:
    """List recorded decisions, newest first."""
    with opened(args) as store:
        for row in list_decisions(store):
            words = (row["decided_at"], row["decision"], row["artifact"], row["version"], row["id"])
            console.document(row, "  ".join(words))
    return 0


def _texts(lines: Sequence[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace") for line in lines]


def _row(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.decode("utf-8", "replace")
