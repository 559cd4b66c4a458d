"""A campaign as the page shows it: touches by number and state, the next ones, who was recalled."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import contacts, touches
from fleet.ports import Store

AT_ONCE = 90  # names in one query, under the store's bound parameters


def touch_counts(store: Store, campaign_id: str) -> list[dict[str, Any]]:
    """Return `{position, status, n}` of a campaign's touches, in order of the sequence."""
    t = touches.c
    query = (
        sa.select(t.position, t.status, sa.func.count().label("n"))
        .where(t.campaign_id == campaign_id)
        .group_by(t.position, t.status)
        .order_by(t.position, t.status)
    )
    return [row | {"n": int(row["n"])} for row in store.read(query)]


def next_touches(store: Store, campaign_id: str, limit: int) -> list[dict[str, Any]]:
    """Return touches that are still to come or in somebody's hands, the next due first."""
    t = touches.c
    query = (
        sa.select(t.id, t.position, t.status, t.due_at, t.angle, contacts.c.name)
        .join(contacts, contacts.c.id == t.contact_id)
        .where(t.campaign_id == campaign_id, t.status.in_(["scheduled", "drafting", "held"]))
        .order_by(t.due_at, t.id)
    )
    return store.read(query.limit(limit))


def contact_names(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Return the names of contacts by id."""
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(ids))
    for first in range(0, len(wanted), AT_ONCE):
        part = contacts.c.id.in_(wanted[first : first + AT_ONCE])
        for row in store.read(sa.select(contacts.c.id, contacts.c.name).where(part)):
            found[row["id"]] = row["name"]
    return found
