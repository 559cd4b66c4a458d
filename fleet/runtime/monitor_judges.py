"""The judges, watched on the golden cases: each new run of `fleet evals` beside the first one."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store import defects as rows
from fleet.adapters.store.eval_cases import EVALS
from fleet.adapters.store.schema import drift_reports, verdicts
from fleet.monitor.judge_drift import JudgePolicy, judge_feature
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

JUDGES = "judges"  # stands where a report of drift names a graph
MOST = 20_000  # verdicts looked at


def report_judges(fleet: "Fleet") -> set[tuple[str, str]]:
    """Write a report for each engine that judged the golden cases again; return (graph, version).

    The version is the engine with the digests of its prompts: a new prompt is another judge.
    """
    policy = section(fleet.policies, "monitor.judges", JudgePolicy)
    v = verdicts.c
    if not _judged_since(fleet, policy):
        return set()
    query = (
        sa.select(v.version, v.artifact, v.record, v.created_at)
        .where(v.origin == EVALS, v.artifact.in_(policy.prompts))
        .order_by(v.created_at, v.id).limit(MOST)
    )  # fmt: skip
    runs: dict[str, dict[str, dict[str, float]]] = {}
    for row in fleet.store.read(query):
        record = row["record"]
        if record.get("task_success") is None or record.get("error"):
            continue  # a case without an answer says nothing of how the judge judges
        engine = f"{record.get('engine')} {row['artifact']} {row['version'][:12]}"
        run = runs.setdefault(engine, {}).setdefault(row["created_at"], {})
        run[record["scenario_id"]] = float(record["task_success"])
    return {(JUDGES, engine) for engine, by_time in runs.items() if _report(fleet, engine, by_time)}


def _judged_since(fleet: "Fleet", policy: JudgePolicy) -> bool:
    """Whether there are verdicts that no report has seen: most rounds need to read no more."""
    v, d = verdicts.c, drift_reports.c
    newest = sa.select(sa.func.max(v.created_at).label("at")).where(
        v.origin == EVALS, v.artifact.in_(policy.prompts)
    )
    seen = sa.select(sa.func.max(d.window_end).label("at")).where(d.graph == JUDGES)
    found, before = (fleet.store.read(query)[0]["at"] for query in (newest, seen))
    return found is not None and (before is None or found > before)


def _report(fleet: "Fleet", engine: str, by_time: dict[str, dict[str, float]]) -> bool:
    policy = section(fleet.policies, "monitor.judges", JudgePolicy)
    times = sorted(by_time)
    feature = judge_feature([by_time[at] for at in times], policy)
    return rows.save_report(
        fleet.store,
        {
            "id": rows.digest_id("dr-", JUDGES, engine, times[0], times[-1]),
            "graph": JUDGES, "graph_version": engine, "state": feature["state"],
            "features": [feature | {"reference_to": times[0]}],
            "reference_n": len(by_time[times[0]]), "current_n": len(by_time[times[-1]]),
            "window_start": times[-1], "window_end": times[-1], "at": stamp(fleet.clock.now()),
        },
    )  # fmt: skip
