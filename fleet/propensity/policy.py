"""Tables [propensity…] of the policies: limits, learners, the dictionary of leaking meanings."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a column may mean that is known too late: why, and patterns of names and values."""

    why: str
    names: tuple[str, ...]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingPolicy:
    """Size of the boosted trees."""

    rounds: int
    rate: float
    leaves: int
    min_leaf: int
    l2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PropensityPolicy:
    """Table [propensity] of the policies."""

    missing_words: tuple[str, ...]
    meanings: Mapping[str, Meaning]
    earlier_words: tuple[str, ...]
    boosting: BoostingPolicy
    unique_share: float
    max_levels: int
    min_level_rows: int
    suspect_auc: float
    usable_auc: float
    folds: int
    inner_folds: int
    bins: int
    high_band: float
    low_band: float
    min_rows: int
    max_columns: int
    empty_z: float
    value_share: float
    structure_filled: float
    structure_other: float
    structure_strays: float
    structure_chance: float
    curve_gain: float
    isotonic_rows: int
    bootstrap: int
    shift_llr: float
    shift_ratio: float
    shift_min_share: float
    llm_rows: int
