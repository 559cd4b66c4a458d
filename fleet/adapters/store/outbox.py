"""The outbox: sends what is approved, once, and never past a suppression or the kill switch.

A message is marked `sending` by one statement that checks everything again, and `sent` only with
the server's receipt. What is found in `sending` after a crash is looked for in the Maildir; with a
relay nobody can tell, so it becomes `failed: unknown whether sent` and is never tried again.
"""

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.delivery import NotSent, Transport
from fleet.adapters.files import read_policies
from fleet.adapters.store import outbox_rows as rows
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.controls import is_halted, is_suppressed
from fleet.adapters.store.grants import heard_since
from fleet.adapters.store.review_leases import UNKNOWN
from fleet.adapters.store.schema import outbox
from fleet.drafting.footer import FooterRule
from fleet.errors import InputError
from fleet.policy import digest, section
from fleet.ports import Clock, Store
from fleet.release_gate.ladder_policy import LadderPolicy
from fleet.review.message import Outgoing, compose
from fleet.review.rules import OutboxPolicy
from fleet.settings import Settings

ACTOR = "outbox"
NOBODY = "Sales Fleet <fleet@fleet.invalid>"  # in a Maildir only; a relay needs FLEET_SENDER
COUNTS = ("handled", "sent", "suppressed", "voided", "failed")
PAGE = 200


