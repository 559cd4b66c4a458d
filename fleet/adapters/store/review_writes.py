"""Changes of a draft: each one batch that happens as a whole, or not at all.

The first statement of a batch writes the decision with the draft's id read under the version the
caller saw. When somebody else moved the draft first, that id is NULL, the column refuses it, and
the batch is undone by the store itself: no later statement needs a condition of its own.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import (
    approvals,
    claims,
    decisions,
    drafts,
    emails,
    eval_cases,
    outbox,
)
from fleet.adapters.store.statements import Prepared, insert, many
from fleet.errors import InputError, WriteConflict
from fleet.ports import Store
from fleet.review.values import ClaimRow

RETAKEN = ("voided", "failed", "suppressed")  # outbox states from which a new approval may queue
ADD = Prepared(sa.insert(drafts))
NO_LEASE = {"lease_owner": None, "lease_token": None, "lease_expires_at": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One decision about one draft row as the caller read it."""

    row: Mapping[str, Any]
    action: str
    actor: str
    at: str
    changes: Mapping[str, Any]
    decision: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    only_if: Sequence[Any] = ()
    also: Sequence[Any] = ()
    keeps_lease: bool = False


def make(store: Store, move: Move) -> None:
    """Run a move; raises InputError when somebody else moved the draft first."""
    row = move.row
    seen = sa.select(drafts.c.id).where(
        drafts.c.id == row["id"], drafts.c.row_version == row["row_version"], *move.only_if
    )
    decision = {
        "id": "n" + secrets.token_hex(12), "draft_version": row["draft_version"],
        "action": move.action, "actor": move.actor, "at": move.at,
        "text_hash": row["text_hash"],
        "seconds_on_item": seconds_held(row, move.actor, move.at), **move.decision,
    }  # fmt: skip
    values = dict(move.changes) | {"updated_at": move.at, "row_version": row["row_version"] + 1}
    batch = [
        sa.insert(decisions).values(**decision, draft_id=seen.scalar_subquery()),
        sa.update(drafts)
        .where(drafts.c.id == row["id"])
        .values(values if move.keeps_lease else values | NO_LEASE),
        *move.also,
    ]
    payload = {"text_hash": values.get("text_hash", row["text_hash"]), **move.payload}
    entry = Entry(move.at, move.actor, f"review.{move.action}", f"drafts:{row['id']}", payload)
    try:
        write_audited(store, batch, [entry])
    except WriteConflict:
        raise InputError(
            f"somebody else changed draft {row['id']} first: look at it again"
        ) from None


def seconds_held(row: Mapping[str, Any], actor: str, at: str) -> float | None:
    """Return how long the one who decides has held a draft; None for one that nobody held."""
    begun = str(row.get("lease_token") or "").partition("/")[0]
    if row.get("lease_owner") != actor or not begun:
        return None
    try:
        gap = datetime.fromisoformat(at) - datetime.fromisoformat(begun)
    except (ValueError, TypeError):
        return None
    return max(0.0, round(gap.total_seconds(), 3))


