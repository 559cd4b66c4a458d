"""The review queue over a real store: who may decide what, once, on the text they saw."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store.audit import verify
from fleet.adapters.store.schema import eval_cases
from fleet.errors import InputError
from fleet.review.values import ClaimRow, text_hash
from tests.support.review_world import UNDO_S, World, draft


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def statuses(world: World, draft_id: str) -> tuple[str, list[str]]:
    shown = world.queue.show(draft_id)
    return shown["status"], [row["status"] for row in shown["outbox"]]


def test_the_same_draft_is_queued_once_and_listed_in_the_wire_form(world: World) -> None:
    draft_id = world.queue.add(draft())
    assert world.queue.add(draft(body="another text for the same mail")) == draft_id
    (row,) = world.queue.listing()
    recorded = row["provenance"].pop("recorded_at")
    assert recorded.startswith("2026-03-02T09:00:00")
    assert row == {
        "draft_id": draft_id,
        "status": "pending",
        "to": "one@buyer.test",
        "subject": "Your question",
        "body": "Hello one. The price is 55 USD.",
        "text_hash": text_hash("Your question", "Hello one. The price is 55 USD."),
        "claims": [{"text": "The price is 55 USD.", "supported": True, "evidence": []}],
        "risk": "low",
        "in_reply_to": None,
        "graph": "inbox",
        "version": "1",
        "provenance": {
            "confidence": 0.9,
            "reason": "the price list says so",
            "source": "rule",
            "evidence": [],
        },
    }


def test_lists_by_risk_then_value_and_pages_without_gaps(world: World) -> None:
    low = world.queue.add(draft("a"))
    rich = world.queue.add(draft("b", value=900.0))
    high = world.queue.add(draft("c", claims=(ClaimRow(text="x"),)))
    cold = world.queue.add(draft("d", kind="first_touch"))
    assert [row["draft_id"] for row in world.queue.listing()] == [high, cold, rich, low]
    seen, after = [], None
    while page := world.queue.listing("pending", limit=1, after=after):
        after = page[-1]["draft_id"]
        seen.append(after)
    assert seen == [high, cold, rich, low]


def test_approves_once_and_the_same_again_changes_nothing(world: World) -> None:
    draft_id = world.queue.add(draft())
    seen = world.queue.show(draft_id)["text_hash"]
    answer = {"draft_id": draft_id, "status": "approved", "text_hash": seen}
    first = world.queue.approve(draft_id, text_hash=seen, actor="ann", request_key="k")
    assert first == answer | {"changed": True}
    for key in ("k", None):
        again = world.queue.approve(draft_id, text_hash=seen, actor="ann", request_key=key)
        assert again == answer | {"changed": False}
    with pytest.raises(InputError, match="approved already"):
        world.queue.approve(draft_id, text_hash=seen, actor="bob")


def test_refuses_another_text_than_the_reviewer_saw(world: World) -> None:
    draft_id = world.queue.add(draft())
    old = world.queue.show(draft_id)["text_hash"]
    world.queue.edit(draft_id, body="Shorter.", actor="bob")
    with pytest.raises(InputError, match="another text"):
        world.queue.approve(draft_id, text_hash=old, actor="ann")
    assert statuses(world, draft_id) == ("pending", [])


def test_an_unsupported_claim_blocks_until_edited_or_attested(world: World) -> None:
    draft_id = world.queue.add(draft(claims=(ClaimRow(text="The price is 55 USD."),)))
    with pytest.raises(InputError, match="1 unsupported claim"):
        world.queue.approve(draft_id, actor="ann")
    world.queue.attest(draft_id, claim=0, actor="ann")
    assert world.queue.show(draft_id)["risk"] == "low"
    assert world.queue.approve(draft_id, actor="ann")["changed"]
    world.queue.edit(draft_id, body="Hello one. The price is 54 USD.", actor="ann")
    with pytest.raises(InputError, match="1 unsupported claim"):
        world.queue.approve(draft_id, actor="ann")
    world.queue.edit(draft_id, body="Hello one. Let us talk.", actor="ann")
    assert world.queue.approve(draft_id, actor="ann")["changed"]


def test_an_edit_checks_claims_again_and_voids_the_approval(world: World) -> None:
    draft_id = world.queue.add(draft())
    world.queue.approve(draft_id, actor="ann")
    asked = []

    def recheck(subject: str, body: str, row: object) -> list[ClaimRow]:
        asked.append((subject, body))
        return [ClaimRow(text="55", supported=True)]

    done = world.queue.edit(draft_id, body="55.", subject="New", actor="ann", recheck=recheck)
    assert done["text_hash"] == text_hash("New", "55.")
    assert asked == [("New", "55.")]
    assert statuses(world, draft_id) == ("pending", ["voided"])
    shown = world.queue.show(draft_id)
    assert [row["void_reason"] for row in shown["approvals"]] == ["the text was changed"]
    assert shown["decisions"][-1]["edit_distance"] == 7
    assert not world.queue.edit(draft_id, body="55.", actor="ann")["changed"]


def test_a_rejection_needs_a_reason_and_becomes_a_test_case(world: World) -> None:
    draft_id = world.queue.add(draft())
    with pytest.raises(InputError, match="no reason to reject"):
        world.queue.reject(draft_id, reason="ugly", actor="ann")
    assert world.queue.reject(draft_id, reason="wrong_tone", note="n", actor="ann")["changed"]
    assert not world.queue.reject(draft_id, reason="wrong_tone", actor="ann")["changed"]
    (case,) = world.store.read(sa.select(eval_cases))
    assert (case["status"], case["reason_code"]) == ("quarantined", "wrong_tone")
    assert case["case_input"]["body"] == "Hello one. The price is 55 USD."
    world.queue.undo(draft_id, actor="ann")
    (case,) = world.store.read(sa.select(eval_cases))
    assert (case["status"], statuses(world, draft_id)[0]) == ("refused", "pending")


def test_undo_ends_with_its_time(world: World) -> None:
    draft_id = world.queue.add(draft())
    world.queue.approve(draft_id, actor="ann")
    assert world.queue.undo(draft_id, actor="ann")["status"] == "pending"
    assert statuses(world, draft_id) == ("pending", ["voided"])
    world.queue.approve(draft_id, actor="ann")
    assert statuses(world, draft_id) == ("approved", ["queued"])
    world.clock.move(UNDO_S)
    with pytest.raises(InputError, match="60 s to undo are over"):
        world.queue.undo(draft_id, actor="ann")


def test_a_snooze_ends_by_itself(world: World) -> None:
    draft_id = world.queue.add(draft())
    world.queue.snooze(draft_id, until="2026-03-02T12:00:00+01:00", actor="ann")
    assert (len(world.queue.listing("snoozed")), world.queue.listing("pending")) == (1, [])
    world.clock.move(7_200)
    assert [row["status"] for row in world.queue.listing("pending")] == ["pending"]
    for bad in ("tomorrow", "2026-03-02T12:00:00", "2020-01-01T00:00:00Z"):
        with pytest.raises(InputError):
            world.queue.snooze(draft_id, until=bad, actor="ann")


def test_a_lease_keeps_others_out_until_it_ends(world: World) -> None:
    draft_id = world.queue.add(draft())
    held = world.queue.lease(draft_id, actor="ann")
    for act in (world.queue.lease, world.queue.approve):
        with pytest.raises(InputError, match="ann holds"):
            act(draft_id, actor="bob")
    world.clock.move(200)
    assert world.queue.heartbeat(draft_id, actor="ann", fence=held["fence"])
    world.clock.move(200)
    assert world.queue.listing("leased")
    world.clock.move(200)
    later = world.queue.lease(draft_id, actor="bob")
    assert later["fence"] == held["fence"] + 1
    assert not world.queue.heartbeat(draft_id, actor="ann", fence=held["fence"])
    assert not world.queue.release(draft_id, actor="ann", fence=held["fence"])
    assert world.queue.release(draft_id, actor="bob", fence=later["fence"])
    with pytest.raises(InputError, match="was lost"):
        world.queue.approve(draft_id, actor="ann", fence=held["fence"])


def test_a_newer_mail_takes_drafts_and_approvals_back(world: World) -> None:
    first = world.queue.add(draft("a", thread_id="t"))
    second = world.queue.add(draft("b", thread_id="t"))
    world.queue.approve(second, actor="ann")
    assert set(world.queue.supersede_thread("t")) == {first, second}
    assert statuses(world, second) == ("superseded", ["voided"])


def test_of_two_reviewers_at_once_one_decides(world: World) -> None:
    for number in range(10):
        draft_id = world.queue.add(draft(f"k{number}"))

        def decide(actor: str, draft_id: str = draft_id) -> bool:
            try:
                if actor == "ann":
                    return bool(world.queue.approve(draft_id, actor=actor)["changed"])
                return bool(world.queue.reject(draft_id, reason="other", actor=actor)["changed"])
            except InputError:
                return False

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(decide, ["ann", "bob"])) == [False, True]
    assert verify(world.store).ok


def test_says_which_draft_is_unknown(world: World) -> None:
    with pytest.raises(InputError, match="no draft 'x'"):
        world.queue.show("x")
