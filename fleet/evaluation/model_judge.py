"""What a model is asked about a step and about a run, and what of its reply counts.

One structured call a step and one a run. A reply with a number that is none, or out of 0..1, is no
judgement at all: nothing is clamped, guessed or read out of prose.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from fleet.errors import MalformedReply
from fleet.evaluation.calibrate import rounded
from fleet.evaluation.words import normalised
from fleet.traces.model import Step, StepKind, Trajectory
from fleet.traces.read_values import plain

STEP, TRAJECTORY = "clear.step", "clear.trajectory"
BEFORE = 40  # steps before one without a recorded input that it is shown
MAX_TAGS, TAG_CHARS, CRITIQUE_CHARS, CRITERION_CHARS = 5, 60, 600, 200
DIMENSIONS = (
    "objective_understanding", "information_completeness", "execution_quality", "efficiency",
    "user_experience", "final_deliverable",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPolicy:
    """`[evaluation_model]`: what the model is shown, and how its calls are made."""

    step_chars: int
    run_chars: int
    task_chars: int
    at_once: int
    attempts: int
    tag_bar: float


class StepReply(BaseModel):
    """A judgement of one step."""

    score: float = Field(ge=0, le=1)
    critique: str = Field("", description="what to mend; empty when nothing")
    tags: list[str] = Field([], description="short names of what went wrong")


class Line(BaseModel):
    """One line of a rubric."""

    criterion: str
    fulfilled: bool


class TrajectoryReply(BaseModel):
    """A judgement of one run."""

    rubric: list[Line] = Field(description="three to five lines")
    objective_understanding: float = Field(ge=0, le=1)
    information_completeness: float = Field(ge=0, le=1)
    execution_quality: float = Field(ge=0, le=1)
    efficiency: float = Field(ge=0, le=1)
    user_experience: float = Field(ge=0, le=1)
    final_deliverable: float = Field(ge=0, le=1)
    success: float = Field(ge=0, le=1)
    critique: str = Field("", description="at most three short sentences")
    tags: list[str] = Field([], description="short names of what went wrong")


def judged_steps(run: Trajectory) -> list[Step]:
    """Return the steps a model judges: its peers' model calls; tools are judged by their caller."""
    return [step for step in run.steps if step.kind is StepKind.LLM]


def step_values(run: Trajectory, step: Step, policy: ModelPolicy) -> dict[str, str]:
    """Return the values of the step prompt; long texts lose their middle."""
    before = run.steps[max(0, step.position - BEFORE) : step.position]
    given = plain(step.input) or _transcript(before)
    return {
        "task": cut_middle(run.task or "(not recorded)", policy.task_chars),
        "given": cut_middle(given or "(nothing)", policy.step_chars),
        "done": cut_middle(_line(step) or "(nothing)", policy.step_chars),
    }


def run_values(run: Trajectory, policy: ModelPolicy) -> dict[str, str]:
    """Return the values of the trajectory prompt: the whole run as one transcript."""
    return {
        "task": cut_middle(run.task or "(not recorded)", policy.task_chars),
        "run": cut_middle(_transcript(run.steps) or "(no step)", policy.run_chars),
    }


def read_step(reply: StepReply) -> dict[str, Any]:
    """Return the judgement to keep; raises MalformedReply when the score is none."""
    return {"score": _unit(reply.score, "score"), **_words(reply.critique, reply.tags)}


def read_trajectory(reply: TrajectoryReply) -> dict[str, Any]:
    """Return the judgement to keep; the rubric's share is counted here, not asked for."""
    dimensions = {name: _unit(getattr(reply, name), name) for name in DIMENSIONS}
    rubric = [
        {"text": " ".join(line.criterion.split())[:CRITERION_CHARS], "fulfilled": line.fulfilled}
        for line in reply.rubric
        if line.criterion.strip()
    ]
    met = [line.fulfilled for line in reply.rubric if line.criterion.strip()]
    return {
        "score": rounded(sum(dimensions.values()) / len(dimensions)),
        "success": _unit(reply.success, "success"),
        "dimensions": dimensions,
        "rubric": {"score": rounded(sum(met) / len(met)) if met else None, "criteria": rubric},
        **_words(reply.critique, reply.tags),
    }  # fmt: skip


def combine(steps: Iterable[Mapping[str, Any]], whole: Mapping[str, Any]) -> float:
    """Return the composite of a run: mean of its steps, its dimensions and its rubric's share."""
    found = levels([float(step["score"]) for step in steps], whole)
    return sum(found) / len(found)


def levels(scores: Sequence[float], whole: Mapping[str, Any]) -> list[float]:
    """Return the levels that a composite is the mean of; a run may lack steps or a rubric."""
    found = [float(whole["score"])]
    if scores:
        found.append(sum(scores) / len(scores))
    if whole["rubric"]["score"] is not None:
        found.append(float(whole["rubric"]["score"]))
    return found


def tag_key(tag: str) -> str:
    """Return the signature of a tag: words in order of the alphabet, so that order is no matter."""
    return " ".join(sorted(set(normalised(tag).replace("-", " ").split())))


def cut_middle(text: str, limit: int) -> str:
    """Return a text of about `limit` characters: what is left out of its middle is said.

    >>> cut_middle("a" * 50, 20)
    'aaaaaaaaaa … (30 left out) … aaaaaaaaaa'
    """
    if len(text) <= limit:
        return text
    side = limit // 2
    return f"{text[:side]} … ({len(text) - 2 * side} left out) … {text[-side:]}"


def _transcript(steps: Iterable[Step]) -> str:
    lines = (f"[{step.position}] {step.node or step.name}: {_line(step)}" for step in steps)
    return "\n".join(line for line in lines if line)


def _line(step: Step) -> str:
    parts = [plain(step.output)]
    if step.kind is StepKind.LLM:
        parts += [f"calls {call.signature}" for call in step.tool_calls]
    if step.error:
        parts.append(f"error: {step.error}")
    return "\n".join(part for part in parts if part.strip())


def _unit(value: float, name: str) -> float:
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise MalformedReply(f"{name} is {value!r}, not a number from 0 to 1")
    return value


def _words(critique: str, tags: list[str]) -> dict[str, Any]:
    named = [" ".join(tag.split())[:TAG_CHARS].lower() for tag in tags if tag.strip()]
    return {"critique": " ".join(critique.split())[:CRITIQUE_CHARS],
            "tags": list(dict.fromkeys(named))[:MAX_TAGS]}  # fmt: skip
