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
from fleet.adapters.store.statements import Prepared
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


def _newest(column: sa.Column[Any], order: sa.Column[Any], limit: int) -> Prepared:
    """Rows of one table by one of its columns, the newest first."""
    wanted = sa.select(column.table).where(column == sa.bindparam("wanted"))
    return Prepared(wanted.order_by(order.desc()).limit(limit))


BY_ID = {
    table: Prepared(sa.select(table).where(table.c.id == sa.bindparam("wanted")))
    for table in (emails, contacts, companies, people)
}
CATALOGUE = Prepared(sa.select(products).order_by(products.c.id).limit(CATALOGUE_ROWS))
IN_THREAD = _newest(emails.c.thread_id, emails.c.at, THREAD_ROWS)
OF_CONTACT = _newest(emails.c.contact_id, emails.c.at, THREAD_ROWS)
DEALS = {
    key: _newest(opportunities.c[key], opportunities.c.opened_at, DEAL_ROWS)
    for key in ("company_id", "contact_id")
}
LOG = {
    key: _newest(activities.c[key], activities.c.at, ACTIVITY_ROWS)
    for key in ("company_id", "contact_id")
}


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
    owner = _by_id(store, people, owner_id)
    crew = [owner] if owner else []
    parent = _by_id(store, companies, company["parent_id"] if company else None)
    thread = _thread(store, mail, contact)
    return Facts(
        today=now.date(),
        sender=_sender(crew, settings),
        contact=_value(Contact, contact),
        company=_value(Company, company),
        related=tuple(_values(Company, [parent] if parent else [])),
        opportunities=tuple(_values(Opportunity, _around(store, DEALS, contact, company))),
        products=tuple(_values(Product, store.read(CATALOGUE()))),
        people=tuple(_values(Person, crew)),
        emails=tuple(_values(Email, thread)),
        activities=tuple(_values(Activity, _around(store, LOG, contact, company))),
        mail=_value(Email, mail),
        recipient_name=(mail or {}).get("from_name"),
    )


def _thread(store: Store, mail: Row | None, contact: Row | None) -> list[Row]:
    """Return the mail's thread, else the contact's mails; oldest first, with the mail itself."""
    if mail:
        newest = IN_THREAD(wanted=mail["thread_id"])
    elif contact:
        newest = OF_CONTACT(wanted=contact["id"])
    else:
        return []
    rows: list[Row] = list(store.read(newest)[::-1])
    if mail and all(row["id"] != mail["id"] for row in rows):
        rows.append(mail)
    return rows


def _around(
    store: Store, by: Mapping[str, Prepared], contact: Row | None, company: Row | None
) -> list[Row]:
    """Rows of the account, or of the contact alone when it has no account."""
    if company:
        return list(store.read(by["company_id"](wanted=company["id"])))
    if contact:
        return list(store.read(by["contact_id"](wanted=contact["id"])))
    return []


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
    rows = store.read(BY_ID[table](wanted=row_id)) if row_id else []
    return rows[0] if rows else None


def _first(field: str, *rows: Row | None) -> str | None:
    return next((row[field] for row in rows if row and row[field]), None)


def _value(kind: type[V], row: Row | None) -> V | None:
    return next(iter(_values(kind, [row])), None) if row else None


def _values(kind: type[V], rows: Iterable[Row]) -> list[V]:
    """Build domain values from rows; columns the value does not know stay behind."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind is a dataclass
    return [kind(**{name: row[name] for name in names}) for row in rows]
