"""The touches of campaigns as SQL: what is due, and every move of a touch, one statement each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store import runs as run_rows
from fleet.adapters.store.schema import campaigns, drafts, outbox, runs, touches
from fleet.adapters.store.statements import insert
from fleet.adapters.store.touch_statements import (
    claim_statement,
    hold_statement,
    look_statement,
    looked_at,
    waits_for_earlier,
)
from fleet.adapters.store.touch_stops import (
    ACTIVE,
    DRAFTING,
    HELD,
    OPEN,
    SCHEDULED,
    SENT,
    STOPPED,
    STOPS,
    in_sequence,
    joined,
    stop_clauses,
)
from fleet.ports import Store

GRAPH = "touch"
IDS = 90  # D1 binds at most 100 parameters
SETTLED_BY = ("sent", "rejected", "superseded", "suppressed", "failed")  # ends of a held draft


def run_id(touch_id: str, revision: int) -> str:
    """Return the id of a touch's run; a touch that was recalled begins a new run."""
    return f"{GRAPH}:{touch_id}" + (f"@{revision}" if revision > 1 else "")


def due_touches(store: Store, now: datetime, limit: int | None) -> list[dict[str, Any]]:
    """Return touches to draft: claimed ones that were cut short, then what is due, in order.

    The plan comes as its text, so that a damaged one stops the runs of its own campaign only.
    """
    due = (touches.c.status == SCHEDULED) & (touches.c.due_at <= stamp(now)) & ~waits_for_earlier()
    dead = sa.select(runs.c.id).where(
        runs.c.subject_table == "touches", runs.c.subject_id == touches.c.id,
        runs.c.status == run_rows.DEAD,
    )  # fmt: skip
    query = (
        sa.select(touches.c.id, sa.type_coerce(campaigns.c.plan, sa.Text).label("plan"))
        .select_from(joined())
        .where(campaigns.c.status == ACTIVE, due | (touches.c.status == DRAFTING), ~sa.exists(dead))
        .order_by(touches.c.status, touches.c.due_at, touches.c.id)
    )
    return store.read(query.limit(limit) if limit else query)


def read_touch(store: Store, touch_id: str) -> dict[str, Any] | None:
    """Return a touch with its campaign's name, plan and state, its contact, and `stop`."""
    found = store.read(look_statement()(touch=touch_id))
    return _with_stop(found[0]) if found else None


def stopped_contacts(store: Store) -> list[tuple[str, str]]:
    """Return `(contact, reason)` of each open sequence that must end."""
    clauses = stop_clauses()
    query = looked_at().where(
        touches.c.status.in_(OPEN), ~waits_for_earlier(), sa.or_(*clauses.values())
    )  # fmt: skip
    found: dict[str, str] = {}
    for row in store.read(query.order_by(touches.c.contact_id)):
        found.setdefault(row["contact_id"], str(_with_stop(row)["stop"]))
    return list(found.items())


