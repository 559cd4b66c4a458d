"""The runtime guard: loops are stopped by proof, declared repeats are not."""

import random
import time
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.liveness.events import judge_events
from fleet.liveness.policy import LivenessPolicy
from fleet.policy import section

POLICY = section(read_policies(), "liveness", LivenessPolicy)
START = 1_767_225_600
DAY = 86_400
Events = list[dict[str, Any]]


def event(seq: int, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "run_id": "r", "lead_id": "lead", "seq": seq, "ts": START + 60 * seq, "actor": "a", "node": "n",
        "action": "work", "args": {}, "state": {"stage": "open"}, "effect": "read",
    }  # fmt: skip
    return row | changes


def traded_lead(periods: int, seed: int = 1) -> Events:
    """Two nodes trade one lead: new times, new counters, new wording, no progress."""
    rng = random.Random(seed)
    steps = [("qualifier", "check"), ("approver", "ask"), ("qualifier", "rescore")]
    return [
        event(
            i + 1, actor=steps[i % 3][0], node=steps[i % 3][0], action=steps[i % 3][1],
            args={"note": f"wording {rng.random()}"},
            state={"stage": "qualified", "checks": i, "updated_at": START + i, "reason": str(rng.random())},
        )
        for i in range(3 * periods)
    ]  # fmt: skip


def judged(events: Events) -> dict[str, Any]:
    (found,), _ = judge_events(events, POLICY)
    return found


def test_stops_the_traded_lead_within_three_periods() -> None:
    found = judged(traded_lead(8))
    assert (found["verdict"], found["at_seq"], found["action"]) == ("LOOP", 9, "BREAK_AND_ESCALATE")
    assert found["evidence"]["cycle"] == ["qualifier", "approver", "qualifier"]


@pytest.mark.parametrize("period", range(1, 9))
def test_finds_every_period(period: int) -> None:
    events = [event(i + 1, node=f"n{i % period}", action=f"x{i % period}") for i in range(40)]
    assert judged(events)["at_seq"] <= 3 * period + 1


@pytest.mark.parametrize("period", range(3, 9))
def test_finds_a_period_with_one_odd_event(period: int) -> None:
    events = [
        event(
            i + 1, node=f"n{i % period}", action=f"odd {i}" if i % period == 1 else f"x{i % period}"
        )
        for i in range(12 * period)
    ]
    found = judged(events)
    assert found["verdict"] == "LIVELOCK"
    assert found["at_seq"] <= 5 * period


HONEST: dict[str, Events] = {
    "polling that backs off": [event(i, ts=START + 2**i, action="poll", node="enrich") for i in range(1, 11)],
    "six weekly touches": [event(i, ts=START + 7 * DAY * i, action="send_touch", args={"touch": i}, effect="write") for i in range(1, 7)],
    "six identical weekly touches": [event(i, ts=START + 7 * DAY * i, action="send_touch", effect="write") for i in range(1, 7)],
    "a retry after 503": [event(i, action="fetch", args={"url": "x", "attempt": i}, state={"status": 503 if i < 5 else 200}) for i in range(1, 6)],
    "work on twenty fields": [event(i, action="fill", state={"open_fields": 20 - i}, effect="write") for i in range(1, 20)],
    "thanks and goodbye": [event(i, action="message", state={}, args={"text": "TERMINATE"}) for i in range(1, 8)],
    "a cut run": traded_lead(2),
}  # fmt: skip


@pytest.mark.parametrize("case", HONEST)
def test_leaves_honest_repeats_alone(case: str) -> None:
    assert judged(HONEST[case])["verdict"] == "OK"


def test_a_declared_retry_has_a_cap() -> None:
    events = [event(i, action="fetch", args={"attempt": i}) for i in range(1, 40)]
    assert judged(events)["verdict"] == "LOOP"


def test_finds_ping_pong_across_runs_and_restarts() -> None:
    events = [
        event(
            1, run_id=f"run {i}", ts=START + DAY * i, state={"owner": "ab"[i % 2]}, effect="write"
        )
        for i in range(8)
    ]
    found, _ = judge_events(events, POLICY)
    assert [f["verdict"] for f in found][:5] == ["OK", "OK", "OK", "OK", "LIVELOCK"]
    assert found[4]["evidence"]["field"] == "owner"


def test_finds_a_wait_cycle_across_runs() -> None:
    events = [
        event(1, run_id="one", actor="x", holds=["lead 1"]),
        event(1, run_id="two", actor="y", holds=["lead 2"], lead_id="other"),
        event(2, run_id="one", actor="x", effect="wait", waits_for="lead 2", ts=START + 300),
        event(
            2,
            run_id="two",
            actor="y",
            effect="wait",
            waits_for="lead 1",
            ts=START + 400,
            lead_id="other",
        ),
    ]
    found, _ = judge_events(events, POLICY)
    assert [f["verdict"] for f in found] == ["OK", "DEADLOCK"]
    assert found[1]["evidence"]["cycle"] == ["y", "lead 1", "x", "lead 2", "y"]


