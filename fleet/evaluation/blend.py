"""Put a model's judgements in the place of the structural ones, for a run that has them all."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fleet.evaluation.judge import TrajectoryScore
from fleet.evaluation.model_judge import ModelPolicy, combine, judged_steps, levels, tag_key
from fleet.evaluation.spread import score_interval
from fleet.evaluation.values import Criterion, Finding
from fleet.stats.intervals import wilson
from fleet.traces.model import Step, Trajectory

LLM = "llm"
JUDGED = "judged"  # the code of what a model found; its name is the tag
RUN_SEVERITY = 0.5


def with_model(
    score: TrajectoryScore,
    run: Trajectory,
    steps: Mapping[str, Mapping[str, Any]],
    whole: Mapping[str, Any] | None,
    policy: ModelPolicy,
) -> TrajectoryScore:
    """Return the score by the model; a run with a judgement missing keeps its structural one."""
    asked = judged_steps(run)
    if whole is None or any(step.id not in steps for step in asked):
        return score
    scored = tuple(
        replace(step, score=float(steps[step.step_id]["score"])) if step.step_id in steps else step
        for step in score.steps
    )
    known = [step.score for step in scored if step.score is not None]
    found = [finding for step in asked for finding in _found(step, steps[step.id], policy)]
    found += [
        Finding(code=JUDGED, severity=RUN_SEVERITY, text=tag, signature=f"run|{tag_key(tag)}",
                quote=str(whole["critique"]))
        for tag in whole["tags"]
    ]  # fmt: skip
    said = [float(steps[step.id]["score"]) for step in asked]
    composite = combine([steps[step.id] for step in asked], whole)
    return replace(
        score,
        method=LLM,
        score=composite,
        score_interval=score_interval(composite, len(levels(said, whole)), said),
        success_interval=None,  # a model's chance is asked once and is not calibrated
        success_probability=float(whole["success"]),
        dimensions={str(name): float(value) for name, value in whole["dimensions"].items()},
        rubric=tuple(
            Criterion(text=line["text"], fulfilled=line["fulfilled"])
            for line in whole["rubric"]["criteria"]
        ),
        steps=scored,
        findings=(*score.findings, *found),
        factors=(),
        step_mean=sum(known) / len(known) if known else None,
        step_interval=wilson(sum(known), len(known)) if known else None,
    )


def _found(step: Step, judged: Mapping[str, Any], policy: ModelPolicy) -> list[Finding]:
    """Return a step's tags as findings; a good step has no issue, whatever its tags say."""
    score = float(judged["score"])
    if score >= policy.tag_bar:
        return []
    return [
        Finding(
            code=JUDGED, severity=round(1 - score, 4), text=tag,
            signature=f"step|{step.node or step.name}|{tag_key(tag)}", step_id=step.id,
            position=step.position, node=step.node, quote=str(judged["critique"]),
        )
        for tag in judged["tags"]
    ]  # fmt: skip
