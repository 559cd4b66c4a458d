"""Table [orchestrator] of the policies."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RdavPolicy:
    """Limits of a run, thresholds by effect, and what each rung may do by itself."""

    max_steps: int
    max_replans: int
    tries: int
    max_usd: float
    daily_drafts: int
    look_again_days: int
    quiet_days: int
    follow_up_days: int
    max_days: int
    hold_hours: int
    row_confidence: float
    calibrated: bool
    stages: tuple[str, ...]
    next_stage: Mapping[str, str]
    thresholds: Mapping[str, float]
    rungs: Mapping[str, str]
