"""The numbers of `[autonomy]` in data/policies.toml."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPolicy:
    """What a version must show beside people before it leaves SHADOW."""

    alpha: float
    min_verdicts: int
    min_rejections: int
    composite_bar: float
    rejected_bar: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePolicy:
    """How reviewers are measured."""

    min_canaries: int
    fast_s: float
    second_review_share: float
    canary_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AutonomyPolicy:
    """Bars and weights of the cascade."""

    composite_bar: float
    weight_evidence: float
    weight_structure: float
    weight_confidence: float
    weight_judge: float
    judge_floor: float
    judge_required: bool
    min_claims: int
    min_words: int
    max_words: int
    max_subject: int
    calibration_labels: int
    sample_window: int
    max_disagreements: int
    severe_reasons: tuple[str, ...]
    shadow: ShadowPolicy
    people: PeoplePolicy
