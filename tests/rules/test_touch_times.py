"""Touches arrive in business hours of the contact's own day, one a day, gaps kept."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.files import read_policies
from fleet.durable.plan import constant_plan, parse_plan
from fleet.durable.touch_times import CampaignPolicy, after_delay, due_times, next_open, zone_of
from fleet.errors import InputError
from fleet.policy import section

POLICY = section(read_policies(), "campaigns", CampaignPolicy)
EARLIEST = datetime(2020, 1, 1)  # noqa: DTZ001  # hypothesis wants bounds without a zone
LATEST = datetime(2035, 1, 1)  # noqa: DTZ001  # as above
ZONES = ("Europe/Berlin", "America/Chicago", "Asia/Kolkata", "Pacific/Auckland", None, "Nowhere/X")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        ("2026-03-02T09:30", "Europe/Berlin", "2026-03-02T09:30"),  # open: at once
        ("2026-03-02T05:00", "Europe/Berlin", "2026-03-02T08:00"),  # 6:00 there: at nine
        ("2026-03-02T16:00", "Europe/Berlin", "2026-03-03T08:00"),  # 17:00 there: tomorrow
        ("2026-03-06T20:00", "Europe/Berlin", "2026-03-09T08:00"),  # Friday night: Monday
        ("2026-03-02T12:00", "America/Chicago", "2026-03-02T15:00"),  # 6:00 there
        ("2026-03-27T23:00", "Europe/Berlin", "2026-03-30T07:00"),  # summer time began on Sunday
        ("2026-03-02T08:00", "no/zone", "2026-03-02T09:00"),  # the policy's own zone
        ("2026-03-02T08:00", "../../etc/passwd", "2026-03-02T09:00"),
        ("2026-03-02T08:00", "\0", "2026-03-02T09:00"),
    ],
)
def test_the_next_open_moment(now: str, zone: str, due: str) -> None:
    assert next_open(at(now), zone_of(zone, POLICY), POLICY) == at(due)


def test_six_weekly_touches_keep_their_local_hour_across_summer_time() -> None:
    times = due_times(at("2026-03-16T10:15"), POLICY.offsets, "Europe/Berlin", POLICY)
    assert times == [
        at("2026-03-16T10:15"), at("2026-03-23T10:15"), at("2026-03-30T09:15"),
        at("2026-04-06T09:15"), at("2026-04-13T09:15"), at("2026-04-20T09:15"),
    ]  # fmt: skip


def test_weekend_days_move_on_and_never_share_a_day() -> None:
    times = due_times(at("2026-03-06T10:00"), [0, 1, 2, 3], "UTC", POLICY)  # a Friday
    assert [t.date().isoformat() for t in times] == [
        "2026-03-06", "2026-03-09", "2026-03-10", "2026-03-11",
    ]  # fmt: skip


@given(
    start=st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)),
    days=st.lists(st.integers(0, 120), min_size=1, max_size=12, unique=True).map(sorted),
    zone=st.sampled_from(ZONES),
)
def test_every_touch_is_in_business_hours_and_days_rise(
    start: datetime, days: list[int], zone: str | None
) -> None:
    times = due_times(start, days, zone, POLICY)
    local = [t.astimezone(zone_of(zone, POLICY)) for t in times]
    assert times[0] >= start
    assert all(POLICY.open_hour <= t.hour < POLICY.close_hour for t in local)
    assert all(t.weekday() in POLICY.work_days for t in local)
    assert all(b.date() > a.date() for a, b in pairwise(local))
    first = next_open(start, zone_of(zone, POLICY), POLICY).astimezone(zone_of(zone, POLICY)).date()
    assert all(t.date() >= first + timedelta(d) for t, d in zip(local, days, strict=True))


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-03-02T10:00", "2026-03-09T10:00"),  # on time: as planned
        ("2026-03-05T15:00", "2026-03-12T15:00"),  # three days late: three days later
        ("2026-03-07T10:00", "2026-03-16T09:00"),  # sent on a Saturday: not on a Saturday again
    ],
)
def test_a_late_touch_pushes_the_next_one(sent: str, due: str) -> None:
    planned = at("2026-03-09T10:00")
    assert after_delay(planned, at(sent), 7, "UTC", POLICY) == at(due)


def touch(**more: object) -> dict[str, object]:
    return {"index": 1, "day_offset": 0, "channel": "email", "angle": "a", "goal": "g"} | more


@pytest.mark.parametrize(
    ("touches", "said"),
    [
        ([], "has 0 touches"),
        ([touch()] * 13, "has 13 touches"),
        ([touch(), touch(index=2)], "days must rise"),
        ([touch(day_offset=-1)], "whole number from 0"),
        ([touch(day_offset=1.5)], "whole number from 0"),
        ([touch(day_offset=float("nan"))], "whole number from 0"),
        ([touch(day_offset=True)], "whole number from 0"),
        ([touch(day_offset=366)], "at most 365"),
        ([touch(day_offset=None)], "whole number from 0"),
        ([touch(body="Dear Kim")], "never text"),
        ([touch(subject="Hi")], "never text"),
        ([touch(angle="x" * 201)], "at most 200"),
        ([touch(angle=7)], "is no text"),
        (["soon"], "is no object"),
    ],
)
def test_a_plan_that_does_not_fit_says_which_touch(touches: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_plan({"source": "panel", "touches": touches}, POLICY)


@pytest.mark.parametrize("wire", [None, [], {}, {"touches": 3}, "plan"])
def test_what_is_no_plan_is_refused(wire: object) -> None:
    with pytest.raises(InputError, match=r"list of touches|touches: give"):
        parse_plan(wire, POLICY)


def test_the_panels_answer_is_read_and_its_other_keys_are_left_alone() -> None:
    wire = {
        "source": "panel", "rounds": 2, "dissent": [],
        "touches": [touch(evidence=["f1"]), touch(index=2, day_offset=4.0, angle="  b\n c ")],
    }  # fmt: skip
    plan = parse_plan(wire, POLICY)
    assert (plan.source, plan.offsets) == ("panel", [0, 4])
    assert [(t.angle, t.evidence) for t in plan.touches] == [("a", ("f1",)), ("b c", ())]
    assert parse_plan(plan.as_json(), POLICY) == plan


def test_the_constant_drip_is_six_touches_a_week_apart_and_says_so() -> None:
    plan = constant_plan(POLICY)
    assert (plan.source, plan.offsets) == ("fallback_default", [0, 7, 14, 21, 28, 35])
    assert parse_plan(plan.as_json(), POLICY) == plan
