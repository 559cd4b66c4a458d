"""Recorded release decisions: append, replay to the byte, list."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.gate_log import list_decisions, save_decision
from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened
from fleet.release_gate.judge import Decision
from fleet.release_gate.policy import GatePolicy, as_table
from fleet.runtime.gate_view import replay_decision


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
        decision = replay_decision(store, args.id)
    text = f"▲ {args.id}: {decision}, same bytes."
    console.document({"id": args.id, "decision": decision, "same_bytes": True}, text)
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
