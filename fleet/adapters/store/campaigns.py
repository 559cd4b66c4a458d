"""Campaigns as rows: created with a touch a contact and step, paused, resumed, cancelled, counted.

A campaign is written as `creating`, then its touches, then it runs: one that a kill left half
written never wakes.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import campaigns, contacts, drafts, outbox, runs, touches
from fleet.adapters.store.statements import many
from fleet.adapters.store.touch_stops import (
    ACTIVE,
    CANCELLED,
    HELD,
    OPEN,
    PAUSED,
    SCHEDULED,
    SKIPPED,
    STOPPED,
)
from fleet.adapters.store.touches import end_statements, timer
from fleet.errors import InputError
from fleet.ports import Store

CREATING, COMPLETED = "creating", "completed"
CHUNK = 50  # contacts a batch, each with all its touches
IDS = 90  # ids a query: D1 binds at most 100 parameters


def touch_key(campaign_id: str, contact_id: str, position: int) -> str:
    """Return the one id that a step of a contact's sequence has."""
    text = f"{campaign_id}\n{contact_id}\n{position}"
    return "tc-" + hashlib.sha256(text.encode()).hexdigest()[:20]


def contact_rows(store: Store, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the contacts' rows by id, with `is_busy` for one in another open sequence."""
    busy = sa.exists(
        sa.select(touches.c.id)
        .select_from(touches.join(campaigns, touches.c.campaign_id == campaigns.c.id))
        .where(
            touches.c.contact_id == contacts.c.id, touches.c.status.in_(OPEN),
            campaigns.c.status.in_([CREATING, ACTIVE, PAUSED]),
        )
        .correlate(contacts)
    )  # fmt: skip
    columns = (contacts.c.id, contacts.c.email, contacts.c.time_zone, contacts.c.do_not_contact)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), IDS):
        wanted = contacts.c.id.in_(ids[start : start + IDS])
        query = sa.select(*columns, busy.label("is_busy")).where(wanted)
        found |= {row["id"]: row for row in store.read(query)}
    return found


def insert_campaign(
    store: Store, campaign: Mapping[str, Any], sequences: Mapping[str, Sequence[Mapping[str, Any]]],
    *, version: str, actor: str, now: datetime,
) -> str:  # fmt: skip
    """Write a campaign with its contacts' touches, and set it running; return its id."""
    campaign_id = "cp-" + secrets.token_hex(8)
    at = stamp(now)
    row = dict(campaign) | {
        "id": campaign_id, "status": CREATING, "graph_version": version, "created_by": actor,
        "created_at": at, "updated_at": at,
    }  # fmt: skip
    store.write(sa.insert(campaigns).values(**row))
    names = list(sequences)
    for start in range(0, len(names), CHUNK):
        rows = [
            {"id": touch_key(campaign_id, name, touch["position"]), "campaign_id": campaign_id}
            | {"contact_id": name, "updated_at": at, **touch}
            for name in names[start : start + CHUNK]
            for touch in sequences[name]
        ]
        first = {row["contact_id"]: row for row in reversed(rows) if row["status"] == SCHEDULED}
        sleeping = [timer(r["id"], r["due_at"], 1, version, now) for r in first.values()]
        store.write(many(touches, rows), *([many(runs, sleeping)] if sleeping else []))
    entry = {"contacts": len(names), "plan": row["plan_source"]}
    _move(store, campaign_id, (CREATING,), ACTIVE, actor, "campaign.start", now, entry)
    return campaign_id


def read_campaign(store: Store, campaign_id: str) -> dict[str, Any]:
    """Return a campaign's row; raises InputError when there is none."""
    found = store.read(sa.select(campaigns).where(campaigns.c.id == campaign_id))
    if not found:
        raise InputError(f"no campaign {campaign_id!r}: see the campaigns page for ids")
    return found[0]


def list_campaigns(store: Store) -> list[dict[str, Any]]:
    """Return all campaigns, the newest first."""
    return store.read(sa.select(campaigns).order_by(campaigns.c.created_at.desc(), campaigns.c.id))


def pause(store: Store, campaign_id: str, *, actor: str, now: datetime) -> bool:
    """Let no touch be drafted or sent until it is resumed; False when it was paused already."""
    return _move(store, campaign_id, (ACTIVE,), PAUSED, actor, "campaign.pause", now)


def resume(store: Store, campaign_id: str, *, actor: str, now: datetime) -> bool:
    """Go on with a paused campaign; what became due in the meantime is due now."""
    return _move(store, campaign_id, (PAUSED,), ACTIVE, actor, "campaign.resume", now)


