"""What the leads page shows: a page of scored contacts, whose they are, and the rows of a path.

Contacts who may not be written to are no leads: they are neither listed nor counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.controls import suppression_clause
from fleet.adapters.store.leads import IDS, KIND, is_played
from fleet.adapters.store.schema import (
    METADATA,
    companies,
    contacts,
    data_fixes,
    drafts,
    emails,
    people,
    recommendations,
    scores,
)
from fleet.ports import Store

WAITING = ("pending", "leased", "snoozed")
ORDERS = ("chance", "intent", "evidence", "name")
KEPT_LOOKED = 20  # kept recommendations of one contact, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose leads: one seller's, nobody's (`unassigned`), or everybody's."""

    owner_id: str | None = None
    unassigned: bool = False


def seller_of(store: Store, actor: str) -> dict[str, Any] | None:
    """Return `{id, name}` of the seller whose address or name the actor has, or None."""
    named = (sa.func.lower(people.c.email) == actor.lower()) | (people.c.name == actor)
    rows = store.read(sa.select(people.c.id, people.c.name).where(named).limit(1))
    return rows[0] if rows else None


def sellers(store: Store) -> list[dict[str, Any]]:
    """Return `{id, name}` of every seller, by name."""
    query = sa.select(people.c.id, people.c.name).order_by(people.c.name, people.c.id)
    return store.read(query.limit(500))


def count_leads(store: Store, scope: Scope) -> int:
    """Return how many leads there are."""
    query = sa.select(sa.func.count().label("n")).select_from(_joined()).where(*_wanted(scope))
    return int(store.read(query)[0]["n"])


def count_scored_deals(store: Store) -> int:
    """Return how many open deals have a chance, whether or not a contact stands on them."""
    query = sa.select(sa.func.count().label("n")).where(
        scores.c.kind == KIND, scores.c.subject_table == "opportunities"
    )
    return int(store.read(query)[0]["n"])


def count_above(store: Store, chance: float, *, but: str) -> int:
    """Return how many leads have a higher chance than this, not counting the contact `but`."""
    query = (
        sa.select(sa.func.count().label("n"))
        .select_from(_joined())
        .where(*_wanted(Scope()), scores.c.value > chance, contacts.c.id != but)
    )
    return int(store.read(query)[0]["n"])


