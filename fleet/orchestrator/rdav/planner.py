"""The rule planner: what a contact needs now, as steps; it plans when there is no model.

It answers who wrote, advances who has an open deal, and leaves the rest alone. A step that was
done, waits, or was refused by a person is not planned again.
"""

from collections.abc import Mapping
from typing import Any

from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import fingerprint

THREADS = 2  # of one contact answered in one run
SPENT = ("done", "waiting", "approved", "rejected")
RULE = "rule"


def plan_by_rules(context: Mapping[str, Any], policy: RdavPolicy) -> dict[str, Any]:
    """Return `{source, goal, reason, steps}`; no steps means that nothing is to be done."""
    goal, reason = choose_goal(context, policy)
    wanted: list[dict[str, Any]] = []
    if goal == "answer":
        for mail_id in open_mails(context)[:THREADS]:
            wanted += _answer(mail_id, context, policy)
    elif goal == "advance":
        wanted = _advance(context, policy)
    elif goal == "open_account":
        wanted = [_step("start_campaign", {"contact_id": context["contact"]["id"]}, reason)]
    steps = _fresh(wanted, context)[: policy.max_steps]
    return {"source": RULE, "goal": goal if steps else "none", "reason": reason, "steps": steps}


def choose_goal(context: Mapping[str, Any], policy: RdavPolicy) -> tuple[str, str]:
    """Return what the contact needs most, and why in one sentence."""
    if open_mails(context):
        return "answer", "the contact wrote and nobody answered"
    if context["drafts"]:
        return "none", "a draft to the contact waits for a reviewer"
    if any(deal["open"] for deal in context["deals"].values()):
        if not context["mailed"]:
            return "advance", "an open deal, and nobody wrote to the contact yet"
        if (context["quiet_days"] or 0) >= policy.quiet_days or _overdue(context):
            return "advance", "an open deal that went quiet or passed its close date"
        return "none", "the open deal is being worked on"
    untouched = not context["mailed"] and context["world"].get("inbound") is None
    if untouched and context["opens_account"] and not context["ids"]["campaigns"]:
        return "open_account", "the account bought before, and nobody there was written to"
    return "none", "no open deal and no open question"


def open_mails(context: Mapping[str, Any]) -> list[str]:
    """Return the newest unanswered mail of each thread that a person wrote, newest first."""
    newest: dict[str, str] = {}
    mails = context["mails"]
    for mail_id in sorted(mails, key=lambda each: (mails[each]["at"], each), reverse=True):
        if mails[mail_id]["kind"] == "person":
            newest.setdefault(mails[mail_id]["thread_id"], mail_id)
    return list(newest.values())


def _answer(mail_id: str, context: Mapping[str, Any], policy: RdavPolicy) -> list[dict[str, Any]]:
    mail, contact = context["mails"][mail_id], context["contact"]["id"]
    label = mail["label"]
    if mail["hostile"]:
        args = {"contact_id": contact, "reason": "hostile_text"}
        return [
            _step("hand_over", args, "the mail speaks to a machine"),
            _step("draft_reply", {"email_id": mail_id}, "a person decides whether to answer"),
        ]
    steps = [] if mail["scored"] else [_step("score", {"email_id": mail_id}, "what it asks")]
    if label in ("complaint", "not_interested"):
        why = "complaint" if label == "complaint" else "declined"
        steps.append(
            _step("hand_over", {"contact_id": contact, "reason": why}, label, [f"emails:{mail_id}"])
        )
    if label == "complaint":  # a reply ends the contact's own sequence without our help
        steps += [
            _step(
                "pause_campaign", {"campaign_id": campaign, "reason": "complaint"},
                "it drew a complaint", [f"emails:{mail_id}"],
            )
            for campaign in context["ids"]["campaigns"]
        ]  # fmt: skip
    steps.append(
        _step("draft_reply", {"email_id": mail_id}, "an answer for review", after=["score"])
    )
    if label == "hot":
        steps.append(_step("recommend", {"contact_id": contact}, "what else could fit"))
        steps += _stage(mail_id, context, policy)
    return steps


def _stage(mail_id: str, context: Mapping[str, Any], policy: RdavPolicy) -> list[dict[str, Any]]:
    for deal_id, deal in context["deals"].items():
        onward = policy.next_stage.get(str(deal["stage"]).lower())
        if deal["open"] and onward:
            args = {
                "opportunity_id": deal_id, "to_stage": onward, "reason": "buyer_asks_for_terms",
            }  # fmt: skip
            return [_step("update_stage", args, "the mail asks for terms", [f"emails:{mail_id}"])]
    return []


def _advance(context: Mapping[str, Any], policy: RdavPolicy) -> list[dict[str, Any]]:
    contact = context["contact"]["id"]
    deals = [deal_id for deal_id, deal in context["deals"].items() if deal["open"]]
    cited = [f"opportunities:{deal_id}" for deal_id in deals[:1]]
    steps = [_step("recommend", {"contact_id": contact}, "what the account could need", cited)]
    if not context["mailed"]:
        steps.append(
            _step("draft_first_touch", {"contact_id": contact}, "nobody wrote to them yet", cited)
        )
    else:
        args = {
            "contact_id": contact, "days": policy.follow_up_days, "opportunity_id": deals[0],
        }  # fmt: skip
        steps.append(_step("schedule_follow_up", args, "the deal went quiet", cited))
    if _overdue(context):
        args = {"contact_id": contact, "reason": "close_date_passed"}
        steps.append(_step("hand_over", args, "the expected close date passed", cited))
    return steps


def _overdue(context: Mapping[str, Any]) -> bool:
    return any(
        deal["open"] and deal["expected_close"] and deal["expected_close"] < context["today"]
        for deal in context["deals"].values()
    )


def _step(
    action: str, args: dict[str, Any], why: str, evidence: list[str] | None = None,
    after: list[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "action": action, "args": args, "evidence": evidence or [], "rationale": why,
        "depends_on": after or [],
    }  # fmt: skip


def _fresh(wanted: list[dict[str, Any]], context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Drop what history has, number the rest, and turn `after` an action into after its step."""
    history, kept = context["history"], list[dict[str, Any]]()
    seen: set[str] = set()
    last: dict[str, str] = {}
    for step in wanted:
        name = fingerprint(step["action"], step["args"])
        if name in seen or history.get(name) in SPENT:
            continue
        seen.add(name)
        step_id = f"s{len(kept) + 1}"
        depends = [last[action] for action in step["depends_on"] if action in last]
        kept.append(step | {"id": step_id, "depends_on": depends})
        last[step["action"]] = step_id
    return kept
