"""The gate's policy: alpha and one rule a dimension, every number from a policy file."""

from dataclasses import asdict, dataclass, field
from typing import Any

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


def as_table(policy: GatePolicy) -> dict[str, Any]:
    """Return the policy as the table it came from: absent keys stay absent."""
    table = {key: value for key, value in asdict(policy).items() if value is not None}
    table["minor_defects"] = list(policy.minor_defects)
    table["dimensions"] = {
        name: {key: value for key, value in rule.items() if value is not None}
        for name, rule in table["dimensions"].items()
    }
    return table
