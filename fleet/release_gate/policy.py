"""The gate's policy: alpha and one rule a dimension, every number from a policy file."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from fleet.errors import PolicyError

NAMES = (
    "task_success",
    "context_preserved",
    "latency_p95",
    "safety",
    "evidence_coverage",
    "routing",
    "cost",
    "human_override",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionRule:
    """How one dimension is judged."""

    promote_bar: float  # the lower bound must reach it
    rollback_floor: float  # an upper bound under it takes a serving version back
    required: bool = True  # missing evidence blocks
    critical: bool = False  # a proved regression here rolls back, it does not hold
    min_n: int = 30
    max_regression: float | None = None  # most a paired mean may fall; absent: not compared
    limit_ms: float | None = None  # latency_p95: a run is good at or under it
    limit_usd: float | None = None  # cost: a run is good at or under it

    def __post_init__(self) -> None:
        """Refuse numbers that no run could be judged by: nothing is under a bar that is NaN."""
        if not 0 <= self.rollback_floor <= self.promote_bar <= 1:
            raise PolicyError(
                f"promote_bar {self.promote_bar} and rollback_floor {self.rollback_floor}: give "
                "shares of 0 to 1, the floor not over the bar"
            )
        if self.min_n < 0:
            raise PolicyError(f"min_n {self.min_n}: give a number of runs")
        if self.max_regression is not None and not 0 <= self.max_regression < 1:
            raise PolicyError(f"max_regression {self.max_regression}: give a share of 0 to 1")
        for name in ("limit_ms", "limit_usd"):
            limit = getattr(self, name)
            if limit is not None and not 0 < limit < math.inf:
                raise PolicyError(f"{name} {limit}: give a finite amount over 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """What a version must show before it climbs one rung."""

    alpha: float
    dimensions: dict[str, DimensionRule]
    max_age_days: float | None = None
    trend_alpha: float = 0.01  # one-sided, a dimension
    min_stratum_n: int = 5  # a thinner stratum is not evidence
    max_unpaired: float = 0.05  # share of scenarios without a partner
    minor_defects: tuple[str, ...] = field(default=())  # open defects that do not block

    def __post_init__(self) -> None:
        """Refuse a policy that no window could be judged by."""
        for name in ("alpha", "trend_alpha"):
            if not 0 < getattr(self, name) < 1:
                raise PolicyError(f"{name} is {getattr(self, name)}: give a share between 0 and 1")
        if not self.dimensions:
            raise PolicyError("the policy names no dimension: nothing would be judged")
        if self.max_age_days is not None and not 0 < self.max_age_days < math.inf:
            raise PolicyError(f"max_age_days {self.max_age_days}: give days over 0")
        if not 0 <= self.max_unpaired <= 1:
            raise PolicyError(f"max_unpaired {self.max_unpaired}: give a share of 0 to 1")


def as_table(policy: GatePolicy) -> dict[str, Any]:
    """Return the policy as the table it came from: absent keys stay absent."""
    table = {key: value for key, value in asdict(policy).items() if value is not None}
    table["minor_defects"] = list(policy.minor_defects)
    table["dimensions"] = {
        name: {key: value for key, value in rule.items() if value is not None}
        for name, rule in table["dimensions"].items()
    }
    return table
