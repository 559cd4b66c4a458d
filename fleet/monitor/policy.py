"""When a table has drifted; every number from a policy file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPolicy:
    """Levels and sizes of the drift tests."""

    alpha: float
    min_effect: float
    critical_effect: float
    windows: int
    min_n: int
    exact_rows: int
    bins: int
    max_levels: int