def approval_rows(
    row: Mapping[str, Any], *, actor: str, at: str, releasable_at: str, policy: str, host: str,
    max_references: int,
) -> list[Any]:  # fmt: skip
    """Return the statements of an approval: what it binds, and the message to send."""
    approval = "a" + secrets.token_hex(12)
    bound = {
        "id": approval, "draft_id": row["id"], "draft_version": row["draft_version"],
        "text_hash": row["text_hash"], "recipient": row["to_address"], "graph": row["graph"],
        "graph_version": row["graph_version"], "policy_digest": policy, "actor": actor,
        "approved_at": at, "releasable_at": releasable_at,
        "recipient_state": recipient_state(row["thread_id"], row["contact_id"]),
    }  # fmt: skip
    key = hashlib.sha256(
        f"{row['id']}\n{row['draft_version']}\n{row['to_address']}".encode()
    ).hexdigest()[:32]
    earlier = [*(row["thread_ids"] or []), row["in_reply_to"]]
    fresh = {
        "approval_id": approval, "subject": row["subject"], "body": row["body"],
        "text_hash": row["text_hash"], "status": "queued", "releasable_at": releasable_at,
        "attempts": 0, "error": None,
    }  # fmt: skip
    message = insert(outbox).values(
        id=f"o{key}", draft_id=row["id"], draft_version=row["draft_version"],
        recipient=row["to_address"], message_id=f"<{key}@{host}>", in_reply_to=row["in_reply_to"],
        reference_ids=list(dict.fromkeys(ref for ref in earlier if ref))[-max_references:],
        created_at=at, **fresh,
    )  # fmt: skip
    again = message.on_conflict_do_update(
        index_elements=[outbox.c.draft_id, outbox.c.draft_version, outbox.c.recipient],
        set_=fresh | {"row_version": outbox.c.row_version + 1},
        where=outbox.c.status.in_(RETAKEN),
    )
    return [sa.insert(approvals).values(**bound), again]


def recipient_state(thread_id: Any, contact_id: Any) -> Any:
    """Return SQL for how much the recipient has written so far, as text."""
    pairs = ((emails.c.thread_id, thread_id), (emails.c.contact_id, contact_id))
    # `== None` would mean IS NULL, and count the mails of everybody without a contact
    known = [column == value for column, value in pairs if value is not None]
    theirs = sa.or_(sa.false(), *known)
    count = sa.select(sa.func.count()).where(emails.c.direction == "in", theirs).scalar_subquery()
    return sa.cast(count, sa.Text)


def void_rows(draft_id: str, at: str, reason: str) -> list[Any]:
    """Return the statements that take an approval and its unsent message back."""
    return [
        sa.update(approvals)
        .where(approvals.c.draft_id == draft_id, approvals.c.voided_at.is_(None))
        .values(voided_at=at, void_reason=reason, row_version=approvals.c.row_version + 1),
        sa.update(outbox)
        .where(outbox.c.draft_id == draft_id, outbox.c.status == "queued")
        .values(status="voided", error=reason, row_version=outbox.c.row_version + 1),
    ]


def untaken(draft_id: str) -> Any:
    """Return SQL that is true while no message of the draft left the queue for sending."""
    taken = sa.select(outbox.c.id).where(
        outbox.c.draft_id == draft_id, outbox.c.status.in_(["leased", "sending", "sent"])
    )
    return ~sa.exists(taken)


def claim_rows(draft_id: str, version: int, items: Iterable[ClaimRow]) -> list[Any]:
    """Return the insert of a draft version's claims; nothing when there are none."""
    rows = [
        {
            "id": f"{draft_id}.{version}.{position}", "draft_id": draft_id,
            "draft_version": version, "position": position, "start_at": item.start,
            "end_at": item.end, "text": item.text, "kind": item.kind,
            "supported": item.supported, "note": item.note, "attested_by": item.attested_by,
            "evidence": list(item.evidence), "nearest": list(item.nearest),
        }
        for position, item in enumerate(items)
    ]  # fmt: skip
    return [many(claims, rows)] if rows else []


def eval_case(row: Mapping[str, Any], *, reason: str, note: str | None, actor: str, at: str) -> Any:
    """Return the insert of a rejected draft as a test case that waits for admission."""
    text = {"subject": row["subject"], "body": row["body"], "to": row["to_address"]}
    return sa.insert(eval_cases).values(
        id=case_id(row), prompt=row["graph"], origin=f"drafts:{row['id']}", status="quarantined",
        case_input=text | {"kind": row["kind"], "email_id": row["email_id"]},
        expected={"rejected_for": reason}, reason_code=reason, note=note, created_by=actor,
        created_at=at,
    )  # fmt: skip


def case_id(row: Mapping[str, Any]) -> str:
    """Return a fresh id for a rejected draft's test case."""
    return f"{row['id']}.{row['draft_version']}.{row['row_version']}"
