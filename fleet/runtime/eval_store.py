"""The evals beside a home: admitted cases as cases of their path, results as verdict rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.files import read_policies
from fleet.adapters.recommending import recommend
from fleet.adapters.store import eval_cases
from fleet.adapters.store.facts import load_facts
from fleet.errors import InputError, RowNotFound
from fleet.evaluation.harness import HarnessPolicy, PathRun, verdict_record
from fleet.policy import digest
from fleet.ports import Store
from fleet.runtime.explain_path import EXPLAIN
from fleet.runtime.model_paths import DRAFTING
from fleet.settings import Settings

LOOKED = 50  # recommendations among which a doubted path is looked for
PATHS: Mapping[str, str] = {"reply": DRAFTING}  # a draft's graph, and the prompt that wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Cases of the store by path; `left` says which ones cannot be run, and why."""

    by_path: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    left: tuple[tuple[str, str], ...] = ()


def admitted_cases(store: Store, settings: Settings, now: datetime) -> Admitted:
    """Build the admitted cases from their rows as they are today.

    The rows stay where they are: a case that copied a customer's data would outlive its erasure.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    left: list[tuple[str, str]] = []
    for row in eval_cases.list_cases(store, eval_cases.ADMITTED):
        if row["prompt"] == EXPLAIN:
            case = _doubted_case(store, row, settings, now)
            if case is None:
                left.append((row["id"], "its rows are no longer in the store"))
            else:
                found.setdefault(EXPLAIN, []).append(case)
            continue
        path, email_id = PATHS.get(row["prompt"]), row["case_input"].get("email_id")
        if path is None or not email_id:
            left.append((row["id"], f"nothing re-runs {row['prompt']} from what was kept"))
            continue
        try:
            facts = load_facts(store, email_id=email_id, settings=settings, now=now)
        except (RowNotFound, InputError):
            left.append((row["id"], "its mail is no longer in the store"))
            continue
        found.setdefault(path, []).append(_draft_case(row, facts))
    return Admitted(by_path=found, left=tuple(left))


def _draft_case(row: Mapping[str, Any], facts: Any) -> dict[str, Any]:
    """Return a rejected draft as a case: answer the same mail, and not with the same text."""
    return {
        "id": f"eval_cases:{row['id']}", "tags": ["admitted"], "input": {"facts": facts},
        "expect": {
            "language": facts.language, "must_mention": [], "must_not": [], "max_unsupported": 0,
            "unlike": row["case_input"]["body"],
        },
    }  # fmt: skip


def _doubted_case(
    store: Store, row: Mapping[str, Any], settings: Settings, now: datetime
) -> dict[str, Any] | None:
    """Return a path that a rep called wrong as a case: it must not be recommended any more."""
    path = row["case_input"].get("path") or [{}]
    try:
        answer = recommend(
            store, (path[0]["table"], path[0]["id"]), read_policies(settings.policies), now,
            kind=None, k=LOOKED,
        )  # fmt: skip
    except (RowNotFound, KeyError, TypeError):  # gone, or no path at all
        return None
    shown = any(item["path"] == path for item in answer["recommendations"])
    return {
        "id": f"eval_cases:{row['id']}", "tags": ["admitted"],
        "input": {"paths": [], "shown": shown}, "expect": {"says": [], "must_not": []},
    }  # fmt: skip


def record_verdicts(
    store: Store, runs: Iterable[tuple[PathRun, Mapping[str, Any]]], policy: HarnessPolicy,
    policies: Mapping[str, Any], now: datetime,
) -> int:  # fmt: skip
    """Write every case as a verdict row; the version is the prompt's digest. Returns the count."""
    at, held = stamp(now), digest(dict(policies["evals"]))
    records = [
        verdict_record(
            report, result, run_id=f"{run.engine}:{run.prompt}:{at}", cell_bar=policy.cell_bar,
            policy_digest=held, created_at=at,
        )
        for run, report in runs
        for result in run.results
    ]  # fmt: skip
    return eval_cases.save_verdicts(store, records)
