"""The model's opinion of a draft as one number: the mean of its marks, and 0 where it is unsure.

Decides nothing. Refuses marks that are no shares.
"""

import math

from pydantic import BaseModel, Field

from fleet.evaluation.autonomy.values import Case, JudgeReply

MARKS = ("answers", "grounded", "tone", "next_step")
NO_MAIL = "(nobody wrote: this is a first message)"
MAX_CHARS = 8_000  # of the mail and of the draft; a longer one is left to people


class Opinion(BaseModel):
    """One reading of one draft."""

    answers: float = Field(description="0.0 to 1.0")
    grounded: float = Field(description="0.0 to 1.0")
    tone: float = Field(description="0.0 to 1.0")
    next_step: float = Field(description="0.0 to 1.0")
    needs_person: bool
    reason: str = Field(description="one short sentence")


def judge_values(case: Case, mail: str | None) -> dict[str, str] | None:
    """Return the prompt's values, or None for a text that is too long to be judged whole."""
    values = {"mail": mail or NO_MAIL, "subject": case.subject or "", "draft": case.body or ""}
    return None if any(len(text) > MAX_CHARS for text in values.values()) else values


def read_opinion(opinion: Opinion, case: Case, *, model: str, prompt_digest: str) -> JudgeReply:
    """Convert an opinion; a mark that is no share gives no score, and so refuses."""
    marks = [float(getattr(opinion, name)) for name in MARKS]
    known = all(math.isfinite(mark) and 0 <= mark <= 1 for mark in marks)
    score = math.fsum(marks) / len(marks) if known else None
    if score is not None and (opinion.needs_person or opinion.grounded <= 0):
        score = 0.0
    return JudgeReply(
        score=score, text_hash=case.actual_hash or "", model=model, prompt_digest=prompt_digest
    )
