"""When something in a finished run is a defect, and what a graph promised; numbers from policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectPolicy:
    """Limits of the detectors; confidences are 0..1, severities `critical | major | minor`."""

    loop_repeats: int
    loop_periods: int
    max_period: int
    failing_repeats: int
    stale_window: int
    stale_share: float
    telling_words: int
    said_repeats: int
    work_after_goal: int
    max_step_ms: float
    max_run_ms: float
    max_steps: int
    strong: float
    medium: float
    weak: float
    kept_per_code: int
    severity: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What the runs of one graph promise; an empty field promises nothing.

    `before`: `a>b`, a step named a comes before any b. `verify`: `act>check`, every act is followed
    by the check. `approve`: `approval>act`, no act without the approval before it. `routes`: `a>b`,
    the only nodes that may follow a. A name stands for a node, a step or a tool.
    """

    tools: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    approve: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    never_says: tuple[str, ...] = field(default=())  # regular expressions of the persona card
    max_steps: int | None = None
    max_step_ms: float | None = None
    max_run_ms: float | None = None


SEVERITIES = ("minor", "major", "critical")
EMPTY = Contract()
