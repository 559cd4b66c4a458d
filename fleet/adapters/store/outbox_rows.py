"""The outbox as SQL: what may be sent right now, and how each end of a message is written."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.controls import halted_clause, suppression_clause
from fleet.adapters.store.grants import by_machine, grant_clause
from fleet.adapters.store.review_writes import recipient_state
from fleet.adapters.store.schema import approvals, contacts, drafts, emails, outbox
from fleet.adapters.store.statements import insert
from fleet.adapters.store.touch_stops import over_clause, waits_clause
from fleet.ports import Store


def suppressed_clause() -> Any:
    """Return SQL that is true when the recipient must not be written to."""
    refused = sa.select(contacts.c.id).where(
        contacts.c.id == drafts.c.contact_id, contacts.c.do_not_contact == sa.true()
    )
    return suppression_clause(outbox.c.recipient) | sa.exists(refused.correlate(drafts))


def approved_clause(policy: str) -> Any:
    """Return SQL that is true while the approval covers the text, recipient, graph and policy."""
    a, d, o = approvals.c, drafts.c, outbox.c
    return sa.and_(
        a.voided_at.is_(None), a.draft_id == d.id, a.draft_version == d.draft_version,
        o.draft_version == d.draft_version, a.text_hash == d.text_hash,
        a.text_hash == o.text_hash, a.recipient == o.recipient, a.recipient == d.to_address,
        a.graph == d.graph, a.graph_version == d.graph_version, a.policy_digest == policy,
        d.status == "approved", d.is_canary == sa.false(),
    )  # fmt: skip


def newer_clause() -> Any:
    """Return SQL that is true when the recipient wrote again, or a touch's sequence is over."""
    state = recipient_state(drafts.c.thread_id, drafts.c.contact_id)
    return (approvals.c.recipient_state != state) | over_clause()


def granted_clause(now: str, heard: str, rungs: Sequence[str]) -> Any:
    """Return SQL that is true for a person's approval, and for a machine's while it is granted."""
    a = approvals.c
    return ~by_machine(a.actor) | grant_clause(a.graph, a.graph_version, rungs, now, heard)


def due(now: str, policy: str, limit: int, granted: Any) -> Any:
    """Return the query for queued messages whose undo time is over, with what stands against."""
    query = sa.select(
        outbox,
        drafts.c.thread_id, drafts.c.contact_id, drafts.c.company_id, drafts.c.language,
        suppressed_clause().label("is_suppressed"), approved_clause(policy).label("is_approved"),
        newer_clause().label("has_newer"),
    )  # fmt: skip
    return (
        query.select_from(_joined())
        .where(outbox.c.status == "queued", outbox.c.releasable_at <= now, granted, ~waits_clause())
        .order_by(outbox.c.releasable_at, outbox.c.id)
        .limit(limit)
    )


def in_hand() -> Any:
    """Return the query for messages that somebody is sending, or was when the process died."""
    query = sa.select(
        outbox, drafts.c.thread_id, drafts.c.contact_id, drafts.c.company_id, drafts.c.language
    )
    return query.select_from(_joined()).where(outbox.c.status.in_(["leased", "sending"]))


def take(
    row: Mapping[str, Any], owner: str, way: str, now: str, until: str, policy: str, granted: Any
) -> Any:
    """Return the one statement that checks everything again and marks the message as being sent."""
    ok = (
        sa.select(outbox.c.id)
        .select_from(_joined())
        .where(
            outbox.c.id == row["id"], approved_clause(policy), ~newer_clause(),
            ~suppressed_clause(), ~halted_clause(), approvals.c.releasable_at <= now, granted,
            ~waits_clause(),
        )
    )  # fmt: skip
    return (
        sa.update(outbox)
        .where(
            outbox.c.id.in_(ok), outbox.c.status == "queued",
            outbox.c.releasable_at <= now,
        )
        .values(
            status="sending", lease_owner=owner, lease_expires_at=until, receipt=way,
            lease_fence=outbox.c.lease_fence + 1, attempts=outbox.c.attempts + 1,
            row_version=outbox.c.row_version + 1,
        )
        .returning(outbox.c.lease_fence, outbox.c.attempts)
    )  # fmt: skip


def ended(
    row: Mapping[str, Any], status: str, *, error: str | None, draft_status: str,
    when: Any, **more: Any,
) -> list[Any]:  # fmt: skip
    """Return the statements that end a message and its draft, in this order, under `when`."""
    still = sa.exists(sa.select(outbox.c.id).where(outbox.c.id == row["id"], when))
    draft = (
        sa.update(drafts)
        .where(
            drafts.c.id == row["draft_id"], drafts.c.draft_version == row["draft_version"],
            drafts.c.status.in_(["approved", "failed"]), still,
        )
        .values(status=draft_status, error=error, row_version=drafts.c.row_version + 1)
    )  # fmt: skip
    message = sa.update(outbox).where(outbox.c.id == row["id"], when)
    free = {"lease_owner": None, "lease_expires_at": None}
    values = {"status": status, "error": error, "row_version": outbox.c.row_version + 1}
    return [draft, message.values(**values, **free, **more)]


def postponed(row: Mapping[str, Any], until: str, error: str, when: Any) -> Any:
    """Return the statement that puts a message back for another try."""
    return (
        sa.update(outbox)
        .where(outbox.c.id == row["id"], when)
        .values(
            status="queued", releasable_at=until, error=error, lease_owner=None,
            lease_expires_at=None, row_version=outbox.c.row_version + 1,
        )
    )  # fmt: skip


def sent_mail(row: Mapping[str, Any], sender: str, at: str) -> Any:
    """Return the insert of the sent message among the mails; the same again changes nothing."""
    statement = insert(emails).values(
        id=f"m{row['id']}", message_id=row["message_id"], direction="out", kind="person",
        thread_id=row["thread_id"] or row["message_id"], from_address=sender,
        to_address=row["recipient"], subject=row["subject"], body=row["body"], reply=row["body"],
        in_reply_to=row["in_reply_to"], reference_ids=row["reference_ids"], at=at,
        language=row["language"], contact_id=row["contact_id"], company_id=row["company_id"],
        handled_at=at, handled_as="sent",
    )  # fmt: skip
    return statement.on_conflict_do_nothing()


def token_recipient(store: Store, token: str) -> str | None:
    """Return whom the `u` of an unsubscribe link names, or None."""
    rows = store.read(sa.select(outbox.c.recipient).where(outbox.c.id == token))
    return rows[0]["recipient"] if rows else None


def _joined() -> Any:
    way = outbox.join(approvals, outbox.c.approval_id == approvals.c.id)
    return way.join(drafts, outbox.c.draft_id == drafts.c.id)
