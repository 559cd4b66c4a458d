"""The system level: nodes, ways between them, dimensions, and runs whose levels disagree."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.evaluation.calibrate import DIGITS, auc_figure, gain_figure, out_of_fold
from fleet.evaluation.issues import share_figure
from fleet.evaluation.judge import TrajectoryScore
from fleet.evaluation.policy import EvaluationPolicy
from fleet.evaluation.spread import spans
from fleet.traces.model import StepKind, Trajectory

MAX_NAMES = 500  # nodes and ways kept apart
NAME_CHARS = 1_000
MAX_DURATIONS = 4_096
MAX_LISTED = 200
SEED = 7
SUCCEEDED = 0.5


@dataclass(slots=True)
class _Node:
    steps: int = 0
    judged: int = 0
    score: float = 0.0
    failed: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    durations: list[float] = field(default_factory=list)


@dataclass(slots=True)
class SystemBook:
    """Collects runs one by one; memory does not grow with their size."""

    policy: EvaluationPolicy
    nodes: dict[str, _Node] = field(default_factory=dict)
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    dimensions: dict[str, list[float]] = field(default_factory=dict)
    judged: int = 0
    score: float = 0.0  # sums over the judged runs
    chance: float = 0.0
    step_mean: float = 0.0
    labelled: list[tuple[float, float, int, str, Mapping[str, float | None]]] = field(
        default_factory=list
    )
    confidence: float = 0.0
    contradictions: list[dict[str, Any]] = field(default_factory=list)
    contradicted: int = 0
    unjudged: int = 0
    steps: int = 0
    tokens: int | None = None
    cost_usd: float | None = None

    def add(
        self, run: Trajectory, score: TrajectoryScore, signals: Mapping[str, float | None]
    ) -> None:
        """Count one judged run."""
        self.steps += len(run.steps)
        self._spend(run)
        self._walk(run, score)
        if score.score is None or score.success_probability is None or score.step_mean is None:
            self.unjudged += 1
            return
        self.judged += 1
        self.score += score.score
        self.chance += score.success_probability
        self.confidence += score.confidence
        self.step_mean += score.step_mean
        for name, value in score.dimensions.items():
            if value is not None:
                kept = self.dimensions.setdefault(name, [0.0, 0.0])
                kept[0] += value
                kept[1] += 1
        if run.outcome is not None and len(self.labelled) <= self.policy.max_labels:
            group = run.task_id or run.id
            messages = len(run.steps)
            self.labelled.append((run.outcome, score.success_probability, messages, group, signals))
        self._compare(run, score)

    def _spend(self, run: Trajectory) -> None:
        if run.tokens is not None:
            self.tokens = (self.tokens or 0) + run.tokens
        if run.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + run.cost_usd

    def _walk(self, run: Trajectory, score: TrajectoryScore) -> None:
        before = None
        for step, judged in zip(run.steps, score.steps, strict=True):
            if step.kind is StepKind.MESSAGE:
                continue
            name = step.name if step.kind is StepKind.TOOL else step.node or step.name
            name = name[:NAME_CHARS]
            node = self.nodes.get(name)
            if node is None:
                name = name if len(self.nodes) < MAX_NAMES else "(others)"
                node = self.nodes.setdefault(name, _Node())
            node.steps += 1
            if judged.score is not None:
                node.judged += 1
                node.score += judged.score
            node.failed += step.error is not None
            node.tokens += step.tokens or 0
            node.cost_usd += step.cost_usd or 0.0
            if len(node.durations) < MAX_DURATIONS and step.duration_ms is not None:
                node.durations.append(step.duration_ms)
            if before is not None and (len(self.ways) < MAX_NAMES or (before, name) in self.ways):
                self.ways[before, name] += 1
            before = name

    def _compare(self, run: Trajectory, score: TrajectoryScore) -> None:
        """Do the levels agree? Good steps and a bad outcome, or the reverse, are listed."""
        kind = contradiction(run.outcome, score, self.policy)
        if kind is None:
            return
        self.contradicted += 1
        if len(self.contradictions) < MAX_LISTED:
            self.contradictions.append(
                {
                    "trace_id": run.id,
                    "kind": kind,
                    "step_mean": score.step_mean,
                    "score": score.score,
                    "success_probability": score.success_probability,
                    "outcome": run.outcome,
                    **spans(score, DIGITS),
                }
            )

    def as_json(self) -> dict[str, Any]:
        """Return the system's figures, each with its interval."""
        n = self.judged
        return {
            "trajectories": n + self.unjudged,
            "unjudged": self.unjudged,
            "steps": self.steps,
            "score": share_figure(self.score, n),
            "success_probability": share_figure(self.chance, n),
            "confidence": share_figure(self.confidence, n),
            "step_score": share_figure(self.step_mean, n),
            "dimensions": {
                name: share_figure(total, int(count))
                for name, (total, count) in sorted(self.dimensions.items())
            },
            "tokens": self.tokens,
            "cost_usd": self.cost_usd,
            "nodes": [self._node(name) for name in self._busiest()],
            "paths": [
                {"from": start, "to": end, "n": count}
                for (start, end), count in self.ways.most_common(MAX_LISTED)
            ],
            "contradictions": {"n": self.contradicted, "runs": self.contradictions},
            "labels": self._labels(),
        }

    def _busiest(self) -> list[str]:
        return sorted(self.nodes, key=lambda name: (-self.nodes[name].steps, name))

    def _node(self, name: str) -> dict[str, Any]:
        node = self.nodes[name]
        times = sorted(node.durations)
        return {
            "node": name,
            "steps": node.steps,
            "score": share_figure(node.score, node.judged),
            "failed": share_figure(node.failed, node.steps),
            "tokens": node.tokens or None,
            "cost_usd": node.cost_usd or None,
            "latency_ms": {"p50": _at(times, 0.5), "p95": _at(times, 0.95), "n": len(times)},
        }

    def _labels(self) -> dict[str, Any] | None:
        """How well the judge foresaw the recorded outcomes; None without labels."""
        if not self.labelled:
            return None
        labels = [int(outcome > SUCCEEDED) for outcome, *_ in self.labelled]
        groups = [group for _, _, _, group, _ in self.labelled]
        succeeded = sum(labels)
        answer: dict[str, Any] = {
            "n": len(labels),
            "tasks": len(set(groups)),
            "success_rate": share_figure(succeeded, len(labels)),
            "auc": None,
            "auc_counting_steps": None,
            "auc_cross_validated": None,
        }
        enough = min(succeeded, len(labels) - succeeded) >= self.policy.min_class
        if not enough or len(labels) > self.policy.max_labels:
            answer["reason"] = "too few labels of one kind" if not enough else "too many labels"
            return answer
        chances = [chance for _, chance, _, _, _ in self.labelled]
        counted = [-float(steps) for _, _, steps, _, _ in self.labelled]
        signals = [each for *_, each in self.labelled]
        crossed = out_of_fold(
            signals, labels, groups, l2=self.policy.l2, folds=self.policy.folds, rng=_rng()
        )
        for name, scores in (
            ("auc", chances),
            ("auc_counting_steps", counted),
            ("auc_cross_validated", crossed),
        ):
            figure = auc_figure(labels, scores, groups, resamples=self.policy.resamples, rng=_rng())
            answer[name] = figure.as_json()
        gain = gain_figure(
            labels, crossed, counted, groups, resamples=self.policy.resamples, rng=_rng()
        )
        answer["auc_gain_over_counting"] = gain.as_json()
        gaps = [(chance - label) ** 2 for chance, label in zip(chances, labels, strict=True)]
        answer["brier"] = share_figure(sum(gaps), len(gaps))
        return answer


def contradiction(
    outcome: float | None, score: TrajectoryScore, policy: EvaluationPolicy
) -> str | None:
    """Name the disagreement between the levels of one run, if there is one.

    The outcome is the recorded one; without a label it is the judge's chance of success.
    """
    steps, chance = score.step_mean, score.success_probability
    if steps is None or chance is None:
        return None
    recorded = outcome is not None
    if not recorded and score.confidence < policy.min_confidence:
        return None
    reached = outcome if outcome is not None else chance
    if steps >= policy.good_step and reached < (SUCCEEDED if recorded else policy.bad_outcome):
        return "good_steps_bad_outcome"
    if steps < policy.bad_step and reached > (SUCCEEDED if recorded else policy.good_outcome):
        return "bad_steps_good_outcome"
    return None


def _rng() -> random.Random:
    return random.Random(SEED)  # resampling, not secrets


def _at(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else None
