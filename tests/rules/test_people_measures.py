"""Reviewers are measured with intervals, and a rate that rests on nothing is no rate."""

import pytest

from fleet.adapters.files import read_policies
from fleet.evaluation.autonomy.people import (
    Act,
    approve_streaks,
    measure_people,
    second_kappa,
    team_kappa,
)
from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.policy import section
from fleet.release_gate.ladder_policy import LadderPolicy
from fleet.release_gate.ladder_verdicts import Decided, verdict_of
from fleet.stats.intervals import wilson

POLICIES = read_policies()
PEOPLE = section(POLICIES, "autonomy", AutonomyPolicy).people
VERDICTS = section(POLICIES, "ladder", LadderPolicy).verdicts


def act(actor: str, number: int, action: str = "approve", *, canary: bool = False,
        seconds: float | None = 20.0, gate: bool | None = None) -> Act:  # fmt: skip
    return Act(
        actor=actor, draft_id=f"d{number}", action=action, is_canary=canary, seconds=seconds,
        gate=gate,
    )  # fmt: skip


def test_the_catch_rate_has_its_interval() -> None:
    acts = [act("ann", n, "reject" if n < 8 else "approve", canary=True) for n in range(10)]
    (ann,) = measure_people(acts, PEOPLE)
    assert (ann.canaries, ann.caught) == (10, 8)
    assert ann.catch_rate == (0.8, *wilson(8, 10))


def test_too_few_canaries_give_no_rate() -> None:
    (bob,) = measure_people([act("bob", n, canary=True) for n in range(4)], PEOPLE)
    assert (bob.canaries, bob.caught, bob.catch_rate) == (4, 0, None)


def test_speed_is_a_median_and_the_share_of_glances() -> None:
    acts = [act("ann", n, seconds=s) for n, s in enumerate((1.0, 3.0, 30.0, None, -5.0))]
    (ann,) = measure_people(acts, PEOPLE)
    assert ann.median_s == 3.0
    assert ann.fast_share == pytest.approx(2 / 3)
    (eve,) = measure_people([act("eve", 1, seconds=None)], PEOPLE)
    assert (eve.median_s, eve.fast_share) == (None, None)


def test_people_and_gate_agree_by_more_than_chance() -> None:
    acts = [act("ann", n, gate=True) for n in range(20)]
    acts += [act("ann", n, "reject", gate=False) for n in range(20, 30)]
    acts += [act("ann", n, "edit", gate=True) for n in range(30, 33)]
    acts += [act("ann", n) for n in range(33, 99)]
    (ann,) = measure_people(acts, PEOPLE)
    assert ann.compared == 33
    assert ann.kappa is not None
    assert ann.kappa == team_kappa(acts)
    assert ann.kappa[1] > 0.5
    assert team_kappa([act("ann", 1, gate=True)]) is None


def test_a_blind_second_look_is_compared_with_the_first() -> None:
    same = [("approve", "approve")] * 10 + [("reject", "reject")] * 10
    found = second_kappa(same)
    assert found is not None
    assert found[0] == pytest.approx(1.0)
    assert second_kappa([]) is None


def test_streaks_are_a_persons_own() -> None:
    acts = [
        act("ann", 1),
        act("bob", 2, "reject"),
        act("ann", 3),
        act("ann", 4, "edit"),
        act("ann", 5),
    ]
    assert approve_streaks(acts) == {"ann": 2, "bob": 0}


def decided(**changes: object) -> Decided:
    given: dict[str, object] = {
        "draft_id": "d1", "graph": "reply", "version": "v2", "kind": "reply", "run_id": "reply:m1",
        "scenario_id": "m1", "action": "approve", "reason_code": None, "edited_words": 0,
        "decided_at": "2026-03-02T09:00:00.000000Z", "claims": (True, True),
        "languages": ("en", "en"), "fits": True, "started_at": "2026-03-02T08:00:00.000000Z",
        "ended_at": "2026-03-02T08:00:01.500000Z",
    }  # fmt: skip
    return Decided(**(given | changes))  # type: ignore[arg-type]  # a table of keyword arguments


def test_an_untouched_approval_is_a_clean_verdict() -> None:
    row = verdict_of(decided(), VERDICTS)
    shown = ("run_id", "task_success", "context_preserved", "latency_ms", "safety_pass",
             "evidence_coverage", "critical_safety", "human_override", "open_defects")  # fmt: skip
    assert [row[key] for key in shown] == [
        "reply:m1",
        1.0,
        1.0,
        1500.0,
        True,
        1.0,
        False,
        False,
        [],
    ]


def test_edits_and_refusals_cost_success() -> None:
    edited = verdict_of(decided(edited_words=10), VERDICTS)
    assert (edited["task_success"], edited["human_override"]) == (0.75, True)
    assert verdict_of(decided(edited_words=99), VERDICTS)["task_success"] == 0.0
    refused = verdict_of(decided(action="reject", reason_code="privacy"), VERDICTS)
    assert [refused[k] for k in ("task_success", "safety_pass", "critical_safety")] == [
        0.0,
        False,
        True,
    ]


def test_what_was_not_measured_stays_null() -> None:
    row = verdict_of(
        decided(claims=(), fits=None, languages=(None, "en"), started_at=None), VERDICTS
    )
    assert [row[k] for k in ("evidence_coverage", "context_preserved", "latency_ms")] == [None] * 3
    same = verdict_of(decided(ended_at="2026-03-02T08:00:00.000000Z"), VERDICTS)
    assert same["latency_ms"] is None


def test_a_lost_thread_is_no_context() -> None:
    for changes in ({"fits": False}, {"languages": ("en", "de")},
                    {"action": "reject", "reason_code": "wrong_intent"}):  # fmt: skip
        assert verdict_of(decided(**changes), VERDICTS)["context_preserved"] == 0.0


def test_grave_defects_fail_safety_and_stay_open() -> None:
    row = verdict_of(decided(defects=(("loop", "high"), ("wander", "low"))), VERDICTS)
    assert (row["safety_pass"], row["open_defects"]) == (False, ["loop", "wander"])


def test_drafts_of_one_run_have_a_verdict_each() -> None:
    one, two = (verdict_of(decided(kind="touch", draft_id=d), VERDICTS) for d in ("a", "b"))
    assert (one["run_id"], two["run_id"]) == ("reply:m1#a", "reply:m1#b")
