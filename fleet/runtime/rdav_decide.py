"""A person's decision on a held step: approve, edit or reject; the world is checked again first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.store import runs, steps
from fleet.adapters.store.schema import eval_cases
from fleet.adapters.store.statements import insert
from fleet.errors import InputError, RowNotFound
from fleet.orchestrator.rdav import flow
from fleet.orchestrator.rdav.check import check_plan
from fleet.orchestrator.rdav.gate import decide
from fleet.orchestrator.rdav.prove import prove
from fleet.orchestrator.rdav.values import canonical
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_acts import StoreRdav

REJECTED, EDITED = "rejected", "edited"
LIFTED = frozenset(  # what a person may stand for; a denial nobody may
    ("low_confidence", "uncalibrated", "rung", "budget", "daily_drafts", "dependency_unverified",
     "no_evidence", "rows_changed")
)  # fmt: skip


def decide_step(
    fleet: Fleet, decision_id: str, *, approve: bool, actor: str, note: str | None = None,
    edit: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Settle a held step and return `{decision_id, status, changed, why}`.

    An approval is worth nothing when the world moved on: then the step is superseded, and the next
    run plans anew. `edit` replaces arguments of an approved step, within the same closed sets.
    Raises InputError for a step that does not wait, or an edit that does not fit.
    """
    steps.expire(fleet.store, fleet.clock.now())
    row = _found(fleet, decision_id)
    if row["status"] != steps.WAITING:
        return _again(fleet, row, approve=approve, actor=actor)
    if not approve:
        return _reject(fleet, row, actor, note)
    acts = StoreRdav(fleet)
    run = _run_of(fleet, row)
    contact_id = str(run["subject_id"])
    if edit:
        row = _edited(fleet, acts, row, contact_id, edit, actor)
    cancelled = run["status"] == runs.CANCELLED
    blocked = "run_cancelled" if cancelled else _blocked(acts, row, contact_id)
    now = fleet.clock.now()
    status = steps.SUPERSEDED if blocked else flow.APPROVED
    said = blocked or note
    if not steps.move_decision(
        fleet.store, row, status, actor=actor, now=now, note=said, named=True
    ):
        raise InputError(f"somebody else settled step {row['id']} first: look at it again")
    if blocked:
        steps.close_waiting(fleet.store, row["run_id"], now)
        return _answer(row["id"], status, True, blocked)
    return _carry_out(fleet, acts, steps.read_decision(fleet.store, row["id"]))


def replay_run(fleet: Fleet, run_id: str) -> list[dict[str, Any]]:
    """Decide every step of a run again from its stored inputs.

    Returns `{decision_id, action, decision, rules, status, same}` a step; `same` says that the
    replay gave the stored bytes.
    """
    from fleet.orchestrator.rdav.gate import replay_step

    return [
        {
            "decision_id": row["id"], "action": row["action"], "decision": row["decision"],
            "rules": row["result"]["rules"], "status": row["status"],
            "decided_by": row["decided_by"],
            "same": replay_step(row) == canonical(row["result"]),
        }
        for row in steps.read_steps(fleet.store, run_id)
    ]  # fmt: skip


def _carry_out(fleet: Fleet, acts: StoreRdav, row: Mapping[str, Any]) -> dict[str, Any]:
    """Act under an approval and verify by the rows; safe to repeat after a kill."""
    step = row["inputs"]["step"]
    done = acts.act(row["id"])
    status, why = done["status"], done.get("why")
    if status == flow.DONE:
        fits, why = prove(step, acts.observe(step, done["receipt"]), done["receipt"])
        status = flow.DONE if fits else flow.FAILED
        acts.settle(row["id"], status, {"why": why})
    steps.close_waiting(fleet.store, row["run_id"], fleet.clock.now())
    return _answer(row["id"], status, True, why)


def _again(fleet: Fleet, row: Mapping[str, Any], *, approve: bool, actor: str) -> dict[str, Any]:
    """Answer a repeated decision, or go on with an approved step that a kill cut short."""
    if row["status"] == flow.APPROVED and approve:
        return _carry_out(fleet, StoreRdav(fleet), row)
    same = row["decided_by"] == actor and approve is (row["status"] != REJECTED)
    if same and row["status"] != steps.EXPIRED:
        return _answer(row["id"], row["status"], False, None)
    raise InputError(f"step {row['id']} is {row['status']}: it waits for nobody")


