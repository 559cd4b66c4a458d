"""What a model may answer: typed and closed, so that a subject or a body does not fit in."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MOST = 12  # of anything a lens may list


class Strict(BaseModel):
    """No key beyond the named ones."""

    model_config = ConfigDict(extra="forbid")


class ClaimReply(Strict):
    """One sentence and the facts it rests on."""

    text: str = Field(max_length=600)
    evidence: list[str] = Field(max_length=MOST)


class TouchReply(Strict):
    """Day, channel, angle and goal of one touch."""

    day_offset: int
    channel: str
    angle: str
    goal: str
    evidence: list[str] = Field(max_length=MOST)


class ObjectionReply(Strict):
    """An objection, and what would settle it."""

    against: str
    severity: Literal["blocker", "major", "minor"]
    reason: str = Field(max_length=600)
    evidence: list[str] = Field(max_length=MOST)
    remedy: Literal[
        "fewer_touches",
        "more_touches",
        "wider_gaps",
        "later",
        "first",
        "leave_out",
        "less_of_channel",
        "none",
    ] = "none"
    target: str | None = None
    number: int | None = None


class LensReply(Strict):
    """What one lens says in one stage."""

    claims: list[ClaimReply] = Field(default_factory=list, max_length=MOST)
    theme: str | None = None
    problem: str | None = None
    touches: list[TouchReply] = Field(default_factory=list, max_length=MOST * 4)
    objections: list[ObjectionReply] = Field(default_factory=list, max_length=MOST)
