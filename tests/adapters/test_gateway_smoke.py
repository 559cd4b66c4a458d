"""Calls through the one exit, against a local server that answers from a list."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pydantic
import pytest

from fleet.adapters.clock import SystemClock
from fleet.adapters.files import read_policies
from fleet.adapters.gateway import Chat, open_chat
from fleet.adapters.prompts import Prompt
from fleet.errors import EgressHalted, EgressRefused, EgressUnavailable, InputError, MalformedReply
from fleet.settings import read_settings

PROMPT = Prompt("test.scores", "Score the mail.\n--- user ---\n{{mail}}", "d" * 64)


class Score(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    score: float


Answer = tuple[int, dict[str, str], bytes]


def good(content: str = '{"score": 0.5}') -> Answer:
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_cache_hit_tokens": 40}
    choice = {"message": {"content": content}, "finish_reason": "stop"}
    return 200, {"cf-aig-log-id": "log-1"}, orjson.dumps({"choices": [choice], "usage": usage})


class Server:
    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.seen: list[tuple[dict[str, str], Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.seen.append(
                    ({k.lower(): v for k, v in self.headers.items()}, orjson.loads(body))
                )
                status, headers, reply = outer.answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


Open = Callable[..., Chat]


@pytest.fixture
def opened(server: Server, tmp_path: Path) -> Iterator[Open]:
    chats: list[Chat] = []

    def build(**extra: Any) -> Chat:
        policies = read_policies()
        policies["egress"] |= {"backoff_base_s": 0.01, "backoff_cap_s": 0.02}
        env = {"FLEET_GATEWAY_URL": server.url, "FLEET_GATEWAY_TOKEN": "gateway-secret"}
        chat = open_chat(read_settings(str(tmp_path), env), policies, clock=SystemClock(), **extra)
        assert chat is not None
        chats.append(chat)
        return chat

    yield build
    for chat in chats:
        chat.close()


def ask(chat: Chat, mail: str = "hello", **extra: Any) -> Any:
    return chat.ask(PROMPT, {"mail": mail}, Score, purpose="test", **extra)


def test_returns_a_valid_reply_with_its_cost(server: Server, opened: Open) -> None:
    server.answers = [good()]
    reading = ask(opened())
    assert reading.value == Score(score=0.5)
    assert (reading.input_tokens, reading.cached_tokens, reading.output_tokens) == (100, 40, 10)
    assert reading.cost_usd is not None
    assert reading.gateway_log_id == "log-1"
    headers, body = server.seen[0]
    assert headers["cf-aig-authorization"] == "Bearer gateway-secret"
    assert "authorization" not in headers
    assert body["thinking"] == {"type": "disabled"}


def test_answers_the_same_question_from_the_cache(server: Server, opened: Open) -> None:
    server.answers = [good()]
    chat = opened()
    ask(chat)
    assert ask(chat).cached is True
    assert len(server.seen) == 1


@pytest.mark.parametrize("bad", ["[1]", "no thanks", '{"score": NaN}', '{"score": "high"}'])
def test_mends_a_bad_reply_once_then_gives_up(server: Server, opened: Open, bad: str) -> None:
    server.answers = [good(bad), good()]
    assert ask(opened()).repaired is True
    server.answers = [good(bad), good(bad)]
    with pytest.raises(MalformedReply):
        ask(opened(), "another")
    assert len(server.seen) == 4


def test_asks_again_after_an_empty_reply_and_a_429(server: Server, opened: Open) -> None:
    server.answers = [good(""), (429, {"retry-after": "9"}, b"{}"), good()]
    assert ask(opened()).attempts == 3


@pytest.mark.parametrize("status", [400, 401, 422])
def test_never_retries_a_request_at_fault(server: Server, opened: Open, status: int) -> None:
    server.answers = [(status, {}, b"{}")]
    with pytest.raises(EgressUnavailable, match=str(status)):
        ask(opened())
    assert len(server.seen) == 1


def test_halts_on_402_and_sends_nothing_more(server: Server, opened: Open) -> None:
    reasons: list[str] = []
    chat = opened(on_halt=reasons.append)
    server.answers = [(402, {}, b"{}")]
    for _ in range(2):
        with pytest.raises(EgressHalted):
            ask(chat)
    assert len(server.seen) == 1
    assert "402" in reasons[0]


def test_refuses_redirects_and_unknown_models(server: Server, opened: Open) -> None:
    server.answers = [(307, {"location": "http://127.0.0.1:1/"}, b"")]
    with pytest.raises(EgressRefused, match="307"):
        ask(opened())
    with pytest.raises(EgressRefused, match="gpt-5"):
        ask(opened(), model="gpt-5")
    assert len(server.seen) == 1


def test_refuses_plain_http_elsewhere(tmp_path: Path) -> None:
    settings = read_settings(str(tmp_path), {"FLEET_GATEWAY_URL": "http://example.com/v1"})
    with pytest.raises(InputError, match="plain http"):
        open_chat(settings, read_policies(), clock=SystemClock())