def stopped_by_mail(store: Store, mail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return `(contact, reason)` of the open sequences that one inbound mail ends."""
    ids = in_sequence(store, mail)
    if not ids:
        return []
    mine = touches.c.contact_id.in_(ids[:IDS]) & touches.c.status.in_(OPEN)
    query = looked_at().where(mine, sa.or_(*stop_clauses().values()))
    return list({row["contact_id"]: _with_stop(row)["stop"] for row in store.read(query)}.items())


def has_open(store: Store, contact_id: str) -> bool:
    """Whether a contact is in an open sequence, or a draft of an ended one still waits."""
    mine = touches.c.contact_id == contact_id
    query = sa.select(touches.c.id).where(mine, touches.c.status.in_(OPEN)).limit(1)
    return bool(store.read(query)) or bool(loose_drafts(store, mine))


def claim(store: Store, touch: Mapping[str, Any], now: datetime) -> int | None:
    """Take a due touch and return its new version; None when it is not (or no longer) due."""
    taken = store.write(claim_statement()(touch=touch["id"], claimed_at=stamp(now)))[0].rows
    return int(taken[0]["row_version"]) if taken else None


def hold(store: Store, touch_id: str, version: int, draft_id: str, run: str, now: datetime) -> bool:
    """Tie a draft to the touch that was claimed; False when the sequence ended in between."""
    held = hold_statement()(
        touch=touch_id, held_version=version, next_version=version + 1, draft=draft_id,
        held_at=stamp(now),
    )  # fmt: skip
    waiting = run_rows.wait_statement(run, f"a decision on draft {draft_id}")
    mine = sa.exists(
        sa.select(touches.c.id).where(
            touches.c.id == touch_id, touches.c.status == HELD, touches.c.draft_id == draft_id
        )
    )
    store.write(held, waiting.where(mine))
    kept = sa.select(touches.c.id).where(
        touches.c.id == touch_id, touches.c.status.in_([HELD, SENT]), touches.c.draft_id == draft_id
    )
    return bool(store.read(kept))  # a repeat after a kill finds its own hold


def held_ends(store: Store, limit: int | None = None) -> list[dict[str, Any]]:
    """Return held touches whose draft came to an end, with that end and when it was sent."""
    ended = (touches.c.status == HELD) & drafts.c.status.in_(SETTLED_BY)
    late = (touches.c.status == STOPPED) & (drafts.c.status == "sent")
    sent_at = sa.select(sa.func.max(outbox.c.sent_at)).where(outbox.c.draft_id == drafts.c.id)
    decided = sa.func.coalesce(sent_at.scalar_subquery(), drafts.c.updated_at)
    query = (
        looked_at(drafts.c.status.label("draft_status"), decided.label("decided_at"))
        .join(drafts, touches.c.draft_id == drafts.c.id)
        .where(ended | late)
        .order_by(touches.c.id)
    )
    return [_with_stop(row) for row in store.read(query.limit(limit) if limit else query)]


def sequence(store: Store, campaign_id: str, contact_id: str) -> list[dict[str, Any]]:
    """Return one contact's touches of a campaign, in order."""
    query = sa.select(touches).where(
        touches.c.campaign_id == campaign_id, touches.c.contact_id == contact_id
    )
    return store.read(query.order_by(touches.c.position))


def settle_statements(
    touch: Mapping[str, Any], status: str, reason: str | None, now: datetime
) -> list[Any]:
    """Return the statements that end one held touch and its run."""
    at = stamp(now)
    moved = (
        sa.update(touches)
        .where(touches.c.id == touch["id"], touches.c.row_version == touch["row_version"])
        .values(
            status=status, stop_reason=reason, updated_at=at,
            row_version=touches.c.row_version + 1,
        )
    )  # fmt: skip
    ended = (
        sa.update(runs)
        .where(
            runs.c.subject_table == "touches",
            runs.c.subject_id == touch["id"],
            runs.c.status.in_(run_rows.OPEN),
        )
        .values(status="completed", outcome=reason or status, ended_at=at, waits_for=None)
    )
    return [moved, ended]


def next_statements(
    touch: Mapping[str, Any], due_at: str, revision: int, version: str, now: datetime
) -> list[Any]:
    """Return the statements that wake the next touch later, and show it as sleeping."""
    later = (
        sa.update(touches)
        .where(
            touches.c.id == touch["id"], touches.c.status == SCHEDULED, touches.c.due_at < due_at
        )
        .values(due_at=due_at, updated_at=stamp(now), row_version=touches.c.row_version + 1)
    )  # fmt: skip
    due = max(due_at, touch["due_at"])
    return [later, sleeping_statement(touch["id"], due, revision, version, now)]


def sleeping_statement(
    touch_id: str, due_at: str, revision: int, version: str, now: datetime
) -> Any:
    """Return the statement that shows a scheduled touch as a sleeping run, once."""
    row = timer(touch_id, due_at, revision, version, now)
    mine = sa.select(touches.c.id).where(touches.c.id == touch_id, touches.c.status == SCHEDULED)
    awake = sa.select(*(sa.literal(value, runs.c[name].type) for name, value in row.items()))
    chosen = awake.where(sa.exists(mine))
    return insert(runs).from_select(list(row), chosen).on_conflict_do_nothing()


def timer(touch_id: str, due_at: str, revision: int, version: str, now: datetime) -> dict[str, Any]:
    """Return the run's row of a sleeping touch."""
    run = {
        "id": run_id(touch_id, revision), "graph": GRAPH, "graph_version": version,
        "subject_table": "touches", "subject_id": touch_id,
    }  # fmt: skip
    return run_rows.timer_row(run, due_at, now)


def end_statements(
    wanted: Any, status: str, reason: str, now: datetime, before: Sequence[str] = OPEN
) -> list[Any]:
    """Return the statements that end every open touch under `wanted`, and their runs."""
    at = stamp(now)
    mine = sa.select(touches.c.id).where(wanted, touches.c.status.in_(before))
    run = (
        sa.update(runs)
        .where(
            runs.c.subject_table == "touches", runs.c.subject_id.in_(mine),
            runs.c.status.in_(run_rows.OPEN),
        )
        .values(status="cancelled", outcome=f"{status}:{reason}", ended_at=at, waits_for=None)
    )  # fmt: skip
    moved = (
        sa.update(touches)
        .where(wanted, touches.c.status.in_(before))
        .values(
            status=status, stop_reason=reason, updated_at=at,
            row_version=touches.c.row_version + 1,
        )
    )  # fmt: skip
    return [run, moved]


def ended_now(contact_id: str, status: str, now: datetime) -> Any:
    """Return the query for touches of a contact that were ended at this moment."""
    return sa.select(touches.c.id).where(
        touches.c.contact_id == contact_id, touches.c.status == status,
        touches.c.updated_at == stamp(now),
    )  # fmt: skip


def loose_drafts(store: Store, wanted: Any | None = None) -> list[str]:
    """Return unsent drafts whose touch no longer stands behind them."""
    behind = sa.select(touches.c.id).where(
        touches.c.id == drafts.c.touch_id,
        touches.c.status.in_([DRAFTING, HELD])
        & (touches.c.draft_id.is_(None) | (touches.c.draft_id == drafts.c.id)),
    )
    query = (
        sa.select(drafts.c.id)
        .select_from(drafts.join(touches, drafts.c.touch_id == touches.c.id))
        .where(
            drafts.c.status.in_(["pending", "leased", "snoozed", "approved"]),
            ~sa.exists(behind.correlate(drafts)),
        )
    )  # fmt: skip
    found = store.read(query if wanted is None else query.where(wanted))
    return [row["id"] for row in found]


def _with_stop(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"stop": next((name for name in STOPS if row[f"is_{name}"]), None)}
