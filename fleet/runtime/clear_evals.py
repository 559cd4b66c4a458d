"""The golden sets of CLEAR's two prompts: is each step or run judged, and on its right side?"""

from collections.abc import Mapping
from typing import Any

from fleet.errors import EgressError
from fleet.evaluation.policy import EvaluationPolicy
from fleet.evaluation.signals import measure
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.traces.model import Trajectory
from fleet.traces.read import read_runs

GOOD = 0.5  # the middle of the scale both prompts use


def golden_run(case: Mapping[str, Any]) -> Trajectory:
    """Read the run of a golden case."""
    return read_runs(case["input"], case["id"])[0]


def score_step_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/clear.step.jsonl, for its last step."""
    run = golden_run(case)
    if chat is None:
        return _by_structure(run, policies)
    from fleet.evaluation import model_judge as judge  # it stands on pydantic

    policy = section(policies, "evaluation_model", judge.ModelPolicy)
    values = judge.step_values(run, judge.judged_steps(run)[-1], policy)
    try:
        found = chat.ask(judge.STEP, values, judge.StepReply, purpose=judge.STEP)
        return _cells(case, float(judge.read_step(found.value)["score"]))
    except EgressError:
        return _cells(case, None)


def score_run_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/clear.trajectory.jsonl."""
    run = golden_run(case)
    if chat is None:
        return _by_structure(run, policies)
    from fleet.evaluation import model_judge as judge  # it stands on pydantic

    policy = section(policies, "evaluation_model", judge.ModelPolicy)
    values = judge.run_values(run, policy)
    try:
        found = chat.ask(judge.TRAJECTORY, values, judge.TrajectoryReply, purpose=judge.TRAJECTORY)
        return _cells(case, float(judge.read_trajectory(found.value)["success"]))
    except EgressError:
        return _cells(case, None)


def _cells(case: Mapping[str, Any], score: float | None) -> dict[str, float]:
    right = score is not None and (score > GOOD) == case["expect"]["good"]
    return {"usable": float(score is not None), "verdict": float(right)}


def _by_structure(run: Trajectory, policies: Mapping[str, Any]) -> dict[str, float]:
    """Without a model the structural judge answers; it claims nothing about meaning."""
    policy = section(policies, "evaluation", EvaluationPolicy)
    signals = measure(run, policy.findings).signals
    return {"usable": float(any(value is not None for value in signals.values()))}
