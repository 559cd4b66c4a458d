"""What the panel talks about: briefs, notes, objections with checkable demands, and plans.

No type here has a field for the text of a message: the panel sets days and angles, nothing else.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """The five stages, in order; ideate and critique repeat within the bound on rounds."""

    EMPATHISE = "empathise"
    DEFINE = "define"
    IDEATE = "ideate"
    CRITIQUE = "critique"
    CONVERGE = "converge"


class Severity(StrEnum):
    """How much an objection weighs: an open blocker vetoes a proposal."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"


class Remedy(StrEnum):
    """What an objection asks for; each is a predicate over a plan, so nobody can only claim it."""

    FEWER = "fewer_touches"  # at most `number`
    MORE = "more_touches"  # at least `number`
    GAPS = "wider_gaps"  # at least `number` days between touches
    LATER = "later"  # `target` (fact) not before touch `number`
    FIRST = "first"  # touch 1 rests on `target` (fact)
    LEAVE_OUT = "leave_out"  # `target` (fact) in no touch
    LESS_OF = "less_of_channel"  # at most `number` touches by `target` (channel)
    NONE = "none"  # a doubt without a remedy; it stays as dissent


class Source(StrEnum):
    """Whether the panel deliberated, or the plan is the labelled default."""

    PANEL = "panel"
    FALLBACK = "fallback_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of the offer; `id` is what touches and claims cite."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """The frame of a plan; days count from 0, a Monday, and stay under `horizon_days`."""

    max_touches: int
    horizon_days: int
    min_gap_days: int
    channels: tuple[str, ...]
    business_days_only: bool = True
    blackout: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a campaign is for, whom it is for, and what may be said."""

    goal: str
    segment: str
    facts: tuple[Fact, ...]
    brand_voice: str
    constraints: Constraints

    @property
    def fact_ids(self) -> tuple[str, ...]:
        """The ids of the offer's facts, in the brief's order."""
        return tuple(fact.id for fact in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One touch: when, by which channel, with which angle, resting on which facts."""

    index: int
    day_offset: int
    channel: str
    angle: str
    goal: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence with the ids it rests on; without ids it counts for nothing."""

    text: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What would settle an objection."""

    remedy: Remedy = Remedy.NONE
    target: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One lens against the proposal of `against` (a lens), with what would settle it."""

    lens: str
    against: str
    severity: Severity
    reason: str
    evidence: tuple[str, ...] = ()
    demand: Demand = Demand()
    forced: bool = False  # nobody objected, and somebody had to

    @property
    def key(self) -> tuple[str, str, str, str | None, int | None]:
        """What makes two objections the same one, whichever proposal they meet."""
        demand = self.demand
        reason = self.reason if demand.remedy is Remedy.NONE else ""
        return (self.lens, reason, demand.remedy.value, demand.target, demand.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one lens said in one stage of one round; `origin` is rule, model or human."""

    lens: str
    stage: Stage
    round: int
    stance: str
    claims: tuple[Claim, ...] = ()
    theme: str | None = None  # empathise: what matters; define: the problem's theme
    problem: str | None = None
    touches: tuple[Touch, ...] = ()
    objections: tuple[Objection, ...] = ()
    demands: tuple[Demand, ...] = ()  # of a person who steers; every lens must meet them
    origin: str = "rule"
    why_rule: str | None = None  # why a rule spoke where a model was asked

    def as_json(self) -> dict[str, Any]:
        """Return plain values; `read_note` reads them back."""
        return {key: _plain(value) for key, value in dataclasses.asdict(self).items()}


def read_note(raw: Mapping[str, Any]) -> Note:
    """Read what `as_json` wrote."""
    fields = dict(raw)
    fields["stage"] = Stage(raw["stage"])
    fields["claims"] = tuple(
        Claim(text=claim["text"], evidence=tuple(claim["evidence"])) for claim in raw["claims"]
    )
    fields["touches"] = tuple(read_touch(touch) for touch in raw["touches"])
    fields["objections"] = tuple(_objection(item) for item in raw["objections"])
    fields["demands"] = tuple(_demand(item) for item in raw["demands"])
    return Note(**fields)


def read_touch(raw: Mapping[str, Any]) -> Touch:
    """Read a touch from plain values."""
    return Touch(**{**raw, "evidence": tuple(raw["evidence"])})


def _objection(raw: Mapping[str, Any]) -> Objection:
    changed = {
        "severity": Severity(raw["severity"]),
        "evidence": tuple(raw["evidence"]),
        "demand": _demand(raw["demand"]),
    }
    return Objection(**{**raw, **changed})


def _demand(raw: Mapping[str, Any]) -> Demand:
    return Demand(**{**raw, "remedy": Remedy(raw["remedy"])})


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
