"""Whose names may stand in the texts of a run: its contact, the mail's sender, the sales team."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import contacts, emails, people
from fleet.ports import Store

NAMES = ("name", "first_name", "last_name")
MOST_COLLEAGUES = 200  # contacts of the same company, who are named in a thread


def team_names(store: Store) -> set[str]:
    """Return the names of the sales team."""
    return {row["name"] for row in store.read(sa.select(people.c.name))}


def subject_names(store: Store, subject: Mapping[str, Any] | None) -> set[str]:
    """Return the names of the people a run is about, given its subject (`email_id`, `contact_id`).

    They are the contact, the senders of the mail's thread, and the contact's colleagues.
    """
    subject = subject or {}
    found: set[str] = set()
    contact_id, company_id = subject.get("contact_id"), subject.get("company_id")
    if subject.get("email_id"):
        mail = sa.select(emails).where(emails.c.id == str(subject["email_id"]))
        for row in store.read(mail):
            contact_id = contact_id or row["contact_id"]
            company_id = company_id or row["company_id"]
            thread = sa.select(emails.c.from_name).where(emails.c.thread_id == row["thread_id"])
            found |= {sender["from_name"] for sender in store.read(thread.limit(MOST_COLLEAGUES))}
    columns = [contacts.c[name] for name in (*NAMES, "company_id")]
    if contact_id:
        for row in store.read(sa.select(*columns).where(contacts.c.id == str(contact_id))):
            found |= {row[name] for name in NAMES}
            company_id = company_id or row["company_id"]
    if company_id:
        near = sa.select(*columns).where(contacts.c.company_id == str(company_id))
        for row in store.read(near.limit(MOST_COLLEAGUES)):
            found |= {row[name] for name in NAMES}
    return {name for name in found if name}
