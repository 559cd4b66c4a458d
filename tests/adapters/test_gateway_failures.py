"""Deadlines, the one layer of retries, the circuit breaker, the halt and the limit on calls at once."""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.gateway import Chat
from fleet.adapters.gateway_policy import EgressPolicy, read_egress
from fleet.adapters.gateway_retry import Breaker, backoff_s, retry_after_s
from fleet.errors import (
    EgressError,
    EgressHalted,
    EgressRefused,
    EgressTimeout,
    EgressUnavailable,
    MalformedReply,
)
from tests.support import scripted_gateway as replies
from tests.support.gateway_calls import PROMPT, Score, ask, open_exit
from tests.support.scripted_gateway import Reply, ScriptedGateway, always, good, in_turn, status

SLACK_S = 5.0
Open = Callable[..., Chat]


def failure(chat: Chat, mail: str = "hello") -> EgressError:
    with pytest.raises(EgressError) as caught:
        ask(chat, mail)
    return caught.value


@pytest.mark.parametrize(
    "never",
    [replies.hang(), replies.keep_alive_dribble(), replies.keep_alive_dribble(b": keep-alive\n\n")],
    ids=["hang", "blank lines", "keep-alive lines"],
)
def test_a_call_ends_at_its_deadline_whatever_trickles_in(never: Reply, tmp_path: Path) -> None:
    policy = {"attempt_s": 0.4, "deadline_s": 0.6}
    with (
        ScriptedGateway(always(never)) as gateway,
        closing(open_exit(gateway, tmp_path, **policy)) as chat,
    ):
        started = time.monotonic()
        error = failure(chat)
        taken = time.monotonic() - started
        assert type(error) is EgressTimeout
        assert 0.6 <= taken < 0.6 + SLACK_S
        assert 1 <= len(gateway.seen) <= 2  # a busy machine may find no time for the second


def test_the_deadline_holds_while_the_call_waits_to_try_again(tmp_path: Path) -> None:
    policy = {"deadline_s": 0.5, "backoff_cap_s": 60.0}
    with (
        ScriptedGateway(always(replies.too_many("3600"))) as gateway,
        closing(open_exit(gateway, tmp_path, **policy)) as chat,
    ):
        started = time.monotonic()
        assert type(failure(chat)) is EgressTimeout
        assert time.monotonic() - started < 0.5 + SLACK_S
        assert len(gateway.seen) == 1


def test_no_request_stays_behind_after_the_deadline(tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(replies.keep_alive_dribble())) as gateway,
        closing(open_exit(gateway, tmp_path, attempt_s=5.0, deadline_s=0.2)) as chat,
    ):
        failure(chat)
        until = time.monotonic() + SLACK_S
        while gateway.in_flight and time.monotonic() < until:
            time.sleep(0.02)
        assert gateway.in_flight == 0


AGAIN = {
    "500": status(500), "502": status(502), "503": status(503), "429": replies.too_many(None),
    "408": status(408), "reset": replies.connection_reset(), "cut": replies.cut_short(),
    "hang": replies.hang(),
}  # fmt: skip


@pytest.mark.parametrize("first", AGAIN)
def test_tries_a_passing_failure_again(first: str, tmp_path: Path) -> None:
    script = in_turn(AGAIN[first], good())
    with (
        ScriptedGateway(script) as gateway,
        closing(open_exit(gateway, tmp_path, attempt_s=1.5)) as chat,
    ):
        reading = ask(chat)
        assert (reading.value, reading.attempts, reading.repaired) == (Score(score=0.5), 2, False)
        assert gateway.bodies[0] == gateway.bodies[1]


@pytest.mark.parametrize("storm", AGAIN)
def test_retries_are_one_layer_of_three_attempts(storm: str, tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(AGAIN[storm])) as gateway,
        closing(open_exit(gateway, tmp_path, attempt_s=0.3)) as chat,
    ):
        error = failure(chat)
        assert type(error) is (EgressTimeout if storm == "hang" else EgressUnavailable)
        assert str(error).endswith("gave up after 3 attempts")
        assert len(gateway.seen) == 3


