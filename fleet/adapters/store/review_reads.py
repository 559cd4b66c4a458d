"""The queue as rows: pages, one draft with everything beside it, and the wire form."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import approvals, claims, decisions, drafts, emails, outbox
from fleet.adapters.store.statements import Prepared
from fleet.errors import InputError
from fleet.ports import Store
from fleet.review.values import ClaimRow

CHUNK = 90  # ids a query: D1 takes 100 parameters
OPEN = ("pending", "leased", "snoozed")
UNSENT = drafts.c.status.in_([*OPEN, "approved"])
KNOWN = Prepared(sa.select(drafts.c.id).where(drafts.c.id == sa.bindparam("draft")))
IN_THREAD = Prepared(
    sa.select(drafts).where(
        drafts.c.thread_id == sa.bindparam("thread"), drafts.c.id != sa.bindparam("kept"), UNSENT
    )
)
PROVENANCE = (
    "confidence", "reason", "source", "evidence", "model", "prompt_digest", "policy_digest",
    "code_version", "run_id", "recorded_at",
)  # fmt: skip
DETAIL = (
    "kind", "rung", "email_id", "contact_id", "company_id", "thread_id", "touch_id", "language",
    "draft_version", "risk_reasons", "open_claims", "value", "due_at", "original_body",
    "lease_owner", "lease_expires_at", "snoozed_until", "is_canary", "error", "created_at",
    "updated_at", "row_version",
)  # fmt: skip


def find(store: Store, draft_id: str) -> dict[str, Any]:
    """Return one draft with `in_reply_to` and the thread's ids; raises InputError without one."""
    rows = store.read(_joined().where(drafts.c.id == draft_id))
    if not rows:
        raise InputError(f"no draft {draft_id!r}: see 'fleet review list'")
    return rows[0]


def page(
    store: Store, now: str, status: str | None, limit: int, after: str | None
) -> list[dict[str, Any]]:
    """Return a page of wire dicts in the queue's order, behind draft `after`."""
    done = sa.case((drafts.c.status.in_(OPEN), 0), else_=1)
    query = _joined().order_by(done, drafts.c.priority, drafts.c.id).limit(limit)
    if status is not None:
        query = _joined().where(_is(status, now)).order_by(drafts.c.priority, drafts.c.id)
        query = query.limit(limit)
    if after is not None:
        last = find(store, after)
        mark = sa.tuple_(
            sa.literal(0 if last["status"] in OPEN else 1),
            sa.literal(last["priority"]),
            sa.literal(after),
        )
        key = sa.tuple_(done, drafts.c.priority, drafts.c.id)
        query = query.where(key > mark)
    rows = store.read(query)
    beside = claims_of(store, rows)
    return [wire(row, beside.get(row["id"], []), now) for row in rows]


