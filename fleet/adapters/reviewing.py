"""The review queue as the settings want it: undo time, sender, and the footer that must stay."""

from collections.abc import Mapping
from typing import Any

from fleet.adapters.store.review_queue import ReviewQueue
from fleet.drafting.footer import FooterRule
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section
from fleet.ports import Clock, Store
from fleet.settings import Settings


def review_queue(
    store: Store, clock: Clock, settings: Settings, policies: Mapping[str, Any]
) -> ReviewQueue:
    """Return the queue over an open store."""
    footer = FooterRule(section(policies, "drafting", DraftingPolicy), settings.postal_address)
    return ReviewQueue(
        store, clock, policies, settings.undo_s, sender=settings.sender, footer=footer
    )
