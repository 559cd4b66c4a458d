"""Scores the judge's answer against a golden case: usable, and on the right side of its floor."""

from collections.abc import Mapping
from typing import Any

from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.values import Case, JudgeReply


def golden_case(case: Mapping[str, Any]) -> Case:
    """Build the draft of a golden case; what the judge is not shown stays unknown."""
    given = case["input"]
    return Case(
        draft_id=case["id"], graph="golden", version="golden", stored_hash=case["id"],
        actual_hash=case["id"], subject=given["subject"], body=given["draft"], language=None,
        languages=(), claims=None, risk=None, suppressed=None, stop=None, newer_mail=None,
        fits_recipient=None, banned=None, missing_footer=None, confidence=None,
    )  # fmt: skip


def score_reply(
    case: Mapping[str, Any], reply: JudgeReply | None, policy: AutonomyPolicy
) -> dict[str, float]:
    """Return `{cell: 0..1}`; without a judge the draft waits for people, which is never wrong."""
    if reply is None:
        return {"fails_closed": 1.0}
    usable = reply.error is None and reply.score is not None
    passes = reply.score is not None and usable and reply.score >= policy.judge_floor
    return {"usable": float(usable), "verdict": float(passes == case["expect"]["sends"])}
