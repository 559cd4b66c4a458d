"""`fleet run outbox`: the configured store, transport and clock put together."""

from collections.abc import Mapping
from typing import Any

from fleet.adapters.clock import SystemClock
from fleet.adapters.delivery import transport_of
from fleet.adapters.files import read_policies
from fleet.adapters.store.open import open_store
from fleet.adapters.store.outbox import Outbox
from fleet.drafting.footer import FooterRule
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section
from fleet.ports import Store
from fleet.review.rules import OutboxPolicy
from fleet.settings import Settings


def outbox_of(store: Store, settings: Settings, policies: Mapping[str, Any]) -> Outbox:
    """Return the outbox over an open store."""
    timeout_s = section(policies, "outbox", OutboxPolicy).timeout_s
    footer = FooterRule(section(policies, "drafting", DraftingPolicy))
    transport = transport_of(settings.smtp_url, settings.home, timeout_s)
    return Outbox(store, SystemClock(), settings, transport, policies=policies, footer=footer)


def run_outbox(settings: Settings, limit: int | None = None) -> dict[str, Any]:
    """Send what is due; return the counts of `Outbox.drain` in the form of every `fleet run`."""
    store = open_store(settings.store_url, home=settings.home)
    try:
        done = outbox_of(store, settings, read_policies(settings.policies)).drain(limit)
    finally:
        store.close()
    skipped = {reason: done[reason] for reason in ("suppressed", "voided") if done[reason]}
    return done | {"created": 0, "held": done["waiting"], "skipped": skipped, "repeated": 0}
