"""Whether a judge still judges the frozen cases as it did: its verdicts of now beside its first.

The cases do not change, so that what moves is the judge: another model behind the same name, or
other weights. Exact sign test over the cases whose score moved; DRIFT needs two runs in a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.stats.intervals import binomial_cdf

NAME = "agreement with its first run"
TEST = "exact sign test"
Scores = Mapping[str, float]  # by case


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePolicy:
    """What is watched: the prompts of judges, and how many shared cases a comparison needs."""

    prompts: tuple[str, ...]
    min_cases: int
    alpha: float
    min_effect: float  # mean change of the scores, 0..1


def judge_feature(runs: Sequence[Scores], policy: JudgePolicy) -> dict[str, Any]:
    """Compare the newest run with the first, which stays the reference; runs in time order."""
    if len(runs) < 2 or len(set(runs[0]) & set(runs[-1])) < policy.min_cases:  # noqa: PLR2004  # the first and another
        return {
            "name": NAME, "test": "n too low", "effect": None, "p_adjusted": None,
            "state": "WARMING",
        }  # fmt: skip
    effect, p = _moved(runs[0], runs[-1])
    marks = [_stands_out(*_moved(runs[0], run), policy) for run in runs[1:][-2:]]
    state = "DRIFT" if marks == [True, True] else "WATCH" if marks[-1] else "STABLE"
    return {
        "name": NAME, "test": TEST, "effect": round(effect, 6), "p_adjusted": p, "p_value": p,
        "state": state,
    }  # fmt: skip


def _stands_out(effect: float, p: float, policy: JudgePolicy) -> bool:
    return p < policy.alpha and abs(effect) >= policy.min_effect


def _moved(first: Scores, now: Scores) -> tuple[float, float]:
    """Return the mean change over shared cases, and the two-sided p value of its direction."""
    changes = [now[case] - first[case] for case in first if case in now]
    moved = [change for change in changes if change]
    if not moved:
        return 0.0, 1.0
    fewer = min(sum(change > 0 for change in moved), sum(change < 0 for change in moved))
    return sum(changes) / len(changes), min(1.0, 2 * binomial_cdf(fewer, len(moved), 0.5))
