"""What the runtime guard remembers: of each run, of each lead across runs, and what it found."""

from dataclasses import dataclass, field
from typing import Any

from fleet.liveness.news import News
from fleet.liveness.repeats import LagRuns


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a run was stopped, and what is done about it."""

    verdict: str
    seq: Any
    action: str
    evidence: dict[str, Any]


@dataclass(slots=True)
class RunTrack:
    """What the guard remembers of one run."""

    lags: LagRuns
    events: int = 0
    started: float | None = None
    tokens: int = 0
    cost: float = 0.0
    idle: int = 0
    state: Any = None
    seen: set[Any] = field(default_factory=set)
    last: Any = None
    last_at: float | None = None
    gap: float | None = None
    retries: int = 0
    recent: list[tuple[Any, str]] = field(default_factory=list)
    waiting_since: dict[str, tuple[float, float]] = field(default_factory=dict)
    news: News = field(default_factory=News)


@dataclass(slots=True)
class LeadTrack:
    """What the guard remembers of one lead, across runs."""

    values: dict[str, Any] = field(default_factory=dict)
    held: dict[str, dict[Any, None]] = field(default_factory=dict)
    returns: dict[str, int] = field(default_factory=dict)
    written_at: float | None = None
