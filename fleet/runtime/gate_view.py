"""What the gate's page shows of one version: a decision with its evidence, live or recorded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fleet.adapters.store.gate_log import list_decisions, load_decision
from fleet.adapters.store.verdicts import judged_versions
from fleet.domain.trust import is_simulated
from fleet.errors import InputError, NonDeterministicReplay, RowNotFound
from fleet.orchestrator.registry import REGISTRY
from fleet.policy import parse, section
from fleet.release_gate.ablation import LeftOut, ablate
from fleet.release_gate.judge import Decision, decide, weigh
from fleet.release_gate.policy import GatePolicy
from fleet.release_gate.sequence import Point, running_bounds
from fleet.runtime.ladder import judge_version, serving_rung

if TYPE_CHECKING:
    from fleet.ports import Store
    from fleet.runtime.fleet import Fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """One decision with what it was made of."""

    artifact: str
    version: str
    decision: Decision
    at: datetime
    recorded: str | None
    runs: int
    since: str | None
    until: str | None
    sequences: dict[str, tuple[Point, ...]]
    ablation: tuple[LeftOut, ...]
    baseline: str | None = None  # the version that it was compared with


def versions(fleet: "Fleet") -> list[tuple[str, str]]:
    """Return every (graph, version) that a decision names or the registry holds."""
    seen = {(row["artifact"], row["version"]): None for row in list_decisions(fleet.store)}
    return list(seen | {(row.name, row.version): None for row in REGISTRY})


def live_view(fleet: "Fleet", artifact: str, version: str, baseline: str | None = None) -> GateView:
    """Judge the stored verdicts of a version as of now; nothing is recorded.

    `baseline` names the version it is compared with, on the scenarios that both have seen.
    """
    now = fleet.clock.now()
    decision, rows, before = judge_version(fleet, artifact, version, now=now, baseline=baseline)
    policy = section(fleet.policies, "release_gate", GatePolicy)
    serving = serving_rung(fleet, artifact, version) is not None
    return _view(
        artifact, version, decision, rows, before, policy, now, serving=serving, compared=baseline
    )


def rivals(fleet: "Fleet", artifact: str, version: str) -> list[str]:
    """Return the other versions of an artifact that have product verdicts of the same kind.

    What was simulated is compared with what was simulated, and nothing else.
    """
    return [
        each
        for each in judged_versions(fleet.store, artifact)
        if each != version and is_simulated(each) == is_simulated(version)
    ]


def recorded_view(fleet: "Fleet", decision_id: str) -> GateView:
    """Return a recorded decision, decided again from its own evidence and policy."""
    row = _load(fleet.store, decision_id)
    decision, rows, base = _again(row)
    policy = parse(GatePolicy, row["policy"], "release_gate")
    now = datetime.fromisoformat(row["evidence"]["now"])
    return _view(
        row["artifact"], row["version"], decision, rows, base, policy, now,
        serving=row["serving_rung"] is not None, recorded=decision_id,
    )  # fmt: skip


def replay_decision(store: "Store", decision_id: str) -> str:
    """Decide again from the record; return the outcome.

    Raises InputError for an unknown id, NonDeterministicReplay when the bytes differ.
    """
    row = _load(store, decision_id)
    decision, _, _ = _again(row)
    then, again = (
        json.dumps(value, sort_keys=True) for value in (row["result"], decision.as_json())
    )
    if then != again:
        raise NonDeterministicReplay(
            f"decision {decision_id!r} replays to other bytes: it was tampered with"
        )
    return str(row["decision"])


def _load(store: "Store", decision_id: str) -> dict[str, Any]:
    try:
        return load_decision(store, decision_id)
    except RowNotFound:
        raise InputError(
            f"no recorded decision {decision_id!r}: see 'fleet gate history'"
        ) from None


def _again(row: dict[str, Any]) -> tuple[Decision, list[Any], list[Any] | None]:
    evidence = row["evidence"]
    lines = [line.encode() for line in evidence["verdicts"]]
    base_lines = [line.encode() for line in evidence["baseline"] or ()]
    rows = [_row(line) for line in lines]
    base = None if evidence["baseline"] is None else [_row(line) for line in base_lines]
    decision = decide(
        rows, parse(GatePolicy, row["policy"], "release_gate"),
        now=datetime.fromisoformat(evidence["now"]), serving=row["serving_rung"] is not None,
        baseline=base, lines=[*lines, *base_lines],
    )  # fmt: skip
    return decision, rows, base


def _row(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line.decode("utf-8", "replace")


def _view(
    artifact: str, version: str, decision: Decision, rows: Sequence[Any],
    base: Sequence[Any] | None, policy: GatePolicy, now: datetime, *, serving: bool,
    recorded: str | None = None, compared: str | None = None,
) -> GateView:  # fmt: skip
    parts = weigh(rows, policy, now=now, serving=serving, baseline=base)
    window = parts.window
    times = [float(at) for at in window.times]
    created = sorted(str(row["created_at"]) for row in window.columns.rows if row.get("created_at"))
    if compared is None and base:
        compared = next((str(row.get("version")) for row in base if isinstance(row, dict)), None)
    return GateView(
        artifact=artifact, version=version, decision=decision, at=now, recorded=recorded,
        runs=len(window.columns.rows), since=created[0] if created else None,
        until=created[-1] if created else None,
        sequences={
            j.name: running_bounds(j, times, policy.alpha)
            for j in decision.judgments
            if len(times) == len(j.values)
        },
        ablation=ablate(parts), baseline=compared,
    )  # fmt: skip
