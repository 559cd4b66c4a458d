"""Keep parsed mails: once by Message-ID, tied to their contact and thread."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import contacts, emails, people
from fleet.adapters.store.statements import many
from fleet.mailbox.message import ParsedMail
from fleet.ports import Store

BATCH = 50


def store_mails(store: Store, mails: Iterable[ParsedMail], now: datetime) -> dict[str, int]:
    """Store mails that are new; return how many came in and how many were known already."""
    counts = {"imported": 0, "unchanged": 0}
    batch: list[ParsedMail] = []
    for mail in mails:
        batch.append(mail)
        if len(batch) == BATCH:
            _keep(store, batch, now, counts)
            batch = []
    if batch:
        _keep(store, batch, now, counts)
    return counts


def _keep(store: Store, batch: list[ParsedMail], now: datetime, counts: dict[str, int]) -> None:
    mails = {mail.message_id: mail for mail in batch}
    query = sa.select(emails.c.message_id).where(emails.c.message_id.in_(list(mails)))
    known = {row["message_id"] for row in store.read(query)}
    fresh = [mail for key, mail in mails.items() if key not in known]
    rows = [_row(store, mail, now) for mail in fresh]
    added = store.write(many(emails, rows, skip_known=True))[0].changes if rows else 0
    counts["imported"] += added
    counts["unchanged"] += len(batch) - added


def _row(store: Store, mail: ParsedMail, now: datetime) -> dict[str, Any]:
    outward = bool(store.read(_by_address(people, mail.from_address)))
    other = mail.to_address.split(",")[0].strip() if outward else mail.from_address
    found = store.read(_by_address(contacts, other))
    contact = found[0] if found else None
    at = stamp(now)
    return {
        "id": "em-" + hashlib.sha256(mail.message_id.encode()).hexdigest()[:20],
        "message_id": mail.message_id, "thread_id": _thread(store, mail),
        "direction": "out" if outward else "in", "from_address": mail.from_address,
        "from_name": mail.from_name, "to_address": mail.to_address, "cc": mail.cc,
        "subject": mail.subject, "body": mail.body, "reply": mail.reply, "kind": mail.kind,
        "language": mail.language, "returns_at": mail.returns_on,
        "bounced_address": mail.bounce and mail.bounce.address,
        "bounce_status": mail.bounce and mail.bounce.status,
        "in_reply_to": mail.in_reply_to, "reference_ids": list(mail.references),
        "attachments": list(mail.attachments), "at": mail.at, "received_at": at,
        "contact_id": contact and contact["id"], "company_id": contact and contact["company_id"],
        "matched_via": "address_match" if contact else None, "digest": mail.digest,
        "handled_at": at if outward else None, "handled_as": "sent" if outward else None,
    }  # fmt: skip


def _by_address(table: sa.Table, address: str) -> Any:
    columns = [table.c.id] + ([table.c.company_id] if table is contacts else [])
    return sa.select(*columns).where(sa.func.lower(table.c.email) == address).order_by(table.c.id)


def _thread(store: Store, mail: ParsedMail) -> str:
    """Join the thread of any mail that this one answers; else start one named after its root."""
    earlier = [ref for ref in (*mail.references, mail.in_reply_to) if ref]
    if earlier:
        query = sa.select(emails.c.thread_id).where(emails.c.message_id.in_(earlier[-20:]))
        found = store.read(query.limit(1))
        if found:
            return str(found[0]["thread_id"])
    root = earlier[0] if earlier else mail.message_id
    return "th-" + hashlib.sha256(root.encode()).hexdigest()[:20]
