"""The autonomy gate at work: silent beside people at SHADOW, answering from CONDITIONAL on.

A verdict is kept before anything is approved, so that a kill between the two leaves the draft with
people. Whatever goes wrong with one draft leaves that draft with people.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fleet import __version__
from fleet.adapters.clock import stamp
from fleet.adapters.store.autonomy_rows import (
    beside_people,
    save_verdicts,
    unjudged,
    verdict_id,
)
from fleet.adapters.store.grants import (
    MACHINE,
    day_start,
    grant_clause,
    heard_since,
    machine_approvals_since,
    read_grants,
)
from fleet.adapters.store.recalls import recall
from fleet.domain.provenance import Provenance, RowRef, Source
from fleet.domain.trust import Rung
from fleet.errors import FleetError, InputError
from fleet.evaluation.autonomy.calibration import Calibration
from fleet.evaluation.autonomy.cascade import Verdict, judge_draft
from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.shadow import must_demote
from fleet.evaluation.autonomy.values import JudgeReply
from fleet.evaluation.autonomy.vetoes import find_vetoes
from fleet.policy import digest
from fleet.release_gate.ladder import Effective, Grant, in_canary, is_sampled
from fleet.runtime.autonomy_case import build_case, lead_of
from fleet.runtime.autonomy_judge import Judge, model_judge
from fleet.runtime.autonomy_shadow import autonomy_policy, calibration
from fleet.runtime.ladder import demote, effective, ladder_policy
from fleet.runtime.ladder_watch import demote_for_findings

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

LIMIT = 200  # drafts of one version a call
ANSWERED, SHADOWED, SAMPLED, PEOPLE = "answer", "shadow", "sample", "people"


def judge_waiting(
    fleet: "Fleet", *, judge: Judge | None = None, limit: int = LIMIT
) -> dict[str, int]:
    """Judge every waiting draft of every version at SHADOW or above, once a text.

    First takes back what lapsed grants have in flight, and demotes whom the monitor or people found
    wanting. `judge` defaults to the model behind the gateway, where there is one.
    Returns `{judged, approved, sampled, left, recalled, demoted}`.
    """
    done = dict.fromkeys(("judged", "approved", "sampled", "left", "recalled", "demoted"), 0)
    judge = judge or model_judge(fleet)
    for grant in read_grants(fleet.store):
        done["recalled"] += len(recall_lapsed(fleet, grant))
        if grant.revoked or grant.rung.height < Rung.SHADOW.height:
            continue
        if demote_for_findings(fleet, grant) or demote_for_samples(fleet, grant):
            done["demoted"] += 1
            continue
        _judge_version(fleet, grant, judge, limit, done)
    return done


def recall_lapsed(fleet: "Fleet", grant: Grant) -> list[str]:
    """Take back the machine's approvals of a version that may not answer at this moment."""
    now = effective(fleet, grant.graph, grant.version)
    if now.may_answer:
        return []
    return recall(
        fleet.store, grant.graph, grant.version, reason=f"the grant lapsed: {now.fell or now.rung}",
        actor=MACHINE + grant.graph, at=stamp(fleet.clock.now()), machine_only=True,
    )  # fmt: skip


def demote_for_samples(fleet: "Fleet", grant: Grant) -> bool:
    """Move an answering version back to SHADOW when people refused what it would have sent."""
    if grant.rung.height <= Rung.SHADOW.height:
        return False
    policy = autonomy_policy(fleet)
    since = stamp(grant.granted_at)
    human = [
        (row["human"], row["reason_code"])
        for row in beside_people(fleet.store, grant.graph, grant.version, since)
        if row["sampled"] and row["approves"] and not row["is_canary"]
    ]
    why = must_demote(
        human, window=policy.sample_window, most=policy.max_disagreements,
        severe=policy.severe_reasons,
    )  # fmt: skip
    if why is None:
        return False
    try:
        demote(
            fleet, grant.graph, grant.version, Rung.SHADOW, reason=why,
            actor=MACHINE + grant.graph,
        )  # fmt: skip
    except InputError:
        return False  # moved by another gate in the meantime: the next call looks again
    return True