HEAD = b"HTTP/1.1 200 OK\r\n"
ODD = {
    "broken gzip": replies.broken_gzip(),
    "another protocol": replies.no_http(),
    "nothing": replies.no_http(b""),
    "binary": replies.no_http(bytes(range(256)) * 8),
    "no status": replies.no_http(b"HTTP/1.1\r\n\r\n"),
    "a status of letters": replies.no_http(b"HTTP/1.1 abc OK\r\n\r\n"),
    "a negative length": replies.no_http(HEAD + b"content-length: -5\r\n\r\n{}"),
    "two lengths": replies.no_http(HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
    "a huge header": replies.no_http(HEAD + b"x: " + b"y" * 200_000 + b"\r\n\r\n"),
    "a header without end": replies.no_http(HEAD + b"x: y"),
    "a bad chunk": replies.no_http(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}"),
    "an unknown encoding": Reply(headers={"content-encoding": "snappy"}, body=b"xx"),
    "zstd": Reply(headers={"content-encoding": "zstd"}, body=b"xx"),
    "brotli": Reply(headers={"content-encoding": "br"}, body=b"xx"),
    "a bad charset": Reply(headers={"content-type": "text/html; charset=zzz"}, body=b"\xff\xfe"),
    "no content": Reply(status=204),
    "status 299": Reply(status=299, body=b"{}"),
    "status 600": status(600),
    "status 999": status(999),
}


@pytest.mark.parametrize("case", ODD)
def test_no_answer_is_odd_enough_to_raise_anything_else(case: str, tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(ODD[case])) as gateway,
        closing(open_exit(gateway, tmp_path, attempt_s=5.0)) as chat,
    ):
        assert type(failure(chat)) in {EgressUnavailable, MalformedReply}
        assert 1 <= len(gateway.seen) <= 3
        gateway.script = always(good())
        assert ask(chat).value == Score(score=0.5)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 413, 418, 422])
def test_never_retries_a_request_or_a_key_at_fault(code: int, tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(status(code))) as gateway,
        closing(open_exit(gateway, tmp_path)) as chat,
    ):
        error = failure(chat)
        assert type(error) is EgressUnavailable
        assert str(error).startswith(f"the gateway answered {code}: ")
        assert len(gateway.seen) == 1
        assert not chat.circuit_open


def test_waits_as_long_as_a_429_asks(tmp_path: Path) -> None:
    script = in_turn(replies.too_many("1"), good())
    with (
        ScriptedGateway(script) as gateway,
        closing(open_exit(gateway, tmp_path, backoff_cap_s=20.0)) as chat,
    ):
        assert ask(chat).attempts == 2
        first, second = gateway.seen
    assert 1.0 <= second.at - first.at < 1.0 + SLACK_S


def shipped(**changes: Any) -> EgressPolicy:
    policies = read_policies()
    policies["egress"] |= changes
    return read_egress(policies)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("Thu, 01 Jan 2026 00:00:09 GMT", 9.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("-3", None),
        ("soon", None),
        ("nan", None),
        ("Thu, 01 Jan 2026 00:00:09 +99999999999999", None),
    ],
)
def test_reads_retry_after_as_seconds_or_a_date(header: str | None, wait: float | None) -> None:
    assert retry_after_s(header, datetime(2026, 1, 1, tzinfo=UTC)) == wait


def test_a_hostile_retry_after_cannot_park_a_run() -> None:
    policy, rng = shipped(), random.Random(1)
    assert backoff_s(policy, 1, float("9" * 400), rng) == policy.backoff_cap_s


def test_backoff_grows_with_full_jitter_up_to_its_cap() -> None:
    policy, rng = shipped(backoff_base_s=1.0, backoff_cap_s=20.0), random.Random(1)
    waits = [[backoff_s(policy, n, None, rng) for _ in range(500)] for n in (1, 2, 3, 9, 4_000)]
    for group, ceiling in zip(waits, (1.0, 2.0, 4.0, 20.0, 20.0), strict=True):
        assert 0.9 * ceiling < max(group) <= ceiling
        assert min(group) < 0.1 * ceiling


class HandClock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def opened_breaker(clock: HandClock) -> Breaker:
    breaker = Breaker(shipped(breaker_failures=3, breaker_open_s=30.0), clock)
    for _ in range(3):
        assert breaker.enter() is False
        breaker.fail()
    return breaker


def test_the_circuit_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(shipped(breaker_failures=3), HandClock())
    for act in (breaker.fail, breaker.fail, breaker.succeed, breaker.fail, breaker.fail):
        act()
    assert not breaker.is_open
    breaker.fail()
    assert breaker.is_open


def test_an_open_circuit_lets_one_probe_through_when_its_time_is_over() -> None:
    clock = HandClock()
    breaker = opened_breaker(clock)
    clock.at += 29.9
    with pytest.raises(EgressUnavailable, match="the circuit is open"):
        breaker.enter()
    clock.at += 0.2
    assert breaker.enter() is True
    with pytest.raises(EgressUnavailable):
        breaker.enter()


def test_a_probe_that_succeeds_closes_the_circuit() -> None:
    clock = HandClock()
    breaker = opened_breaker(clock)
    clock.at += 31
    breaker.enter()
    breaker.succeed()
    breaker.leave()
    assert not breaker.is_open
    assert breaker.enter() is False


def test_a_probe_that_fails_opens_the_circuit_anew() -> None:
    clock = HandClock()
    breaker = opened_breaker(clock)
    clock.at += 31
    breaker.enter()
    breaker.fail()
    breaker.leave()
    clock.at += 29
    with pytest.raises(EgressUnavailable):
        breaker.enter()
    clock.at += 2
    assert breaker.enter() is True


def test_a_probe_that_was_cut_leaves_room_for_the_next() -> None:
    clock = HandClock()
    breaker = opened_breaker(clock)
    clock.at += 31
    breaker.enter()
    breaker.leave()
    assert breaker.enter() is True


