"""The structural judge: scores of steps and of a run, its chance of success, a rubric of its task.

Needs no model and no reference answer. Findings lower the dimension they belong to; the chance of
success comes from the shipped calibration. It never reads the recorded outcome.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.evaluation.calibrate import DIGITS, probability, rounded
from fleet.evaluation.policy import Calibration, EvaluationPolicy
from fleet.evaluation.spread import chance_interval, score_interval, spans
from fleet.evaluation.values import Criterion, Finding, Measured, StepScore
from fleet.stats.intervals import wilson
from fleet.traces.model import StepKind, Trajectory

METHOD = "structural"
# dimension: the signal that says whether there is evidence for it, and the codes that lower it
DIMENSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "error_handling": ("failures", ("tool_failed", "error_ignored", "step_failed", "run_failed")),
    "efficiency": ("repeats", ("call_repeated", "reply_repeated", "much_longer_than_peers")),
    "responsiveness": ("unanswered", ("ask_unanswered", "ask_repeated")),
    "consistency": ("declined", ("refused_then_done", "claim_without_act")),
    "grounding": ("ungrounded", ("argument_ungrounded", "figure_ungrounded")),
    "policy": ("unconfirmed", ("act_unconfirmed",)),
    "completion": ("unfinished", ("plan_unfinished", "no_answer")),
}
LEVELS = 3  # of a score: the steps, the dimensions of the run, its chance of success
FACTORS = 3
LEAST_LONG = 8  # steps; a shorter run is not long, however short its peers are


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryScore:
    """What the judge says of one run; `score` is None for a run with nothing to judge.

    Intervals are 95 %, and None where nothing says how far a figure may be off.
    """

    trace_id: str
    score: float | None
    success_probability: float | None
    confidence: float
    dimensions: Mapping[str, float | None]
    rubric: tuple[Criterion, ...]
    steps: tuple[StepScore, ...]
    findings: tuple[Finding, ...]
    factors: tuple[tuple[str, float], ...]
    step_mean: float | None
    step_interval: tuple[float, float] | None
    score_interval: tuple[float, float] | None = None
    success_interval: tuple[float, float] | None = None
    method: str = METHOD

    def as_json(self) -> dict[str, Any]:
        """Return the wire form of `trajectories.jsonl`."""
        met = [line.fulfilled for line in self.rubric if line.fulfilled is not None]
        return {
            "trace_id": self.trace_id,
            "score": rounded(self.score),
            "success_probability": rounded(self.success_probability),
            "dimensions": {name: rounded(value) for name, value in self.dimensions.items()},
            "rubric": {
                "score": rounded(sum(met) / len(met)) if met else None,
                "criteria": [{"text": c.text, "fulfilled": c.fulfilled} for c in self.rubric],
            },
            "method": self.method,
            "confidence": rounded(self.confidence),
            "findings": [finding.as_json() for finding in self.findings],
            "factors": [
                {"signal": name, "effect": rounded(effect)} for name, effect in self.factors
            ],
            "step_mean": rounded(self.step_mean),
            "step_interval": self.step_interval and [rounded(each) for each in self.step_interval],
            **spans(self, DIGITS),
        }


def judge(
    run: Trajectory,
    measured: Measured,
    rubric: tuple[Criterion, ...],
    peers: float | None,
    policy: EvaluationPolicy,
) -> TrajectoryScore:
    """Judge one run; `peers` is the median number of steps of runs like it, if there are any."""
    findings, calibration = measured.findings, policy.calibration
    long = much_longer(len(run.steps), peers, policy)
    if long is not None:
        findings = (*findings, long)
    steps = score_steps(run, findings)
    known = [step.score for step in steps if step.score is not None]
    dimensions = _dimensions(measured.signals, findings) if run.steps else {}
    judged = [value for value in dimensions.values() if value is not None]
    chance = probability(calibration, measured.signals) if known else None
    open_chance = chance_interval(calibration, measured.signals) if known else None
    score = _composite(known, judged, chance)
    return TrajectoryScore(
        trace_id=run.id,
        score=score,
        success_probability=chance,
        confidence=coverage(calibration, measured.signals) if known else 0.0,
        dimensions=dimensions,
        rubric=rubric,
        steps=steps,
        findings=findings,
        factors=_factors(calibration, measured.signals) if known else (),
        step_mean=sum(known) / len(known) if known else None,
        step_interval=wilson(sum(known), len(known)) if known else None,
        score_interval=None
        if score is None or chance is None
        else score_interval(score, LEVELS, known, (chance, open_chance)),
        success_interval=open_chance,
    )


def coverage(calibration: Calibration, signals: Mapping[str, float | None]) -> float:
    """Return the share of the calibration's weight whose signals this run offers at all."""
    whole = sum(abs(weight) for weight in calibration.weight.values())
    given = sum(abs(w) for n, w in calibration.weight.items() if signals.get(n) is not None)
    return given / whole if whole else 0.0


def _composite(steps: list[float], dimensions: list[float], chance: float | None) -> float | None:
    """Mean of the three levels: the steps, the dimensions of the run, its chance of success."""
    if not steps or not dimensions or chance is None:
        return None
    levels = (sum(steps) / len(steps), sum(dimensions) / len(dimensions), chance)
    return sum(levels) / len(levels)


def much_longer(steps: int, peers: float | None, policy: EvaluationPolicy) -> Finding | None:
    """Return a finding when a run has far more steps than runs like it."""
    if peers is None or steps < max(LEAST_LONG, peers * policy.long_ratio):
        return None
    text = "the run is much longer than its peers"
    return Finding(
        code="much_longer_than_peers",
        severity=policy.long_severity,
        text=text,
        signature="much_longer_than_peers||",
        quote=f"{steps} steps, the median is {peers:g}",
    )


def score_steps(run: Trajectory, findings: Sequence[Finding]) -> tuple[StepScore, ...]:
    """Score each step by its findings; messages of people and systems are not judged."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.step_id is not None:
            found.setdefault(finding.step_id, []).append(finding)
    scores = []
    for step in run.steps:
        mine = found.get(step.id, ())
        left = math.prod(1 - finding.severity for finding in mine) if mine else 1
        scores.append(
            StepScore(
                step_id=step.id,
                position=step.position,
                kind=step.kind.value,
                name=step.name,
                node=step.node,
                score=None if step.kind is StepKind.MESSAGE else round(left, DIGITS),
                codes=tuple(finding.code for finding in mine) if mine else (),
            )
        )
    return tuple(scores)


def _dimensions(
    signals: Mapping[str, float | None], findings: Sequence[Finding]
) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for name, (evidence, codes) in DIMENSIONS.items():
        weight = sum(finding.severity for finding in findings if finding.code in codes)
        values[name] = math.exp(-weight) if signals[evidence] is not None or weight else None
    return values


def _factors(
    calibration: Calibration, signals: Mapping[str, float | None]
) -> tuple[tuple[str, float], ...]:
    """Return the signals that moved the chance of success most, in logits."""
    effects = [
        (name, weight * (value - calibration.mean[name]) / calibration.scale[name])
        for name, weight in calibration.weight.items()
        if (value := signals.get(name)) is not None
    ]
    effects.sort(key=lambda pair: -abs(pair[1]))
    return tuple(pair for pair in effects[:FACTORS] if pair[1])
