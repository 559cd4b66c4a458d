"""What the runtime guard remembers: of each run, of each lead across runs, and what it found."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from fleet.liveness.news import News
from fleet.liveness.repeats import LagRuns
from fleet.liveness.waits import Actor

HOUR = 3600.0  # seconds


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
    recent: deque[tuple[Any, Any]]  # seq and node of the last events, as they came
    own_lead: str  # what stands for the lead where none is named
    events: int = 0
    started: float | None = None
    tokens: int = 0
    cost: float = 0.0
    idle: int = 0
    seen: set[int] = field(default_factory=set)  # semantic states
    last: Any = None
    last_at: float | None = None
    gap: float | None = None
    retries: int = 0
    actors: dict[str, Actor] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)  # actors that neither wait nor hold anything
    waiting_since: dict[str, tuple[float, float]] = field(default_factory=dict)
    due: float = math.inf  # no wait ends before
    news: News = field(default_factory=News)


@dataclass(slots=True)
class LeadTrack:
    """What the guard remembers of one lead, across runs."""

    meaning: int | None = None  # the last semantic state, whose fields are all in `values`
    values: dict[str, Any] = field(default_factory=dict)
    held: dict[str, dict[Any, None]] = field(default_factory=dict)
    returns: dict[str, int] = field(default_factory=dict)
    written_at: float | None = None