def cancel(store: Store, campaign_id: str, *, actor: str, now: datetime) -> bool:
    """End a campaign for good, with every touch that was not sent."""
    over = sa.exists(
        sa.select(campaigns.c.id).where(
            campaigns.c.id == campaign_id, campaigns.c.status == CANCELLED
        )
    )
    wanted = (touches.c.campaign_id == campaign_id) & over
    ends = end_statements(wanted, CANCELLED, "cancelled", now)
    before = (CREATING, ACTIVE, PAUSED)
    return _move(store, campaign_id, before, CANCELLED, actor, "campaign.cancel", now, also=ends)


def finish(store: Store, now: datetime) -> int:
    """Mark running campaigns without an open touch as completed; return how many."""
    going = sa.exists(
        sa.select(touches.c.id).where(
            touches.c.campaign_id == campaigns.c.id, touches.c.status.in_(OPEN)
        )
    )
    done = (
        sa.update(campaigns)
        .where(campaigns.c.status == ACTIVE, ~going)
        .values(
            status=COMPLETED, updated_at=stamp(now), row_version=campaigns.c.row_version + 1
        )
    )  # fmt: skip
    return store.write(done)[0].changes


def replan(
    store: Store, campaign: Mapping[str, Any], plan: Mapping[str, Any],
    statements: Sequence[Any], *, actor: str, now: datetime, recalled: int,
) -> None:  # fmt: skip
    """Take a new plan over with the moves of its touches, unless the campaign changed meanwhile.

    Raises WriteConflict when somebody else changed the campaign first.
    """
    seen = sa.select(campaigns.c.id).where(
        campaigns.c.id == campaign["id"], campaigns.c.row_version == campaign["row_version"]
    )
    changed = (
        sa.update(campaigns)
        .where(campaigns.c.id == campaign["id"])
        .values(
            id=seen.scalar_subquery(),  # NULL, and so refused, when the version moved on
            plan=plan, plan_source=plan["source"], updated_at=stamp(now),
            row_version=campaign["row_version"] + 1,
        )
    )  # fmt: skip
    entry = Entry(
        now, actor, "campaign.replan", f"campaigns:{campaign['id']}",
        {"revision": plan["revision"], "recalled": recalled},
    )  # fmt: skip
    write_audited(store, [changed, *statements], [entry])


def funnel(store: Store, campaign_id: str) -> dict[str, int]:
    """Return counts of a campaign: contacts, touches by state, and why sequences stopped."""
    mine = touches.c.campaign_id == campaign_id
    people = sa.select(sa.func.count(sa.distinct(touches.c.contact_id)).label("n")).where(mine)
    states = (
        sa.select(touches.c.status, sa.func.count().label("n"))
        .where(mine)
        .group_by(touches.c.status)
    )
    contact = touches.c.contact_id
    stopped = (
        sa.select(touches.c.stop_reason, sa.func.count(sa.distinct(contact)).label("n"))
        .where(mine, touches.c.status == STOPPED)
        .group_by(touches.c.stop_reason)
    )
    approved = (
        sa.select(sa.func.count().label("n"))
        .select_from(touches.join(drafts, touches.c.draft_id == drafts.c.id))
        .where(mine, touches.c.status == HELD, drafts.c.status == "approved")
    )
    counts = dict.fromkeys(
        ("contacts", SCHEDULED, "drafting", HELD, "approved", "sent", SKIPPED, STOPPED, CANCELLED),
        0,
    )
    counts["contacts"] = int(store.read(people)[0]["n"])
    counts |= {row["status"]: int(row["n"]) for row in store.read(states)}
    counts["approved"] = int(store.read(approved)[0]["n"])
    return counts | {f"stopped:{row['stop_reason']}": int(row["n"]) for row in store.read(stopped)}


def on_the_wire(draft_id: Any) -> Any:
    """Return SQL that is true when a draft's message was taken for sending."""
    return sa.exists(
        sa.select(outbox.c.id).where(
            outbox.c.draft_id == draft_id, outbox.c.status.in_(["leased", "sending", "sent"])
        )
    )


def _move(
    store: Store, campaign_id: str, before: Sequence[str], after: str, actor: str, kind: str,
    now: datetime, payload: Mapping[str, Any] | None = None, also: Sequence[Any] = (),
) -> bool:  # fmt: skip
    row = read_campaign(store, campaign_id)
    if row["status"] == after:
        return False
    if row["status"] not in before:
        raise InputError(f"campaign {campaign_id} is {row['status']}: it cannot become {after}")
    moved = (
        sa.update(campaigns)
        .where(campaigns.c.id == campaign_id, campaigns.c.row_version == row["row_version"])
        .values(status=after, updated_at=stamp(now), row_version=row["row_version"] + 1)
    )
    mine = sa.select(campaigns.c.id).where(
        campaigns.c.id == campaign_id, campaigns.c.row_version == row["row_version"] + 1,
        campaigns.c.status == after,
    )  # fmt: skip
    entry = Entry(now, actor, kind, f"campaigns:{campaign_id}", payload or {})
    return write_audited(store, [moved, *also], [entry], when=mine).recorded
