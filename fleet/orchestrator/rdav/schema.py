"""The closed form of a model's plan, and its conversion into one that is checked like any other."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fleet.orchestrator.rdav.values import ACTIONS, REASONS

MODEL = "model"
MAX_MAIL = 3000  # characters of the newest mail that a planner is shown
ARGS = ("email_id", "contact_id", "opportunity_id", "campaign_id", "days", "to_stage", "reason")
ActionName = Literal[
    "score", "recommend", "draft_reply", "draft_first_touch", "start_campaign", "pause_campaign",
    "schedule_follow_up", "update_stage", "log_activity", "hand_over",
]  # fmt: skip


class PlannedStep(BaseModel):
    """One step; arguments that its action does not take stay null."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="s1, s2, ... in the order of the plan")
    action: ActionName
    email_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    campaign_id: str | None = None
    days: int | None = None
    to_stage: str | None = None
    reason: str | None = Field(None, description="one of the codes of the action")
    depends_on: list[str] = Field(default_factory=list, description="ids of earlier steps")
    evidence: list[str] = Field(default_factory=list, description="rows as table:id")
    rationale: str = Field(description="one short sentence for the reviewer")
    confidence: float = Field(description="0.0 to 1.0")


class PlanReply(BaseModel):
    """A plan; no steps when nothing is to be done."""

    model_config = ConfigDict(extra="forbid")

    goal: str = Field(description="what the contact needs, in a few words")
    steps: list[PlannedStep]


def as_plan(reply: PlanReply) -> dict[str, Any]:
    """Return the reply as a plan; an argument that the action does not take is kept, and denied."""
    steps = []
    for step in reply.steps:
        args = {name: getattr(step, name) for name in ARGS if getattr(step, name) is not None}
        steps.append(
            {
                "id": step.id, "action": step.action, "args": args, "depends_on": step.depends_on,
                "evidence": step.evidence, "rationale": step.rationale,
                "confidence": step.confidence,
            }
        )  # fmt: skip
    return {"source": MODEL, "goal": reply.goal, "steps": steps}


def described_actions() -> str:
    """Return the table of actions as the prompt shows it, one a line."""
    lines = []
    for name, spec in ACTIONS.items():
        args = [f"{arg}?" if arg in spec.optional else arg for arg in spec.args if arg != "reason"]
        codes = f", reason ({' | '.join(REASONS[name])})" if name in REASONS else ""
        lines.append(f"- {name}({', '.join(args)}{codes})")
    return "\n".join(lines)


def shown_context(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a planner may see of the context: ids, codes, numbers and dates."""
    mails = {
        mail_id: {key: mail[key] for key in ("kind", "at", "label", "scored")}
        for mail_id, mail in context["mails"].items()
    }
    names = ("ids", "refs", "deals", "drafts", "mailed", "quiet_days", "history", "today")
    world = context["world"]
    return {name: context[name] for name in names} | {
        "mails": mails, "they_wrote_last": world["replied"],
    }  # fmt: skip