def _judge_version(
    fleet: "Fleet", grant: Grant, judge: Judge | None, limit: int, done: dict[str, int]
) -> None:
    policy = autonomy_policy(fleet)
    waiting = unjudged(fleet.store, grant.graph, grant.version, limit)
    fitted = calibration(fleet, grant.graph, grant.version) if waiting else None
    for row in waiting:
        now = effective(fleet, grant.graph, grant.version)
        verdict = _judged(fleet, row, judge, policy, fitted)
        route = _route(row, verdict, now)
        kept = _kept(fleet, row, verdict, now.granted, route, digest(policy))
        actor = MACHINE + grant.graph
        save_verdicts(fleet.store, [kept], actor=actor, at=stamp(fleet.clock.now()))
        done["judged"] += 1
        done["sampled"] += route == SAMPLED
        if route == ANSWERED and _approve(fleet, row, verdict, now, actor):
            done["approved"] += 1
        elif route != SAMPLED:
            done["left"] += 1


def _judged(
    fleet: "Fleet", row: Mapping[str, Any], judge: Judge | None, policy: AutonomyPolicy,
    fitted: Calibration | None,
) -> Verdict:  # fmt: skip
    """Run the cascade: a draft that a veto stops is never shown to the judge."""
    case = build_case(fleet, row)
    if judge is None or find_vetoes(case):
        return judge_draft(case, policy, fitted)
    try:
        reply = judge(case)
    except Exception as error:  # noqa: BLE001  # whatever a judge raises: it did not judge
        text = case.actual_hash or ""
        reply = JudgeReply(score=None, text_hash=text, error=type(error).__name__)
    return judge_draft(replace(case, judge=reply), policy, fitted)


def _route(row: Mapping[str, Any], verdict: Verdict, now: Effective) -> str:
    if not now.may_answer:
        return SHADOWED
    mine = in_canary(lead_of(row), row["graph"], row["graph_version"], now.canary_share)
    if not verdict.approves or row["is_canary"] or not mine:
        return PEOPLE
    sampled = is_sampled(row["id"], row["text_hash"], now.sample_share)
    return SAMPLED if sampled else ANSWERED


def _approve(
    fleet: "Fleet", row: Mapping[str, Any], verdict: Verdict, now: Effective, actor: str
) -> bool:
    """Approve under the grant as it is in that very batch; False leaves the draft with people."""
    at = fleet.clock.now()
    try:
        answer = fleet.review.approve(
            row["id"], actor=actor, text_hash=verdict.text_hash, is_machine=True,
            only_if=_conditions(fleet, row, at, now.daily_cap),
        )  # fmt: skip
    except FleetError:
        return False
    return bool(answer["changed"])


def _conditions(fleet: "Fleet", row: Mapping[str, Any], at: datetime, daily_cap: int) -> list[Any]:
    ladder = ladder_policy(fleet)
    graph, version = row["graph"], row["graph_version"]
    heard = heard_since(at, ladder.heartbeat_s)
    return [
        grant_clause(graph, version, ladder.answering, stamp(at), heard),
        machine_approvals_since(graph, version, day_start(at)) < sa.literal(daily_cap),
    ]


def _kept(
    fleet: "Fleet", row: Mapping[str, Any], verdict: Verdict, rung: Rung, route: str,
    policy_digest: str,
) -> dict[str, Any]:  # fmt: skip
    provenance = Provenance(
        confidence=verdict.composite or 0.0, reason=verdict.reason,
        source=Source.MODEL if verdict.judge_model else Source.RULE,
        evidence=(RowRef("drafts", row["id"], "text_hash"),), model=verdict.judge_model,
        prompt_digest=verdict.judge_prompt, policy_digest=policy_digest,
        code_version=__version__, run_id=row["run_id"], recorded_at=stamp(fleet.clock.now()),
    )  # fmt: skip
    detail = verdict.as_json() | {
        "graph": row["graph"], "version": row["graph_version"], "rung": rung.value,
        "route": route, "sampled": route == SAMPLED,
    }  # fmt: skip
    return {
        "id": verdict_id(row["id"], row["text_hash"]), "kind": "autonomy",
        "subject_table": "drafts", "subject_id": row["id"], "value": verdict.composite,
        "label": "approve" if verdict.approves else "people",
        "method": "llm" if verdict.judge_model else "rules", "detail": detail,
    } | provenance.as_json()  # fmt: skip
