"""What ends a contact's sequence, as SQL: a reply, a bounce, an opt-out, a suppression.

Every move of a touch and every send asks these again in the same statement, so that a reply which
arrives in the same second as a timer wins.
"""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.controls import suppression_clause
from fleet.adapters.store.schema import campaigns, contacts, drafts, emails, touches
from fleet.adapters.store.statements import Prepared
from fleet.ports import Store

SCHEDULED, DRAFTING, HELD = "scheduled", "drafting", "held"
SENT, SKIPPED, STOPPED, CANCELLED = "sent", "skipped", "stopped", "cancelled"
OPEN = (SCHEDULED, DRAFTING, HELD)
ACTIVE, PAUSED = "running", "paused"
STOPS = ("bounced", "opted_out", "replied", "suppressed", "no_address")  # most final first
IN_SEQUENCE = Prepared(
    sa.select(touches.c.id)
    .where(touches.c.contact_id == sa.bindparam("contact"), touches.c.status.in_(OPEN))
    .limit(1)
)


def in_sequence(store: Store, mail: Mapping[str, Any]) -> list[str]:
    """Return the contacts of an inbound mail who are in an open sequence."""
    ids = {mail["contact_id"] or "", str(mail["thread_id"]).rpartition(":")[2]}
    if lost := mail.get("bounced_address"):  # the report comes from the mail system, not from them
        bounced = sa.func.lower(contacts.c.email) == str(lost).lower()
        ids |= {row["id"] for row in store.read(sa.select(contacts.c.id).where(bounced))}
    return [one for one in sorted(ids) if one and store.read(IN_SEQUENCE(contact=one))]


def joined() -> Any:
    """Return touches with their campaign and contact."""
    return touches.join(campaigns, touches.c.campaign_id == campaigns.c.id).join(
        contacts, touches.c.contact_id == contacts.c.id
    )


@functools.cache
def stop_clauses() -> Mapping[str, Any]:
    """Return, by reason, SQL over `joined()` that is true when the sequence must end."""
    since = campaigns.c.created_at
    mail = sa.select(emails.c.id).where(
        emails.c.direction == "in",
        emails.c.contact_id == contacts.c.id,
        (emails.c.at >= since) | (emails.c.received_at >= since) | emails.c.handled_at.is_(None),
    )
    # The sequence's own thread catches a reply from another address, and a bounce's report.
    thread = sa.literal("campaign:") + campaigns.c.id + sa.literal(":") + contacts.c.id
    threaded = sa.select(emails.c.id).where(
        emails.c.direction == "in", emails.c.thread_id == thread
    )
    hard = (emails.c.kind == "bounce") & (
        sa.func.substr(sa.func.coalesce(emails.c.bounce_status, ""), 1, 1) != "4"
    )

    def seen(which: Any) -> Any:
        return sa.or_(
            *(
                sa.exists(query.where(which).correlate(touches, campaigns, contacts))
                for query in (mail, threaded)
            )
        )

    address = sa.func.trim(sa.func.coalesce(contacts.c.email, ""))
    clauses = {
        "bounced": seen(hard),
        "opted_out": seen(emails.c.kind == "opt_out"),
        "replied": seen(emails.c.kind == "person"),
        "suppressed": suppression_clause(contacts.c.email)
        | (contacts.c.do_not_contact == sa.true()),
        "no_address": sa.func.length(address) == 0,
    }
    return MappingProxyType(clauses)


def waits_clause() -> Any:
    """Return SQL over a draft that is true while its touch waits: paused, or not yet held."""
    waits = (touches.c.status == DRAFTING) | (campaigns.c.status == PAUSED)
    return _of_draft(waits)


def over_clause() -> Any:
    """Return SQL over a draft that is true when its touch may never be sent.

    The sequence was stopped, recalled or cancelled, or the contact has answered: also before the
    approval, which the count of mails at approval time cannot tell.
    """
    held = (touches.c.status == HELD) & (touches.c.draft_id == drafts.c.id)
    stops = stop_clauses()
    over = sa.or_(
        ~(held | (touches.c.status == DRAFTING)), campaigns.c.status.not_in([ACTIVE, PAUSED]),
        *(stops[name] for name in ("bounced", "opted_out", "replied")),
    )  # fmt: skip
    return _of_draft(over)


def _of_draft(which: Any) -> Any:
    query = sa.select(touches.c.id).select_from(joined())
    return sa.exists(query.where(touches.c.id == drafts.c.touch_id, which).correlate(drafts))
