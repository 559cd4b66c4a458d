"""What came of a panel's plan: touches of its campaigns that left, and what was answered."""

import sqlalchemy as sa

from fleet.adapters.store.schema import campaigns, emails, outbox, touches
from fleet.campaign_panel.outcomes import Heard, Sent, TouchOutcome, count_outcomes
from fleet.ports import Store

CAMPAIGNS, IDS, ROWS = 500, 80, 20_000
ANSWERS = ("person", "opt_out")


def read_outcomes(store: Store, panel_id: str) -> tuple[TouchOutcome, ...]:
    """Return the outcome of each position of a plan; empty before anything left."""
    ids = _campaigns(store, panel_id)
    if not ids:
        return ()
    sent_rows = store.read(
        sa.select(touches.c.contact_id, touches.c.position, outbox.c.sent_at)
        .select_from(touches.join(outbox, outbox.c.draft_id == touches.c.draft_id))
        .where(touches.c.campaign_id.in_(ids), outbox.c.sent_at.is_not(None))
        .limit(ROWS)
    )
    mine = sa.select(touches.c.contact_id).where(touches.c.campaign_id.in_(ids))
    heard_rows = store.read(
        sa.select(emails.c.contact_id, emails.c.at, emails.c.kind)
        .where(
            emails.c.direction == "in", emails.c.kind.in_(ANSWERS), emails.c.contact_id.in_(mine)
        )
        .limit(ROWS)
    )  # fmt: skip
    sent = [
        Sent(contact=row["contact_id"], index=row["position"], at=row["sent_at"])
        for row in sent_rows
    ]
    heard = [
        Heard(contact=row["contact_id"], at=row["at"], opted_out=row["kind"] == "opt_out")
        for row in heard_rows
    ]
    return count_outcomes(sent, heard)


def _campaigns(store: Store, panel_id: str) -> list[str]:
    query = sa.select(campaigns.c.id, campaigns.c.brief).order_by(campaigns.c.created_at.desc())
    rows = store.read(query.limit(CAMPAIGNS))
    return [row["id"] for row in rows if (row["brief"] or {}).get("panel_id") == panel_id][:IDS]
