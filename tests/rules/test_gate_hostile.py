"""Windows, policies and baselines that nobody should be able to promote by."""

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest

from fleet.__main__ import main
from fleet.domain.trust import GateOutcome
from fleet.errors import PolicyError
from fleet.release_gate import decide
from fleet.release_gate.ablation import ablate
from fleet.release_gate.judge import Decision, weigh
from fleet.release_gate.policy import DimensionRule, GatePolicy
from fleet.stats.betting import difference_bounds, pairs_needed
from tests.support.verdicts import NOW, shipped_policy, verdict, window

POLICY = shipped_policy()
Rows = list[dict[str, Any]]
RULE: dict[str, Any] = {"promote_bar": 0.8, "rollback_floor": 0.6}


def judged(rows: Rows, *, serving: bool = False, baseline: Rows | None = None) -> Decision:
    return decide(rows, POLICY, now=NOW, serving=serving, baseline=baseline)


def test_errors_do_not_make_evidence_about_what_nobody_measures() -> None:
    rows = [
        row | ({"error": "timeout", "task_success": None} if i % 3 == 0 else {})
        for i, row in enumerate(window(120))
    ]
    decision = judged(rows, serving=True)
    assert decision.outcome is GateOutcome.HOLD
    assert [r.partition(":")[0] for r in decision.reasons] == ["task_success"]
    unmeasured = [j.name for j in decision.judgments if not j.has_evidence]
    assert unmeasured == ["routing", "cost", "human_override"]


def test_errors_count_in_an_optional_dimension_that_the_window_measures() -> None:
    rows = [
        row | ({"error": "timeout", "task_success": None} if i % 2 else {"cost_usd": 0.01})
        for i, row in enumerate(window(200))
    ]
    cost = next(j for j in judged(rows).judgments if j.name == "cost")
    assert (cost.n, cost.estimate) == (200, 0.5)


def test_a_route_is_lost_to_an_error_only_where_one_was_expected() -> None:
    rows = [
        row
        | {"route_expected": "quote" if i % 2 else None, "route_actual": "quote" if i % 2 else None}
        | ({"error": "timeout", "route_actual": None} if i % 10 == 1 else {})
        for i, row in enumerate(window(200))
    ]
    routing = next(j for j in judged(rows).judgments if j.name == "routing")
    assert (routing.n, routing.estimate) == (100, 0.8)


def test_a_policy_whose_dimensions_nothing_measures_promotes_nobody() -> None:
    policy = GatePolicy(alpha=0.05, dimensions={"routing": DimensionRule(**RULE, required=False)})
    decision = decide(window(200), policy, now=NOW)
    assert decision.outcome is GateOutcome.HOLD
    assert decision.reasons == ("INSUFFICIENT: no dimension of the policy was measured",)


@pytest.mark.parametrize(
    "change",
    [
        {"promote_bar": float("nan")}, {"promote_bar": 1.5}, {"promote_bar": 0.5}, {"min_n": -1},
        {"rollback_floor": -0.1}, {"max_regression": float("nan")}, {"limit_ms": 0.0},
        {"limit_usd": float("inf")},
    ],
)  # fmt: skip
def test_a_rule_that_no_run_can_be_judged_by_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        DimensionRule(**(RULE | change))


