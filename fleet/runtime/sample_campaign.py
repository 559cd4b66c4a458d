"""A campaign over the sample's customers, so that the pages of campaigns have something to show."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from fleet.adapters.store.campaigns import list_campaigns
from fleet.adapters.store.schema import contacts, emails
from fleet.runtime.campaigns import create_campaign, default_plan

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

NAME = "Spring renewal"
PEOPLE = 40
ACTOR = "sample"


def start_sample_campaign(fleet: "Fleet") -> str | None:
    """Start the constant drip for people who never wrote; None when a campaign exists already."""
    if list_campaigns(fleet.store):
        return None
    wrote = sa.exists(sa.select(emails.c.id).where(emails.c.contact_id == contacts.c.id))
    idle = sa.select(contacts.c.id).where(~wrote, contacts.c.email.like("%@%"))
    ids = [row["id"] for row in fleet.store.read(idle.order_by(contacts.c.id).limit(PEOPLE))]
    if not ids:
        return None
    plan = default_plan(fleet)
    made = create_campaign(fleet, name=NAME, plan=plan, contact_ids=ids, actor=ACTOR)
    return str(made["campaign_id"])