def claims_of(store: Store, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return each draft's claims of its current version, in order."""
    versions = {row["id"]: row["draft_version"] for row in rows}
    ids, found = list(versions), dict[str, list[dict[str, Any]]]()
    for start in range(0, len(ids), CHUNK):
        query = sa.select(claims).where(claims.c.draft_id.in_(ids[start : start + CHUNK]))
        for row in store.read(query.order_by(claims.c.draft_id, claims.c.position)):
            if row["draft_version"] == versions[row["draft_id"]]:
                found.setdefault(row["draft_id"], []).append(row)
    return found


def wire(row: Mapping[str, Any], beside: list[dict[str, Any]], now: str) -> dict[str, Any]:
    """Return the documented form of one draft."""
    told = ("text", "supported", "evidence")
    return {
        "draft_id": row["id"],
        "status": status_of(row, now),
        "to": row["to_address"],
        "subject": row["subject"],
        "body": row["body"],
        "text_hash": row["text_hash"],
        "claims": [{key: claim[key] for key in told} for claim in beside],
        "risk": row["risk"],
        "in_reply_to": row["in_reply_to"],
        "graph": row["graph"],
        "version": row["graph_version"],
        "provenance": {key: row[key] for key in PROVENANCE if row[key] is not None},
    }


def detail(store: Store, draft_id: str, now: str) -> dict[str, Any]:
    """Return one draft in the wire form, with full claims, history and outbox rows."""
    row = find(store, draft_id)
    beside = claims_of(store, [row]).get(draft_id, [])
    out = wire(row, beside, now) | {key: row[key] for key in DETAIL}
    out["claims"] = [
        {key: value for key, value in claim.items() if key not in ("draft_id", "draft_version")}
        for claim in beside
    ]
    for name, table, order in (
        ("decisions", decisions, decisions.c.at),
        ("approvals", approvals, approvals.c.approved_at),
        ("outbox", outbox, outbox.c.created_at),
    ):
        query = sa.select(table).where(table.c.draft_id == draft_id).order_by(order, table.c.id)
        out[name] = store.read(query)
    return out


def status_of(row: Mapping[str, Any], now: str) -> str:
    """Return the status as of now: a lease or a snooze that ran out is pending again."""
    until = {"leased": row["lease_expires_at"], "snoozed": row["snoozed_until"]}
    ends = until.get(row["status"])
    return "pending" if ends is not None and ends <= now else str(row["status"])


def claim_values(rows: Iterable[Mapping[str, Any]]) -> tuple[ClaimRow, ...]:
    """Return stored claims as values."""
    return tuple(
        ClaimRow(
            text=row["text"], kind=row["kind"], start=row["start_at"], end=row["end_at"],
            supported=row["supported"], note=row["note"], evidence=tuple(row["evidence"] or ()),
            nearest=tuple(row["nearest"] or ()), attested_by=row["attested_by"],
        )
        for row in rows
    )  # fmt: skip


def live_approval(store: Store, draft_id: str) -> dict[str, Any] | None:
    """Return the approval of a draft that nothing voided, newest first, or None."""
    query = (
        sa.select(approvals)
        .where(approvals.c.draft_id == draft_id, approvals.c.voided_at.is_(None))
        .order_by(approvals.c.approved_at.desc())
    )
    return next(iter(store.read(query.limit(1))), None)


def last_decision(store: Store, draft_id: str) -> dict[str, Any] | None:
    """Return the newest decision on a draft, or None."""
    query = sa.select(decisions).where(decisions.c.draft_id == draft_id)
    return next(iter(store.read(query.order_by(decisions.c.at.desc()).limit(1))), None)


def decision_by_key(store: Store, request_key: str | None) -> dict[str, Any] | None:
    """Return the decision that a request made before, or None."""
    if request_key is None:
        return None
    query = sa.select(decisions).where(decisions.c.request_key == request_key)
    return next(iter(store.read(query)), None)


def _joined() -> Any:
    query = sa.select(
        drafts, emails.c.message_id.label("in_reply_to"), emails.c.reference_ids.label("thread_ids")
    )
    return query.select_from(drafts.outerjoin(emails, drafts.c.email_id == emails.c.id))


def _is(status: str, now: str) -> Any:
    leased, snoozed = drafts.c.status == "leased", drafts.c.status == "snoozed"
    if status == "pending":
        over = (leased & (drafts.c.lease_expires_at <= now)) | (
            snoozed & (drafts.c.snoozed_until <= now)
        )
        return (drafts.c.status == "pending") | over
    if status == "leased":
        return leased & (drafts.c.lease_expires_at > now)
    if status == "snoozed":
        return snoozed & (drafts.c.snoozed_until > now)
    return drafts.c.status == status


def answer(row: Mapping[str, Any], changed: bool) -> dict[str, Any]:
    """Return the documented answer of a change."""
    return {
        "draft_id": row["id"],
        "status": row["status"],
        "text_hash": row["text_hash"],
        "changed": changed,
    }


def until_of(until: str | datetime) -> str:
    """Return a moment as the store writes it; raises InputError on another text."""
    if isinstance(until, datetime):
        return stamp(until)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        raise InputError(f"{until!r} is no time: write 2026-01-31T09:00:00Z") from None
    if moment.tzinfo is None:
        raise InputError(f"{until!r} has no time zone: write 2026-01-31T09:00:00Z")
    return stamp(moment)
