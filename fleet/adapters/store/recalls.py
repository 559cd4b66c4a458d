"""What a fallen version still has in flight: seen first, then taken back, one batch a draft."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store import review_writes as writes
from fleet.adapters.store.grants import by_machine
from fleet.adapters.store.schema import approvals, drafts, outbox
from fleet.errors import InputError
from fleet.ports import Store

TAKEN = ("leased", "sending")


def recall_preview(
    store: Store, graph: str, version: str, *, machine_only: bool = False
) -> list[dict[str, Any]]:
    """Return what a recall would take back: draft, recipient, who approved it, and its state.

    `recallable` is false for a message that is being sent at this moment.
    """
    query = (
        sa.select(
            drafts.c.id.label("draft_id"), drafts.c.to_address, drafts.c.subject,
            approvals.c.id.label("approval_id"), approvals.c.actor, approvals.c.approved_at,
            outbox.c.status.label("outbox"),
        )
        .select_from(
            drafts.join(approvals, approvals.c.draft_id == drafts.c.id).outerjoin(
                outbox, outbox.c.approval_id == approvals.c.id
            )
        )
        .where(*_in_flight(graph, version, machine_only=machine_only))
        .order_by(approvals.c.approved_at, approvals.c.id)
    )  # fmt: skip
    return [row | {"recallable": row["outbox"] not in TAKEN} for row in store.read(query)]


def recall(
    store: Store, graph: str, version: str, *, reason: str, actor: str, at: str,
    machine_only: bool = False,
) -> list[str]:  # fmt: skip
    """Void approvals and queued messages and put the drafts back; return the drafts' ids.

    A message that somebody took for sending in the meantime stays theirs.
    """
    wanted = (
        sa.select(drafts)
        .where(
            drafts.c.id.in_(
                sa.select(drafts.c.id)
                .join(approvals, approvals.c.draft_id == drafts.c.id)
                .where(*_in_flight(graph, version, machine_only=machine_only))
            )
        )
        .order_by(drafts.c.id)
    )
    done = []
    for row in store.read(wanted):
        try:
            writes.make(store, _move(row, reason, actor, at))
        except InputError:
            continue
        done.append(row["id"])
    return done


def _in_flight(graph: str, version: str, *, machine_only: bool) -> list[Any]:
    rule = [
        drafts.c.graph == graph, drafts.c.graph_version == version,
        drafts.c.status == "approved", approvals.c.voided_at.is_(None),
    ]  # fmt: skip
    return [*rule, by_machine(approvals.c.actor)] if machine_only else rule


def _move(row: Mapping[str, Any], reason: str, actor: str, at: str) -> writes.Move:
    return writes.Move(
        row=row, action="recall", actor=actor, at=at, payload={"reason": reason},
        changes={"status": "pending", "snoozed_until": None, "error": None},
        decision={"note": reason}, only_if=[writes.untaken(row["id"])],
        also=writes.void_rows(row["id"], at, reason),
    )  # fmt: skip
