"""What the exit makes of every reply a model or a gateway may give: a valid value, or one clear error."""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.gateway import Reading
from fleet.adapters.gateway_policy import Usage
from fleet.adapters.gateway_reply import Unreadable, read_envelope, read_usage, read_value
from fleet.adapters.gateway_retry import retry_after_s
from fleet.errors import MalformedReply
from tests.support import scripted_gateway as replies
from tests.support.gateway_calls import Score, ask, open_exit
from tests.support.scripted_gateway import BASE, TOKEN, Reply, ScriptedGateway, always, good

OFF_PEAK_USD = (60 * 0.15 + 40 * 0.003 + 10 * 0.60) / 1_000_000
MENDABLE = [
    replies.broken_json,
    replies.truncated_json,
    replies.wrong_schema,
    replies.not_a_number,
    replies.infinite,
    replies.out_of_range,
]
Worst = Callable[[], Reply]


def test_returns_a_valid_reply_with_all_it_cost(tmp_path: Path) -> None:
    with ScriptedGateway([good()]) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        reading = ask(chat)
        assert reading == Reading(
            value=Score(score=0.5), model="deepseek-flash", prompt_digest="d" * 64,
            cost_usd=reading.cost_usd, cached=False, input_tokens=100, cached_tokens=40,
            output_tokens=10, latency_ms=reading.latency_ms, attempts=1, gateway_log_id="log-1",
        )  # fmt: skip
        assert reading.cost_usd == pytest.approx(OFF_PEAK_USD)
        assert 0 < reading.latency_ms < 60_000


def test_sends_one_plain_request_that_asks_for_json(tmp_path: Path) -> None:
    with ScriptedGateway([good()]) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        ask(chat, run_id="ann@buyer.test")
        (request,) = gateway.seen
    assert (request.method, request.path) == ("POST", f"{BASE}/chat/completions")
    assert request.headers["cf-aig-authorization"] == f"Bearer {TOKEN}"
    assert request.headers["authorization"] == f"Bearer {replies.API_KEY}"
    tags = orjson.loads(request.headers["cf-aig-metadata"])
    assert set(tags) == {"purpose", "prompt", "run"}
    assert "ann" not in request.headers["cf-aig-metadata"]
    messages = request.json.pop("messages")
    assert request.json == {
        "model": "deepseek-flash", "stream": False, "temperature": 0.0, "max_tokens": 4096,
        "response_format": {"type": "json_object"}, "thinking": {"type": "disabled"},
    }  # fmt: skip
    assert [message["role"] for message in messages] == ["system", "user"]
    assert '"score"' in messages[0]["content"]


def test_leaves_the_key_out_when_the_gateway_holds_it(tmp_path: Path) -> None:
    with ScriptedGateway([good()]) as gateway:
        env = {"FLEET_GATEWAY_URL": gateway.url}
        with closing(open_exit(env, tmp_path)) as chat:
            ask(chat)
        assert not {"authorization", "cf-aig-authorization"} & set(gateway.seen[0].headers)


@pytest.mark.parametrize("bad", MENDABLE, ids=lambda worst: worst.__name__)
def test_mends_an_unfit_reply_with_one_repair(bad: Worst, tmp_path: Path) -> None:
    script = [bad(), good()]
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        reading = ask(chat)
        first, second = gateway.bodies
    assert (reading.value, reading.repaired, reading.attempts) == (Score(score=0.5), True, 2)
    assert reading.cost_usd == pytest.approx(2 * OFF_PEAK_USD)
    assert (reading.input_tokens, reading.cached_tokens, reading.output_tokens) == (200, 80, 20)
    assert second["messages"][:2] == first["messages"]
    assistant, complaint = second["messages"][2:]
    assert assistant == {
        "role": "assistant",
        "content": orjson.loads(bad().body)["choices"][0]["message"]["content"],
    }
    assert complaint["content"].startswith("That is not valid: ")


@pytest.mark.parametrize("bad", MENDABLE, ids=lambda worst: worst.__name__)
def test_gives_up_after_one_repair(bad: Worst, tmp_path: Path) -> None:
    script = always(bad())
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        with pytest.raises(MalformedReply, match="not valid after one repair"):
            ask(chat)
        assert len(gateway.seen) == 2


@pytest.mark.parametrize(
    "content",
    ['Sure!\n\n{"score": 0.5}\n\nBye {now}.', '```json\n{"score": 0.5}\n```', ' {"score": 0.5}\n'],
)
def test_finds_the_object_inside_prose_without_a_repair(content: str, tmp_path: Path) -> None:
    script = [good(content)]
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        reading = ask(chat)
    assert (reading.value, reading.repaired) == (Score(score=0.5), False)


def test_asks_the_same_again_after_an_empty_reply(tmp_path: Path) -> None:
    script = [replies.empty_content(), good()]
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        reading = ask(chat)
        assert (reading.attempts, reading.repaired) == (2, False)
        assert gateway.bodies[0] == gateway.bodies[1]


