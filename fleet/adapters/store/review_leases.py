"""Who holds a draft, and the ways back: lease, heartbeat, release, snooze, undo, reopen."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store import review_reads as reads
from fleet.adapters.store import review_writes as writes
from fleet.adapters.store.schema import approvals, drafts, eval_cases
from fleet.errors import InputError
from fleet.ports import Clock, Store

REOPENED = ("rejected", "snoozed", "superseded", "suppressed", "voided", "failed")
UNKNOWN = "unknown whether sent"


class Leases:
    """Leases with a fencing token: it rises with each lease, so that a stale holder is refused."""

    undo_s = 0

    def __init__(self, store: Store, clock: Clock, lease_s: int) -> None:
        self.store, self.clock, self.lease_s = store, clock, lease_s

    def lease(self, draft_id: str, *, actor: str) -> dict[str, Any]:
        """Hold a draft alone; return `draft_id`, `owner`, `fence` and `expires_at`."""
        now, until = self._span()
        token = f"{now}/{secrets.token_hex(8)}"  # its time says how long a person looked
        change = (
            sa.update(drafts)
            .where(drafts.c.id == draft_id, self._free(actor, now))
            .values(
                status="leased", lease_owner=actor, lease_token=token, lease_expires_at=until,
                lease_fence=drafts.c.lease_fence + 1, row_version=drafts.c.row_version + 1,
            )
            .returning(drafts.c.lease_fence)
        )  # fmt: skip
        done = self.store.write(change)[0].rows
        if not done:
            self._may_act(reads.find(self.store, draft_id), actor, None)
            raise InputError(f"draft {draft_id} was taken a moment ago: take the next one")
        fence = done[0]["lease_fence"]
        return {"draft_id": draft_id, "owner": actor, "fence": fence, "expires_at": until}

    def heartbeat(self, draft_id: str, *, actor: str, fence: int) -> bool:
        """Hold on to a lease; False when it was lost."""
        now, until = self._span()
        change = sa.update(drafts).where(*self._held(draft_id, actor, fence, now))
        return self.store.write(change.values(lease_expires_at=until))[0].changes > 0

    def release(self, draft_id: str, *, actor: str, fence: int) -> bool:
        """Give a lease back; False when it was lost before."""
        now, _ = self._span()
        change = sa.update(drafts).where(*self._held(draft_id, actor, fence, now))
        free = writes.NO_LEASE | {"row_version": drafts.c.row_version + 1}
        return self.store.write(change.values(status="pending", **free))[0].changes > 0

    def snooze(
        self, draft_id: str, *, until: str, actor: str, text_hash: str | None = None
    ) -> dict[str, Any]:
        """Put a draft aside until an ISO 8601 time in UTC."""
        moment, (now, _) = reads.until_of(until), self._span()
        row = self._seen(draft_id, text_hash)
        if row["status"] == "snoozed" and row["snoozed_until"] == moment:
            return reads.answer(row, False)
        if moment <= now:
            raise InputError(f"{until} is over: give a time to come")
        self._may_act(row, actor, None)
        changes = {"status": "snoozed", "snoozed_until": moment}
        move = writes.Move(
            row=row, action="snooze", actor=actor, at=now, changes=changes,
            payload={"until": moment},
        )  # fmt: skip
        writes.make(self.store, move)
        return reads.answer(row | changes, True)

    def reopen(self, draft_id: str, *, actor: str) -> dict[str, Any]:
        """Put a draft that was decided, and not sent, back into the queue."""
        row = reads.find(self.store, draft_id)
        if row["status"] == "pending":
            return reads.answer(row, False)
        if row["status"] not in REOPENED or UNKNOWN in (row["error"] or ""):
            raise InputError(
                f"draft {draft_id} is {row['status']}"
                + (f" ({row['error']})" if row["error"] else "")
                + ": it cannot be reopened"
            )
        return self._back(row, "reopen", actor)

    def undo(self, draft_id: str, *, actor: str) -> dict[str, Any]:
        """Take the last approval, rejection or snooze back while the undo time runs."""
        row = reads.find(self.store, draft_id)
        now, _ = self._span()
        last = reads.last_decision(self.store, draft_id)
        if last and last["action"] == "undo" and row["status"] == "pending":
            return reads.answer(row, False)
        if row["status"] not in ("approved", "rejected", "snoozed") or last is None:
            raise InputError(f"draft {draft_id} is {row['status']}: there is nothing to undo")
        if self._over(row, last["at"], now):
            raise InputError(f"the {self.undo_s} s to undo are over for draft {draft_id}")
        return self._back(row, "undo", actor)

    def _over(self, row: Mapping[str, Any], decided_at: str, now: str) -> bool:
        live = reads.live_approval(self.store, row["id"]) if row["status"] == "approved" else None
        if live:
            return bool(live["releasable_at"] <= now)
        return decided_at <= stamp(self.clock.now() - timedelta(seconds=self.undo_s))

    def _back(self, row: Mapping[str, Any], action: str, actor: str) -> dict[str, Any]:
        move = self._withdrawn(row, action, actor, "pending", f"taken back by {actor}")
        writes.make(self.store, move)
        return reads.answer(dict(row) | dict(move.changes), True)

    def _withdrawn(
        self, row: Mapping[str, Any], action: str, actor: str, status: str, reason: str
    ) -> writes.Move:
        now, _ = self._span()
        only_if = [writes.untaken(row["id"])]
        if action == "undo" and row["status"] == "approved":
            only_if.append(
                sa.exists(
                    sa.select(approvals.c.id).where(
                        approvals.c.draft_id == row["id"], approvals.c.voided_at.is_(None)
                    )
                )
            )
        drop = (
            sa.update(eval_cases)
            .where(
                eval_cases.c.origin == f"drafts:{row['id']}",
                eval_cases.c.status == "quarantined",
            )
            .values(status="refused", note=reason, row_version=eval_cases.c.row_version + 1)
        )
        return writes.Move(
            row=row, action=action, actor=actor, at=now, payload={"reason": reason},
            changes={"status": status, "snoozed_until": None, "error": None},
            decision={"note": reason}, only_if=only_if,
            also=[
                *writes.void_rows(row["id"], now, reason),
                *([drop] if action == "undo" and row["status"] == "rejected" else []),
            ],
        )  # fmt: skip

    def _seen(self, draft_id: str, text_hash: str | None) -> dict[str, Any]:
        row = reads.find(self.store, draft_id)
        if text_hash is not None and text_hash != row["text_hash"]:
            raise InputError(
                f"draft {draft_id} has another text than the one you saw: look at it again"
            )
        return row

    def _repeated(self, row: Mapping[str, Any], action: str, request_key: str | None) -> bool:
        found = reads.decision_by_key(self.store, request_key)
        if found is None:
            return False
        if (found["draft_id"], found["action"]) != (row["id"], action):
            raise InputError(f"request key {request_key!r} was used for something else")
        return True

    def _may_act(self, row: Mapping[str, Any], actor: str, fence: int | None) -> None:
        now, _ = self._span()
        status = reads.status_of(row, now)
        if status not in reads.OPEN:
            raise InputError(f"draft {row['id']} is {status} already: reopen or undo it first")
        if status == "leased" and row["lease_owner"] != actor:
            raise InputError(f"{row['lease_owner']} holds draft {row['id']}: take another one")
        if fence is not None and (row["lease_fence"], row["lease_owner"]) != (fence, actor):
            raise InputError(f"your hold on draft {row['id']} was lost: look at it again")

    def _free(self, actor: str, now: str) -> Any:
        leased = drafts.c.status == "leased"
        return (
            (drafts.c.status == "pending")
            | ((drafts.c.status == "snoozed") & (drafts.c.snoozed_until <= now))
            | (leased & ((drafts.c.lease_owner == actor) | (drafts.c.lease_expires_at <= now)))
        )

    def _held(self, draft_id: str, actor: str, fence: int, now: str) -> list[Any]:
        return [
            drafts.c.id == draft_id, drafts.c.status == "leased", drafts.c.lease_owner == actor,
            drafts.c.lease_fence == fence, drafts.c.lease_expires_at > now,
        ]  # fmt: skip

    def _span(self) -> tuple[str, str]:
        now = self.clock.now()
        return stamp(now), stamp(now + timedelta(seconds=self.lease_s))