def test_a_dead_gateway_costs_few_requests_and_heals_by_itself(tmp_path: Path) -> None:
    policy = {"breaker_failures": 4, "breaker_open_s": 1.0, "attempts": 2}
    with (
        ScriptedGateway(always(status(503))) as gateway,
        closing(open_exit(gateway, tmp_path, **policy)) as chat,
    ):
        for n in range(50):
            failure(chat, f"mail {n}")
        assert chat.circuit_open
        assert len(gateway.seen) < 10
        gateway.script = always(good())
        time.sleep(1.2)
        assert ask(chat).value == Score(score=0.5)
        assert not chat.circuit_open


def test_a_probe_that_our_own_guard_refuses_does_not_lock_the_circuit(tmp_path: Path) -> None:
    script = in_turn(status(500), replies.redirect("http://127.0.0.1:1/"), good())
    with (
        ScriptedGateway(script) as gateway,
        closing(open_exit(gateway, tmp_path, breaker_failures=1, breaker_open_s=0.3)) as chat,
    ):
        assert type(failure(chat)) is EgressUnavailable
        time.sleep(0.4)
        assert type(failure(chat)) is EgressRefused
        assert ask(chat).value == Score(score=0.5)
        assert not chat.circuit_open


def test_a_429_storm_does_not_open_the_circuit(tmp_path: Path) -> None:
    policy = {"breaker_failures": 2}
    with (
        ScriptedGateway(always(replies.too_many("0"))) as gateway,
        closing(open_exit(gateway, tmp_path, **policy)) as chat,
    ):
        for n in range(5):
            failure(chat, f"mail {n}")
        assert not chat.circuit_open
        assert len(gateway.seen) == 15


def test_a_circuit_that_opens_during_a_call_ends_its_retries(tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(status(500))) as gateway,
        closing(open_exit(gateway, tmp_path, breaker_failures=1)) as chat,
    ):
        assert "the circuit is open" in str(failure(chat))
        assert len(gateway.seen) == 1


def test_never_more_calls_at_once_than_the_policy_says(tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(good(latency_s=0.03))) as gateway,
        closing(open_exit(gateway, tmp_path, max_in_flight=6, pools=2)) as chat,
        ThreadPoolExecutor(24) as threads,
    ):
        list(threads.map(lambda n: ask(chat, f"mail {n}"), range(60)))
        assert len(gateway.seen) == 60
        assert gateway.most_at_once == 6
        assert gateway.connections <= 6


def test_idle_connections_that_the_gateway_closed_cost_no_attempt(tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(good(latency_s=0.05))) as gateway,
        closing(open_exit(gateway, tmp_path)) as chat,
        ThreadPoolExecutor(32) as threads,
    ):
        for lap in range(3):
            found = list(threads.map(lambda n, lap=lap: ask(chat, f"{lap} {n}"), range(32)))
            assert [reading.attempts for reading in found] == [1] * 32
            gateway.drop_connections()
            time.sleep(0.2)
        assert gateway.connections > 32


def test_a_failed_call_gives_its_place_back(tmp_path: Path) -> None:
    worst = [replies.hang(), replies.connection_reset(), replies.huge_content(), status(400)]
    policy = {
        "max_in_flight": 2, "pools": 1, "attempt_s": 0.8, "attempts": 1, "breaker_failures": 99,
    }  # fmt: skip
    with (
        ScriptedGateway(lambda _json, _headers, n: worst[n % 4] if n <= 12 else good()) as gateway,
        closing(open_exit(gateway, tmp_path, **policy)) as chat,
    ):
        for n in range(12):
            failure(chat, f"mail {n}")
        assert ask(chat).value == Score(score=0.5)


def test_answers_async_callers_from_any_event_loop(tmp_path: Path) -> None:
    async def both(chat: Chat) -> list[Any]:
        calls = [chat.ask_async(PROMPT, {"mail": f"{n}"}, Score, purpose="t") for n in range(8)]
        return [reading.value for reading in await asyncio.gather(*calls)]

    with (
        ScriptedGateway(always(good())) as gateway,
        closing(open_exit(gateway, tmp_path)) as chat,
    ):
        assert asyncio.run(both(chat)) == [Score(score=0.5)] * 8
        assert asyncio.run(both(chat)) == [Score(score=0.5)] * 8
        assert len(gateway.seen) == 8


def test_a_402_ends_the_call_at_once_and_sends_nothing_more(tmp_path: Path) -> None:
    reasons: list[str] = []
    with (
        ScriptedGateway(always(status(402))) as gateway,
        closing(open_exit(gateway, tmp_path, on_halt=reasons.append)) as chat,
    ):
        for n in range(20):
            assert type(failure(chat, f"mail {n}")) is EgressHalted
        assert len(gateway.seen) == 1
        assert len(reasons) == 1
        assert "402" in reasons[0]
        gateway.script = always(good())
        chat.resume()
        assert ask(chat).value == Score(score=0.5)
