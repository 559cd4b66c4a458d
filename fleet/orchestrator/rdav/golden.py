"""Scores a plan against a golden case: usable, clean, complete, restrained, in order, for the goal.

Each cell is 0..1; a case without an expectation has no such cell, which is not a pass.
"""

from collections.abc import Mapping
from typing import Any

from fleet.orchestrator.rdav.check import check_plan
from fleet.orchestrator.rdav.policy import RdavPolicy

WORLD = {
    "address": True, "suppressed": False, "opted_out": False, "do_not_contact": False,
    "halted": False, "replied": False, "inbound": None,
}  # fmt: skip
MAIL = {
    "kind": "person", "at": "2026-11-24T09:00:00.000000Z", "label": "question",
    "score_confidence": None, "scored": False, "hostile": False, "from_contact": True,
    "opt_out": False,
}  # fmt: skip
DEAL = {
    "open": True, "stage": "qualification", "amount": 5000.0, "expected_close": "2027-03-01",
    "opened_at": "2026-09-01",
}  # fmt: skip


def golden_context(case: Mapping[str, Any]) -> dict[str, Any]:
    """Build a contact's context from a case: what it does not say is the ordinary."""
    given = case["input"]
    mails = {
        key: MAIL | {"thread_id": f"th-{key}"} | {k: v for k, v in mail.items() if k != "text"}
        for key, mail in given.get("mails", {}).items()
    }
    deals = {key: DEAL | deal for key, deal in given.get("deals", {}).items()}
    contact = given.get("contact", "ct-1")
    ids = {
        "contacts": [contact], "emails": list(mails), "opportunities": list(deals),
        "campaigns": list(given.get("campaigns", ())),
    }  # fmt: skip
    refs = [f"{table}:{key}" for table, known in ids.items() for key in known]
    return {
        "contact": {"id": contact, "owner_id": "pe-1"}, "company_id": "co-1",
        "world": WORLD | {"replied": bool(mails)} | given.get("world", {}), "ids": ids,
        "refs": [*refs, *(f"scores:intent:{key}" for key in mails), "companies:co-1"],
        "versions": {}, "mails": mails, "deals": deals, "drafts": list(given.get("drafts", ())),
        "mailed": given.get("mailed", False), "quiet_days": given.get("quiet_days"),
        "opens_account": given.get("opens_account", False), "settled": 0,
        "history": dict(given.get("history", {})), "today": given.get("today", "2026-11-25"),
    }  # fmt: skip


def golden_mail(case: Mapping[str, Any]) -> str:
    """Return the text of the case's newest mail, or that there is none."""
    mails = case["input"].get("mails", {})
    newest = max(mails, key=lambda key: (mails[key].get("at", MAIL["at"]), key), default=None)
    return str(mails[newest].get("text", "")) if newest else "(no mail)"


def score_plan(case: Mapping[str, Any], plan: Any, policy: RdavPolicy) -> dict[str, float]:
    """Return `{cell: score}` of a plan; `plan` is a sentence when there is none."""
    if isinstance(plan, str):
        return {"usable": 0.0}
    expect, context = case["expect"], golden_context(case)
    steps, whole = check_plan(plan, context, policy)
    done = [step["action"] for step in steps]
    faults = [fault for step in steps for fault in step["faults"]]
    cells = {"usable": float(not whole), "clean": float(not faults)}
    if "actions" in expect:
        wanted = set(expect["actions"])
        cells["complete"] = len(wanted & set(done)) / len(wanted) if wanted else float(not done)
    if "never" in expect:
        cells["restraint"] = float(not set(expect["never"]) & set(done))
    if "most" in expect:
        cells["length"] = float(len(done) <= expect["most"])
    if "before" in expect:
        first, second = expect["before"]
        cells["order"] = float(
            first in done and second in done and done.index(first) < done.index(second)
        )
    if "reason" in expect:
        reasons = {step["args"].get("reason") for step in steps}
        cells["reason"] = float(expect["reason"] in reasons)
    return cells
