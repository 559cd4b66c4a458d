"""The statements that move a touch, built once: each asks again whether its sequence must end."""

import functools
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import campaigns, contacts, touches
from fleet.adapters.store.statements import Prepared
from fleet.adapters.store.touch_stops import (
    ACTIVE,
    DRAFTING,
    HELD,
    OPEN,
    SCHEDULED,
    joined,
    stop_clauses,
)


@functools.cache
def look_statement() -> Prepared:
    """Return one `touch` with what may end its sequence."""
    return Prepared(looked_at().where(touches.c.id == sa.bindparam("touch")))


@functools.cache
def claim_statement() -> Prepared:
    """Take a `touch` due by `claimed_at`, unless its sequence must end or an earlier one waits."""
    at: Any = sa.bindparam("claimed_at")
    free = _alive().where(campaigns.c.status == ACTIVE, ~waits_for_earlier())
    return Prepared(
        sa.update(touches)
        .where(touches.c.id.in_(free), touches.c.status == SCHEDULED, touches.c.due_at <= at)
        .values(status=DRAFTING, updated_at=at, row_version=touches.c.row_version + 1)
        .returning(touches.c.row_version)
    )


@functools.cache
def hold_statement() -> Prepared:
    """Tie a `draft` to the `touch` claimed as `held_version`, unless its sequence must end."""
    claimed = touches.c.row_version == sa.bindparam("held_version")
    return Prepared(
        sa.update(touches)
        .where(touches.c.id.in_(_alive()), touches.c.status == DRAFTING, claimed)
        .values(
            status=HELD, draft_id=sa.bindparam("draft"), updated_at=sa.bindparam("held_at"),
            row_version=sa.bindparam("next_version"),
        )
    )  # fmt: skip


def _alive() -> Any:
    """One touch, by `touch`, unless its sequence must end."""
    alive = (~clause for clause in stop_clauses().values())
    query = sa.select(touches.c.id).select_from(joined())
    return query.where(touches.c.id == sa.bindparam("touch"), *alive)


def waits_for_earlier() -> Any:
    """Return SQL over a touch that is true while an earlier one of its sequence is open."""
    earlier = touches.alias("earlier")
    return sa.exists(
        sa.select(earlier.c.id)
        .where(
            earlier.c.campaign_id == touches.c.campaign_id,
            earlier.c.contact_id == touches.c.contact_id,
            earlier.c.position < touches.c.position, earlier.c.status.in_(OPEN),
        )
        .correlate(touches)
    )  # fmt: skip


def looked_at(*more: Any) -> Any:
    """Return touches with their campaign, their contact, and each reason to end the sequence."""
    return sa.select(
        touches, campaigns.c.name.label("campaign"), campaigns.c.plan,
        campaigns.c.status.label("campaign_status"), contacts.c.email, contacts.c.time_zone,
        contacts.c.company_id,
        *(clause.label(f"is_{name}") for name, clause in stop_clauses().items()), *more,
    ).select_from(joined())  # fmt: skip