@pytest.mark.parametrize("bad", [replies.empty_content, replies.not_a_completion])
def test_gives_up_on_replies_that_hold_nothing(bad: Worst, tmp_path: Path) -> None:
    script = always(bad())
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        with pytest.raises(MalformedReply, match="gave up after 3 attempts"):
            ask(chat)
        assert len(gateway.seen) == 3


@pytest.mark.parametrize("bad", [replies.huge_content, replies.zip_bomb])
def test_refuses_a_reply_too_big_to_read(bad: Worst, tmp_path: Path) -> None:
    script = always(bad())
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        with pytest.raises(MalformedReply, match="over 4000000 bytes"):
            ask(chat)
        assert len(gateway.seen) == 1
        assert not chat.circuit_open


def test_sends_little_of_a_huge_unfit_reply_back(tmp_path: Path) -> None:
    script = [good("x" * 3_000_000), good()]
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        assert ask(chat).repaired
        assert len(orjson.dumps(gateway.bodies[1])) < 6_000


@pytest.mark.parametrize("filler", [b"\n", b": keep-alive\n\n", b"   "])
def test_reads_a_reply_that_comes_after_keep_alive_lines(filler: bytes, tmp_path: Path) -> None:
    script = [replies.keep_alive_dribble(filler, good(), dribble_s=0.15)]
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        assert ask(chat).value == Score(score=0.5)


def test_asks_for_no_encoding_that_it_cannot_read(tmp_path: Path) -> None:
    script = [replies.zipped(good())]
    with ScriptedGateway(script) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        assert ask(chat).value == Score(score=0.5)
        assert gateway.seen[0].headers["accept-encoding"] == "gzip, deflate"


def test_names_no_key_or_value_that_the_model_invented(tmp_path: Path) -> None:
    script = always(good('{"ann@buyer.test": 1, "score": "call 555-0100"}'))
    with (
        ScriptedGateway(script) as gateway,
        closing(open_exit(gateway, tmp_path)) as chat,
        pytest.raises(MalformedReply) as caught,
    ):
        ask(chat)
    assert str(caught.value) == (
        "not valid after one repair: score: Input should be a valid number; "
        "(other): Extra inputs are not permitted"
    )


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": -1, "completion_tokens": 1},
        {"prompt_tokens": 5, "completion_tokens": 1, "prompt_cache_hit_tokens": 6},
        {"prompt_tokens": True, "completion_tokens": 1},
        {"prompt_tokens": 5.0, "completion_tokens": 1},
        {"prompt_tokens": 2**60, "completion_tokens": 1},
        [1, 2],
    ],
)
def test_takes_impossible_token_counts_for_unknown(usage: Any) -> None:
    assert read_usage(usage) is None


def test_an_unknown_count_makes_the_cost_unknown_not_free(tmp_path: Path) -> None:
    with (
        ScriptedGateway([good(usage=None)]) as gateway,
        closing(open_exit(gateway, tmp_path)) as chat,
    ):
        reading = ask(chat)
    assert (reading.value, reading.cost_usd, reading.input_tokens) == (
        Score(score=0.5),
        None,
        None,
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_a_completion_or_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_envelope(body)


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["choices", "message", "content", "usage", "score", "finish_reason"]), inner
    ),
    max_leaves=12,
))  # fmt: skip
def test_any_json_is_a_completion_or_unreadable(value: Any) -> None:
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str) if _fits(value) else b""
    for wrapped in (body, b'{"choices": [{"message": {"content": ' + body + b'}}], "usage": 1}'):
        with suppress(Unreadable):
            assert read_envelope(wrapped).content.strip()


@given(st.text(max_size=200) | st.text(alphabet='{}[]":,0.5e scor\\n', max_size=60))
def test_any_text_is_a_score_or_unreadable(content: str) -> None:
    with suppress(Unreadable):
        assert 0 <= read_value(content, Score).score <= 1


@pytest.mark.parametrize(
    "content", ["{" * 5_000, '{"score":' * 400 + "1" + "}" * 400, '{"score": ' + "9" * 5_000 + "}"]
)
def test_deep_or_long_json_is_unreadable(content: str) -> None:
    with pytest.raises(Unreadable):
        read_value(content, Score)


@given(st.text(max_size=40) | st.from_regex(r"\A\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{1,12}\Z"))  # fmt: skip
def test_any_retry_after_is_a_wait_or_nothing(header: str) -> None:
    wait = retry_after_s(header, datetime(2026, 1, 1, tzinfo=UTC))
    assert wait is None or wait >= 0


def test_reads_the_counts_that_the_provider_gives() -> None:
    assert read_usage(dict(replies.USAGE)) == Usage(
        input_tokens=100, cached_tokens=40, output_tokens=10
    )


def _fits(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True
