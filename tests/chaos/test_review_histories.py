"""Seeded histories of the queue and the outbox: reviewers collide, processes die, rows come late.

Each history plays one draft against the real classes on SQLite. A second act is run in the middle
of the first, between its reads; a kill strikes before or after a batch, or around the delivery.
"""

import copy
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store import audit
from fleet.adapters.store.controls import halt, suppress, unhalt
from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.schema import drafts
from fleet.errors import InputError
from tests.support.review_world import UNDO_S, World, draft

LOOK = sa.select(drafts.c.status, drafts.c.body, drafts.c.text_hash)
HISTORIES = 10_000
SECONDS = 30.0  # as many as fit; `make bench` plays all of them
A_WORLD = 500  # histories over one file
ENDS = {"sent", "rejected", "suppressed", "superseded", "voided", "failed", "snoozed"}
ACTS = (
    "approve", "approve", "approve", "edit", "reject", "snooze", "undo", "reopen", "suppress",
    "drain", "drain", "wait", "mail", "halt", "lease", "again",
)  # fmt: skip


class Kill(BaseException):
    """The process is gone."""


class Faulty:
    """The real store; dies around a write, and lets somebody else act between reads."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.kind = inner.kind
        self.kill_before = self.kill_after = self.cut_in = 0
        self.meanwhile: Callable[[], None] | None = None

    def read(self, statement: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.inner.read(statement)
        self.cut_in -= 1
        if self.cut_in <= 0 and self.meanwhile and not audit._LOCK.locked():
            act, self.meanwhile = self.meanwhile, None
            act()
        return rows

    def write(self, *statements: Any) -> Sequence[Any]:
        self.kill_before -= 1
        self.kill_after -= 1
        if self.kill_before == 0:
            raise Kill
        done: Sequence[Any] = self.inner.write(*statements)
        if self.kill_after == 0:
            raise Kill
        return done


class Way:
    """A transport in memory: a Maildir finds its own file, a relay cannot be asked."""

    def __init__(self, history: "History", name: str) -> None:
        self.history, self.name = history, name
        self.kill = ""

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def can_find(self) -> bool:
        return self.name == "maildir"

    def find(self, message_id: str) -> str | None:
        known = self.can_find() and message_id in self.history.delivered
        return "found" if known else None

    def deliver(self, sender: str, recipient: str, message_id: str, mail: bytes) -> str:
        if self.kill == "before":
            raise Kill
        if not (self.can_find() and message_id in self.history.delivered):
            body = message_from_bytes(mail).get_payload(decode=True)
            assert isinstance(body, bytes)
            self.history.arrived(message_id, body.decode().replace("\r\n", "\n").strip())
        if self.kill == "after":
            raise Kill
        return "250 ok"


class History:
    """One draft, what was done to it, and what that allows."""

    def __init__(self, world: World, seed: int, seen: Counter[str]) -> None:
        self.world, self.seed, self.seen = world, seed, seen
        self.rng = random.Random(seed)
        self.key = f"k{seed}"
        self.delivered: list[str] = []
        self.wrong: list[str] = []
        self.allowed: set[str] = set()
        self.suppressed = False
        self.way = self.rng.choice(["maildir", "relay"])
        world.mail(f"{self.key}.0", self.key)
        new = draft(self.key, thread_id=self.key, email_id=f"{self.key}.0")
        self.id = world.queue.add(new)
        assert world.queue.add(new) == self.id

    def arrived(self, message_id: str, text: str) -> None:
        if self.delivered:
            self.wrong.append("repeated")
        if self.suppressed:
            self.wrong.append("after suppression")
        if text not in self.allowed:
            self.wrong.append("unapproved text")
        self.delivered.append(message_id)

    def play(self) -> None:
        for _ in range(self.rng.randint(1, 4)):
            self.step()
        self.finish()

    def step(self) -> None:
        store = Faulty(self.world.store)
        chance = self.rng.random()
        if chance < 0.15:
            store.kill_before = self.rng.randint(1, 2)
        elif chance < 0.3:
            store.kill_after = self.rng.randint(1, 2)
        elif chance < 0.6:
            store.cut_in = self.rng.randint(1, 4)
            other = self.rng.choice(ACTS)
            store.meanwhile = lambda: self.guarded(other, self.world.store, "bob")
        self.guarded(self.rng.choice(ACTS), store, "ann")

    def guarded(self, act: str, store: Any, actor: str) -> None:
        try:
            self.act(act, store, actor)
            self.seen[act] += 1
        except InputError:
            self.seen["refused"] += 1
        except Kill:
            self.seen["killed"] += 1  # it may have happened, or not: what was allowed still is

    def act(self, act: str, store: Any, actor: str) -> None:
        queue = self.queue(store)
        if act in ("approve", "again"):
            row = self.peek()
            self.allowed.add(row["body"])
            key = f"{self.key}.once" if act == "again" else None
            try:
                queue.approve(self.id, text_hash=row["text_hash"], actor=actor, request_key=key)
            except InputError:
                if self.peek()["status"] != "approved":
                    self.allowed.discard(row["body"])
                raise
            self.allowed.add(row["body"])  # somebody may have taken an earlier approval back
        elif act == "edit":
            queue.edit(self.id, body=f"Hello again, {self.rng.choice('abc')}.", actor=actor)
            self.forget()
        elif act == "undo":
            queue.undo(self.id, actor=actor)
            self.forget()
        elif act == "reopen":
            queue.reopen(self.id, actor=actor)
            self.forget()
        elif act == "reject":
            queue.reject(self.id, reason="other", actor=actor)
        elif act == "snooze":
            queue.snooze(self.id, until="2036-01-01T00:00:00Z", actor=actor)
        elif act == "lease":
            queue.lease(self.id, actor=actor)
        else:
            self.elsewhere(act, store)

    def forget(self) -> None:
        """Keep what stands approved: another reviewer may have approved in between."""
        live = self.peek()
        self.allowed = {live["body"]} if live["status"] == "approved" else set()

    def elsewhere(self, act: str, store: Any) -> None:
        now = self.world.clock.now()
        if act == "suppress":
            to = f"{self.key}@buyer.test"
            suppress(store, to, reason="asked", origin="test", now=now, actor="bob")
            self.suppressed = True
        elif act == "drain":
            self.drain(store, self.rng.choice(["", "", "before", "after"]))
        elif act == "wait":
            self.world.clock.move(self.rng.choice([1, UNDO_S, 400]))
        elif act == "mail":
            self.world.mail(f"{self.key}.{self.rng.random()}", self.key)
            self.queue(store).supersede_thread(self.key)
        elif act == "halt":
            halt(store, "test", actor="bob", now=now)
            if self.rng.random() < 0.5:
                unhalt(store, actor="bob", now=now)

    def drain(self, store: Any, kill: str = "") -> None:
        way = Way(self, self.way)
        way.kill = kill
        world = self.world
        Outbox(
            store, world.clock, world.settings, way, policies=world.policies,
            alive=lambda _owner: False,
        ).drain()  # fmt: skip

    def peek(self) -> dict[str, Any]:
        (row,) = self.world.store.read(LOOK.where(drafts.c.id == self.id))
        return row

    def queue(self, store: Any) -> ReviewQueue:
        queue = copy.copy(self.world.queue)
        queue.store = store
        return queue

    def finish(self) -> None:
        """Let everything end, then look for what was lost."""
        world = self.world
        unhalt(world.store, actor="bob", now=world.clock.now())
        world.clock.move(400)
        if self.peek()["status"] in ("pending", "leased"):
            self.guarded("approve", world.store, "ann")
        world.clock.move(400)
        for _ in range(2):
            self.drain(world.store)
        last = world.queue.show(self.id)
        self.seen[f"end {last['status']}"] += 1
        unknown = last["status"] == "failed" and "unknown whether sent" in (last["error"] or "")
        fits = (last["status"] == "sent") == bool(self.delivered) and last["status"] in ENDS
        if not fits and not (unknown and self.way == "relay"):
            self.wrong.append(f"lost: {last['status']}, {len(self.delivered)} delivered")
        if any(row["status"] in ("queued", "leased", "sending") for row in last["outbox"]):
            self.wrong.append("left in hand")


def play_histories(folder: Path, count: int, seconds: float) -> tuple[int, Counter[str]]:
    """Play up to `count` histories for up to `seconds`; return how many, and what was seen."""
    began, done = time.monotonic(), 0
    seen: Counter[str] = Counter()
    world: World | None = None
    while done < count and time.monotonic() - began < seconds:
        if world is None or done % A_WORLD == 0:
            if world is not None:
                assert audit.verify(world.store).ok
                world.store.close()
            home = folder / f"world{done}"
            home.mkdir()
            world = World(home)
        history = History(world, done, seen)
        history.play()
        assert history.wrong == [], f"seed {done}"
        done += 1
    took = time.monotonic() - began
    print(f"{done} histories in {took:.1f} s: {dict(sorted(seen.items()))}")
    assert {"end sent", "end suppressed", "end superseded", "end rejected", "killed"} <= set(seen)
    return done, seen


@pytest.mark.timeout(300)
def test_no_history_loses_repeats_or_sends_what_nobody_approved(tmp_path: Path) -> None:
    done, _ = play_histories(tmp_path, HISTORIES, SECONDS)
    assert done > 50
