"""The numbers of evaluation, from `data/policies.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass


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

    `mean` and `scale` standardise a signal; an absent signal counts as its mean.
    """

    fitted_on: str
    runs: int
    intercept: float
    weight: Mapping[str, float]
    mean: Mapping[str, float]
    scale: Mapping[str, float]


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
