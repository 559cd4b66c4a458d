"""What ends a contact's sequence, as SQL: a reply, a bounce, an opt-out, a suppression.

Every move of a touch and every send asks these again in the same statement, so that a reply which
arrives in the same second as a timer wins.
"""

from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.controls import suppression_clause
from fleet.adapters.store.schema import campaigns, contacts, drafts, emails, touches

SCHEDULED, DRAFTING, HELD = "scheduled", "drafting", "held"
SENT, SKIPPED, STOPPED, CANCELLED = "sent", "skipped", "stopped", "cancelled"
OPEN = (SCHEDULED, DRAFTING, HELD)
ACTIVE = "running"
STOPS = ("bounced", "opted_out", "replied", "suppressed", "no_address")  # most final first


def joined() -> Any:
    """Return touches with their campaign and contact."""
    return touches.join(campaigns, touches.c.campaign_id == campaigns.c.id).join(
        contacts, touches.c.contact_id == contacts.c.id
    )


def stop_clauses() -> dict[str, Any]:
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
    return {
        "bounced": seen(hard),
        "opted_out": seen(emails.c.kind == "opt_out"),
        "replied": seen(emails.c.kind == "person"),
        "suppressed": suppression_clause(contacts.c.email) | contacts.c.do_not_contact.is_(True),
        "no_address": sa.func.length(address) == 0,
    }


def withheld_clause() -> Any:
    """Return SQL over a draft that is true while its touch may not be sent.

    Its sequence was stopped, recalled or paused, or the contact has answered in the meantime.
    """
    over = sa.or_(touches.c.status != HELD, campaigns.c.status != ACTIVE, *stop_clauses().values())
    query = sa.select(touches.c.id).select_from(joined())
    return sa.exists(query.where(touches.c.id == drafts.c.touch_id, over).correlate(drafts))