def _reject(fleet: Fleet, row: Mapping[str, Any], actor: str, note: str | None) -> dict[str, Any]:
    """Refuse a step for good; the refusal is kept as a quarantined test case."""
    now = fleet.clock.now()
    if not steps.move_decision(
        fleet.store, row, REJECTED, actor=actor, now=now, note=note, named=True
    ):
        raise InputError(f"somebody else settled step {row['id']} first: look at it again")
    step = row["inputs"]["step"]
    fleet.store.write(_negative(row, actor, note, now))
    if step["action"] == "draft_reply":
        StoreRdav(fleet).leave_mail(step["args"]["email_id"])
    steps.close_waiting(fleet.store, row["run_id"], now)
    return _answer(row["id"], REJECTED, True, note)


def _negative(row: Mapping[str, Any], actor: str, note: str | None, now: datetime) -> Any:
    step = row["inputs"]["step"]
    return (
        insert(eval_cases)
        .values(
            id=f"case-{row['id']}", prompt="orchestrator.plan",
            origin=f"step_decisions:{row['id']}", status="quarantined",
            case_input={"action": step["action"], "args": step["args"]},
            expected={"rejected": True}, note=note, created_by=actor, created_at=stamp(now),
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


def _edited(
    fleet: Fleet, acts: StoreRdav, row: Mapping[str, Any], contact_id: str,
    edit: Mapping[str, Any], actor: str,
) -> dict[str, Any]:  # fmt: skip
    """Store the edited step beside the held one, which ends as `edited`; it must pass the check."""
    step = row["inputs"]["step"]
    context = acts.context(contact_id)
    cited = [ref for ref in step["evidence"] if ref in context["refs"]]
    wanted = {
        "id": step["id"], "action": step["action"], "args": dict(step["args"]) | dict(edit),
        "rationale": f"edited by {actor}", "evidence": cited, "depends_on": [],
    }  # fmt: skip
    (checked,), _ = check_plan({"steps": [wanted]}, context, acts.policy)
    if checked["faults"]:
        raise InputError(f"the edit does not fit ({', '.join(checked['faults'])}): choose again")
    checked["source"] = "human"
    inputs = acts.weigh(row["run_id"], context, checked, {})
    result = decide(inputs)
    if result["decision"] == "DENY":
        raise InputError(f"nobody may do this step: {', '.join(result['rules'])}")
    now = fleet.clock.now()
    row_id = f"{row['id']}.{row['row_version']}"
    fresh = steps.store_decision(
        fleet.store, row["run_id"], row["position"], inputs, result, status=steps.WAITING,
        policy_digest=acts.policy_digest, now=now, row_id=row_id,
    )  # fmt: skip
    if not steps.move_decision(
        fleet.store, row, EDITED, actor=actor, now=now, note=f"see {row_id}", named=True
    ):
        steps.move_decision(fleet.store, fresh, steps.SUPERSEDED, actor=actor, now=now)
        raise InputError(f"somebody else settled step {row['id']} first: look at it again")
    return fresh


def _blocked(acts: StoreRdav, row: Mapping[str, Any], contact_id: str) -> str | None:
    """Say why an approval comes too late, or None: the gate is asked again in today's world."""
    context = acts.context(contact_id)
    if why := flow.overtaken(row["inputs"]["now"], context):
        return why
    step = dict(row["inputs"]["step"]) | {"source": row["inputs"]["source"]}
    again = decide(acts.weigh(row["run_id"], context, step, {}))
    if again["decision"] == "DENY":
        return str(again["rules"][0])
    return next((rule for rule in again["rules"] if rule not in (*LIFTED, "passed")), None)


def _found(fleet: Fleet, decision_id: str) -> dict[str, Any]:
    try:
        return steps.read_decision(fleet.store, decision_id)
    except RowNotFound:
        raise InputError(f"no step {decision_id!r}: see 'fleet threads list'") from None


def _run_of(fleet: Fleet, row: Mapping[str, Any]) -> dict[str, Any]:
    run = runs.find_run(fleet.store, row["run_id"])
    if run is None:
        raise InputError(f"step {row['id']} belongs to no run: it cannot be decided")
    return run


def _answer(decision_id: str, status: str, changed: bool, why: str | None) -> dict[str, Any]:
    return {"decision_id": decision_id, "status": status, "changed": changed, "why": why}
