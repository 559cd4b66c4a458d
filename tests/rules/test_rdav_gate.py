"""The governance gate: each rule by itself, the least confidence, and replay to the same bytes."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.orchestrator.rdav import flow
from fleet.orchestrator.rdav.gate import decide, effective_confidence, replay_step
from fleet.orchestrator.rdav.values import ACTIONS, Effect, State, canonical
from fleet.orchestrator.rdav.veto import FLAGS, veto
from tests.support.rdav_world import GATE, context

WORLD = {
    "address": True, "suppressed": False, "opted_out": False, "do_not_contact": False,
    "halted": False, "replied": False, "inbound": "t1|1", "versions": {},
}  # fmt: skip


def inputs(action: str = "draft_reply", **changes: Any) -> dict[str, Any]:
    step: dict[str, Any] = {
        "action": action,
        "args": {},
        "faults": [],
        "confidence": None,
        "fingerprint": "f",
    }
    base: dict[str, Any] = {
        "step": step | changes.pop("step", {}), "source": "rule", "rung": "DRAFT",
        "before": dict(WORLD), "now": WORLD | changes.pop("now", {}),
        "evidence": [{"ref": "emails:em-1", "confidence": 0.95}], "dependencies": {},
        "history": None, "budget": {"drafts_today": 0, "cost_usd": 0.0}, "policy": GATE,
    }  # fmt: skip
    return base | changes


def answer(**changes: Any) -> tuple[str, list[str]]:
    result = decide(inputs(**changes))
    return result["decision"], result["rules"]


def test_allows_a_draft_with_evidence_at_the_rung_draft() -> None:
    assert decide(inputs()) == {
        "decision": "ALLOW", "rules": ["passed"], "confidence": 0.95, "threshold": 0.3,
        "reason": "ALLOW: passed",
        "provenance": {
            "confidence": 0.95, "reason": "ALLOW: passed", "source": "rule",
            "evidence": [{"table": "emails", "id": "em-1"}],
        },
    }  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
def test_denies_what_must_be_left_alone(flag: str) -> None:
    assert answer(now={flag: True}) == ("DENY", [flag])


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", [None, 0, 1, "false", "", [], {}])
def test_denies_when_a_flag_is_not_known(flag: str, value: Any) -> None:
    assert answer(now={flag: value}) == ("DENY", ["unknown"])


def test_denies_without_an_address() -> None:
    assert answer(now={"address": False}) == ("DENY", ["no_address"])


def test_a_missing_flag_stops_the_run_before_any_plan() -> None:
    assert [veto({k: v for k, v in WORLD.items() if k != flag}) for flag in FLAGS] == [
        "unknown"
    ] * 4
    assert veto({}) == "unknown"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"step": {"faults": ["invented_id"]}}, ("DENY", ["invented_id"])),
        ({"step": {"action": "send"}}, ("DENY", ["invented_action", "external_effect"])),
        ({"now": {"inbound": "t2|2"}}, ("DENY", ["reply_arrived"])),
        ({"history": "rejected"}, ("DENY", ["rejected_before"])),
        ({"action": "draft_first_touch", "now": {"replied": True}}, ("DENY", ["replied"])),
        ({"action": "draft_first_touch", "now": {"replied": None}}, ("DENY", ["replied"])),
        ({"evidence": []}, ("HOLD", ["no_evidence", "low_confidence"])),
        ({"dependencies": {"s1": "failed"}}, ("HOLD", ["dependency_unverified"])),
        ({"now": {"versions": {"contacts:ct-1": 2}}}, ("HOLD", ["rows_changed"])),
        ({"action": "update_stage"}, ("HOLD", ["uncalibrated", "rung"])),
        ({"action": "start_campaign"}, ("HOLD", ["uncalibrated", "rung"])),
        ({"rung": "ASSIST"}, ("HOLD", ["rung"])),
        ({"rung": "ROOT"}, ("HOLD", ["rung"])),
        ({"rung": None}, ("HOLD", ["rung"])),
        ({"budget": {"drafts_today": 0, "cost_usd": 0.06}}, ("HOLD", ["budget"])),
        ({"budget": {"drafts_today": 0, "cost_usd": math.nan}}, ("HOLD", ["budget"])),
        ({"budget": {"drafts_today": 1000, "cost_usd": 0.0}}, ("HOLD", ["daily_drafts"])),
    ],
)  # fmt: skip
def test_each_rule_by_itself(changes: dict[str, Any], expected: tuple[str, list[str]]) -> None:
    assert answer(**changes) == expected


def test_holds_when_evidence_is_thin() -> None:
    thin = [{"ref": "emails:em-1", "confidence": 0.95}, {"ref": "scores:s", "confidence": 0.25}]
    assert answer(evidence=thin) == ("HOLD", ["low_confidence"])


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 1.01, -0.1, True, "1", []])
def test_a_confidence_that_is_none_counts_as_nothing(value: Any) -> None:
    assert effective_confidence(inputs(evidence=[{"ref": "a:b", "confidence": value}])) == 0.0


def test_a_models_own_word_can_only_lower_the_confidence() -> None:
    assert effective_confidence(inputs(step={"confidence": 1.0})) == 0.95
    assert effective_confidence(inputs(step={"confidence": 0.2})) == 0.2
    assert effective_confidence(inputs(step={"confidence": 1.0}, evidence=[])) == 0.0


def test_the_strongest_effects_need_calibration_and_the_highest_rung() -> None:
    calibrated = GATE | {"calibrated": True}
    for action, rung, expected in (
        ("update_stage", "SHADOW", "HOLD"), ("update_stage", "CONDITIONAL", "ALLOW"),
        ("start_campaign", "CONDITIONAL", "HOLD"), ("start_campaign", "UNATTENDED", "ALLOW"),
    ):  # fmt: skip
        assert answer(action=action, rung=rung, policy=calibrated)[0] == expected


def test_no_action_of_the_table_leaves_the_house() -> None:
    assert all(spec.effect is not Effect.EXTERNAL for spec in ACTIONS.values())


@settings(max_examples=300, deadline=None)
@given(
    flag=st.sampled_from(FLAGS), action=st.sampled_from([*ACTIONS, "send", ""]),
    rung=st.sampled_from(["ASSIST", "DRAFT", "SHADOW", "CONDITIONAL", "UNATTENDED", "x"]),
    confidence=st.floats(allow_nan=True, allow_infinity=True), calibrated=st.booleans(),
    value=st.sampled_from([True, None, "no", 1]), source=st.sampled_from(["rule", "model", "human"]),
)  # fmt: skip
def test_nothing_lifts_the_veto(
    flag: str, action: str, rung: str, confidence: float, calibrated: bool, value: Any, source: str
) -> None:
    policy = GATE | {"calibrated": calibrated}
    asked = inputs(
        action=action, rung=rung, policy=policy, source=source, now={flag: value},
        evidence=[{"ref": "a:b", "confidence": confidence}],
    )  # fmt: skip
    assert decide(asked)["decision"] == "DENY"


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=5), extra=st.floats(0, 1),
    own=st.none() | st.floats(0, 1),
)  # fmt: skip
def test_more_evidence_never_raises_the_confidence(
    values: list[float], extra: float, own: float | None
) -> None:
    some = [{"ref": f"a:{n}", "confidence": value} for n, value in enumerate(values)]
    more = [*some, {"ref": "a:x", "confidence": extra}]
    before = effective_confidence(inputs(evidence=some, step={"confidence": own}))
    assert effective_confidence(inputs(evidence=more, step={"confidence": own})) <= before


def test_a_stored_decision_replays_to_the_same_bytes() -> None:
    asked = inputs(step={"rationale": "naïve — ok"})
    stored = json.loads(json.dumps({"inputs": asked, "result": decide(asked)}))
    assert replay_step(stored) == canonical(stored["result"])


def test_a_changed_decision_does_not_replay() -> None:
    asked = inputs(now={"suppressed": True})
    forged = decide(asked) | {"decision": "ALLOW"}
    assert replay_step({"inputs": asked, "result": forged}) != canonical(forged)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"decision": "ALLOW", "status": "allowed", "decided_by": None}, True),
        ({"decision": "HOLD", "status": "approved", "decided_by": "ann"}, True),
        ({"decision": "HOLD", "status": "approved", "decided_by": None}, False),
        ({"decision": "HOLD", "status": "waiting", "decided_by": None}, False),
        ({"decision": "DENY", "status": "approved", "decided_by": "ann"}, False),
        ({"decision": "ALLOW", "status": "done", "decided_by": None}, False),
    ],
)
def test_only_a_stored_allow_or_a_named_person_opens_an_act(
    row: dict[str, Any], expected: bool
) -> None:
    assert flow.may_act(row) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"stop": "opted_out"}, (State.SUPPRESSED, "opted_out")),
        ({"stop": "no_address"}, (State.NOTHING, "no_address")),
        ({"stop": "reply_arrived", "results": {"s1": "done"}}, (State.REPLIED, "reply_arrived")),
        ({"plan_faults": ["unbounded_cycle"]}, (State.LIVENESS, "unbounded_cycle")),
        ({"plan_faults": ["malformed_plan"]}, (State.FAILED, "malformed_plan")),
        ({"results": {}}, (State.NOTHING, "nothing_to_do")),
        (
            {"results": {"s1": "done", "s2": "waiting"}},
            (State.WAITING, "a step waits for a person"),
        ),
        ({"results": {"s1": "done"}}, (State.COMPLETED, "every allowed step is verified")),
        ({"results": {"s1": "denied"}}, (State.FAILED, "no step was allowed")),
        (
            {"results": {"s1": "failed", "s2": "done"}},
            (State.FAILED, "a step could not be verified"),
        ),
    ],
)
def test_every_run_ends_in_a_named_state(state: Any, expected: tuple[State, str]) -> None:
    assert flow.conclude(state) == expected


def test_rows_that_changed_overtake_a_step() -> None:
    now = context()
    seen = flow.world_view(now, ["opportunities:op-1"])
    assert flow.overtaken(seen, now) is None
    moved = now | {"versions": now["versions"] | {"opportunities:op-1": 2}}
    assert flow.overtaken(seen, moved) == "rows_changed"
    wrote = now | {"world": now["world"] | {"inbound": "t9|2"}}
    assert flow.overtaken(seen, wrote) == "reply_arrived"
