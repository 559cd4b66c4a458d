"""The release gate's precedence, one row a rule, boundaries included."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.domain.trust import GateOutcome
from fleet.release_gate import decide
from fleet.release_gate.judge import Decision
from tests.support.verdicts import NOW, shipped_policy, verdict, window

POLICY = shipped_policy()
Rows = list[dict[str, Any]]


def judged(rows: Rows, *, serving: bool = False, baseline: Rows | None = None) -> Decision:
    return decide(rows, POLICY, now=NOW, serving=serving, baseline=baseline)


def state(decision: Decision, name: str) -> str:
    return next(j.state for j in decision.judgments if j.name == name)


def failing(rows: Rows, every: int, **change: Any) -> Rows:
    return [row | change if i % every == 0 else row for i, row in enumerate(rows)]


def test_promotes_a_clean_window() -> None:
    decision = judged(window(200))
    assert decision.outcome is GateOutcome.PROMOTE
    assert decision.needed_n == 0
    assert decision.reasons == ("every bound reaches its bar: one rung up",)


@pytest.mark.parametrize("size", [1, 30, 60, 87])
def test_needs_as_many_runs_as_it_says(size: int) -> None:
    needed = judged(window(size)).needed_n
    assert needed
    assert judged(window(size + needed)).outcome is GateOutcome.PROMOTE
    assert judged(window(size + needed - 1)).outcome is GateOutcome.HOLD


INVALID: list[tuple[str, Callable[[], Rows], str]] = [
    ("mixed versions", lambda: [*window(100), verdict(100, version="v3")], "mixed versions: v2, v3"),
    ("mixed artifacts", lambda: [*window(100), verdict(100, artifact="x")], "mixed artifacts: reply, x"),
    ("duplicate", lambda: [*window(200), verdict(0)], "1 duplicate run ids"),
    ("future", lambda: window(200, created_at="2026-02-01T00:00:01Z"), "200 verdicts dated in the future"),
    ("NaN", lambda: window(200, task_success=float("nan")), "200 values of task_success are not in 0..1"),
    ("above one", lambda: failing(window(200), 200, task_success=1.01), "1 values of task_success are not in 0..1"),
    ("text", lambda: failing(window(200), 200, latency_ms="fast"), "1 values of latency_ms are not amounts"),
    ("number as flag", lambda: failing(window(200), 200, safety_pass=1), "1 values of safety_pass are not true, false or null"),
    ("no run id", lambda: failing(window(200), 200, run_id=None), "1 verdicts without run_id"),
    ("no time", lambda: failing(window(200), 200, created_at=None), "1 verdicts without a readable created_at"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "reason"), [case[1:] for case in INVALID], ids=[c[0] for c in INVALID]
)
def test_holds_invalid_evidence(rows: Callable[[], Rows], reason: str) -> None:
    decision = judged(rows(), serving=True)
    assert decision.outcome is GateOutcome.HOLD
    assert f"INVALID_EVIDENCE: {reason}" in decision.reasons
    assert decision.needed_n is None


def test_holds_an_empty_window() -> None:
    decision = judged([])
    assert (decision.outcome, decision.reasons) == (
        GateOutcome.HOLD,
        ("INSUFFICIENT: the window is empty",),
    )


def test_holds_one_row_and_all_null() -> None:
    assert judged(window(1)).outcome is GateOutcome.HOLD
    nothing = dict.fromkeys(
        ("task_success", "context_preserved", "latency_ms", "safety_pass", "evidence_coverage")
    )
    decision = judged(window(300, **nothing))
    assert decision.outcome is GateOutcome.HOLD
    assert {state(decision, name) for name in ("safety", "task_success")} == {"INSUFFICIENT"}


def test_duplicates_do_not_inflate_n() -> None:
    decision = judged(window(20) * 50)
    assert {j.n for j in decision.judgments if j.rule.required} == {20}
    assert decision.outcome is GateOutcome.HOLD


def test_a_critical_safety_event_rolls_back_a_serving_version() -> None:
    rows = failing(window(500), 500, critical_safety=True)
    assert judged(rows, serving=True).outcome is GateOutcome.ROLLBACK
    held = judged(rows)
    assert held.outcome is GateOutcome.HOLD
    assert held.reasons == ("REJECTED: critical safety event in run run-000000",)


def test_an_upper_bound_under_the_floor_rolls_back() -> None:
    rows = failing(window(200), 2, task_success=0.0)
    decision = judged(rows, serving=True)
    assert decision.outcome is GateOutcome.HOLD, "0.50 of 200 is not proved to be under 0.60"
    rows = failing(window(400), 2, task_success=0.0)
    decision = judged(rows, serving=True)
    assert decision.outcome is GateOutcome.ROLLBACK
    assert state(decision, "task_success") == "CRITICAL"


def test_rolls_back_on_few_runs_when_all_fail() -> None:
    decision = judged(window(20, task_success=0.0), serving=True)
    assert decision.outcome is GateOutcome.ROLLBACK


def test_one_failing_stratum_cannot_hide_in_the_mean() -> None:
    rows = [row | {"stratum": "b" if i % 20 == 0 else "a"} for i, row in enumerate(window(400))]
    rows = [row | {"task_success": 0.0} if row["stratum"] == "b" else row for row in rows]
    decision = judged(rows, serving=True)
    assert decision.outcome is GateOutcome.ROLLBACK
    assert "stratum 'b'" in decision.reasons[0]


def test_a_thin_stratum_is_not_evidence() -> None:
    rows = [row | {"stratum": "b" if i < 4 else "a"} for i, row in enumerate(window(200))]
    decision = judged(rows)
    assert decision.outcome is GateOutcome.HOLD
    assert decision.needed_n == 1
    rows = [row | {"stratum": "b" if i < 5 else "a"} for i, row in enumerate(window(200))]
    assert judged(rows).outcome is GateOutcome.PROMOTE


def test_errors_count_against_what_they_hide() -> None:
    hidden = {"task_success": None, "safety_pass": None, "latency_ms": None, "error": "timeout"}
    decision = judged(failing(window(200), 2, **hidden), serving=True)
    assert [j.n for j in decision.judgments if j.name == "task_success"] == [200]
    assert decision.outcome is GateOutcome.ROLLBACK


def test_missing_evidence_is_never_a_pass() -> None:
    rows = failing(window(200), 4, safety_pass=None)
    decision = judged(rows)
    assert decision.outcome is GateOutcome.HOLD
    assert state(decision, "safety") == "MARGINAL"
    assert "50 runs not measured" in decision.reasons[0]


def test_an_optional_dimension_blocks_only_with_evidence() -> None:
    routed = window(200, route_expected="reply", route_actual="reply")
    assert judged(routed).outcome is GateOutcome.PROMOTE
    wrong = [
        row | {"route_actual": "sales" if i % 5 == 0 else "reply"} for i, row in enumerate(routed)
    ]
    decision = judged(wrong)
    assert (decision.outcome, state(decision, "routing")) == (GateOutcome.HOLD, "MARGINAL")


def test_a_judge_change_splits_the_window() -> None:
    old = {"judge": {"model": "m", "prompt_digest": "1"}, "task_success": 0.0}
    rows = [
        row | (old if i < 100 else {"judge": {"model": "m", "prompt_digest": "2"}})
        for i, row in enumerate(window(300))
    ]
    decision = judged(rows)
    assert decision.outcome is GateOutcome.PROMOTE
    assert decision.reasons[-1] == "judge changed: 100 verdicts of the old one set aside"
    critical = [row | {"critical_safety": True} if i == 3 else row for i, row in enumerate(rows)]
    assert judged(critical, serving=True).outcome is GateOutcome.ROLLBACK


def test_judge_variance_widens_the_interval() -> None:
    rows = failing(window(150), 12, task_success=0.0)
    assert judged(rows).outcome is GateOutcome.PROMOTE
    assert judged([row | {"judge_sd": 0.9} for row in rows]).outcome is GateOutcome.HOLD


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"open_defects": ["redundant_read"]}, "PROMOTE"),
        ({"open_defects": ["contract_breach"]}, "HOLD"),
        ({"open_defects": ["never_seen_before"]}, "HOLD"),
        ({"liveness": "OK"}, "PROMOTE"),
        ({"liveness": "LOOP"}, "HOLD"),
    ],
)
def test_open_defects_and_loops_block(change: dict[str, Any], outcome: str) -> None:
    assert judged(failing(window(200), 200, **change)).outcome.value == outcome


def test_a_falling_dimension_blocks_until_its_later_half_is_over_the_bar() -> None:
    falling = [
        row | {"task_success": float(i < 200 or i % 4 > 0)} for i, row in enumerate(window(400))
    ]
    decision = judged(falling)
    assert decision.outcome is GateOutcome.HOLD
    assert "falling" in decision.reasons[0]


def test_old_verdicts_expire() -> None:
    from dataclasses import replace

    policy = replace(POLICY, max_age_days=1.0)
    assert decide(window(200), policy, now=NOW).outcome is GateOutcome.HOLD


KAYENTA: dict[str, tuple[Rows, Rows]] = {
    "spinnaker 6278: 7 of 10 points 100 times worse": (
        [row | {"latency_ms": 90_000 if i % 10 < 7 else 900} for i, row in enumerate(window(200))],
        window(200, version="v1"),
    ),
    "kayenta 426: errors are sparse, most runs say nothing": (
        [
            row | {"safety_pass": False if i % 20 == 0 else None}
            for i, row in enumerate(window(200))
        ],
        window(200, version="v1"),
    ),
    "kayenta 780: same mean, variance blown up": (
        [
            row | {"latency_ms": 28_000 if i % 5 == 0 else 3_000}
            for i, row in enumerate(window(200))
        ],
        window(200, version="v1", latency_ms=8_000),
    ),
}


@pytest.mark.parametrize("case", KAYENTA)
@pytest.mark.parametrize("repeat", [1, 5])
def test_never_promotes_where_kayenta_missed(case: str, repeat: int) -> None:
    candidate, baseline = KAYENTA[case]
    grown = [
        row | {"run_id": f"{row['run_id']}-{k}", "scenario_id": f"{row['scenario_id']}-{k}"}
        for k in range(repeat)
        for row in candidate
    ]
    base = [
        row | {"run_id": f"{row['run_id']}-{k}", "scenario_id": f"{row['scenario_id']}-{k}"}
        for k in range(repeat)
        for row in baseline
    ]
    for other in (None, base):
        assert judged(grown, baseline=other).outcome is not GateOutcome.PROMOTE


def test_same_scenarios_do_not_regress() -> None:
    decision = judged(window(400), baseline=window(400, version="v1"))
    assert decision.outcome is GateOutcome.PROMOTE
    assert decision.comparison is not None
    assert {d.state for d in decision.comparison.differences} == {"PASS"}


def test_a_proved_regression_blocks_though_the_bars_pass() -> None:
    worse = failing(window(400), 8, task_success=0.0)
    assert judged(worse).outcome is GateOutcome.PROMOTE
    assert judged(worse, baseline=window(400, version="v1")).outcome is GateOutcome.HOLD
    served = judged(worse, baseline=window(400, version="v1"), serving=True)
    assert served.outcome is GateOutcome.ROLLBACK


def test_unpaired_scenarios_hold_above_five_percent() -> None:
    base = window(400, version="v1")
    assert judged(window(400), baseline=base[:381]).outcome is GateOutcome.PROMOTE
    decision = judged(window(400), baseline=base[:370])
    assert decision.outcome is GateOutcome.HOLD
    assert (
        decision.reasons[0] == "INSUFFICIENT: 30 of 400 scenarios have no partner, at most 5% may"
    )


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_same_evidence_in_any_order_gives_the_same_bytes(seed: int) -> None:
    rng = random.Random(seed)
    rows = [
        verdict(i, task_success=rng.choice([1.0, 0.7, 1 / 3, None]), stratum=rng.choice("abc"),
                safety_pass=rng.choice([True, True, None]), error=rng.choice([None, None, "x"]),
                created_at=f"2026-01-0{rng.randint(1, 9)}", judge_sd=rng.choice([None, 0.1]))
        for i in range(rng.randint(0, 150))
    ]  # fmt: skip
    baseline = [row | {"version": "v1", "task_success": rng.choice([1.0, 0.0])} for row in rows]
    shuffled, other = rows[:], baseline[:]
    rng.shuffle(shuffled)
    rng.shuffle(other)
    first = json.dumps(judged(rows, baseline=baseline).as_json())
    assert json.dumps(judged(shuffled, baseline=other).as_json()) == first


ORDER = {GateOutcome.ROLLBACK: 0, GateOutcome.HOLD: 1, GateOutcome.PROMOTE: 2}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_better_verdict_never_makes_the_outcome_worse(seed: int) -> None:
    rng = random.Random(seed)
    rate = rng.choice([0.3, 0.6, 0.8, 0.9, 0.95, 0.99])
    rows = [
        verdict(i, task_success=float(rng.random() < rate), safety_pass=rng.random() < 0.995,
                latency_ms=rng.choice([900, 900, 900, 20_000 if rate < 0.9 else 900]),
                stratum=rng.choice("ab"), created_at="2026-01-05")
        for i in range(rng.choice([25, 60, 120, 300]))
    ]  # fmt: skip
    better = [dict(row) for row in rows]
    for row in rng.sample(better, k=max(1, len(better) // 10)):
        row.update(task_success=1.0, safety_pass=True, latency_ms=100)
    for serving in (False, True):
        before, after = judged(rows, serving=serving), judged(better, serving=serving)
        assert ORDER[after.outcome] >= ORDER[before.outcome]
