"""Deals of a simulated past: taken back to its first day, then opened and ended day by day.

All that is still to come is kept in the deal's own row (`extra`), so that a past that was killed
goes on from the store alone. Every deal whose outcome was played, or that was opened, keeps a mark.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.lead_outcomes import GIVEN
from fleet.adapters.store.lead_round import keep_place
from fleet.adapters.store.leads import KIND
from fleet.adapters.store.played import OUTCOME, PLAYED
from fleet.adapters.store.schema import activities, opportunities, scores
from fleet.adapters.store.statements import many
from fleet.ports import Store

BY, OPENS, ENDS = "by", "opens", "ends"  # beside OUTCOME
OPEN_STAGE = "negotiation"
BATCH = 80  # statements; the audit log's own join them
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deal without an outcome, and the days (ISO) on which it was opened, will be, and ends."""

    id: str
    opened: str | None
    opens: str | None
    ends: str | None
    extra: Mapping[str, Any]


def rewind_deals(store: Store, first: date, until: date, by: str, at: datetime) -> int:
    """Take the deals back to the morning of `first`; return how many rows changed.

    What ended from then to before `until` is open again, what was opened since is not there yet,
    and chances that were given since are dropped: they come from after it. A rewind that was cut
    short goes on, since a deal that was taken back is marked.
    """
    o, since = opportunities.c, first.isoformat()
    later = ((o.closed_at >= since) & (o.closed_at < until.isoformat())) | (o.opened_at >= since)
    rows = [row for row in store.read(_chosen().where(later)) if PLAYED not in (row["extra"] or {})]
    changes = [_taken_back(row, since, until.isoformat(), by) for row in rows]
    for start in range(0, len(changes), BATCH):
        _write(store, changes[start : start + BATCH], at, "simulate.rewind", {"version": by})
    given = scores.c.kind.in_([KIND, GIVEN]) & (scores.c.recorded_at >= since)
    store.write(sa.delete(scores).where(given))
    keep_place(store, {"trained_on": 0, "trained_at": "", "last": ""}, at)
    return len(changes)


def _taken_back(row: Mapping[str, Any], since: str, until: str, by: str) -> Any:
    plan: Row = {BY: by}
    values: Row = {}
    if since <= (row["closed_at"] or "") < until:
        plan[ENDS] = row["closed_at"]
        values |= {"closed_at": None, "outcome": None, "lost_reason": None, "stage": OPEN_STAGE}
    if (row["opened_at"] or "") >= since:
        plan[OPENS] = row["opened_at"]
        values |= {"opened_at": None}
    return _update(row["id"], values | {"extra": {**(row["extra"] or {}), PLAYED: plan}})


def deals_to_come(store: Store) -> list[Due]:
    """Return the deals that have no outcome yet, in the order of their ids."""
    rows = store.read(_chosen().where(opportunities.c.outcome.is_(None)))
    return [_due(row) for row in rows]


def _due(row: Mapping[str, Any]) -> Due:
    plan = (row["extra"] or {}).get(PLAYED) or {}
    ends = plan.get(ENDS) or row["expected_close"]
    return Due(
        id=row["id"], opened=row["opened_at"], opens=plan.get(OPENS), ends=ends,
        extra=row["extra"] or {},
    )  # fmt: skip


def opening(deal: Due) -> Any:
    """Return the statement that opens a deal of the sample on its day."""
    plan = {name: day for name, day in deal.extra[PLAYED].items() if name != OPENS}
    extra = {**deal.extra, PLAYED: plan}
    return _update(deal.id, {"opened_at": deal.opens, "extra": extra})


def ending(
    deal_id: str, extra: Mapping[str, Any] | None, *, outcome: str, reason: str | None, day: str,
    by: str, at: str,
) -> Any:  # fmt: skip
    """Return the statement that gives an open deal its outcome, as an import would, and marks it.

    One that has an outcome by then keeps it.
    """
    values = {
        "outcome": outcome, "stage": f"closed {outcome}", "closed_at": day, "lost_reason": reason,
        "updated_at": at, "extra": {**(extra or {}), PLAYED: {BY: by, OUTCOME: outcome}},
    }  # fmt: skip
    return _update(deal_id, values).where(opportunities.c.outcome.is_(None))


def inserting(deals: Sequence[Row], touches: Sequence[Row]) -> list[Any]:
    """Return statements that put new deals and their touches in, unless they are there."""
    return [
        many(table, rows, skip_known=True)
        for table, rows in ((opportunities, deals), (activities, touches))
        if rows
    ]


def write_day(
    store: Store, statements: Sequence[Any], at: datetime, told: Mapping[str, Any]
) -> None:
    """Write what happened to deals on one day, with an entry in the audit log: all or nothing."""
    _write(store, statements, at, "simulate.deals", told)


def known_deals(store: Store, ids: Sequence[str]) -> set[str]:
    """Return which of these deals are there."""
    return {row["id"] for row in store.read(_ids().where(opportunities.c.id.in_(ids)))}


def ended_on(store: Store, day: str) -> dict[str, int]:
    """Return how many deals were won and lost on a day."""
    query = (
        sa.select(opportunities.c.outcome, sa.func.count().label("n"))
        .where(opportunities.c.closed_at == day, opportunities.c.outcome.is_not(None))
        .group_by(opportunities.c.outcome)
    )
    found = {row["outcome"]: int(row["n"]) for row in store.read(query)}
    return {"won": found.get("won", 0), "lost": found.get("lost", 0)}


def first_open_deal(store: Store, contact_id: str) -> Row | None:
    """Return `{id, extra}` of a contact's first open deal by id, or None."""
    o = opportunities.c
    query = _chosen().where(
        o.contact_id == contact_id, o.outcome.is_(None), o.opened_at.is_not(None)
    )
    found = store.read(query.limit(1))
    return found[0] if found else None


def _write(
    store: Store, statements: Iterable[Any], at: datetime, kind: str, told: Mapping[str, Any]
) -> None:
    entry = Entry(stamp(at), "simulate", kind, "opportunities:simulated", dict(told))
    write_audited(store, list(statements), [entry])


def _update(deal_id: str, values: Row) -> Any:
    o = opportunities.c
    return sa.update(opportunities).where(o.id == deal_id).values(
        values | {"row_version": o.row_version + 1}
    )  # fmt: skip


def _chosen() -> Any:
    o = opportunities.c
    query = sa.select(o.id, o.opened_at, o.closed_at, o.expected_close, o.outcome, o.extra)
    return query.order_by(o.id)


def _ids() -> Any:
    return sa.select(opportunities.c.id)
