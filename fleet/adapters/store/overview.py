"""Reads for the home page and the approvals page: counts, next items, whom a draft is for."""

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.controls import halt_state
from fleet.adapters.store.schema import (
    approvals,
    companies,
    contacts,
    decisions,
    drafts,
    emails,
    model_calls,
    scores,
)
from fleet.ports import Store

DAY = timedelta(days=1)
PAUSE_S = 600  # seconds between two decisions; a longer gap was a pause
PACE_ROWS = 50
PACE_LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    """One part that fell back: what, and what that changes."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The home page's numbers as of one moment."""

    waiting: int
    high: int
    approved_today: int
    rejected_today: int
    undoable: int
    replies: int
    halted: str | None
    degraded: tuple[Degraded, ...]
    next_items: list[dict[str, Any]]


def _waits(now: str, actor: str | None = None) -> Any:
    """Say what `actor` may take: nobody holds it, or they do."""
    mine = drafts.c.lease_expires_at <= now
    if actor is not None:
        mine = mine | (drafts.c.lease_owner == actor)
    over = sa.or_(
        sa.and_(drafts.c.status == "leased", mine),
        sa.and_(drafts.c.status == "snoozed", drafts.c.snoozed_until <= now),
    )
    return sa.or_(drafts.c.status == "pending", over)


def waiting_rows(
    store: Store, limit: int, now: datetime, *, actor: str | None = None, view: str = "",
    offset: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return waiting drafts in the queue's order with the contact's and company's name.

    `view` keeps part of them: "open" with an unsupported claim, "ready" without, or one risk class.
    """
    names = (
        "id", "subject", "to_address", "risk", "risk_reasons", "open_claims", "due_at", "value",
    )  # fmt: skip
    query = (
        sa.select(
            *(drafts.c[name] for name in names), drafts.c.created_at, drafts.c.kind,
            drafts.c.reason, contacts.c.name.label("contact"), companies.c.name.label("company"),
        )
        .select_from(
            drafts.outerjoin(contacts, contacts.c.id == drafts.c.contact_id).outerjoin(
                companies, companies.c.id == drafts.c.company_id
            )
        )
        .where(_waits(stamp(now), actor), *_view(view))
        .order_by(drafts.c.priority, drafts.c.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return store.read(query)


def _view(view: str) -> list[Any]:
    if not view:
        return []
    blocked = drafts.c.open_claims > 0
    return [{"open": blocked, "ready": ~blocked}.get(view, drafts.c.risk == view)]


def waiting_count(store: Store, now: datetime, *, actor: str | None = None, view: str = "") -> int:
    """Return how many drafts wait for `actor`, in one view."""
    return _count(store, drafts, _waits(stamp(now), actor), *_view(view))


def held_by_others(store: Store, actor: str, now: datetime) -> int:
    """Return how many drafts somebody else holds right now."""
    return _count(
        store, drafts, drafts.c.status == "leased", drafts.c.lease_owner != actor,
        drafts.c.lease_expires_at > stamp(now),
    )  # fmt: skip


def decided_today(store: Store, actor: str, now: datetime) -> tuple[int, float | None]:
    """Return how many drafts `actor` decided today, and the median seconds between two decisions.

    Pauses longer than `PAUSE_S` are not work on a draft; under three gaps there is no pace.
    """
    since = stamp(now.replace(hour=0, minute=0, second=0, microsecond=0))
    mine = (decisions.c.actor == actor, decisions.c.at >= since)
    done = decisions.c.action.in_(["approve", "reject", "snooze"])
    query = sa.select(decisions.c.at).where(*mine, done).order_by(decisions.c.at.desc())
    times = [datetime.fromisoformat(row["at"]) for row in store.read(query.limit(PACE_ROWS))]
    gaps = [(a - b).total_seconds() for a, b in pairwise(times)]
    worked = [gap for gap in gaps if gap <= PAUSE_S]
    pace = statistics.median(worked) if len(worked) >= PACE_LEAST else None
    return _count(store, decisions, *mine, done), pace


def undoable(store: Store, actor: str, now: str) -> dict[str, Any] | None:
    """Return `{id, who, releasable_at}` of the approval by `actor` that can still be undone."""
    query = (
        sa.select(
            drafts.c.id, approvals.c.releasable_at,
            sa.func.coalesce(contacts.c.name, drafts.c.to_address).label("who"),
        )
        .join(approvals, approvals.c.draft_id == drafts.c.id)
        .outerjoin(contacts, contacts.c.id == drafts.c.contact_id)
        .where(*_leaving(now), approvals.c.actor == actor)
        .order_by(approvals.c.approved_at.desc())
        .limit(1)
    )  # fmt: skip
    rows = store.read(query)
    return rows[0] if rows else None


def _leaving(now: str) -> tuple[Any, ...]:
    return (
        drafts.c.status == "approved",
        approvals.c.voided_at.is_(None),
        approvals.c.releasable_at > now,
    )


def mail_of(store: Store, email_id: str | None) -> dict[str, Any] | None:
    """Return the mail that a draft answers, or None."""
    if email_id is None:
        return None
    rows = store.read(sa.select(emails).where(emails.c.id == email_id))
    return rows[0] if rows else None


def scores_of(store: Store, email_id: str | None) -> list[dict[str, Any]]:
    """Return the scores of the mail that a draft answers."""
    if email_id is None:
        return []
    query = sa.select(scores).where(
        scores.c.subject_table == "emails", scores.c.subject_id == email_id
    )
    return store.read(query.order_by(scores.c.kind))


def overview(store: Store, now: datetime, *, items: int, actor: str | None = None) -> Overview:
    """Return the home page's numbers."""
    since = stamp(now.replace(hour=0, minute=0, second=0, microsecond=0))
    halted = halt_state(store)
    today = decisions.c.at >= since
    return Overview(
        waiting=waiting_count(store, now, actor=actor),
        high=waiting_count(store, now, actor=actor, view="high"),
        approved_today=_count(store, decisions, today, decisions.c.action == "approve"),
        rejected_today=_count(store, decisions, today, decisions.c.action == "reject"),
        undoable=_count(
            store, approvals, approvals.c.draft_id == drafts.c.id, *_leaving(stamp(now))
        ),
        replies=_count(store, emails, emails.c.direction == "in", emails.c.at >= stamp(now - DAY)),
        halted=str(halted["reason"]) if halted else None,
        degraded=_degraded(store, now),
        next_items=waiting_rows(store, items, now, actor=actor),
    )


def _degraded(store: Store, now: datetime) -> tuple[Degraded, ...]:
    by_rules = _count(store, drafts, _waits(stamp(now)), drafts.c.source == "rule")
    calls = _count(store, model_calls)
    if calls or not by_rules:
        return ()
    return (
        Degraded(
            title="Texts by rules, no model answered",
            text=f"{by_rules} waiting drafts were written by rules. Every one waits for you.",
        ),
    )


def _count(store: Store, table: sa.Table, *where: Any) -> int:
    query = sa.select(sa.func.count().label("n")).select_from(table).where(*where)
    return int(store.read(query)[0]["n"])