@pytest.mark.parametrize(
    "change",
    [{"alpha": 0.0}, {"alpha": float("nan")}, {"dimensions": {}}, {"max_age_days": float("nan")},
     {"max_unpaired": 2.0}],
)  # fmt: skip
def test_a_policy_that_no_window_can_be_judged_by_is_refused(change: dict[str, Any]) -> None:
    given: dict[str, Any] = {"alpha": 0.05, "dimensions": {"safety": DimensionRule(**RULE)}}
    with pytest.raises(PolicyError):
        GatePolicy(**(given | change))


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"run_id":"x","artifact":"reply","version":"v2","latency_ms":1' + b"0" * 400
        + b',"created_at":"2026-01-01T00:00:00Z"}',
        b'{"run_id":"x","artifact":"reply","version":"v2","task_success":NaN,'
        b'"created_at":"2026-01-01T00:00:00Z"}',
    ],
    ids=["deep", "beyond every float", "not a number"],
)  # fmt: skip
def test_a_hostile_line_makes_the_window_invalid(
    line: bytes, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "w.jsonl"
    file.write_bytes(b"\n".join([*(orjson.dumps(row) for row in window(120)), line]))
    words = ["gate", "decide", "--verdicts", str(file), "--now", NOW.isoformat(), "--json"]
    assert main(words) == 10
    answer = orjson.loads(capsys.readouterr().out)
    assert answer["reasons"][0].startswith("INVALID_EVIDENCE")
    assert answer["needed_n"] is None


def test_simulated_verdicts_never_stand_beside_real_ones() -> None:
    real, played = window(400), window(400, version="v1+sim.good.7")
    for candidate, baseline in ((real, played), (played, real)):
        decision = judged(candidate, baseline=baseline)
        assert decision.outcome is GateOutcome.HOLD
        assert decision.reasons[0] == "INVALID_EVIDENCE: simulated verdicts stand beside real ones"
        assert decision.needed_n is None
    again = judged(played, baseline=window(400, version="v0+sim.good.8"))
    assert again.outcome is GateOutcome.PROMOTE


def test_what_runs_cannot_settle_needs_no_number_of_runs() -> None:
    stuck = judged([row | {"open_defects": ["goal_drift"]} for row in window(200)])
    assert (stuck.outcome, stuck.needed_n) == (GateOutcome.HOLD, None)


def test_the_pairs_that_are_needed_are_enough_and_no_fewer_are() -> None:
    decision = judged(window(120), baseline=window(120, version="v1"))
    assert decision.outcome is GateOutcome.HOLD
    more = decision.needed_n
    assert more
    for extra, outcome in ((more, GateOutcome.PROMOTE), (more - 1, GateOutcome.HOLD)):
        size = 120 + extra
        assert judged(window(size), baseline=window(size, version="v1")).outcome is outcome


@pytest.mark.parametrize("gaps", [[0.0] * 30 + [1.0] * 3, [0.0] * 50 + [-1.0], [0.1, 0.3] * 10])
def test_pairs_needed_agrees_with_the_bound(gaps: list[float]) -> None:
    found = pairs_needed(np.array(gaps), 0.05, 0.05)
    assert found is not None
    times = -(-(len(gaps) + found) // len(gaps))
    assert difference_bounds(np.array(gaps * times), 0.05)[0] >= -0.05


@pytest.mark.parametrize(
    ("rows", "pivotal"),
    [
        (window(200), []),
        (window(200, task_success=0.5), [("task_success",)]),
        (
            window(200, task_success=0.5, context_preserved=0.5),
            [("task_success", "context_preserved")],
        ),
    ],
)
def test_ablation_names_what_the_verdict_hangs_on(
    rows: Rows, pivotal: list[tuple[str, ...]]
) -> None:
    found = ablate(weigh(rows, POLICY, now=NOW))
    assert [each.names for each in found if each.is_pivotal] == pivotal
    assert {each.names for each in found} >= {(name,) for name in POLICY.dimensions}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows[:0],
        lambda rows: rows[:1],
        lambda rows: [
            row | dict.fromkeys(("task_success", "context_preserved", "latency_ms")) for row in rows
        ],
        lambda rows: [*rows, verdict(900, version="v3")],
        lambda rows: [*rows, verdict(900, created_at="2027-01-01T00:00:00Z")],
        lambda rows: [*rows, rows[0]],
        lambda rows: [*rows, verdict(900, task_success=float("nan"))],
    ],
    ids=["empty", "one row", "null", "mixed", "future", "duplicated", "nan"],
)
def test_a_bad_window_holds_with_its_reason_serving_or_not(spoil: Callable[[Rows], Rows]) -> None:
    for serving in (False, True):
        decision = judged(spoil(window(200)), serving=serving)
        assert decision.outcome is GateOutcome.HOLD
        assert decision.reasons[0].startswith(("INVALID_EVIDENCE", "INSUFFICIENT"))
