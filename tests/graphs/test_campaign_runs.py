"""Campaigns end to end: six touches, each held for a person, until the contact answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store.audit import verify
from fleet.adapters.store.campaigns import funnel, read_campaign
from fleet.adapters.store.controls import suppress
from fleet.adapters.store.schema import contacts, drafts, runs, touches
from fleet.adapters.store.touches import claim, read_touch
from fleet.errors import InputError
from fleet.runtime.campaign_cadence import change_cadence
from fleet.runtime.campaigns import (
    cancel_campaign,
    create_campaign,
    default_plan,
    pause_campaign,
    resume_campaign,
    stop_contact,
    sweep_stops,
)
from tests.support.campaign_world import CampaignWorld
from tests.support.inline_engine import InlineEngine

Stop = Callable[[CampaignWorld], object]


def counts(**given: object) -> dict[str, object]:
    blank: dict[str, object] = dict.fromkeys(
        ("handled", "created", "held", "failed", "repeated"), 0
    )
    return blank | {"skipped": {}} | given


def hard_bounce(world: CampaignWorld) -> None:
    world.mail(None, "bounce", bounced_address="one@buyer.test", bounce_status="5.1.1",
               thread_id=f"campaign:{world_campaign(world)}:one")  # fmt: skip


def world_campaign(world: CampaignWorld) -> str:
    return str(world.store.read(sa.select(touches.c.campaign_id))[0]["campaign_id"])


def suppressed(world: CampaignWorld) -> None:
    suppress(
        world.store, "one@buyer.test", reason="r", origin="o", now=world.clock.now(), actor="x"
    )


def do_not_contact(world: CampaignWorld) -> None:
    world.store.write(sa.update(contacts).values(do_not_contact=True))


STOPS: dict[str, tuple[str, Stop]] = {
    "a reply": ("replied", lambda world: world.mail("one")),
    "a reply from another address in the thread": (
        "replied",
        lambda world: world.mail(None, thread_id=f"campaign:{world_campaign(world)}:one"),
    ),
    "a reply whose date is years off": (
        "replied",
        lambda world: world.mail("one", at="2019-01-01T00:00:00.000000Z"),
    ),
    "an opt-out": ("opted_out", lambda world: world.mail("one", "opt_out")),
    "a hard bounce": ("bounced", hard_bounce),
    "a suppression": ("suppressed", suppressed),
    "do not contact": ("suppressed", do_not_contact),
}
stopping = pytest.mark.parametrize("stop", STOPS)


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.runtime.durable_runs.Engine", InlineEngine)


@pytest.fixture
def world(tmp_path: Path) -> CampaignWorld:
    return CampaignWorld(tmp_path)


def test_six_touches_are_held_approved_and_sent_once_over_five_weeks(world: CampaignWorld) -> None:
    campaign = world.start()
    sent_on = []
    for number in range(1, 7):
        assert world.run() == counts(handled=1, created=1)
        assert world.run() == counts()  # it waits for a person, however often it is asked
        assert (world.send(), len(world.files())) == (0, number - 1)
        assert world.approve() == 1
        assert (world.send(), world.send(), len(world.files())) == (1, 0, number)
        sent_on.append((world.clock.at.date() - world.clock.at.date().replace(day=1)).days)
        assert world.run() == counts()  # the next one sleeps
        world.clock.move(days=7)
    assert world.states() == ["sent"] * 6
    assert read_campaign(world.store, campaign)["status"] == "completed"
    assert world.runs() == {"completed": 6}
    assert funnel(world.store, campaign)["sent"] == 6
    assert verify(world.store).ok
    texts = world.store.read(sa.select(drafts.c.body).order_by(drafts.c.created_at))
    assert len({row["body"] for row in texts}) == 6


def test_a_touch_that_leaves_late_keeps_the_gap_to_the_next(world: CampaignWorld) -> None:
    world.start()
    world.run()
    world.clock.move(days=3, hours=3)
    world.approve()
    assert world.send() == 1
    world.run()
    world.clock.move(days=4)
    assert world.run() == counts()  # day 7 of the plan, but only four days after the first
    world.clock.move(days=3, hours=1)
    assert world.run() == counts(handled=1, created=1)


@stopping
def test_what_they_do_stops_the_sequence_before_the_next_touch(
    world: CampaignWorld, stop: str
) -> None:
    reason, happens = STOPS[stop]
    world.start()
    world.run()
    world.approve()
    world.send()
    world.run()
    happens(world)
    world.clock.move(days=7)
    assert world.run() == counts(skipped={reason: 1})
    assert world.states() == ["sent"] + ["stopped"] * 5
    assert world.runs() == {"completed": 1, "cancelled": 1}
    world.clock.move(days=60)
    assert (world.run(), world.send(), len(world.files())) == (counts(), 0, 1)


@stopping
def test_what_they_do_takes_a_waiting_or_approved_draft_back(
    world: CampaignWorld, stop: str
) -> None:
    reason, happens = STOPS[stop]
    world.start()
    world.run()
    happens(world)
    assert world.approve() == 1  # a person approves before anybody read the mail
    assert world.send() == 0
    assert sum(sweep_stops(world.store, world.fleet.review).values()) <= 1
    assert world.run()["created"] == 0
    assert world.states() == ["stopped"] * 6
    assert world.store.read(sa.select(touches.c.stop_reason))[0]["stop_reason"] == reason
    assert world.store.read(sa.select(drafts.c.status))[0]["status"] in ("superseded", "suppressed")
    assert (world.send(), world.files()) == (0, [])


@stopping
def test_what_they_do_in_the_second_of_the_timer_wins(world: CampaignWorld, stop: str) -> None:
    world.start()
    touch_id = world.store.read(sa.select(touches.c.id).where(touches.c.position == 1))[0]["id"]
    before = read_touch(world.store, touch_id)
    assert before is not None
    assert before["stop"] is None  # the timer looked, and saw nothing
    STOPS[stop][1](world)
    assert claim(world.store, before, world.clock.now()) is None
    assert world.states()[0] == "scheduled"


@stopping
def test_what_they_do_while_a_touch_is_drafted_leaves_no_draft(
    world: CampaignWorld, stop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start()
    add = world.fleet.review.add

    def in_between(*args: object, **more: object) -> str:
        draft_id = add(*args, **more)  # type: ignore[arg-type]  # handed through as it came
        STOPS[stop][1](world)
        return draft_id

    monkeypatch.setattr(world.fleet.review, "add", in_between)
    assert world.run() == counts(handled=1, skipped={STOPS[stop][0]: 1})
    world.run()
    assert set(world.states()) == {"stopped"}
    assert [row["status"] for row in world.store.read(sa.select(drafts.c.status))] == ["superseded"]
    assert world.approve() == 0


def test_an_automatic_answer_and_a_soft_bounce_stop_nothing(world: CampaignWorld) -> None:
    campaign = world.start()
    world.mail("one", "out_of_office")
    world.mail("one", "auto_reply")
    world.mail(None, "bounce", bounce_status="4.2.2", thread_id=f"campaign:{campaign}:one")
    assert world.run() == counts(handled=1, created=1)


def test_a_message_on_the_wire_counts_as_sent_though_they_answered(world: CampaignWorld) -> None:
    world.start()
    world.run()
    world.approve()
    world.send()
    world.mail("one")
    world.run()
    assert world.states() == ["sent"] + ["stopped"] * 5


def test_a_rejected_touch_is_skipped_and_the_next_one_comes(world: CampaignWorld) -> None:
    world.start()
    world.run()
    draft = world.store.read(sa.select(drafts))[0]
    world.fleet.review.reject(draft["id"], reason=next(iter(world.fleet.review.policy.reasons)),
                              actor="ann")  # fmt: skip
    world.clock.move(days=7)
    assert world.run() == counts(handled=1, created=1)
    assert world.states()[:2] == ["skipped", "held"]


def test_a_paused_campaign_neither_drafts_nor_sends(world: CampaignWorld) -> None:
    campaign = world.start()
    world.run()
    world.approve()
    assert pause_campaign(world.fleet, campaign, actor="ann")
    assert not pause_campaign(world.fleet, campaign, actor="ann")
    world.clock.move(days=1)
    assert (world.send(), world.run()) == (0, counts())
    assert resume_campaign(world.fleet, campaign, actor="ann")
    assert world.send() == 1


def test_a_cancelled_campaign_takes_its_drafts_back(world: CampaignWorld) -> None:
    campaign = world.start()
    world.run()
    world.approve()
    assert cancel_campaign(world.fleet, campaign, actor="ann")
    assert (world.send(), world.run(), world.files()) == (0, counts(), [])
    assert world.states() == ["cancelled"] * 6
    with pytest.raises(InputError, match="is cancelled"):
        resume_campaign(world.fleet, campaign, actor="ann")


def test_a_stop_that_a_kill_cut_short_leaves_nothing_to_send(world: CampaignWorld) -> None:
    world.start()
    world.run()
    world.approve()
    world.store.write(sa.update(touches).values(status="stopped", stop_reason="replied"))
    assert world.send() == 0
    world.run()
    assert world.store.read(sa.select(drafts.c.status))[0]["status"] == "superseded"


def test_stopping_a_contact_twice_changes_nothing_more(world: CampaignWorld) -> None:
    world.start()
    world.run()
    store, review = world.store, world.fleet.review
    assert len(stop_contact(store, review, "one", "by hand")) == 1
    assert stop_contact(store, review, "one", "by hand") == []
    assert verify(store).entries == 4  # start, add, stop, withdrawn


def test_a_new_cadence_shows_what_is_recalled_before_it_recalls(world: CampaignWorld) -> None:
    campaign = world.start()
    world.run()
    world.approve()
    plan = default_plan(world.fleet)
    for touch in plan["touches"]:
        touch["day_offset"] += 3
    plan["touches"] = plan["touches"][:4]
    shown = change_cadence(world.fleet, campaign, plan, actor="ann")
    assert (shown["applied"], len(shown["recalled"]), shown["removed"]) == (False, 1, 2)
    assert world.states() == ["held"] + ["scheduled"] * 5
    done = change_cadence(world.fleet, campaign, plan, actor="ann", apply=True)
    assert done | {"applied": False} == shown
    assert world.states() == ["scheduled"] * 4 + ["cancelled"] * 2
    assert (world.send(), world.run(), world.files()) == (0, counts(), [])
    world.clock.move(days=3)
    assert world.run() == counts(handled=1, created=1)  # drafted anew under the new plan
    world.approve()
    assert world.send() == 1
    world.run()
    waiting = world.store.read(sa.select(runs).where(runs.c.status == "waiting_timer"))
    assert [row["due_at"][:10] for row in waiting] == ["2026-03-12"]


def test_a_cadence_keeps_a_draft_that_still_fits(world: CampaignWorld) -> None:
    campaign = world.start()
    world.run()
    plan = default_plan(world.fleet)
    plan["touches"][1]["day_offset"] = 4
    done = change_cadence(world.fleet, campaign, plan, actor="ann", apply=True)
    assert (done["recalled"], done["moved"], done["added"]) == ([], 1, 0)
    world.approve()
    assert world.send() == 1
    world.run()
    assert world.runs() == {"completed": 1, "waiting_timer": 1}


def test_who_cannot_be_written_to_is_counted_and_nobody_left_is_an_error(tmp_path: Path) -> None:
    world = CampaignWorld(tmp_path, ("one", "two", "three"))
    world.store.write(sa.update(contacts).where(contacts.c.id == "two").values(email=None))
    suppress(world.store, "@other.test", reason="r", origin="o", now=world.clock.now(), actor="x")
    world.store.write(
        sa.update(contacts).where(contacts.c.id == "three").values(email="a@other.test")
    )
    plan = default_plan(world.fleet)
    ids = ["one", "one", "two", "three", "nobody"]
    made = create_campaign(world.fleet, name="A", plan=plan, contact_ids=ids, actor="ann")
    assert (made["contacts"], made["touches"], made["skipped"]) == (
        1, 6, {"no_address": 1, "suppressed": 1, "unknown": 1},
    )  # fmt: skip
    with pytest.raises(InputError, match="in_another_sequence"):
        create_campaign(world.fleet, name="B", plan=plan, contact_ids=["one"], actor="ann")


def test_a_touch_of_another_channel_is_left_to_people(world: CampaignWorld) -> None:
    plan = default_plan(world.fleet)
    plan["touches"][0]["channel"] = "call"
    world.start(plan)
    assert world.run() == counts()
    world.clock.move(days=7)
    assert world.run() == counts(handled=1, created=1)
    assert world.states()[:2] == ["skipped", "held"]


def test_a_clock_that_jumps_back_wakes_nobody_early(world: CampaignWorld) -> None:
    world.start()
    world.clock.move(days=-30)
    assert world.run() == counts()
    world.clock.move(days=30)
    assert world.run() == counts(handled=1, created=1)
