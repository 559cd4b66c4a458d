"""The runtime guard: loops are stopped by proof, declared repeats are not."""

import gc
import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.liveness.detector import Detector
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


def test_in_a_crowd_one_voice_with_new_words_is_not_news() -> None:
    told = "the total of the order is 84 lamps and the customer in Lyon has agreed to it"
    worn = "so the customer in Lyon agreed and the total of the order is 84 lamps"
    warm = "splendid teamwork everybody, what a wonderful and fruitful collaboration again"
    texts = [
        told,
        *[worn + " " * n for n in range(4)],
        warm,
        *[f"{worn} {'!' * n}" for n in range(1, 9)],
    ]
    spoken = [
        row | {"actor": "abc"[n % 3], "node": "abc"[n % 3]} for n, row in enumerate(chat(*texts))
    ]
    calm = replace(POLICY, repeats=99, noisy_periods=99)
    (found,), _ = judge_events(spoken, calm)
    assert (found["verdict"], found["at_seq"]) == ("LIVELOCK", 13)
    assert found["evidence"] == {
        "messages": 10, "first_seq": 2, "last_seq": 13,
        "text": "10 messages and more of the last 12 brought no new number and few new words",
    }  # fmt: skip
    pair = judge_events(chat(*texts), calm)[0][0]
    assert (pair["at_seq"], pair["evidence"]["messages"]) == (11, 5)


def test_a_chat_between_tool_calls_and_with_a_state_is_not_judged_by_its_words() -> None:
    talk = chat(*["the order is under way and we look at it again"] * 2 * 9)
    between = [row | {"seq": 2 * row["seq"]} for row in talk]
    calls = [event(2 * n + 1, action=f"look {n}", state={}) for n in range(1, 18)]
    mixed = sorted([*between, *calls], key=lambda row: row["seq"])
    assert judged(mixed[:14])["verdict"] == "OK"
    stated = [row | {"state": {"open_fields": 99 - row["seq"]}} for row in talk]
    assert judged(stated)["verdict"] == "OK"


def test_fields_of_the_wrong_kind_are_named_and_stop_nothing() -> None:
    events = [
        event(1, actor=["x"], node={"n": 1}, action=3, effect=["read"]),
        event(2, tokens="many", cost_usd=-1.0),
        event(3) | {"seq": [3]},
    ]
    found, odd = judge_events(events, POLICY)
    assert [f["verdict"] for f in found] == ["OK"]
    assert odd == [
        "event 2: tokens 'many' is no amount from 0, not counted",
        "event 2: cost_usd -1.0 is no amount from 0, not counted",
        "event 3: seq [3] is no number, taken by its line",
    ]


@pytest.mark.parametrize("order", [("y", "x"), ("x", "y")])
def test_the_order_of_keys_means_nothing(order: tuple[str, str]) -> None:
    stated = [event(i, state={k: 1 for k in (order if i % 2 else "xy")}) for i in range(1, 4)]
    assert judged(stated)["at_seq"] == 3


def test_a_wait_begun_before_is_seen_to_expire_at_its_own_time() -> None:
    def wait(seq: int, actor: str, hours: float) -> dict[str, Any]:
        return event(
            seq, actor=actor, effect="wait", waits_for=f"approval {actor}",
            args={"timeout_s": 3600 * hours},
        )  # fmt: skip

    waiting = [wait(1, "long", 48), wait(2, "short", 2)]
    ticks = [event(3 + n, actor="timer", effect="wait", ts=START + 600 * n) for n in range(1, 40)]
    found = judged([*waiting, *ticks])
    assert (found["verdict"], found["evidence"]["actor"]) == ("ORPHAN_WAIT", "short")
    assert found["at_seq"] == 3 + 13  # 7200 s after 120 s
    answered = event(3, actor="short", action="answered", ts=START + 300, effect="none")
    assert judged([*waiting, answered, *ticks])["verdict"] == "OK"


def calm_events(kind: str, count: int) -> Events:
    """Events that go on and on without a finding."""
    rng = random.Random(5)
    if kind == "always a new state":
        return [
            event(i, node=f"n{i % 7}", action=f"x{i * i % 11}", state={"open_fields": i})
            for i in range(count)
        ]
    if kind == "never a new state":
        return [
            event(i, node=f"n{rng.randrange(9)}", args={"page": rng.randrange(99)})
            for i in range(count)
        ]
    return [
        event(
            i, node=f"n{rng.randrange(9)}", action=f"x{rng.randrange(6)}", tokens=9, cost_usd=0.001,
            args={"contact_id": rng.randrange(20), "to_stage": "Proposal", "reason": "it is so"},
            state={
                "stage": f"s{i % 280 // 7}", "open_fields": 20 - i % 40 // 3, "owner": "a",
                "updated_at": START + i, "note": "as before",
            },
        )
        for i in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["always a new state", "never a new state", "a lead's work"])
def test_an_event_costs_little_and_the_same_after_ten_thousand(kind: str) -> None:
    none = 10**9
    calm = replace(
        POLICY, max_steps=none, max_tokens=none, max_cost_usd=none, max_hours=none,
        stall_events=none, returns=none, age_hours=none,
    )  # fmt: skip
    events = calm_events(kind, 12_000)
    lines = [json.dumps(row) for row in events]

    def cost(first: int, last: int, work: Callable[[int], object]) -> float:
        begun = time.process_time()
        for i in range(first, last):
            work(i)
        return (time.process_time() - begun) / (last - first)

    def guarded(detector: Detector) -> Callable[[int], object]:
        return lambda i: detector.observe(events[i], float(i))

    rounds = []
    gc.disable()  # of other tests' objects
    try:
        for _ in range(5):
            work = guarded(Detector(calm))
            early, _, late = (
                cost(*part, work) for part in ((0, 2_000), (2_000, 10_000), (10_000, 12_000))
            )
            rounds.append(
                (late, late / early, late / cost(10_000, 12_000, lambda i: json.loads(lines[i])))
            )
    finally:
        gc.enable()
    event_us, late_to_early, to_reading = (min(column) for column in zip(*rounds, strict=True))
    print(
        f"guard, {kind}: {event_us * 1e6:.1f} us an event, late / early {late_to_early:.2f}, "
        f"guard / reading the event's JSON {to_reading:.2f}"
    )
    assert late_to_early <= 1.5
    assert to_reading <= 2.3


def test_a_chat_costs_by_the_length_of_its_text() -> None:
    rng = random.Random(5)
    words = [f"word{n}" for n in range(4_000)]  # 8.7 characters with their space
    talkative = replace(POLICY, stale_messages=10**9)

    def chat_us(length: int) -> float:
        said = chat(*(" ".join(rng.choices(words, k=length)) for _ in range(200)))
        detector, begun = Detector(talkative), time.process_time()
        found = [detector.observe(row, None) for row in said]
        assert found == [None] * len(said)
        return (time.process_time() - begun) / len(said) * 1e6

    few, some, many = (min(chat_us(length) for _ in range(3)) for length in (10, 200, 800))
    print(f"guard, a chat: {(some - few) / (190 * 8.7 / 1000):.0f} us a kB of text")
    assert many <= 4 * some * 1.5
