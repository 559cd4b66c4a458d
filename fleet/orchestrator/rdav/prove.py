"""Verification: whether the system of record shows what a step claims to have done.

An answer of a tool is no proof; only rows read again are.
"""

from collections.abc import Mapping
from typing import Any

IN_QUEUE = ("pending", "leased", "snoozed", "approved")
CLAIMED = ("draft_reply", "draft_first_touch")
ROWS = {
    "score": "no score of the mail is stored",
    "log_activity": "no such activity is logged",
    "schedule_follow_up": "no open follow-up names the contact",
    "hand_over": "no open item names the contact",
}


def prove(
    step: Mapping[str, Any], observed: Mapping[str, Any], receipt: Mapping[str, Any]
) -> tuple[bool, str]:
    """Return whether the step's success check holds over freshly read rows, and why."""
    action = step["action"]
    if action in CLAIMED:
        return _draft(observed)
    if action == "recommend":
        fits = observed.get("kept") == receipt.get("shown")
        return fits, "the store keeps what was shown" if fits else "recommendations are missing"
    if action == "update_stage":
        fits = observed.get("stage") == step["args"]["to_stage"]
        return fits, "the deal has the stage" if fits else "the deal has another stage"
    if action in ("pause_campaign", "start_campaign"):
        planned, wanted = observed.get("planned"), action == "start_campaign"
        fits = planned is not None and (planned > 0) is wanted
        return fits, "the touches say so" if fits else "the touches say otherwise"
    if action in ROWS:
        fits = observed.get("found") is True
        return fits, "the row is there" if fits else ROWS[action]
    return False, "nothing can prove this action"


def _draft(observed: Mapping[str, Any]) -> tuple[bool, str]:
    """A draft counts when it waits in the queue, for this recipient, and nothing was sent."""
    if not observed.get("found"):
        return False, "no such draft is stored"
    if observed.get("to") != observed.get("recipient") or not observed.get("to"):
        return False, "the draft names another recipient"
    if observed.get("status") not in IN_QUEUE:
        return False, f"the draft is {observed.get('status')}"
    if observed.get("unapproved_messages") != 0:
        return False, "a message left without an approval"
    return True, "the draft waits for a reviewer"
