"""Reads for the manager's overview: what people changed, what waits, what needs a look."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import actions, decisions, drafts
from fleet.ports import Store

WEEK = timedelta(days=7)
SHOWN = 5


def edit_share(store: Store, now: datetime) -> tuple[int, int]:
    """Return how many drafts people approved within a week, and how many of them they had edited.

    A draft counts as edited when its text differs from what the fleet wrote.
    """
    since = stamp(now - WEEK)
    changed = sa.func.sum(sa.case((drafts.c.body != drafts.c.original_body, 1), else_=0))
    query = (
        sa.select(sa.func.count().label("n"), changed.label("changed"))
        .select_from(decisions.join(drafts, drafts.c.id == decisions.c.draft_id))
        .where(
            decisions.c.action == "approve", decisions.c.is_machine == sa.false(),
            decisions.c.at >= since,
        )
    )  # fmt: skip
    row = store.read(query)[0]
    return int(row["n"]), int(row["changed"] or 0)


def oldest_waiting(store: Store) -> str | None:
    """Return when the draft that waits longest was made."""
    query = sa.select(sa.func.min(drafts.c.created_at).label("at"))
    return store.read(query.where(drafts.c.status.in_(["pending", "leased"])))[0]["at"]  # type: ignore[no-any-return] # a text column


def open_actions(store: Store) -> list[dict[str, Any]]:
    """Return what the guards ask people to look at, newest first."""
    query = sa.select(actions).where(actions.c.acknowledged_at.is_(None))
    return store.read(query.order_by(actions.c.at.desc()).limit(SHOWN))


def acknowledge(store: Store, action_id: str, *, actor: str, now: datetime) -> bool:
    """Note who took an action over; False when somebody did before."""
    change = (
        sa.update(actions)
        .where(actions.c.id == action_id, actions.c.acknowledged_at.is_(None))
        .values(acknowledged_at=stamp(now), owner=actor, row_version=actions.c.row_version + 1)
    )
    return store.write(change)[0].changes > 0
