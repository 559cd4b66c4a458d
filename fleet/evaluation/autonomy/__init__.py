"""Guard: whether a machine may answer a human interrupt, one draft at a time.

A cascade of deterministic vetoes, structural checks, judge, calibrated composite, bound to the hash
of the exact draft. It never approves when it could not judge.
"""

from fleet.evaluation.autonomy.cascade import Verdict, judge_draft
from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.shadow import Readiness, Seen, readiness
from fleet.evaluation.autonomy.values import Case, JudgeReply

__all__ = [
    "AutonomyPolicy",
    "Case",
    "JudgeReply",
    "Readiness",
    "Seen",
    "Verdict",
    "judge_draft",
    "readiness",
]
