"""The review queue: add a draft once, then approve, edit, reject, snooze, reopen or undo it.

Every change is one batch with its audit entry (see `review_writes`). A call that changed nothing,
because the same thing had been done before, answers `changed: False`; one that cannot be done
raises InputError with what to do.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store import review_reads as reads
from fleet.adapters.store import review_writes as writes
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.review_leases import Leases
from fleet.adapters.store.schema import claims, drafts
from fleet.drafting.footer import FooterRule
from fleet.errors import InputError, WriteConflict
from fleet.policy import digest, section
from fleet.ports import Clock, Store
from fleet.review.diff import carry_claims, edit_distance, word_diff
from fleet.review.order import priority
from fleet.review.rules import (
    OutboxPolicy,
    ReviewPolicy,
    check_reason,
    check_text,
    open_claims,
    regrade,
    risk,
)
from fleet.review.values import ClaimRow, NewDraft, text_hash

Recheck = Callable[[str, str, Mapping[str, Any]], Sequence[ClaimRow]]
HOST = "fleet.invalid"  # of message ids when no sender is configured


class ReviewQueue(Leases):
    """The queue over one store; `sender` gives the host of message ids, `footer` what must stay."""

    def __init__(
        self, store: Store, clock: Clock, policies: Mapping[str, Any], undo_s: int,
        sender: str | None = None, footer: FooterRule | None = None,
    ) -> None:  # fmt: skip
        self.footer = footer
        self.policy = section(policies, "review", ReviewPolicy)
        super().__init__(store, clock, self.policy.lease_s)
        self.policy_digest = digest(policies)
        self.undo_s = undo_s
        self.max_references = section(policies, "outbox", OutboxPolicy).max_references
        self.host = (sender or "").rpartition("@")[2].strip("<> \r\n") or HOST

    def add(self, draft: NewDraft, *, actor: str = "fleet") -> str:
        """Queue a draft with its claims and return its id; the same draft again adds nothing."""
        if self._knows(draft.draft_id):
            return draft.draft_id
        now = self.now()
        row = self._row(draft, now)
        batch = [writes.ADD(**row), *writes.claim_rows(row["id"], 1, draft.claims)]
        payload = {key: row[key] for key in ("text_hash", "to_address", "risk", "source")}
        entry = Entry(now, actor, "review.add", f"drafts:{row['id']}", payload)
        try:
            write_audited(self.store, batch, [entry])
        except WriteConflict:
            if not self._knows(draft.draft_id):
                raise
        return draft.draft_id

    def listing(
        self, status: str | None = None, limit: int = 200, after: str | None = None
    ) -> list[dict[str, Any]]:
        """Return a page in the queue's order, behind draft `after`; without status, all of them."""
        return reads.page(self.store, self.now(), status, limit, after)

    def show(self, draft_id: str) -> dict[str, Any]:
        """Return one draft with claims, decisions, approvals and outbox rows."""
        return reads.detail(self.store, draft_id, self.now())

    def approve(
        self, draft_id: str, *, actor: str, text_hash: str | None = None,
        request_key: str | None = None, fence: int | None = None, is_machine: bool = False,
        only_if: Sequence[Any] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """Bind an approval to the text the reviewer saw, and queue the message.

        `only_if` is SQL that must hold in the same batch: a machine's grant and its daily cap.
        """
        row = self._seen(draft_id, text_hash)
        if self._repeated(row, "approve", request_key):
            return reads.answer(row, False)
        if row["status"] in ("approved", "sent"):
            live = reads.live_approval(self.store, draft_id)
            if live and live["actor"] == actor and live["text_hash"] == row["text_hash"]:
                return reads.answer(row, False)
        self._may_act(row, actor, fence)
        beside = reads.claim_values(reads.claims_of(self.store, [row]).get(draft_id, []))
        if blocking := [claim.text for claim in beside if claim.open]:
            raise InputError(
                f"draft {draft_id} has {len(blocking)} unsupported claim(s), first "
                f"{blocking[0][:80]!r}: edit or attest it"
            )
        if self.footer and (lost := self.footer.missing(row["body"])):
            raise InputError(
                f"draft {draft_id} lacks its {' and '.join(lost)}: edit it, saving puts it back"
            )
        now = self.now()
        also = writes.approval_rows(
            row, actor=actor, at=now, releasable_at=self._later(self.undo_s),
            policy=self.policy_digest, host=self.host, max_references=self.max_references,
        )  # fmt: skip
        move = writes.Move(
            row=row, action="approve", actor=actor, at=now, changes={"status": "approved"},
            decision={"request_key": request_key, "is_machine": is_machine}, only_if=only_if,
            payload={"policy": self.policy_digest}, also=also[:1] if row["is_canary"] else also,
        )  # fmt: skip
        return self._made(move)

    def edit(
        self, draft_id: str, *, body: str, actor: str, subject: str | None = None,
        text_hash: str | None = None, recheck: Recheck | None = None, fence: int | None = None,
        request_key: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Replace the text as a new version with its claims checked again; an approval is void.

        A footer that the edit dropped is put back: address, disclosure and opt-out are law.
        """
        row = self._seen(draft_id, text_hash)
        if self._repeated(row, "edit", request_key):
            return reads.answer(row, False)
        title = row["subject"] if subject is None else subject
        body = self.footer.restored(body, row["language"]) if self.footer else body
        check_text(title, body, self.policy)
        if (title, body) == (row["subject"], row["body"]):
            return reads.answer(row, False)
        if row["status"] != "approved":
            self._may_act(row, actor, fence)
        checked = self._checked(row, title, body, recheck)
        move = self._edited(row, title, body, checked, actor, request_key)
        return self._made(move)

    def attest(
        self, draft_id: str, *, claim: int | str, actor: str, text_hash: str | None = None
    ) -> dict[str, Any]:
        """Let a named person stand for an unsupported claim, given by position or id."""
        row = self._seen(draft_id, text_hash)
        self._may_act(row, actor, None)
        beside = reads.claims_of(self.store, [row]).get(draft_id, [])
        found = next((item for item in beside if claim in (item["id"], item["position"])), None)
        if found is None:
            raise InputError(f"draft {draft_id} has no claim {claim!r}: see 'fleet review show'")
        if found["supported"] or found["attested_by"]:
            return reads.answer(row, False)
        still = sum(item.open for item in reads.claim_values(beside)) - 1
        level, reasons = regrade(row["risk_reasons"] or (), still, self.policy)
        mark = sa.update(claims).where(claims.c.id == found["id"]).values(attested_by=actor)
        move = writes.Move(
            row=row, action="attest", actor=actor, at=self.now(), also=[mark],
            changes={"open_claims": still, "risk": level.value, "risk_reasons": list(reasons)},
            decision={"sentence": found["text"]}, payload={"claim": found["id"]},
            keeps_lease=True,
        )  # fmt: skip
        return self._made(move)

    def reject(
        self, draft_id: str, *, reason: str, actor: str, note: str | None = None,
        sentence: str | None = None, text_hash: str | None = None, fence: int | None = None,
        request_key: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Refuse a draft for a reason of the taxonomy, and keep it as a quarantined test case."""
        check_reason(reason, self.policy)
        if note and len(note) > self.policy.max_note:
            raise InputError(f"the note is too long: at most {self.policy.max_note} characters")
        row = self._seen(draft_id, text_hash)
        if self._repeated(row, "reject", request_key):
            return reads.answer(row, False)
        if row["status"] == "rejected":
            last = reads.last_decision(self.store, draft_id) or {}
            if (last.get("actor"), last.get("reason_code")) == (actor, reason):
                return reads.answer(row, False)
        self._may_act(row, actor, fence)
        now = self.now()
        case = writes.eval_case(row, reason=reason, note=note, actor=actor, at=now)
        move = writes.Move(
            row=row, action="reject", actor=actor, at=now, changes={"status": "rejected"},
            decision={
                "reason_code": reason, "note": note, "sentence": sentence,
                "request_key": request_key,
            },
            payload={"reason": reason}, also=[case],
        )  # fmt: skip
        return self._made(move)

    def supersede_thread(
        self, thread_id: str, *, actor: str = "mailbox", reason: str = "a newer mail arrived",
        keep: str | None = None,
    ) -> list[str]:  # fmt: skip
        """Take every unsent draft of a thread out of the queue; return their ids."""
        found = self.store.read(reads.IN_THREAD(thread=thread_id, kept=keep or ""))
        return self._withdraw_all(found, "supersede", actor, "superseded", reason)

    def withdraw_address(self, address: str, *, actor: str, reason: str) -> list[str]:
        """Take every unsent draft to a suppressed address out of the queue; return their ids."""
        wanted = sa.func.lower(drafts.c.to_address) == address.lower()
        found = self.store.read(sa.select(drafts).where(wanted, reads.UNSENT))
        return self._withdraw_all(found, "suppress", actor, "suppressed", reason)

    def withdraw_drafts(self, ids: Sequence[str], *, actor: str, reason: str) -> list[str]:
        """Take the unsent ones of these drafts out of the queue; return their ids."""
        gone = []
        for draft_id in ids:
            found = self.store.read(sa.select(drafts).where(drafts.c.id == draft_id, reads.UNSENT))
            gone += self._withdraw_all(found, "supersede", actor, "superseded", reason)
        return gone

    def _withdraw_all(
        self, found: list[dict[str, Any]], action: str, actor: str, status: str, reason: str
    ) -> list[str]:
        done = []
        for row in found:
            try:
                writes.make(self.store, self._withdrawn(row, action, actor, status, reason))
            except InputError:
                continue  # taken for sending, or moved by a reviewer: theirs counts
            done.append(row["id"])
        return done

    def now(self) -> str:
        """Return the time as the store writes it."""
        return stamp(self.clock.now())

    def _knows(self, draft_id: str) -> bool:
        return bool(self.store.read(reads.KNOWN(draft=draft_id)))

    def _row(self, draft: NewDraft, now: str) -> dict[str, Any]:
        level, reasons = risk(draft, self.policy)
        record = {"recorded_at": now} | draft.provenance.as_json()
        names = (
            "kind", "graph", "graph_version", "rung", "email_id", "contact_id", "company_id",
            "touch_id", "thread_id", "to_address", "subject", "body", "language", "value",
            "is_canary",
        )  # fmt: skip
        return {name: getattr(draft, name) for name in names} | {
            "id": draft.draft_id, "original_body": draft.body, "status": "pending",
            "text_hash": text_hash(draft.subject, draft.body), "risk": level.value,
            "risk_reasons": list(reasons), "open_claims": open_claims(draft.claims),
            "priority": priority(level, now, draft.value), "created_at": now, "updated_at": now,
            "due_at": draft.due_at or self._later(3600 * self.policy.due_hours[level.value]),
        } | record  # fmt: skip

    def _checked(
        self, row: Mapping[str, Any], title: str, body: str, recheck: Recheck | None
    ) -> Sequence[ClaimRow]:
        before = reads.claim_values(reads.claims_of(self.store, [row]).get(row["id"], []))
        if recheck is None:
            return carry_claims(before, row["body"], body)
        stood_for = {claim.text: claim.attested_by for claim in before}
        return [
            dataclasses.replace(claim, attested_by=claim.attested_by or stood_for.get(claim.text))
            for claim in recheck(title, body, row)
        ]

    def _edited(
        self, row: Mapping[str, Any], title: str, body: str, checked: Sequence[ClaimRow],
        actor: str, request_key: str | None,
    ) -> writes.Move:  # fmt: skip
        now, version, still = self.now(), row["draft_version"] + 1, open_claims(checked)
        level, reasons = regrade(row["risk_reasons"] or (), still, self.policy)
        changes = {
            "status": "pending", "subject": title, "body": body, "draft_version": version,
            "text_hash": text_hash(title, body), "open_claims": still, "snoozed_until": None,
            "risk": level.value, "risk_reasons": list(reasons),
            "priority": priority(level, row["created_at"], row["value"]),
        }  # fmt: skip
        return writes.Move(
            row=row, action="edit", actor=actor, at=now, changes=changes,
            decision={
                "diff": word_diff(row["body"], body), "request_key": request_key,
                "edit_distance": edit_distance(row["body"], body), "draft_version": version,
            },
            payload={"before": row["text_hash"]}, only_if=[writes.untaken(row["id"])],
            also=[
                *writes.claim_rows(row["id"], version, checked),
                *writes.void_rows(row["id"], now, "the text was changed"),
            ],
        )  # fmt: skip

    def _later(self, seconds: float) -> str:
        return stamp(self.clock.now() + timedelta(seconds=seconds))

    def _made(self, move: writes.Move) -> dict[str, Any]:
        writes.make(self.store, move)
        return reads.answer(dict(move.row) | dict(move.changes), True)
