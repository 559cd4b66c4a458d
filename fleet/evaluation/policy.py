"""The numbers of evaluation, from `data/policies.toml`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.errors import PolicyError

INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPolicy:
    """When something is a finding, and how bad each kind is (0..1)."""

    same_ask: float
    telling_words: int
    kept_per_code: int
    severity: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted logistic model over signals: how often runs that look like this succeed.

    `mean` and `scale` standardise a signal; an absent signal counts as its mean. `covariance` of
    the coefficients is a lower triangle, the intercept first, then the order of `weight`; a table
    without it gives no intervals.

    Raises PolicyError when the covariance does not fit the weights.
    """

    fitted_on: str
    runs: int
    intercept: float
    weight: Mapping[str, float]
    mean: Mapping[str, float]
    scale: Mapping[str, float]
    covariance: Mapping[str, tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        """Refuse a covariance that is not that of these weights."""
        if self.covariance is None:
            return
        names = (INTERCEPT, *self.weight)
        rows = [self.covariance.get(name, ()) for name in names]
        whole = len(self.covariance) == len(names) and all(
            len(row) == place and all(map(math.isfinite, row)) and row[-1] >= 0
            for place, row in enumerate(rows, start=1)
        )
        if not whole:
            raise PolicyError(
                "policy [evaluation.calibration.covariance] does not fit the weights: write both "
                "with `fleet evaluate TRACES --calibrate FILE`"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPolicy:
    """Bars of the report, and how figures are made."""

    good_step: float
    bad_step: float
    good_outcome: float
    bad_outcome: float
    min_confidence: float
    min_peers: int
    long_ratio: float
    long_severity: float
    min_class: int
    max_labels: int
    resamples: int
    l2: float
    folds: int
    findings: FindingPolicy
    calibration: Calibration
