"""Judgements of a run by a model or by people, in CLEAR's shape: read strictly, summed up honestly.

A score is a number from 0 to 1, also one written as text; anything else is no score. A rubric's
score is the counted share of its lines, never the number a judge claims for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.evaluation.issues import share_figure
from fleet.traces.read_values import first, mapping, number, text

GROUPS = ("step_quality_dimensions", "trajectory_dimensions", "dimensions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a judge said of one run; absent is None, `rubric` is one truth value a line."""

    trace_id: str
    overall: float | None
    dimensions: Mapping[str, float]
    rubric: tuple[bool, ...]


def read_judgement(value: Any) -> Judgement | None:
    """Return the judgement in a record of CLEAR's results; None when it holds none."""
    record = mapping(value)
    own = text(first(record, ("trajectory_name", "trace_id", "task_id")))
    if own is None:
        return None
    dimensions: dict[str, float] = {}
    for group in GROUPS:
        for name, each in mapping(record.get(group)).items():
            score = unit(each.get("score") if isinstance(each, dict) else each)
            if score is not None:
                dimensions[str(name)] = score
    lines = [
        mapping(line).get("fulfilled") for line in mapping(record.get("rubric_results")).values()
    ]
    rubric = tuple(number(line) == 1 for line in lines if number(line) in (0, 1))
    overall = unit(record.get("overall_score"))
    if overall is None and not dimensions and not rubric:
        return None
    return Judgement(trace_id=own, overall=overall, dimensions=dimensions, rubric=rubric)


def unit(value: Any) -> float | None:
    """Return a score from 0 to 1, else None: no score is ever made out of a text.

    >>> unit("0.95"), unit("8/10"), unit(True), unit(1.2)
    (0.95, None, None, None)
    """
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def sum_up(judgements: Iterable[Judgement]) -> dict[str, Any]:
    """Return mean scores with intervals, overall and by dimension, and the rubrics' counts."""
    overall: list[float] = []
    dimensions: dict[str, list[float]] = {}
    rubrics: list[tuple[bool, ...]] = []
    runs: set[str] = set()
    for judgement in judgements:
        runs.add(judgement.trace_id)
        if judgement.overall is not None:
            overall.append(judgement.overall)
        for name, score in judgement.dimensions.items():
            dimensions.setdefault(name, []).append(score)
        if judgement.rubric:
            rubrics.append(judgement.rubric)
    lines = [line for rubric in rubrics for line in rubric]
    shares = [sum(rubric) / len(rubric) for rubric in rubrics]
    return {
        "runs": len(runs),
        "overall": share_figure(sum(overall), len(overall)),
        "dimensions": {
            name: share_figure(sum(scores), len(scores)) for name, scores in dimensions.items()
        },
        "rubric": {
            "fulfilled": sum(lines),
            "lines": len(lines),
            "share": share_figure(sum(lines), len(lines)),
            "mean": share_figure(sum(shares), len(shares)),
        },
    }
