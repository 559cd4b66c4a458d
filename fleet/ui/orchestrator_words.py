"""The words of a plan: actions, ends, kinds and rules as a salesperson reads them."""

from collections.abc import Mapping
from typing import Any

from fleet.ui import theme
from fleet.ui.untrusted import escaped

ACTIONS = {
    "score": "Score the mail", "recommend": "Recommend products", "draft_reply": "Draft a reply",
    "draft_first_touch": "Draft a first mail", "start_campaign": "Start a campaign",
    "pause_campaign": "Pause the campaign", "schedule_follow_up": "Plan a follow-up",
    "update_stage": "Move the deal's stage", "log_activity": "Log an activity",
    "hand_over": "Hand over to a person",
}  # fmt: skip
GOALS = {
    "answer": "Answer the contact's mail", "advance": "Advance the open deal",
    "open_account": "Write to an account that bought before",
}  # fmt: skip
EFFECTS = {
    "read": "only read", "note": "write our own notes", "draft": "write drafts for review",
    "record": "change the CRM", "dispatch": "start a sequence of mails",
}  # fmt: skip
KINDS = {
    "waiting": "Wait for you", "handed_over": "Unclear: to a person",
    "flaky": "Flaky: retried or held", "superseded": "A reply came first",
    "denied": "Denied steps", "failed": "Failed", "completed": "Done and proved",
    "left_alone": "Left alone", "all": "All",
}  # fmt: skip
CASES = {  # what the fleet does where a fixed rule would break, or do the wrong thing silently
    "handed_over": "Ambiguous mail: its evidence is below the bar, so nobody guesses. A person "
    "reads it and decides.",
    "flaky": "Flaky enrichment: tried again a bounded number of times; what needs it is held, the "
    "rest goes on.",
    "superseded": "Reply mid-automation: whatever had not left is overtaken, and the next run "
    "answers the reply.",
}
ENDS = {
    "completed": ("OK", "done and proved"), "waiting_human": ("HOLD", "waits for a person"),
    "stopped_replied": ("WATCH", "stopped: they replied"),
    "stopped_suppressed": ("INSUFFICIENT", "left alone"),
    "nothing_to_do": ("INSUFFICIENT", "nothing to do"), "failed": ("FAIL", "failed"),
    "stopped_liveness": ("FAIL", "stopped: it would not end"),
}  # fmt: skip
DECISIONS = {"ALLOW": "PASS", "HOLD": "HOLD", "DENY": "FAIL"}
ACTS = {
    "done": ("OK", "done"), "waiting": ("HOLD", "waits for you"), "failed": ("FAIL", "failed"),
    "approved": ("WATCH", "approved"), "allowed": ("WATCH", "begun"),
    "denied": ("INSUFFICIENT", "not done"), "rejected": ("INSUFFICIENT", "rejected"),
    "superseded": ("INSUFFICIENT", "overtaken"), "expired": ("INSUFFICIENT", "nobody decided"),
    "edited": ("INSUFFICIENT", "replaced by an edit"),
}  # fmt: skip
RULES = {
    "no_evidence": "no row supports it", "uncalibrated": "no outcome has confirmed such steps yet",
    "dependency_unverified": "a step it stands on is not proved",
    "rows_changed": "the rows changed while it was planned", "budget": "the run's budget is spent",
    "daily_drafts": "the drafts of today are used up", "reply_arrived": "a reply came in",
    "replied": "the contact's reply is not answered yet", "rejected_before": "a person refused it",
    "invented_id": "it names a row that the contact does not have",
    "invented_action": "there is no such action", "invented_field": "it has an unknown field",
    "invented_value": "a value is outside the closed set",
    "invented_evidence": "it cites a row that is not there", "external_effect": "it would leave",
    "suppressed": "the address is suppressed", "opted_out": "the contact opted out",
    "do_not_contact": "the contact is marked do not contact", "halted": "all sends are stopped",
    "no_address": "no mail address is known", "unknown": "a safety flag cannot be read",
    "run_cancelled": "its run was cancelled",
}  # fmt: skip


def action(name: str) -> str:
    """Return an action in words; an invented one as it was given, escaped."""
    return ACTIONS.get(name) or escaped(name, 60)


def end(run: Mapping[str, Any]) -> tuple[str, str]:
    """Return `(verdict word, label)` of how a run stands."""
    name, _, why = str(run["outcome"] or run["status"]).partition(":")
    word, label = ENDS.get(name, ("INSUFFICIENT", name.replace("_", " ")))
    return word, f"{label}: {why.replace('_', ' ')}" if why else label


def standing(run: Mapping[str, Any]) -> tuple[str, str]:
    """Return how a run stands now; one whose held step was settled is not said to wait."""
    settled = run["status"] == "completed" and run["outcome"] == "waiting_human"
    return ("OK", "decided by a person") if settled else end(run)


def rule(name: str, step: Mapping[str, Any]) -> str:
    """Return one rule of the gate in words."""
    if name == "low_confidence":
        return f"its evidence is {step['confidence']:.2f} sure, it needs {step['threshold']:.2f}"
    if name == "rung":
        effect = EFFECTS.get(str(step["effect"]), "do this")
        return f"at {escaped(step['rung'], 20)} it may not {effect} by itself"
    return RULES.get(name) or escaped(name.replace("_", " "), 60)


def why(step: Mapping[str, Any]) -> str:
    """Return in one sentence part why the gate did not allow a step."""
    return "; ".join(rule(name, step) for name in step["rules"] if name != "passed")


def gate(step: Mapping[str, Any]) -> str:
    """Return the gate's answer as a badge."""
    return theme.verdict(DECISIONS.get(step["decision"], "INSUFFICIENT"), step["decision"])
