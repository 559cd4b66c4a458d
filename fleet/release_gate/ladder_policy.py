"""The numbers of `[ladder]` in data/policies.toml."""

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.domain.trust import Rung
from fleet.errors import PolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRule:
    """What one rung allows, and for how long."""

    permissions: tuple[str, ...]
    daily_cap: int
    sample_share: float
    canary_share: float
    grant_days: float
    min_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPolicy:
    """How a decided draft becomes a verdict."""

    edit_words: int
    context_reasons: tuple[str, ...]
    unsafe_reasons: tuple[str, ...]
    critical_reasons: tuple[str, ...]
    unsafe_severities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPolicy:
    """Rungs, the dead-man switch, and what a rise needs; every rung has its row."""

    start: Rung
    fall_to: Rung
    heartbeat_s: int
    decision_days: float
    cool_down_hours: float
    promotes_after_fall: int
    demoting_severities: tuple[str, ...]
    max_waiver_days: float
    min_stored_share: float
    rungs: Mapping[str, RungRule]
    verdicts: VerdictPolicy
    renew_share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a policy that lacks a rung or names one that is none."""
        if set(self.rungs) != {rung.value for rung in Rung}:
            raise PolicyError(
                f"policy [ladder.rungs] must have exactly the rungs {[r.value for r in Rung]}"
            )

    @property
    def answering(self) -> tuple[str, ...]:
        """The rungs at which a machine may approve."""
        return tuple(name for name, rule in self.rungs.items() if "approve" in rule.permissions)
