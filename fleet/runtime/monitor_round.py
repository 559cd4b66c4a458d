"""One round of the monitor over our own runs: defects, drift, and the actions they call for.

The scan goes on where the last one ended. Every row has an id made from what it is about, so that a
round that was cut short, or two at once, write nothing twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store import defects as rows
from fleet.adapters.store.grants import read_grants
from fleet.adapters.store.run_texts import add_texts
from fleet.adapters.store.whole_runs import read_runs
from fleet.domain.trust import Rung
from fleet.errors import FleetError
from fleet.monitor.actions import ActionPolicy, Alarm, defect_alarm, drift_alarm, undelivered_alarm
from fleet.monitor.defect_policy import EMPTY, DefectPolicy
from fleet.monitor.defects import find_defects, read_contracts
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.version_drift import VersionPolicy, compare_runs
from fleet.monitor.view import Defect
from fleet.policy import section
from fleet.release_gate.ladder import Grant
from fleet.runtime.monitor_judges import report_judges
from fleet.runtime.monitor_streams import watch_streams, with_streams
from fleet.traces.model import Trajectory
from fleet.traces.redaction import Redactor

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

SALT = b"defects"  # placeholders of one store can be compared, and name nobody
Deliver = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPolicy:
    """How much one round looks at."""

    scan_limit: int
    settle_s: float
    back_days: float


def monitor_round(fleet: "Fleet", deliver: Deliver | None = None) -> dict[str, int]:
    """Look at what is new; return `{scanned, defects, reports, actions, undelivered}`.

    `deliver` brings an action to the people behind the gate; without it the action waits for them
    in the store, which is where the console shows it. Call `ladder_watch.watch` afterwards: it
    moves versions down and beats the heart.
    """
    traces, found = _scan(fleet)
    done = {"scanned": len(traces), "defects": found, "reports": 0, "actions": 0}
    judges = report_judges(fleet)
    if traces or judges:
        grants = {(grant.graph, grant.version): grant for grant in read_grants(fleet.store)}
        pairs = {(row["graph"], row["graph_version"]) for row in traces} - {(None, None)}
        done["reports"] = sum(report_drift(fleet, *pair, grants.get(pair)) for pair in pairs)
        done["reports"] += len(judges)
        done["actions"] = _act(fleet, pairs | judges, grants)
    return done | {"undelivered": _deliver(fleet, deliver)}


def _scan(fleet: "Fleet") -> tuple[list[dict[str, Any]], int]:
    policy = section(fleet.policies, "monitor.round", RoundPolicy)
    limits = section(fleet.policies, "monitor.defects", DefectPolicy)
    contracts, now = read_contracts(fleet.policies), fleet.clock.now()
    place = rows.scan_place(fleet.store)
    ahead = stamp(now + timedelta(seconds=policy.settle_s))  # another clock's, or not simulated
    traces = rows.new_traces(fleet.store, place, policy.back_days, policy.scan_limit, ahead)
    if not traces:
        return [], 0
    new = []
    for trace, run in zip(traces, read_runs(fleet.store, traces), strict=True):
        contract = contracts.get(run.name or "", EMPTY)
        new += [_row(trace, run, d, stamp(now)) for d in find_defects(run, limits, contract)]
    count = rows.save_defects(fleet.store, new)
    last = {"ended_at": traces[-1]["ended_at"], "id": traces[-1]["id"]}
    settled = stamp(now - timedelta(seconds=policy.settle_s))
    if len(traces) < policy.scan_limit and last["ended_at"] > settled:
        # A run that ended before may still be writing its trace: look there again next time.
        last = {"ended_at": max(settled, place["ended_at"]), "id": ""}
    rows.keep_place(fleet.store, last, now)
    return traces, count


def _row(trace: Mapping[str, Any], run: Trajectory, defect: Defect, at: str) -> dict[str, Any]:
    known = defect.as_json()
    evidence = Redactor(SALT).value(known["evidence"])
    return {
        "id": rows.digest_id("df-", run.id, defect.code, defect.span),
        "run_id": trace["run_id"] or run.id, "trace_id": run.id, "graph": run.name,
        "graph_version": run.version, "code": defect.code, "dimension": known["dimension"],
        "symptom": known["symptom"], "severity": defect.severity, "span_id": defect.span,
        "evidence": evidence | {"root_cause": known["root_cause"], "ref": known["ref"]},
        "confidence": defect.confidence, "status": rows.OPEN, "at": at,
    }  # fmt: skip


def report_drift(fleet: "Fleet", graph: str, version: str, grant: Grant | None) -> bool:
    """Compare a version with its frozen reference; return whether a new report was written.

    The reference is the runs before the promotion; without one, the first runs. Nothing but
    another promotion moves it.
    """
    policy = section(fleet.policies, "monitor.version_drift", VersionPolicy)
    limits = section(fleet.policies, "monitor.drift", DriftPolicy)
    promoted = stamp(grant.granted_at) if grant and grant.rung.height > Rung.DRAFT.height else None
    measured: dict[str, Any] = {
        "limit": policy.reference_n, "newest": promoted is not None, "until": promoted,
    }  # fmt: skip
    reference = rows.run_measures(fleet.store, graph, version, **measured)
    if promoted is not None and len(reference) < limits.min_n:
        promoted = None
        reference = rows.run_measures(
            fleet.store, graph, version, limit=policy.reference_n, newest=False
        )
    if not reference:
        return False
    frozen = reference[-1]["started_at"]
    current = rows.run_measures(
        fleet.store, graph, version, after=frozen, limit=policy.current_n, newest=True
    )
    seen = current or reference
    if not _due(fleet, graph, version, seen, policy):
        return False
    add_texts(fleet.store, [*reference, *current])
    found = compare_runs(reference, current, limits)
    streams = watch_streams(fleet, graph, version, reference, promoted)
    now = fleet.clock.now()
    old = stamp(now - timedelta(days=policy.max_age_days)) > frozen
    about = {"reference_from": reference[0]["started_at"], "reference_to": frozen,
             "promoted_at": promoted, "reference_old": old}  # fmt: skip
    return rows.save_report(
        fleet.store,
        {
            "id": rows.digest_id("dr-", graph, version, frozen, seen[-1]["id"]),
            "graph": graph, "graph_version": version, "state": with_streams(found, streams),
            "features": [dict(feature) | about for feature in (*found.features, *streams)],
            "reference_n": found.reference_n, "current_n": found.current_n,
            "window_start": seen[0]["started_at"], "window_end": seen[-1]["started_at"],
            "at": stamp(now),
        },
    )  # fmt: skip


def _due(
    fleet: "Fleet", graph: str, version: str, current: list[dict[str, Any]], policy: VersionPolicy
) -> bool:
    last = rows.last_report(fleet.store, graph, version)
    if last is None or not last["window_end"]:
        return True
    newer = sum(bool(row["started_at"] > last["window_end"]) for row in current)
    return bool(newer >= policy.every)


def _act(
    fleet: "Fleet", pairs: set[tuple[str, str]], grants: Mapping[tuple[str, str], Grant]
) -> int:
    policy = section(fleet.policies, "monitor.actions", ActionPolicy)
    since = {pair: stamp(grant.granted_at) for pair, grant in grants.items()}
    grave: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows.grave_defects(fleet.store, since):
        grave.setdefault((row["graph"], row["graph_version"]), []).append(row)
    raised = 0
    for pair in sorted({*grave, *pairs}):
        grant = grants.get(pair)
        serves = grant is not None and grant.rung.height > Rung.DRAFT.height
        report = rows.last_report(fleet.store, *pair)
        fresh = report is not None and report["at"] > since.get(pair, "")
        for alarm in (
            defect_alarm(grave.get(pair, ()), serves=serves, policy=policy),
            drift_alarm(report, serves=serves) if report is not None and fresh else None,
        ):
            if alarm is not None:
                raised += _raise(fleet, alarm, *pair, since.get(pair, ""))
    return raised


def _raise(
    fleet: "Fleet", alarm: Alarm, graph: str | None, version: str | None, since: str
) -> bool:
    """Write an action once for a cause and a grant: the same drift again is no new action."""
    return rows.raise_action(
        fleet.store,
        {
            "id": rows.digest_id("mon-", graph or "", version or "", since, alarm.cause),
            "kind": alarm.kind, "graph": graph, "graph_version": version, "reason": alarm.reason,
            "evidence": list(alarm.evidence), "status": rows.OPEN, "at": stamp(fleet.clock.now()),
        },
    )  # fmt: skip


def _deliver(fleet: "Fleet", deliver: Deliver | None) -> int:
    """Bring what was raised to people; what could not be brought is an alert of its own."""
    failed = 0
    for action in rows.undelivered(fleet.store):
        try:
            if deliver is not None:
                deliver(action)
        except (FleetError, OSError) as error:
            failed += 1
            if not action["reason"].startswith("action mon-"):  # no alert about such an alert
                alarm = undelivered_alarm(action, f"{type(error).__name__}: {error}")
                _raise(fleet, alarm, action["graph"], action["graph_version"], "")
        else:
            rows.mark_delivered(fleet.store, action["id"], stamp(fleet.clock.now()))
    return failed
