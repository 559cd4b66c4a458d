"""The `[campaign_panel]` table: lenses and themes as data, and the panel's bounds.

A team adds a lens by adding a table; it cannot take the mandatory one away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.errors import PolicyError
from fleet.policy import section

CHECKS = frozenset((
    "forbidden", "too_many", "short_gaps", "thin", "no_proof", "price_early", "pressure",
    "buried", "one_channel", "calls", "hidden_terms", "long", "undersold",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """One expert: what it looks for, how it would pace a campaign, what it objects to."""

    title: str
    charge: str  # one sentence, for the model and for the page
    icon: str
    weight: float
    order: tuple[str, ...]  # themes, the first one opens
    share: float  # of the most touches the evidence carries
    first_gap: int
    growth: float
    other_channel_every: int  # every n-th touch leaves the first channel; 0: never
    watches: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A kind of fact: how it is recognised, and what a touch may do with it."""

    words: tuple[str, ...]  # lower case; a fact has the theme with the most of them
    angle: str
    goal: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalKind:
    """A kind of campaign goal: how it is recognised, and how its last touch asks."""

    words: tuple[str, ...]
    angle: str
    goal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPolicy:
    """Bounds of a panel; units and reasons stand in data/policies.toml."""

    mandatory: str
    lead: str
    quorum: int
    max_rounds: int
    max_calls: int
    max_cost_usd: float
    max_in_flight: int
    preferred_touches: int
    evidence_per_touch: int
    opening_share: float
    calm_gap_days: int
    short_gap_days: int
    long_touches: int
    max_similarity: float
    major_weight: float
    minor_weight: float
    rule_confidence: float
    model_confidence: float
    fallback_confidence: float
    open_major_cost: float
    drip_step_days: int
    drip_touches: int
    drip_angles: tuple[str, ...]
    drip_goals: tuple[str, ...]
    quote_words: int
    max_angle: int
    max_note: int
    max_facts: int
    max_text: int
    max_horizon_days: int
    max_max_touches: int
    max_brief_bytes: int
    known_channels: tuple[str, ...]
    call_channels: tuple[str, ...]
    forbidden: tuple[str, ...]
    message_like: tuple[str, ...]
    calm_words: tuple[str, ...]
    no_price_words: tuple[str, ...]
    lenses: Mapping[str, Lens]
    themes: Mapping[str, Theme]
    goals: Mapping[str, GoalKind]


def read_panel_policy(policies: Mapping[str, Any]) -> PanelPolicy:
    """Parse and check the table; raises PolicyError naming what does not fit."""
    policy = section(policies, "campaign_panel", PanelPolicy)
    for name in (policy.mandatory, policy.lead):
        if name not in policy.lenses:
            raise PolicyError(f"policy [campaign_panel.lenses] lacks {name!r}: it must sit in")
    if not 1 <= policy.max_rounds <= MOST_ROUNDS:
        raise PolicyError(f"policy campaign_panel.max_rounds must be 1 to {MOST_ROUNDS}")
    if not policy.drip_angles or len(policy.drip_angles) != len(policy.drip_goals):
        raise PolicyError("policy campaign_panel.drip_angles and drip_goals must be pairs")
    for name, lens in policy.lenses.items():
        unknown = sorted(set(lens.order) - set(policy.themes))
        unknown += sorted(set(lens.watches) - CHECKS)
        if unknown:
            raise PolicyError(f"policy [campaign_panel.lenses.{name}] names unknown {unknown[0]!r}")
    return policy


MOST_ROUNDS = 3  # the registry's certificate counts on it
