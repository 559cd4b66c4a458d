"""The fleet as one object: store, clock, policies, queue and runs, each opened when used."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from importlib import import_module
from threading import Timer
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import SystemClock, stamp
from fleet.adapters.files import read_policies
from fleet.adapters.store.d1 import D1Store
from fleet.adapters.store.engine import EngineStore
from fleet.adapters.store.open import open_store
from fleet.errors import FleetError
from fleet.orchestrator.registry import graph_row
from fleet.settings import Settings

if TYPE_CHECKING:  # loading these costs a second, and most commands need none of them
    from fleet.adapters.gateway import Chat
    from fleet.adapters.store.review_queue import ReviewQueue
    from fleet.adapters.tracing import LocalTracer
    from fleet.review.values import ClaimRow
    from fleet.runtime.durable_runs import Begin

CONCURRENCY = 4  # by rules a run computes and hardly waits: more threads only wait for each other
# So many keep every call's place taken while others read, check and store, and begin the last mail
# early: at the end all that is left can be asked at once.
RUNS_A_CALL = 3
AHEAD_S = 4.0
AFTER = ("fleet.runtime.autonomy", "fleet.runtime.monitor_round", "fleet.monitor.defects")


class Fleet:
    """Everything one process needs; `close` it when done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.now_ns = time.time_ns  # of traces, finer than the clock
        self.store: EngineStore | D1Store = open_store(settings.store_url, home=settings.home)

    @cached_property
    def policies(self) -> dict[str, Any]:
        """The policy file, read once."""
        return read_policies(self.settings.policies)

    @cached_property
    def review(self) -> "ReviewQueue":
        """The approval queue."""
        from fleet.adapters.reviewing import review_queue

        return review_queue(self.store, self.clock, self.settings, self.policies)

    def decide_draft(
        self, draft_id: str, *, body: str, seen: str, approve: bool, actor: str,
        fence: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Take an edit over, check its claims again, and approve when asked and nothing is open."""
        edited = self.review.edit(
            draft_id, body=body, actor=actor, text_hash=seen, recheck=self.recheck, fence=fence
        )
        if not approve:
            return edited
        held = None if edited["changed"] else fence  # a new version starts without a lease
        return self.review.approve(draft_id, actor=actor, text_hash=edited["text_hash"], fence=held)

    def snooze_draft(self, draft_id: str, *, actor: str) -> dict[str, Any]:
        """Put a draft off until the same time tomorrow."""
        tomorrow = stamp(self.clock.now() + timedelta(days=1))
        return self.review.snooze(draft_id, until=tomorrow, actor=actor)

    def recheck(self, subject: str, body: str, row: Mapping[str, Any]) -> list["ClaimRow"]:
        """Check the claims of an edited text against the rows of today."""
        from fleet.adapters.rechecking import store_recheck

        check = store_recheck(self.store, self.clock, self.settings, self.policies)
        return list(check(subject, body, row))

    def unsubscribe(self, token: str) -> bool:
        """Suppress whom an unsubscribe link names, and withdraw what waits for them."""
        from fleet.adapters.store.controls import suppress
        from fleet.adapters.store.outbox_rows import token_recipient

        address = token_recipient(self.store, token)
        if address is None:
            return False
        reason = "unsubscribed by one click"
        suppress(
            self.store, address, reason=reason, origin=f"outbox:{token}", now=self.clock.now(),
            actor="recipient",
        )  # fmt: skip
        self.review.withdraw_address(address, actor="recipient", reason=reason)
        return True

    def last_approval(self, actor: str) -> dict[str, Any] | None:
        """Return `{id, who, releasable_at}` of the approval by `actor` that can still be undone."""
        from fleet.adapters.store.overview import undoable

        return undoable(self.store, actor, stamp(self.clock.now()))

    @cached_property
    def chat(self) -> "Chat | None":
        """The one exit to the model of this process; None without a gateway: rules answer then."""
        if self.settings.gateway_url is None:
            return None
        from fleet.adapters.gateway import open_chat

        return open_chat(self.settings, self.policies, store=self.store, clock=self.clock)

    def close(self) -> None:
        """Give the store and the connections to the model back."""
        chat = self.__dict__.get("chat")
        if chat is not None:
            chat.close()
        if "tracer" in self.__dict__:
            self.tracer.close()
        self.store.close()

    def run_inbox(
        self, limit: int | None = None, *, concurrency: int | None = None,
        note: Callable[[str], None] | None = None, begin: "Begin | None" = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Handle every waiting mail once, as durable runs; a run that was cut short goes on.

        Returns `{handled, created, held, skipped: {reason: n}, failed, repeated}`.
        """
        if self.chat is not None:
            _load_ahead()
        done = self.drain_inbox(limit, concurrency=concurrency, note=note, begin=begin)
        try:
            self.judge_waiting()
        except FleetError as error:  # the mails are handled: what was not judged waits for people
            if note:
                note(f"the autonomy gate failed, people decide: {error}")
        try:
            self.monitor()
        except FleetError as error:  # the next round looks at the same runs again
            if note:
                note(f"the monitor failed, defects of these runs come later: {error}")
        return done

    def drain_inbox(
        self, limit: int | None = None, *, concurrency: int | None = None,
        note: Callable[[str], None] | None = None, begin: "Begin | None" = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Handle the mails and judge nothing; returns the counts of `run_inbox`.

        With a gateway more mails at once than it takes calls, since a mail then mostly waits.
        """
        from fleet.adapters.store.inbox import waiting_mails
        from fleet.runtime.durable_runs import drain_runs
        from fleet.runtime.graph_builds import build_for

        row = graph_row("reply")
        assert row is not None
        return drain_runs(
            self, row, build_for(self, row), concurrency=concurrency or self._concurrency(),
            note=note, begin=begin, pairs=lambda: [
                (f"{row.name}:{email_id}", {"email_id": email_id})
                for email_id in waiting_mails(self.store, limit)
            ],
        )  # fmt: skip

    def monitor(self) -> dict[str, int]:
        """Look for defects and drift in what ran since; see `monitor_round`."""
        from fleet.runtime.monitor_round import monitor_round

        return monitor_round(self)

    def watch(self) -> list[tuple[str, str]]:
        """End a round of the monitor: take down what it found wanting, then say that it lives."""
        from fleet.adapters.store.grants import any_grant

        self.monitor()
        if not any_grant(self.store):
            return []
        from fleet.runtime.ladder_watch import watch

        return watch(self)

    def judge_waiting(self) -> dict[str, int]:
        """Let the autonomy gate judge what waits, where a version's rung allows it to."""
        from fleet.adapters.store.grants import any_grant

        if not any_grant(self.store):
            return {}
        from fleet.runtime.autonomy import judge_waiting

        return judge_waiting(self)

    def _concurrency(self) -> int:
        if self.chat is None:
            return CONCURRENCY
        from fleet.adapters.gateway_policy import read_egress

        return read_egress(self.policies).max_in_flight * RUNS_A_CALL

    @cached_property
    def tracer(self) -> "LocalTracer":
        """Where every run's trace goes."""
        from fleet.adapters.tracing import open_tracer

        return open_tracer(self.settings, self.store)


def _load_ahead() -> None:
    """Load what follows the drain while replies are waited for; a short drain ends before."""
    timer = Timer(AHEAD_S, lambda: [import_module(name) for name in AFTER])
    timer.daemon = True
    timer.start()


def open_fleet(settings: Settings) -> Fleet:
    """Open the fleet of a home folder; the store must have been initialised."""
    return Fleet(settings)
