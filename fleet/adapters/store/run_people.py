"""Whom a run is about, in words a person knows: the contact's name instead of ids."""

from collections.abc import Sequence

import sqlalchemy as sa

from fleet.adapters.store.schema import contacts, emails, runs, touches
from fleet.ports import Store

CHUNK = 90  # ids a query: D1 takes 100 parameters


def people_of_runs(store: Store, run_ids: Sequence[str | None]) -> dict[str, str]:
    """Return the name, else the address, of the person whom each run is about, where known.

    A reply is about the mail's sender, a touch and a plan about their contact.
    """
    ids = [run_id for run_id in dict.fromkeys(run_ids) if run_id]
    found: dict[str, str] = {}
    for first in range(0, len(ids), CHUNK):
        for row in store.read(_query(ids[first : first + CHUNK])):
            if row["who"]:
                found[row["id"]] = row["who"]
    return found


def _query(ids: Sequence[str]) -> sa.Select[tuple[str, str | None]]:
    of = runs.c.subject_table
    mails = sa.and_(of == "emails", emails.c.id == runs.c.subject_id)
    touch = sa.and_(of == "touches", touches.c.id == runs.c.subject_id)
    contact_id = sa.case(
        (of == "contacts", runs.c.subject_id),
        else_=sa.func.coalesce(touches.c.contact_id, emails.c.contact_id),
    )
    who = sa.func.coalesce(
        contacts.c.name, emails.c.from_name, emails.c.from_address, contacts.c.email
    )
    return (
        sa.select(runs.c.id, who.label("who"))
        .outerjoin(emails, mails)
        .outerjoin(touches, touch)
        .outerjoin(contacts, contacts.c.id == contact_id)
        .where(runs.c.id.in_(ids))
    )
