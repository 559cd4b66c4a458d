"""What follows from defects and drift: at most one action a version and cause, worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WATCH, DEMOTE, FREEZE = "watch", "demote", "freeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPolicy:
    """When a version is frozen instead of moved down."""

    freeze_runs: int  # runs with a critical defect since the grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One action: its kind, why, the rows that prove it, and what makes it the same one again."""

    kind: str
    reason: str
    evidence: tuple[dict[str, Any], ...]
    cause: str


def defect_alarm(
    found: Sequence[Mapping[str, Any]], *, serves: bool, policy: ActionPolicy
) -> Alarm | None:
    """Return what the open critical defects of a version call for; `serves`: above DRAFT."""
    runs = {row["run_id"] for row in found}
    if not runs:
        return None
    codes = sorted({row["code"] for row in found})
    kind = FREEZE if len(runs) >= policy.freeze_runs else DEMOTE if serves else WATCH
    many = f"{len(runs)} runs have" if len(runs) > 1 else "one run has"
    return Alarm(
        kind=kind, reason=f"{many} a critical defect: {', '.join(codes)}",
        evidence=tuple({"table": "defects", "id": row["id"]} for row in found[:20]),
        cause=f"defects {kind}",
    )  # fmt: skip


def drift_alarm(report: Mapping[str, Any], *, serves: bool) -> Alarm | None:
    """Return what a drift report calls for; its DRIFT is two windows in a row, or one critical."""
    if report["state"] != "DRIFT":
        return None
    names = [f["name"] for f in report["features"] if f["state"] == "DRIFT"]
    return Alarm(
        kind=DEMOTE if serves else WATCH, reason=f"drift in {', '.join(names)}",
        evidence=({"table": "drift_reports", "id": report["id"]},),
        cause=f"drift {','.join(sorted(names))}",
    )  # fmt: skip


def undelivered_alarm(action: Mapping[str, Any], why: str) -> Alarm:
    """Return the alert about an alert that reached nobody."""
    return Alarm(
        kind=WATCH, reason=f"action {action['id']} could not be delivered: {why}"[:400],
        evidence=({"table": "actions", "id": action["id"]},), cause=f"undelivered {action['id']}",
    )  # fmt: skip
