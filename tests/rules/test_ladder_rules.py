"""Rungs: what counts now, what a rise needs, and that every gap falls to people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.files import read_policies
from fleet.domain.trust import GateOutcome, Rung
from fleet.errors import InputError, PolicyError
from fleet.policy import parse, section
from fleet.release_gate.ladder import (
    Effective,
    Grant,
    Past,
    Recorded,
    effective_rung,
    expiry,
    fallen_at,
    in_canary,
    is_ending,
    is_sampled,
    missing_for,
    moves_only,
    past_of,
)
from fleet.release_gate.ladder_policy import LadderPolicy
from fleet.release_gate.ladder_waivers import blocking_of, holds, make_waiver, score_waiver

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = section(read_policies(), "ladder", LadderPolicy)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def granted(rung: Rung = Rung.CONDITIONAL, **changes: Any) -> Grant:
    given: dict[str, Any] = {
        "graph": "reply", "version": "v2", "rung": rung, "reason": "earned",
        "granted_by": "ann", "granted_at": NOW - DAY, "expires_at": NOW + DAY,
    }  # fmt: skip
    return Grant(**(given | changes))


def counts(grant: Grant | None, **changes: Any) -> Effective:
    given: dict[str, Any] = {"now": NOW, "heartbeat_at": NOW - MINUTE, "halted": False}
    return effective_rung(grant, **(given | changes), policy=POLICY)


def promoted(key: str = "one", at: datetime = NOW - HOUR, **changes: Any) -> Recorded:
    given: dict[str, Any] = {
        "id": f"gate-{key}", "outcome": GateOutcome.PROMOTE, "decided_at": at,
        "stored_share": 1.0, "newest_evidence": at, "evidence_digest": key,
    }  # fmt: skip
    return Recorded(**(given | changes))


def lacks(target: Rung, current: Rung, *found: Recorded, past: Past | None = None) -> list[str]:
    return missing_for(target, current, found, past or Past(), now=NOW, policy=POLICY)


def test_a_valid_watched_grant_counts() -> None:
    found = counts(granted())
    assert (found.rung, found.fell, found.may_answer) == (Rung.CONDITIONAL, None, True)


def test_a_new_version_drafts_and_answers_nothing() -> None:
    found = counts(None)
    assert (found.granted, found.rung, found.may_answer) == (Rung.DRAFT, Rung.DRAFT, False)
    assert (found.daily_cap, found.sample_share, found.canary_share) == (0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("grant", "changes", "why"),
    [
        (granted(expires_at=NOW), {}, "expired"),
        (granted(expires_at=None), {}, "expired"),
        (granted(revoked=True), {}, "revoked"),
        (granted(granted_at=NOW + HOUR), {}, "granted in the future"),
        (granted(), {"halted": True}, "halted"),
        (granted(), {"heartbeat_at": None}, "monitor silent"),
        (granted(), {"heartbeat_at": NOW - 16 * MINUTE}, "monitor silent"),
        (granted(), {"heartbeat_at": NOW + 16 * MINUTE}, "monitor silent"),
    ],
)
def test_a_lapsed_grant_falls_to_people(grant: Grant, changes: dict[str, Any], why: str) -> None:
    found = counts(grant, **changes)
    assert (found.granted, found.rung, found.fell) == (Rung.CONDITIONAL, Rung.DRAFT, why)
    assert not found.may_answer


def test_the_heartbeat_counts_to_its_last_second() -> None:
    assert counts(granted(), heartbeat_at=NOW - 15 * MINUTE).fell is None


def test_a_lapse_never_lifts_a_lower_rung() -> None:
    found = counts(granted(Rung.ASSIST, expires_at=NOW - DAY), heartbeat_at=None)
    assert (found.rung, found.fell) == (Rung.ASSIST, None)


@given(
    rung=st.sampled_from(list(Rung)), expires=st.integers(-3, 3), silent=st.integers(-30, 30),
    halted=st.booleans(), revoked=st.booleans(),
)  # fmt: skip
def test_nothing_ever_counts_above_what_was_granted(
    rung: Rung, expires: int, silent: int, halted: bool, revoked: bool
) -> None:
    found = counts(
        granted(rung, expires_at=NOW + expires * HOUR, revoked=revoked),
        heartbeat_at=NOW - silent * MINUTE, halted=halted,
    )  # fmt: skip
    assert found.rung.height <= rung.height
    if found.may_answer:
        assert not halted
        assert not revoked
        assert expires > 0
        assert abs(silent) <= 15


def test_one_rung_at_a_time_with_a_fresh_promote() -> None:
    assert lacks(Rung.SHADOW, Rung.DRAFT, promoted()) == []
    assert lacks(Rung.CONDITIONAL, Rung.DRAFT, promoted()) == [
        "CONDITIONAL is 2 rungs up: SHADOW comes first"
    ]


def test_a_way_down_needs_nothing() -> None:
    assert lacks(Rung.DRAFT, Rung.UNATTENDED) == []
    assert lacks(Rung.DRAFT, Rung.ASSIST) == []


@pytest.mark.parametrize(
    ("found", "past", "word"),
    [
        ((), Past(), "no recorded decision"),
        ((promoted(outcome=GateOutcome.HOLD), promoted("old")), Past(), "PROMOTE is needed"),
        ((promoted(at=NOW - 14 * DAY),), Past(), "expired"),
        ((promoted(at=NOW + HOUR),), Past(), "expired"),
        ((promoted(expires_at=NOW),), Past(), "expired"),
        ((promoted(),), Past(used=frozenset({"gate-one"})), "lifted it before"),
    ],
)
def test_says_what_is_wrong_with_the_decision(
    found: tuple[Recorded, ...], past: Past, word: str
) -> None:
    (only,) = lacks(Rung.SHADOW, Rung.DRAFT, *found, past=past)
    assert word in only


@pytest.mark.parametrize("share", [None, 0.0, 0.99])
def test_answering_needs_evidence_that_the_product_wrote(share: float | None) -> None:
    (only,) = lacks(Rung.CONDITIONAL, Rung.SHADOW, promoted(stored_share=share))
    assert "not, or no longer, ours" in only
    assert lacks(Rung.SHADOW, Rung.DRAFT, promoted(stored_share=share)) == []


def test_leaving_shadow_needs_what_the_autonomy_gate_lacks_too() -> None:
    found = missing_for(
        Rung.CONDITIONAL, Rung.SHADOW, [promoted()], Past(), now=NOW, policy=POLICY,
        shadow_missing=["12 more verdicts beside people"],
    )  # fmt: skip
    assert found == ["12 more verdicts beside people"]


def test_a_rung_is_stood_on_before_the_next() -> None:
    past = Past(since=NOW - HOUR)
    (only,) = lacks(Rung.CONDITIONAL, Rung.SHADOW, promoted(), past=past)
    assert only.startswith("24 h on SHADOW")
    assert lacks(Rung.CONDITIONAL, Rung.SHADOW, promoted(), past=Past(since=NOW - DAY)) == []


def test_a_renewal_needs_a_new_promote_and_no_waiting() -> None:
    past = Past(since=NOW - HOUR, used=frozenset({"gate-one"}))
    assert lacks(Rung.CONDITIONAL, Rung.CONDITIONAL, promoted("two"), past=past) == []
    assert lacks(Rung.CONDITIONAL, Rung.CONDITIONAL, promoted(), past=past) != []


def test_a_renewal_needs_runs_that_were_judged_since_the_grant() -> None:
    past = Past(since=NOW - 9 * DAY, granted_at=NOW - 2 * DAY)
    rung = Rung.UNATTENDED
    stale = promoted("two", newest_evidence=NOW - 3 * DAY)
    assert lacks(rung, rung, stale, past=past) == [
        "no run was judged since the grant of 2026-02-28 09:00 UTC"
    ]
    assert lacks(rung, rung, promoted("two", newest_evidence=NOW - DAY), past=past) == []


def test_a_grant_is_renewed_in_the_last_half_of_its_days_and_never_after_its_end() -> None:
    def ending(left: timedelta, *, revoked: bool = False) -> bool:
        held = granted(
            Rung.UNATTENDED, granted_at=NOW - 7 * DAY + left, expires_at=NOW + left,
            revoked=revoked,
        )  # fmt: skip
        return is_ending(held, NOW, POLICY)

    assert [ending(days * DAY) for days in (6, 4, 3.5, 1)] == [False, False, True, True]
    assert (ending(0 * DAY), ending(-HOUR), ending(DAY, revoked=True)) == (False, False, False)


def test_renewals_do_not_count_as_moves() -> None:
    def move(before: str, after: str, day: int, decision: str) -> dict[str, str]:
        at = f"2026-03-{day:02}T09:00:00+00:00"
        return {"from_rung": before, "to_rung": after, "at": at, "decision_id": decision}

    rise = move("SHADOW", "CONDITIONAL", 1, "one")
    renewal = move("CONDITIONAL", "CONDITIONAL", 8, "two")
    past = past_of([rise, renewal], granted(granted_at=NOW))
    assert moves_only([rise, renewal]) == [rise]
    assert past == Past(
        since=datetime(2026, 3, 1, 9, tzinfo=UTC), granted_at=NOW, used=frozenset({"one", "two"})
    )


def test_a_fallen_version_cools_down_and_climbs_on_new_evidence_only() -> None:
    fresh = Past(fell_at=NOW - HOUR)
    cooling = lacks(Rung.SHADOW, Rung.DRAFT, promoted(at=NOW - MINUTE), past=fresh)
    assert cooling[0].startswith("it fell: no way up before 2026-03-03 08:00")
    cold = Past(fell_at=NOW - 3 * DAY)
    old = promoted("old", newest_evidence=NOW - 4 * DAY)
    assert lacks(Rung.SHADOW, Rung.DRAFT, old, past=cold) == [
        "2 more PROMOTE on runs after the fall of 2026-02-27 09:00 UTC"
    ]
    one = promoted("b", NOW - HOUR)
    assert lacks(Rung.SHADOW, Rung.DRAFT, one, one, past=cold) == [
        "1 more PROMOTE on runs after the fall of 2026-02-27 09:00 UTC"
    ]
    assert lacks(Rung.SHADOW, Rung.DRAFT, one, promoted("a", NOW - DAY), past=cold) == []
    between = promoted("x", NOW - 2 * HOUR, outcome=GateOutcome.HOLD)
    assert lacks(Rung.SHADOW, Rung.DRAFT, one, between, promoted("a", NOW - DAY), past=cold) != []


def test_a_grant_ends_no_later_than_its_rung_allows() -> None:
    assert expiry(Rung.CONDITIONAL, NOW, NOW + 99 * DAY, POLICY) == NOW + 14 * DAY
    assert expiry(Rung.CONDITIONAL, NOW, NOW + DAY, POLICY) == NOW + DAY
    assert expiry(Rung.UNATTENDED, NOW, None, POLICY) == NOW + 7 * DAY


@given(lead=st.text(max_size=30), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_lead_in_a_small_canary_stays_in_a_larger_one(lead: str, low: float, high: float) -> None:
    small, large = sorted((low, high))
    assert not in_canary(lead, "reply", "v2", small) or in_canary(lead, "reply", "v2", large)
    assert not in_canary(lead, "reply", "v2", 0.0)
    assert in_canary(lead, "reply", "v2", 1.0)


def test_the_shares_are_what_they_say() -> None:
    inside = sum(in_canary(f"lead-{n}", "reply", "v2", 0.5) for n in range(4000))
    sampled = sum(is_sampled(f"d{n}", "hash", 0.2) for n in range(4000))
    assert abs(inside - 2000) < 130  # four standard deviations
    assert abs(sampled - 800) < 110


def test_the_last_fall_is_found_among_moves() -> None:
    moves: list[dict[str, str | None]] = [
        {"from_rung": "DRAFT", "to_rung": "SHADOW", "at": "1"},
        {"from_rung": "SHADOW", "to_rung": "DRAFT", "at": "2"},
        {"from_rung": "DRAFT", "to_rung": "SHADOW", "at": "3"},
    ]
    assert fallen_at(moves) == "2"
    assert fallen_at(moves[:1]) is None


def test_a_policy_without_a_rung_is_refused() -> None:
    table = dict(read_policies()["ladder"])
    table["rungs"] = {k: v for k, v in table["rungs"].items() if k != "SHADOW"}
    with pytest.raises(PolicyError, match="exactly the rungs"):
        parse(LadderPolicy, table, "ladder")


def hold(*reasons: str, decision: str = "HOLD") -> dict[str, Any]:
    return {"decision": decision, "reasons": list(reasons)}


def waiver(result: dict[str, Any], *dimensions: str, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "by": "ann", "reason": "a slow host, replaced today", "until": NOW + DAY, "now": NOW,
        "max_days": 7.0,
    }  # fmt: skip
    return make_waiver(result, dimensions, **(given | changes))


SLOW = hold("latency_p95: lower bound 0.900 is under the bar 0.95", "judge changed: 3 set aside")


def test_a_named_person_can_stand_for_what_is_thin() -> None:
    found = waiver(SLOW, "latency_p95")
    assert (found["by"], found["dimensions"]) == ("ann", ["latency_p95"])
    assert holds(found, NOW)
    assert not holds(found, NOW + DAY)
    assert not holds(None, NOW)


@pytest.mark.parametrize(
    ("result", "dimensions", "changes", "word"),
    [
        (SLOW, ["latency_p95"], {"by": None}, "named person"),
        (SLOW, ["latency_p95"], {"reason": " "}, "reason"),
        (SLOW, ["latency_p95"], {"until": None}, "end"),
        (SLOW, ["latency_p95"], {"until": NOW + 8 * DAY}, "within 7 days"),
        (hold("safety: lower bound 0.9 is under"), ["safety"], {}, "never waived"),
        (SLOW, ["beauty"], {}, "is none of"),
        (hold("INVALID_EVIDENCE: mixed versions"), ["routing"], {}, "cannot be waived"),
        (hold("REJECTED: cost: upper bound"), ["cost"], {}, "cannot be waived"),
        (hold("open defect loop"), ["routing"], {}, "cannot be waived"),
        (hold("INSUFFICIENT: cost: 1", "routing: low"), ["cost"], {}, "routing would still"),
        (hold("x", decision="ROLLBACK"), ["cost"], {}, "only a HOLD"),
    ],
)
def test_a_waiver_is_refused(
    result: dict[str, Any], dimensions: list[str], changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(InputError, match=word):
        waiver(result, *dimensions, **changes)


def test_notes_about_the_window_block_nothing() -> None:
    assert blocking_of(SLOW) == (["latency_p95"], [])


def test_a_waiver_is_scored_by_what_came_after() -> None:
    given_one = waiver(SLOW, "latency_p95")
    later = NOW + 2 * DAY
    promote, rollback = (GateOutcome.PROMOTE, NOW + HOUR), (GateOutcome.ROLLBACK, NOW + HOUR)
    assert score_waiver(given_one, [promote], None, later) == "VINDICATED"
    assert score_waiver(given_one, [promote, rollback], None, later) == "FAILED"
    assert score_waiver(given_one, [promote], NOW + HOUR, later) == "FAILED"
    assert score_waiver(given_one, [(GateOutcome.PROMOTE, NOW - HOUR)], None, later) == "UNPROVED"
    assert score_waiver(given_one, [], None, NOW) == "OPEN"
