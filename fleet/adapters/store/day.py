"""What one day holds for the reviewers: drafts due, sends, calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import activities, contacts, drafts, outbox, touches
from fleet.ports import Store

LANES = ("Drafts due", "Sends", "Calls")
MOST = 40  # marks a lane; more of them cannot be told apart
CALLS = ("call", "meeting", "demo")
OPEN = ("pending", "leased", "snoozed")
MINUTE = len("2026-11-25T10:40")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing of the day; `risk` only of a draft."""

    lane: str
    at: str
    label: str
    risk: str | None = None


def day_marks(store: Store, start: datetime, end: datetime) -> list[Mark]:
    """Return the marks between two times, by lane and time."""
    since, until = stamp(start), stamp(end)
    return [
        *_drafts(store, since, until), *_sends(store, since, until), *_calls(store, since, until)
    ]  # fmt: skip


def _drafts(store: Store, since: str, until: str) -> list[Mark]:
    """Return one mark a minute and risk class; of several drafts it tells how many they are."""
    minute = sa.func.substr(drafts.c.due_at, 1, MINUTE)
    who = sa.func.min(sa.func.coalesce(contacts.c.name, drafts.c.to_address))
    query = (
        sa.select(
            sa.func.min(drafts.c.due_at).label("at"), drafts.c.risk, who.label("who"),
            sa.func.count().label("n"),
        )
        .outerjoin(contacts, contacts.c.id == drafts.c.contact_id)
        .where(drafts.c.status.in_(OPEN), drafts.c.due_at.between(since, until))
        .group_by(minute, drafts.c.risk)
        .order_by(minute)
        .limit(MOST)
    )  # fmt: skip
    return [
        Mark(
            LANES[0], row["at"], row["who"] if row["n"] == 1 else f"{row['n']} drafts", row["risk"]
        )
        for row in store.read(query)
    ]


def _sends(store: Store, since: str, until: str) -> list[Mark]:
    hour = sa.func.substr(outbox.c.releasable_at, 1, 13)
    query = (
        sa.select(hour.label("hour"), outbox.c.status, sa.func.count().label("n"))
        .where(
            outbox.c.status.in_(["queued", "leased", "sending", "sent"]),
            outbox.c.releasable_at.between(since, until),
        )
        .group_by(hour, outbox.c.status)
        .order_by(hour)
        .limit(MOST)
    )
    gone = {"sent": "sent"}
    marks = [
        Mark(LANES[1], f"{row['hour']}:30:00Z", f"{row['n']} {gone.get(row['status'], 'approved')}")
        for row in store.read(query)
    ]
    return marks + _touches(store, since, until)


def _touches(store: Store, since: str, until: str) -> list[Mark]:
    hour = sa.func.substr(touches.c.due_at, 1, 13)
    query = (
        sa.select(hour.label("hour"), sa.func.count().label("n"))
        .where(touches.c.status == "scheduled", touches.c.due_at.between(since, until))
        .group_by(hour)
        .order_by(hour)
        .limit(MOST)
    )
    return [
        Mark(LANES[1], f"{row['hour']}:30:00Z", f"{row['n']} touches due")
        for row in store.read(query)
    ]


def _calls(store: Store, since: str, until: str) -> list[Mark]:
    query: Any = (
        sa.select(activities.c.at, activities.c.subject, contacts.c.name)
        .outerjoin(contacts, contacts.c.id == activities.c.contact_id)
        .where(activities.c.kind.in_(CALLS), activities.c.at.between(since, until))
        .order_by(activities.c.at)
        .limit(MOST)
    )
    return [
        Mark(LANES[2], row["at"], row["name"] or row["subject"] or "call")
        for row in store.read(query)
    ]
