"""Grants, recalls, verdicts and machine sends behave alike on SQLite, PostgreSQL and D1."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.delivery import Maildir
from fleet.adapters.files import read_policies
from fleet.adapters.store.audit import verify
from fleet.adapters.store.autonomy_rows import beside_people, save_verdicts, unjudged, verdict_id
from fleet.adapters.store.gate_log import save_decision
from fleet.adapters.store.grants import (
    MACHINE,
    MONITOR,
    beat,
    day_start,
    grant_clause,
    heard_since,
    known_versions,
    machine_approvals_since,
    move_rung,
    read_grant,
    used_today,
)
from fleet.adapters.store.ladder_reads import read_recorded, read_waivers, save_waiver
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.recalls import recall, recall_preview
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.second_reviews import save_second, second_due, second_pairs
from fleet.adapters.store.verdicts import read_verdicts, write_review_verdicts
from fleet.domain.trust import Rung
from fleet.errors import InputError, WriteConflict
from fleet.policy import section
from fleet.release_gate.ladder_policy import LadderPolicy
from fleet.settings import read_settings
from tests.support.review_world import TestClock, draft
from tests.support.stores import fresh_database, local_d1, start_postgres

AnyStore = EngineStore | D1Store
POLICIES = read_policies()
POLICY = section(POLICIES, "ladder", LadderPolicy)
ACTOR = MACHINE + "inbox"


@pytest.fixture(scope="session")
def ladder_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("ladder_pg"))


@pytest.fixture(scope="module", params=["sqlite", "postgres", "d1"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyStore]:
    """One store a backend; each test has a graph version of its own."""
    folder = tmp_path_factory.mktemp("ladder_store")
    if request.param == "d1":
        with local_d1(folder) as address:
            yield from _opened(address)
        return
    url = f"sqlite:///{folder / 'fleet.db'}"
    if request.param == "postgres":
        url = fresh_database(request.getfixturevalue("ladder_postgres"))
    yield from _opened(url)


def _opened(url: str) -> Iterator[AnyStore]:
    made = open_store(url)
    upgrade(made)
    yield made
    made.close()


def test_a_machine_acts_only_under_a_grant_and_a_rung_moves_once(
    store: AnyStore, tmp_path: Path
) -> None:
    clock = TestClock()
    queue = ReviewQueue(store, clock, POLICIES, 60, "ann@acme.test")
    first, second = queue.add(draft("one")), queue.add(draft("two"))

    def conditions(cap: int) -> list[Any]:
        now = clock.now()
        heard = heard_since(now, POLICY.heartbeat_s)
        return [
            grant_clause("inbox", "1", POLICY.answering, queue.now(), heard),
            machine_approvals_since("inbox", "1", day_start(now)) < cap,
        ]

    def answer(draft_id: str, cap: int = 9) -> None:
        queue.approve(draft_id, actor=ACTOR, is_machine=True, only_if=conditions(cap))

    with pytest.raises(InputError):
        answer(first)
    until = clock.now() + timedelta(days=1)

    def move(seen: Any, rung: Rung) -> Any:
        return move_rung(
            store, seen, "inbox", "1", rung, start=Rung.DRAFT, reason="test", actor="ann",
            now=clock.now(), until=until,
        )  # fmt: skip

    shadow = move(None, Rung.SHADOW)
    for stale, rung in ((None, Rung.SHADOW), (shadow, Rung.CONDITIONAL)):
        if stale is None:
            with pytest.raises(WriteConflict):
                move(None, rung)
        else:
            move(stale, rung)
            with pytest.raises(WriteConflict):
                move(stale, rung)
    found = read_grant(store, "inbox", "1")
    assert found is not None
    assert (found.rung, found.version_seen) == (Rung.CONDITIONAL, 2)
    with pytest.raises(InputError):
        answer(first)
    beat(store, MONITOR, clock.now())
    answer(first)
    with pytest.raises(InputError):
        answer(second, cap=1)
    assert used_today(store, "inbox", "1", clock.now()) == 1
    clock.move(2 * POLICY.heartbeat_s)
    settings = read_settings(str(tmp_path), {"FLEET_SENDER": "Ann <ann@acme.test>"})
    outbox = Outbox(store, clock, settings, Maildir(tmp_path / "outbox"), policies=POLICIES)
    assert (outbox.drain()["sent"], outbox.drain()["waiting"]) == (0, 1)
    beat(store, MONITOR, clock.now())
    answer(second)
    assert outbox.drain()["sent"] == 1
    assert [row["draft_id"] for row in recall_preview(store, "inbox", "1")] == [second]
    done = recall(store, "inbox", "1", reason="it fell", actor="ann", at=queue.now())
    assert done == [second]
    assert verify(store).ok


def test_verdicts_are_written_once_and_meet_people(store: AnyStore) -> None:
    clock = TestClock()
    queue = ReviewQueue(store, clock, POLICIES, 60, "ann@acme.test")
    ids = [queue.add(draft(f"k{number}", graph_version="2")) for number in range(3)]
    waiting = unjudged(store, "inbox", "2", 10)
    assert {row["id"] for row in waiting} == set(ids)
    now = queue.now()
    kept = [
        {
            "id": verdict_id(row["id"], row["text_hash"]), "kind": "autonomy",
            "subject_table": "drafts", "subject_id": row["id"], "value": 0.9, "label": "approve",
            "method": "rules",
            "detail": {"text_hash": row["text_hash"], "approves": True, "raw": 0.9},
            "confidence": 0.9, "reason": "test", "source": "rule", "evidence": [],
            "recorded_at": now,
        }
        for row in waiting
    ]  # fmt: skip
    for _ in range(2):
        save_verdicts(store, kept, actor=ACTOR, at=now)
    assert unjudged(store, "inbox", "2", 10) == []
    queue.approve(ids[0], actor="ann")
    queue.reject(ids[1], reason="wrong_tone", actor="ann")
    clock.move(61)

    def write() -> int:
        return write_review_verdicts(
            store, policy=POLICY.verdicts, now=clock.now(), settle_s=60, graph="inbox", version="2"
        )

    assert (write(), write()) == (2, 0)
    found = {row["draft_id"]: row["task_success"] for row in read_verdicts(store, "inbox", "2")}
    assert found == {ids[0]: 1.0, ids[1]: 0.0}
    assert {row["human"] for row in beside_people(store, "inbox", "2")} == {"approve", "reject"}
    queue.reopen(ids[1], actor="ann")
    assert len(beside_people(store, "inbox", "2")) == 1


def test_second_looks_and_waivers_are_kept_once(store: AnyStore) -> None:
    clock = TestClock()
    queue = ReviewQueue(store, clock, POLICIES, 60, "ann@acme.test")
    draft_id = queue.add(draft("three", graph_version="3"))
    shown = queue.show(draft_id)["text_hash"]
    queue.approve(draft_id, actor="ann")
    assert draft_id not in second_due(store, "ann")
    assert draft_id in second_due(store, "bob")

    def look(actor: str) -> None:
        save_second(store, draft_id, approves=False, actor=actor, text_hash=shown, at=queue.now())

    look("bob")
    with pytest.raises(InputError):
        look("eve")
    assert second_pairs(store) == [("approve", "reject")]
    now = clock.now()
    result = {
        "decision": "HOLD", "reasons": ["cost: low"], "evidence_digest": "e",
        "policy_digest": "p", "code_version": "1",
    }  # fmt: skip
    line = '{"run_id": "r", "created_at": "2026-03-01T00:00:00+00:00"}'
    decision_id = save_decision(
        store, result, artifact="inbox", version="3", serving=None, lines=[line], baseline=None,
        policy={}, now=now, decided_at=now, actor="ann", expires_at=now + timedelta(days=1),
    )  # fmt: skip
    waiver = {
        "by": "ann", "reason": "dear week", "until": (now + timedelta(days=1)).isoformat(),
        "dimensions": ["cost"], "at": now.isoformat(),
    }  # fmt: skip
    save_waiver(store, decision_id, waiver, actor="ann", now=now)
    with pytest.raises(InputError, match="waived already"):
        save_waiver(store, decision_id, waiver | {"by": "bob"}, actor="bob", now=now)
    (found,) = read_recorded(store, "inbox", "3", clock.now(), with_evidence=True)
    assert (found.promotes, found.stored_share) == (True, 0.0)
    assert found.newest_evidence == datetime(2026, 3, 1, tzinfo=UTC)
    assert read_waivers(store, "inbox", "3") == [waiver | {"decision_id": decision_id}]
    assert ("inbox", "3") in known_versions(store)
    assert verify(store).ok
