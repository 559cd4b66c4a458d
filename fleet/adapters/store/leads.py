"""Deals with what hangs on them, for training and scoring; propensity scores kept and dropped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import (
    activities,
    companies,
    contacts,
    emails,
    opportunities,
    products,
    scores,
)
from fleet.adapters.store.statements import Bound, Prepared, insert
from fleet.domain.trust import SIMULATED_MAIL
from fleet.ports import Store
from fleet.propensity.snapshots import Deal, History, LeadPolicy, size_class

KIND = "propensity"
PAGE = 5_000
Won = tuple[str, date]  # a won deal and the day it was closed
Mailed = tuple[str, date, float]  # a mail, its day, its intent
IDS = 90  # a query: D1 binds at most 100 parameters


def is_played() -> Any:
    """Return SQL that is true of a mail that a simulation played: it says nothing of a customer."""
    return sa.func.substr(emails.c.message_id, 1, len(SIMULATED_MAIL)) == SIMULATED_MAIL


def read_deals(store: Store, policy: LeadPolicy, *, only: str | None = None) -> list[Deal]:
    """Return every opportunity that has a day of opening, by id; `only` one when it is named."""
    query = _deals() if only is None else _deals().where(opportunities.c.id == only)
    found = (_deal(row, policy) for row in _pages(store, query, opportunities.c.id))
    return [deal for deal in found if deal is not None]


def open_deals_after(store: Store, policy: LeadPolicy, last: str, limit: int) -> list[Deal]:
    """Return the next open deals by id, after the deal `last`."""
    query = _deals().where(opportunities.c.outcome.is_(None), opportunities.c.id > last)
    rows = store.read(query.order_by(opportunities.c.id).limit(limit))
    return [deal for row in rows if (deal := _deal(row, policy)) is not None]


def open_deals_of(store: Store, policy: LeadPolicy, contact_ids: Sequence[str]) -> list[Deal]:
    """Return all open deals of some contacts."""
    found: list[Deal] = []
    for start in range(0, len(contact_ids), IDS):
        some = opportunities.c.contact_id.in_(contact_ids[start : start + IDS])
        rows = store.read(_deals().where(opportunities.c.outcome.is_(None), some))
        found += [deal for row in rows if (deal := _deal(row, policy)) is not None]
    return found


def deals_by_id(store: Store, policy: LeadPolicy, ids: Sequence[str]) -> list[Deal]:
    """Return the deals with these ids that have a day of opening."""
    found = _some(store, _deals(), opportunities.c.id, ids)
    return [deal for row in found if (deal := _deal(row, policy)) is not None]


def _deals() -> Any:
    joined = (
        opportunities.outerjoin(companies, opportunities.c.company_id == companies.c.id)
        .outerjoin(contacts, opportunities.c.contact_id == contacts.c.id)
        .outerjoin(products, opportunities.c.product_id == products.c.id)
    )
    return sa.select(
        opportunities.c.id, opportunities.c.company_id, opportunities.c.contact_id,
        opportunities.c.opened_at, opportunities.c.closed_at, opportunities.c.outcome,
        opportunities.c.amount, products.c.name.label("product"), companies.c.industry,
        companies.c.employees, companies.c.country, contacts.c.lead_source, contacts.c.seniority,
    ).select_from(joined)  # fmt: skip


def _deal(row: Mapping[str, Any], policy: LeadPolicy) -> Deal | None:
    opened = day_of(row["opened_at"])
    if opened is None:
        return None
    fixed = {
        "lead source": row["lead_source"], "seniority": row["seniority"],
        "industry": row["industry"], "country": row["country"], "product": row["product"],
        "amount": row["amount"], "company size": size_class(row["employees"], policy.size_edges),
    }  # fmt: skip
    return Deal(
        id=row["id"], company_id=row["company_id"], contact_id=row["contact_id"], opened=opened,
        closed=day_of(row["closed_at"]), outcome=row["outcome"],
        fixed={name: "" if value is None else str(value) for name, value in fixed.items()},
    )  # fmt: skip


def read_history(store: Store, deals: Sequence[Deal]) -> History:
    """Return the days of touches, wins and scored mails, each list ascending; of all `deals`."""
    touched = sa.select(activities.c.id, activities.c.opportunity_id, activities.c.at).where(
        activities.c.opportunity_id.is_not(None)
    )
    wins: dict[str, list[date]] = {}
    for deal in deals:
        if deal.outcome == "won" and deal.closed and deal.company_id:
            wins.setdefault(deal.company_id, []).append(deal.closed)
    return _history(
        _pages(store, touched, activities.c.id),
        ((company, day) for company, days in wins.items() for day in days),
        _pages(store, _mailed(), scores.c.id),
    )


def read_history_of(store: Store, deals: Sequence[Deal]) -> History:
    """Return the history behind some deals only: by their ids, companies and contacts."""
    a, o = activities.c, opportunities.c
    touches = _some(store, sa.select(a.opportunity_id, a.at), a.opportunity_id,
                    [deal.id for deal in deals])  # fmt: skip
    won = sa.select(o.company_id, o.closed_at).where(o.outcome == "won")
    wins = _some(store, won, o.company_id, [deal.company_id for deal in deals])
    mails = _some(store, _mailed(), emails.c.contact_id, [deal.contact_id for deal in deals])
    closed = ((row["company_id"], day) for row in wins if (day := day_of(row["closed_at"])))
    return _history(touches, closed, mails)


def _some(
    store: Store, query: Any, column: Any, values: Sequence[str | None]
) -> Iterator[dict[str, Any]]:
    wanted = sorted({value for value in values if value})
    for start in range(0, len(wanted), IDS):
        yield from store.read(query.where(column.in_(wanted[start : start + IDS])))


def _mailed() -> Any:
    scored = scores.join(emails, scores.c.subject_id == emails.c.id)
    return (
        sa.select(scores.c.id, scores.c.value, emails.c.contact_id, emails.c.at)
        .select_from(scored)
        .where(scores.c.kind == "intent", scores.c.subject_table == "emails", ~is_played())
    )


def _history(
    touches: Iterable[Mapping[str, Any]], wins: Iterable[Won], mails: Iterable[Mapping[str, Any]]
) -> History:
    touched: dict[str, list[date]] = {}
    for row in touches:
        if day := day_of(row["at"]):
            touched.setdefault(row["opportunity_id"], []).append(day)
    won: dict[str, list[date]] = {}
    for company, day in wins:
        won.setdefault(company, []).append(day)
    intents: dict[str, list[tuple[date, float]]] = {}
    for row in mails:
        day = day_of(row["at"])
        if day and row["contact_id"] and row["value"] is not None:
            intents.setdefault(row["contact_id"], []).append((day, row["value"]))
    return History(
        touches={key: sorted(days) for key, days in touched.items()},
        wins={key: sorted(days) for key, days in won.items()},
        intents={key: sorted(days) for key, days in intents.items()},
    )


def read_lead_history(store: Store, deal: Deal) -> tuple[History, list[Won], list[Mailed]]:
    """Return the history of one deal alone, with the won deals and scored mails behind it.

    Both lists are newest first.
    """
    touched = sa.select(activities.c.at).where(activities.c.opportunity_id == deal.id)
    touches = sorted(day for row in store.read(touched) if (day := day_of(row["at"])))
    won = (
        sa.select(opportunities.c.id, opportunities.c.closed_at)
        .where(opportunities.c.company_id == deal.company_id, opportunities.c.outcome == "won")
        .order_by(opportunities.c.closed_at.desc(), opportunities.c.id)
    )
    wins = [(row["id"], day) for row in store.read(won) if (day := day_of(row["closed_at"]))]
    mailed = (
        sa.select(emails.c.id, emails.c.at, scores.c.value)
        .select_from(emails.join(scores, scores.c.subject_id == emails.c.id))
        .where(emails.c.contact_id == deal.contact_id, scores.c.subject_table == "emails")
        .where(scores.c.kind == "intent", scores.c.value.is_not(None), ~is_played())
        .order_by(emails.c.at.desc(), emails.c.id)
    )
    mails = [(row["id"], day, row["value"])
             for row in store.read(mailed) if (day := day_of(row["at"]))]  # fmt: skip
    history = History(
        touches={deal.id: touches},
        wins={deal.company_id or "": sorted(day for _, day in wins)},
        intents={deal.contact_id or "": sorted((day, value) for _, day, value in mails)},
    )
    return history, wins, mails


def day_of(text: str | None) -> date | None:
    """Return the day a stored time begins with, or None."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def keep_scores(store: Store, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Make the stored propensities be exactly `rows`; return how many were written and dropped.

    A score that says the same as before keeps its row and its time.
    """
    query = sa.select(scores.c.id, scores.c.detail).where(scores.c.kind == KIND)
    known = {row["id"]: row["detail"] for row in _pages(store, query, scores.c.id)}
    gone = sorted(known.keys() - {row["id"] for row in rows})
    written = write_scores(store, rows, known)
    drop_scores(store, gone)
    return written, len(gone)


def write_scores(
    store: Store, rows: Sequence[Mapping[str, Any]], known: Mapping[str, Any]
) -> int:  # fmt: skip
    """Write the scores whose detail is not the one that is known by their id; return how many."""
    fresh = [row for row in rows if known.get(row["id"]) != row["detail"]]
    for start in range(0, len(fresh), IDS):
        store.write(*(_upsert(row) for row in fresh[start : start + IDS]))
    return len(fresh)


def drop_scores(store: Store, ids: Sequence[str]) -> None:
    """Delete scores by id."""
    for start in range(0, len(ids), IDS):
        store.write(sa.delete(scores).where(scores.c.id.in_(ids[start : start + IDS])))


def _upsert(row: Mapping[str, Any]) -> Bound:
    return _upsert_of(tuple(row))(**row)


@cache
def _upsert_of(names: tuple[str, ...]) -> Prepared:
    new = insert(scores)
    change = {name: new.excluded[name] for name in names if name != "id"}
    return Prepared(new.on_conflict_do_update(index_elements=[scores.c.id], set_=change))


def top_leads(store: Store, limit: int) -> list[str]:
    """Return the contacts with the highest chance, best first."""
    query = (
        sa.select(scores.c.subject_id)
        .where(scores.c.kind == KIND, scores.c.subject_table == "contacts")
        .order_by(scores.c.value.desc(), scores.c.subject_id)
        .limit(limit)
    )
    return [row["subject_id"] for row in store.read(query)]


def _pages(store: Store, query: Any, key: sa.Column[str]) -> Iterator[dict[str, Any]]:
    last = ""
    while True:
        page = store.read(query.where(key > last).order_by(key).limit(PAGE))
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]["id"]