class Outbox:
    """Drains approved messages through one transport."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, transport: Transport, *,
        policies: Mapping[str, Any] | None = None, alive: Callable[[str], bool] | None = None,
        footer: FooterRule | None = None,
    ) -> None:  # fmt: skip
        known = read_policies(settings.policies) if policies is None else policies
        self.policy = section(known, "outbox", OutboxPolicy)
        self.ladder = section(known, "ladder", LadderPolicy)
        self.policy_digest = digest(known)
        self.store, self.clock, self.settings, self.transport = store, clock, settings, transport
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.alive, self.footer = alive or process_lives, footer
        if settings.sender is None and not transport.can_find():
            raise InputError("FLEET_SENDER is not set: a relay needs the address to send from")
        self.sender = settings.sender or NOBODY
        self.down = False

    def drain(self, limit: int | None = None) -> dict[str, int]:
        """Send what is due; return counts, with `waiting` for what stays queued."""
        counts = dict.fromkeys(COUNTS, 0)
        self.down = False
        for row in self.store.read(rows.in_hand()):
            _count(counts, self._recover(row))
        left = limit
        while (left is None or left > 0) and not is_halted(self.store):
            size = PAGE if left is None else min(PAGE, left)
            page = self.store.read(rows.due(self._now(), self.policy_digest, size, self._granted()))
            moved = 0
            for row in page:
                end = self._handle(row)
                _count(counts, end)
                moved += end is not None
                if self.down:
                    break
            left = None if left is None else left - len(page)
            if len(page) < size or not moved or self.down:
                break
        self.transport.close()
        query = sa.select(sa.func.count().label("n")).where(outbox.c.status == "queued")
        return counts | {"waiting": int(self.store.read(query)[0]["n"])}

    def _handle(self, row: Mapping[str, Any]) -> str | None:
        """Bring one due message to its end; None when it stays as it is."""
        mine = (outbox.c.status == "queued") & (outbox.c.row_version == row["row_version"])
        if row["has_newer"] and row["is_approved"]:
            why = "the recipient wrote again after the approval"
            return self._end(row, "voided", why, "superseded", mine)
        if not row["is_approved"]:
            why = "the approval no longer covers the text, recipient, graph version or policy"
            return self._end(row, "voided", why, "voided", mine)
        try:
            if row["is_suppressed"] or is_suppressed(self.store, row["recipient"]):
                return self._end(row, "suppressed", "the address is suppressed", "suppressed", mine)
            mail = self._compose(row)
        except InputError as error:
            return self._end(row, "failed", str(error), "failed", mine)
        try:
            self.transport.open()
        except NotSent as error:
            self.down = True  # one mail says why; the others stay as they are
            self._postpone(row, str(error), mine)
            return None
        return self._send(row, mail)

    def _send(self, row: Mapping[str, Any], mail: bytes) -> str | None:
        now = self.clock.now()
        until = stamp(now + timedelta(seconds=self.policy.lease_s))
        way = self.transport.name
        take = rows.take(
            row, self.owner, way, stamp(now), until, self.policy_digest, self._granted()
        )
        taken = self.store.write(take)[0].rows
        if not taken:
            return None  # something changed since the page was read: the next round sees what
        fence = outbox.c.lease_fence == taken[0]["lease_fence"]
        mine = (outbox.c.status == "sending") & fence
        address = parseaddr(self.sender)[1]
        try:
            receipt = self.transport.deliver(address, row["recipient"], row["message_id"], mail)
        except NotSent as error:
            if error.permanent or taken[0]["attempts"] >= self.policy.max_attempts:
                return self._end(row, "failed", str(error), "failed", mine)
            self._postpone(row, str(error), mine)
            return None
        except Exception as error:  # noqa: BLE001  # whatever a relay's library raises: not known
            why = f"{UNKNOWN}: {type(error).__name__}"
            return self._end(row, "failed", why, "failed", mine)
        return self._sent(row, receipt, outbox.c.status.in_(["sending", "failed"]) & fence)

    def _recover(self, row: Mapping[str, Any]) -> str | None:
        """Settle a message whose sender died; leave one that is being sent alone."""
        expired = (row["lease_expires_at"] or "") <= self._now()
        if not expired and self.alive(row["lease_owner"] or ""):
            return None
        mine = (outbox.c.status == row["status"]) & (outbox.c.lease_fence == row["lease_fence"])
        receipt = self.transport.find(row["message_id"])
        if receipt:
            return self._sent(row, receipt, mine)
        if self.transport.can_find() and row["receipt"] == self.transport.name:
            self._write([rows.postponed(row, self._now(), "the sender died", mine)], row, "queued")
            return None
        return self._end(row, "failed", UNKNOWN, "failed", mine)

    def _sent(self, row: Mapping[str, Any], receipt: str, mine: Any) -> str:
        at = self._now()
        sender = parseaddr(self.sender)[1]
        done = rows.ended(
            row, "sent", error=None, draft_status="sent", when=mine, receipt=receipt, sent_at=at
        )
        self._write([*done, rows.sent_mail(row, sender, at)], row, "sent", receipt=receipt)
        return "sent"

    def _end(
        self, row: Mapping[str, Any], status: str, why: str, draft_status: str, mine: Any
    ) -> str | None:
        done = rows.ended(row, status, error=why, draft_status=draft_status, when=mine)
        return status if self._write(done, row, status, reason=why) else None

    def _postpone(self, row: Mapping[str, Any], why: str, mine: Any) -> None:
        later = stamp(self.clock.now() + timedelta(seconds=self.policy.retry_s))
        self._write([rows.postponed(row, later, why, mine)], row, "queued", reason=why)

    def _write(
        self, statements: list[Any], row: Mapping[str, Any], status: str, **detail: str
    ) -> bool:
        """Write an end with its audit entry; False when somebody else moved the message first."""
        payload = {
            "draft": row["draft_id"], "recipient": row["recipient"],
            "text_hash": row["text_hash"], "message_id": row["message_id"], **detail,
        }  # fmt: skip
        entry = Entry(self._now(), ACTOR, f"outbox.{status}", f"outbox:{row['id']}", payload)
        moved = sa.select(outbox.c.id).where(
            outbox.c.id == row["id"], outbox.c.status == status,
            outbox.c.row_version > row["row_version"],
        )  # fmt: skip
        return write_audited(self.store, statements, [entry], when=moved).recorded

    def _compose(self, row: Mapping[str, Any]) -> bytes:
        if self.footer and (lost := self.footer.missing(row["body"])):
            raise InputError(f"the text lacks its {' and '.join(lost)}: reopen it and save an edit")
        return compose(
            Outgoing(
                sender=self.sender, recipient=row["recipient"], subject=row["subject"],
                body=row["body"], message_id=row["message_id"], at=self.clock.now(),
                in_reply_to=row["in_reply_to"], references=row["reference_ids"] or (),
                public_url=self.settings.public_url, token=row["id"],
            )
        )  # fmt: skip

    def _granted(self) -> Any:
        now = self.clock.now()
        heard = heard_since(now, self.ladder.heartbeat_s)
        return rows.granted_clause(stamp(now), heard, self.ladder.answering)

    def _now(self) -> str:
        return stamp(self.clock.now())


def process_lives(owner: str) -> bool:
    """Whether the process that an owner names still runs; True when this host cannot tell."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return bool(owner)
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _count(counts: dict[str, int], end: str | None) -> None:
    if end is not None:
        counts[end] += 1
        counts["handled"] += 1