def test_a_three_way_wait_is_a_deadlock() -> None:
    events = [
        event(i + 1, actor=a, effect="wait", waits_for=b)
        for i, (a, b) in enumerate((("x", "y"), ("y", "z"), ("z", "x")))
    ]
    assert judged([event(0, actor=a) for a in "yz"] + events)["verdict"] in ("DEADLOCK",)


def test_an_unanswered_person_is_an_orphan_wait_not_a_deadlock() -> None:
    waiting = event(1, effect="wait", waits_for="approval 7")
    assert judged([waiting])["verdict"] == "OK"
    late = event(2, actor="timer", ts=START + 4 * DAY)
    assert judged([waiting, late])["verdict"] == "ORPHAN_WAIT"


def test_ageing_is_found_when_time_has_passed() -> None:
    events = [event(1, effect="write"), event(2, ts=START + 30 * DAY, state={"stage": "later"})]
    assert judged(events)["verdict"] == "STALLED"


@pytest.mark.parametrize(("field", "value"), [("tokens", 3_000_000), ("cost_usd", 11.0)])
def test_budgets_stop_a_run(field: str, value: float) -> None:
    found = judged([event(1, **{field: value})])
    assert (found["verdict"], found["action"]) == ("BUDGET_EXCEEDED", "CANCEL")


def test_late_and_repeated_lines_change_nothing() -> None:
    events = traded_lead(5)
    shuffled = [*events, *events[:4]]
    random.Random(3).shuffle(shuffled)
    found, odd = judge_events(shuffled, POLICY)
    assert found[0]["at_seq"] == judged(events)["at_seq"]
    assert len(odd) == 4


def test_lines_that_are_no_events_are_reported() -> None:
    found, odd = judge_events([3, {"seq": 1}, event(1)], POLICY)
    assert [f["verdict"] for f in found] == ["OK"]
    assert odd == ["event 1: no run_id, left out", "event 2: no run_id, left out"]


def chat(*texts: str) -> Events:
    return [
        event(n, actor="ab"[n % 2], node="ab"[n % 2], action="message", state={}, args={"text": t})
        for n, t in enumerate(texts, start=1)
    ]


def test_a_chat_that_only_words_itself_anew_is_stopped() -> None:
    told = "the total of the order is 84 lamps and the customer in Lyon has agreed to it"
    same = [
        "so the total of the order is 84 lamps and the customer agreed to it",
        "the customer in Lyon agreed to the order, and the total is 84 lamps",
        "agreed: the order of the customer is 84 lamps in total",
        "the total is 84 lamps, so the customer agreed to it",
        "the customer has agreed to the total of the order",
    ]
    found = judged(chat(told, *same))
    assert (found["verdict"], found["at_seq"]) == ("LIVELOCK", 6)
    assert found["evidence"]["first_seq"] == 2
    assert judged(chat(told, *same[:4]))["verdict"] == "OK"
    numbered = [f"{text}, batch {n}00" for n, text in enumerate(same, start=1)]
    assert judged(chat(told, *numbered))["verdict"] == "OK"


def test_a_chat_between_tool_calls_and_with_a_state_is_not_judged_by_its_words() -> None:
    talk = chat(*["the order is under way and we look at it again"] * 2 * 9)
    between = [row | {"seq": 2 * row["seq"]} for row in talk]
    calls = [event(2 * n + 1, action=f"look {n}", state={}) for n in range(1, 18)]
    mixed = sorted([*between, *calls], key=lambda row: row["seq"])
    assert judged(mixed[:14])["verdict"] == "OK"
    stated = [row | {"state": {"open_fields": 99 - row["seq"]}} for row in talk]
    assert judged(stated)["verdict"] == "OK"


def test_an_event_costs_the_same_after_ten_thousand() -> None:
    from dataclasses import replace

    from fleet.liveness.detector import Detector

    calm = replace(POLICY, max_steps=10**9, stall_events=10**9, returns=10**9, age_hours=1e9)
    events = [
        event(i, node=f"n{i % 7}", action=f"x{i * i % 11}", state={"open_fields": i})
        for i in range(12_000)
    ]

    def cost(first: int, last: int, detector: Detector) -> float:
        begun = time.perf_counter()
        for i in range(first, last):
            detector.observe(events[i], float(i))
        return (time.perf_counter() - begun) / (last - first)

    ratios = []
    for _ in range(5):
        detector = Detector(calm)
        early = cost(0, 2_000, detector)
        cost(2_000, 10_000, detector)
        ratios.append(cost(10_000, 12_000, detector) / early)
    print(f"guard: {early * 1e6:.1f} us an event, late / early {min(ratios):.2f}")
    assert min(ratios) <= 2.0