def read_leads(
    store: Store, scope: Scope, *, order: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Return a page of leads with company, chance, newest intent and waiting draft."""
    newest = _newest_intent()
    joined = _joined().outerjoin(newest, newest.c.contact_id == contacts.c.id)
    orders = {
        "chance": scores.c.value.desc(),
        "intent": sa.func.coalesce(newest.c.intent, -1).desc(),
        "evidence": (scores.c.high - scores.c.low).desc(),
        "name": contacts.c.name,
    }
    query = (
        sa.select(*_columns(), newest.c.intent, newest.c.intent_label, newest.c.intent_method)
        .select_from(joined)
        .where(*_wanted(scope))
        .order_by(orders[order], scores.c.value.desc(), contacts.c.id)
        .limit(limit)
        .offset(offset)
    )
    return _with_drafts(store, store.read(query))


def read_lead(store: Store, contact_id: str) -> dict[str, Any] | None:
    """Return one lead like `read_leads`, scored or not; None when there is no such contact."""
    newest = _newest_intent()
    joined = (
        contacts.outerjoin(companies, contacts.c.company_id == companies.c.id)
        .outerjoin(
            scores,
            (scores.c.subject_id == contacts.c.id)
            & (scores.c.kind == KIND)
            & (scores.c.subject_table == "contacts"),
        )
        .outerjoin(newest, newest.c.contact_id == contacts.c.id)
    )
    query = (
        sa.select(*_columns(), newest.c.intent, newest.c.intent_label, newest.c.intent_method)
        .select_from(joined)
        .where(contacts.c.id == contact_id)
    )
    rows = _with_drafts(store, store.read(query))
    return rows[0] if rows else None


def read_whole_rows(
    store: Store, refs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return whole rows by (table, id); a reference to no row is left out."""
    by_table: dict[str, list[str]] = {}
    for table, row_id in dict.fromkeys(refs):
        by_table.setdefault(table, []).append(row_id)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, ids in by_table.items():
        whole = METADATA.tables[name]
        for start in range(0, len(ids), IDS):
            query = sa.select(whole).where(whole.c.id.in_(ids[start : start + IDS]))
            found |= {(name, row["id"]): row for row in store.read(query)}
    return found


def read_row_then(
    store: Store, contact_id: str, ref: tuple[str, str]
) -> tuple[dict[str, Any], str] | None:
    """Return a row as it was in the newest kept recommendation of a contact over it, and when.

    The row holds what the ranking read of it; None where none was kept.
    """
    query = (
        sa.select(recommendations.c.path, recommendations.c.detail, recommendations.c.recorded_at)
        .where(recommendations.c.for_table == "contacts", recommendations.c.for_id == contact_id)
        .order_by(recommendations.c.recorded_at.desc(), recommendations.c.id)
    )
    for kept in store.read(query.limit(KEPT_LOOKED)):
        rows = (kept["detail"] or {}).get("rows")
        refs = [(step["table"], step["id"]) for step in kept["path"]]
        if ref in refs and isinstance(rows, list) and len(rows) == len(refs):
            row = rows[refs.index(ref)]
            if isinstance(row, dict):
                return row, str(kept["recorded_at"])
    return None


def doubted_edges(store: Store, refs: Iterable[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """Return (table, id, field) of the edges at these rows that a rep called wrong."""
    ids = [row_id for _, row_id in refs]
    query = sa.select(data_fixes.c.table_name, data_fixes.c.row_id, data_fixes.c.field).where(
        data_fixes.c.row_id.in_(ids[:IDS]), data_fixes.c.status == "open",
        data_fixes.c.field.is_not(None), data_fixes.c.problem.like("a rep says%"),
    )  # fmt: skip
    return {(row["table_name"], row["row_id"], row["field"]) for row in store.read(query)}


def _columns() -> list[Any]:
    return [
        contacts.c.id, contacts.c.name, contacts.c.title, contacts.c.email, contacts.c.owner_id,
        contacts.c.company_id,
        companies.c.name.label("company"), scores.c.value, scores.c.low, scores.c.high,
        scores.c.method, scores.c.detail, scores.c.reason, scores.c.recorded_at,
    ]  # fmt: skip


def _joined() -> Any:
    return scores.join(contacts, contacts.c.id == scores.c.subject_id).outerjoin(
        companies, contacts.c.company_id == companies.c.id
    )


def _wanted(scope: Scope) -> list[Any]:
    where = [
        scores.c.kind == KIND, scores.c.subject_table == "contacts",
        contacts.c.do_not_contact == sa.false(),
        contacts.c.email.is_(None) | ~suppression_clause(contacts.c.email),
    ]  # fmt: skip
    if scope.unassigned:
        where.append(contacts.c.owner_id.is_(None))
    elif scope.owner_id:
        where.append(contacts.c.owner_id == scope.owner_id)
    return where


def _newest_intent() -> Any:
    """Select the intent of each contact's newest scored mail."""
    intent = scores.alias("intent_scores")
    place = sa.func.row_number().over(
        partition_by=emails.c.contact_id, order_by=(emails.c.at.desc(), emails.c.id)
    )
    ranked = (
        sa.select(
            emails.c.contact_id, intent.c.value.label("intent"),
            intent.c.label.label("intent_label"), intent.c.method.label("intent_method"),
            place.label("place"),
        )
        .select_from(intent.join(emails, emails.c.id == intent.c.subject_id))
        .where(intent.c.kind == "intent", intent.c.subject_table == "emails", ~is_played())
        .subquery()
    )  # fmt: skip
    return sa.select(ranked).where(ranked.c.place == 1).subquery("newest_intent")


def _with_drafts(store: Store, rows: list[Mapping[str, Any]] | Any) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    query = (
        sa.select(drafts.c.id, drafts.c.contact_id)
        .where(drafts.c.contact_id.in_(ids[:IDS]), drafts.c.status.in_(WAITING))
        .order_by(drafts.c.created_at)
    )
    waiting = {row["contact_id"]: row["id"] for row in store.read(query)}
    return [dict(row) | {"draft_id": waiting.get(row["id"])} for row in rows]
