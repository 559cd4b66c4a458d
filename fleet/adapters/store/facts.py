"""Load the rows a draft may speak of: one contact, its account, deals, thread and log.

Reads only. Bounds every list, newest first, so that one huge account cannot slow a draft.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from email.utils import parseaddr
from typing import Any, TypeVar

import sqlalchemy as sa

from fleet.adapters.store.crm_tables import (
    activities,
    companies,
    contacts,
    emails,
    opportunities,
    people,
    products,
)
from fleet.domain import Company, Contact, Email, Opportunity, Person, Product
from fleet.drafting.facts import Activity, Facts, Sender
from fleet.errors import RowNotFound
from fleet.ports import Store
from fleet.settings import Settings

THREAD_ROWS = 30
DEAL_ROWS = 60
ACTIVITY_ROWS = 60
CATALOGUE_ROWS = 500

V = TypeVar("V")
Row = Mapping[str, Any]


def load_facts(
    store: Store,
    *,
    email_id: str | None = None,
    contact_id: str | None = None,
    settings: Settings,
    now: datetime,
) -> Facts:
    """Return the facts around a mail, or around a contact for a first touch.

    Raises RowNotFound when the named mail or contact is not in the store.
    """
    mail = _named(store, emails, email_id) if email_id else None
    contact_key = contact_id or (mail["contact_id"] if mail else None)
    contact = _named(store, contacts, contact_key) if contact_key else None
    company = _by_id(store, companies, _first("company_id", contact, mail))
    owner_id = _first("owner_id", contact, company)
    crew = _rows(store, sa.select(people).where(people.c.id == owner_id)) if owner_id else []
    parent = _by_id(store, companies, company["parent_id"] if company else None)
    thread = _thread(store, mail, contact)
    return Facts(
        today=now.date(),
        sender=_sender(crew, settings),
        contact=_value(Contact, contact),
        company=_value(Company, company),
        related=tuple(_values(Company, [parent] if parent else [])),
        opportunities=tuple(_values(Opportunity, _deals(store, contact, company))),
        products=tuple(_values(Product, _rows(store, _catalogue()))),
        people=tuple(_values(Person, crew)),
        emails=tuple(_values(Email, thread)),
        activities=tuple(_values(Activity, _log(store, contact, company))),
        mail=_value(Email, mail),
        recipient_name=(mail or {}).get("from_name"),
    )


def _catalogue() -> sa.Select[Any]:
    return sa.select(products).order_by(products.c.id).limit(CATALOGUE_ROWS)


def _thread(store: Store, mail: Row | None, contact: Row | None) -> list[Row]:
    """Return the mail's thread, else the contact's mails; oldest first, with the mail itself."""
    if mail:
        where = emails.c.thread_id == mail["thread_id"]
    elif contact:
        where = emails.c.contact_id == contact["id"]
    else:
        return []
    newest = sa.select(emails).where(where).order_by(emails.c.at.desc()).limit(THREAD_ROWS)
    rows = _rows(store, newest)[::-1]
    if mail and all(row["id"] != mail["id"] for row in rows):
        rows.append(mail)
    return rows


def _deals(store: Store, contact: Row | None, company: Row | None) -> list[Row]:
    where = _around(opportunities, contact, company)
    if where is None:
        return []
    newest = sa.select(opportunities).where(where).order_by(opportunities.c.opened_at.desc())
    return _rows(store, newest.limit(DEAL_ROWS))


def _log(store: Store, contact: Row | None, company: Row | None) -> list[Row]:
    where = _around(activities, contact, company)
    if where is None:
        return []
    newest = sa.select(activities).where(where).order_by(activities.c.at.desc())
    return _rows(store, newest.limit(ACTIVITY_ROWS))


def _around(
    table: sa.Table, contact: Row | None, company: Row | None
) -> sa.ColumnElement[bool] | None:
    """Rows of the account, or of the contact alone when it has no account."""
    where: sa.ColumnElement[bool] | None = None
    if company:
        where = table.c.company_id == company["id"]
    elif contact:
        where = table.c.contact_id == contact["id"]
    return where


def _sender(crew: list[Row], settings: Settings) -> Sender:
    """The account's owner signs; without one, the configured sender."""
    name, address = parseaddr(settings.sender or "")
    owner = crew[0] if crew else None
    postal = " ".join((settings.postal_address or "").split()) or None
    head = postal.split(",")[0].strip() if postal else ""
    return Sender(
        name=(owner["name"] if owner else name) or "The sales team",
        # A postal address starts with the company's name, unless it starts with a house number.
        company=head if head and not any(char.isdigit() for char in head) else None,
        email=address or (owner["email"] if owner else None),
        postal_address=postal,
        person_id=owner["id"] if owner else None,
    )


def _named(store: Store, table: sa.Table, row_id: str) -> Row:
    row = _by_id(store, table, row_id)
    if row is None:
        raise RowNotFound(table.name, row_id)
    return row


def _by_id(store: Store, table: sa.Table, row_id: str | None) -> Row | None:
    rows = _rows(store, sa.select(table).where(table.c.id == row_id)) if row_id else []
    return rows[0] if rows else None


def _rows(store: Store, statement: Any) -> list[Row]:
    return list(store.read(statement))


def _first(field: str, *rows: Row | None) -> str | None:
    return next((row[field] for row in rows if row and row[field]), None)


def _value(kind: type[V], row: Row | None) -> V | None:
    return next(iter(_values(kind, [row])), None) if row else None


def _values(kind: type[V], rows: Iterable[Row]) -> list[V]:
    """Build domain values from rows; columns the value does not know stay behind."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind is a dataclass
    return [kind(**{name: row[name] for name in names}) for row in rows]
