"""The bounds of a walk and the weights of a ranking; every number is a row of policy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RankPolicy:
    """Table [recommender] of the policies."""

    max_hops: int
    max_fanout: int
    max_hubs: int
    max_accounts: int
    max_interest: int
    max_open: int
    max_won: int
    max_rows: int
    hop_decay: float
    half_life_days: float
    value_cap: float
    won: float
    open: float
    lost: float
    other_industry: float
    interest_open: float
    interest_lost: float
    demand_won: float
    demand_half: float
    weight_recency: float
    weight_stage: float
    weight_value: float
    weight_similarity: float
    weight_intent: float
    weight_propensity: float
    weight_demand: float
