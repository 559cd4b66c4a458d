"""A local HTTP server that speaks chat completions under an AI Gateway's path, by a script.

    with ScriptedGateway([broken_json(), good('{"score": 0.5}')]) as gateway:
        settings = read_settings(str(home), gateway.env())

A script is a list of replies, or a function `(json, headers, n) -> Reply` with `n` from 1, called in
the server's thread. A list that is used up answers 418, which nobody retries. The server runs on
an event loop of its own, so that hundreds of slow calls at once cost little. For figures that must
not include the server's own CPU, `served_apart` starts it in another process.
"""

import argparse
import asyncio
import contextlib
import gzip
import importlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import orjson

ROOT = Path(__file__).resolve().parents[2]
BASE = "/v1/0123456789abcdef/sales-fleet/deepseek"
TOKEN = "cf-gateway-token-7f3a"  # recognisable, so that a log can be searched for it
API_KEY = "sk-deepseek-key-91bc"
EVERY_S = 0.05
USAGE: Mapping[str, int] = {
    "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
    "prompt_cache_hit_tokens": 40, "prompt_cache_miss_tokens": 60,
}  # fmt: skip
MAX_HEAD = 1 << 16
Act = Literal["answer", "dribble", "hang", "reset", "cut", "raw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server does with one request, `latency_s` seconds after it read it.

    `answer` sends status, headers and body. `dribble` sends the head, then `filler` every 50 ms for
    `dribble_s` seconds (None: for ever), then the body. `hang` sends nothing. `reset` resets the
    connection. `cut` promises the whole body, sends half of it and closes. `raw` sends the body as
    it is, in place of an HTTP answer, and closes.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    latency_s: float = 0.0
    act: Act = "answer"
    filler: bytes = b"\n"
    dribble_s: float | None = None

    def after(self, latency_s: float) -> "Reply":
        """Return the same reply, given later."""
        return replace(self, latency_s=latency_s)


Script = Callable[[Any, Mapping[str, str], int], Reply] | Sequence[Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived, at `at` on the monotonic clock; `json` is None for no JSON.

    Header names are in lower case.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    json: Any
    at: float


def good(
    content: str = '{"score": 0.5}', usage: Mapping[str, Any] | None = USAGE, *,
    finish_reason: str = "stop", latency_s: float = 0.0,
) -> Reply:  # fmt: skip
    """Answer with a chat completion; `usage=None` leaves the token counts out."""
    choice = {
        "index": 0, "message": {"role": "assistant", "content": content},
        "finish_reason": finish_reason,
    }  # fmt: skip
    body: dict[str, Any] = {
        "id": "c-1", "object": "chat.completion", "created": 1, "model": "deepseek-flash",
        "choices": [choice],
    }  # fmt: skip
    if usage is not None:
        body["usage"] = dict(usage)
    headers = {"content-type": "application/json", "cf-aig-log-id": "log-1"}
    return Reply(headers=headers, body=orjson.dumps(body), latency_s=latency_s)


def empty_content() -> Reply:
    """Answer 200 with no content at all, as DeepSeek's JSON mode may."""
    return good("")


def broken_json() -> Reply:
    """Answer with content that stops being JSON half-way."""
    return good('{"score": 0.5,, "why"}')


def truncated_json() -> Reply:
    """Answer with JSON that the token limit cut."""
    return good('{"score": 0.', finish_reason="length")


def wrong_schema() -> Reply:
    """Answer with valid JSON of another shape."""
    return good('{"rating": "high", "colour": null}')


def prose_around(content: str = '{"score": 0.5}') -> Reply:
    """Answer with a chatty frame around the JSON."""
    return good(f"Sure! Here is the JSON you asked for:\n\n{content}\n\nLet me know if it helps.")


def not_a_number() -> Reply:
    """Answer with a number that JSON does not have."""
    return good('{"score": NaN}')


def infinite() -> Reply:
    """Answer with a number that overflows a double."""
    return good('{"score": 1e999}')


def out_of_range() -> Reply:
    """Answer with a score far outside 0..1."""
    return good('{"score": 17.0}')


def huge_content(size: int = 5_000_000) -> Reply:
    """Answer with a completion of `size` characters."""
    return good('{"score": 0.5, "why": "' + "x" * size + '"}')


def zip_bomb(size: int = 50_000_000) -> Reply:
    """Answer with a small compressed body that unpacks to `size` bytes."""
    return Reply(headers={"content-encoding": "gzip"}, body=gzip.compress(b" " * size))


def not_a_completion() -> Reply:
    """Answer 200 with somebody's HTML page."""
    return Reply(headers={"content-type": "text/html"}, body=b"<html>Welcome to the proxy</html>")


def keep_alive_dribble(
    filler: bytes = b"\n", then: Reply | None = None, dribble_s: float | None = None
) -> Reply:
    """Keep the connection alive with blank lines every 50 ms, for ever or until `then`."""
    return replace(then or good(), act="dribble", filler=filler, dribble_s=dribble_s)


def hang() -> Reply:
    """Read the request and never answer."""
    return Reply(act="hang")


def connection_reset() -> Reply:
    """Reset the connection after the request was read."""
    return Reply(act="reset")


def cut_short() -> Reply:
    """Close the connection half-way through the body."""
    return replace(good(), act="cut")


def no_http(body: bytes = b"SSH-2.0-OpenSSH_9.9\r\n\r\n") -> Reply:
    """Answer with bytes that are no HTTP."""
    return Reply(act="raw", body=body)


def broken_gzip() -> Reply:
    """Answer with a body that is not what its content-encoding says."""
    return Reply(headers={"content-encoding": "gzip"}, body=b"this is not gzip at all")


def zipped(reply: Reply) -> Reply:
    """Answer the same, compressed."""
    headers = {**reply.headers, "content-encoding": "gzip"}
    return replace(reply, headers=headers, body=gzip.compress(reply.body))


def status(code: int, message: str = "scripted") -> Reply:
    """Answer with an error status and an error body."""
    body = orjson.dumps({"error": {"message": message, "type": "scripted", "code": code}})
    return Reply(status=code, headers={"content-type": "application/json"}, body=body)


def too_many(retry_after: str | None = "1") -> Reply:
    """Answer 429, with Retry-After unless it is None."""
    reply = status(429)
    extra = {} if retry_after is None else {"retry-after": retry_after}
    return replace(reply, headers={**reply.headers, **extra})


def redirect(location: str, code: int = 302) -> Reply:
    """Answer with a redirect."""
    return Reply(status=code, headers={"location": location})


def always(reply: Reply) -> Script:
    """Give the same reply to every request: a storm, when it is `too_many()`."""
    return lambda _json, _headers, _n: reply


def in_turn(*replies: Reply) -> Script:
    """Give the replies one after the other, then the last one again and again."""
    return lambda _json, _headers, n: replies[min(n, len(replies)) - 1]


class ScriptedGateway:
    """The server; use it as a context manager. It raises on leaving when the script itself failed."""

    def __init__(self, script: Script = (), *, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self._tls = tls
        self.seen: list[Seen] = []
        self.connections = 0
        self.in_flight = 0
        self.most_at_once = 0
        self.port = 0
        self._failures: list[Exception] = []
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="scripted-gateway", daemon=True)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What FLEET_GATEWAY_URL is to be."""
        return self.origin + BASE

    @property
    def bodies(self) -> list[Any]:
        """The JSON of every request, in order of arrival."""
        return [request.json for request in self.seen]

    def env(self, **extra: str) -> dict[str, str]:
        """Return the environment that points a fleet here, with recognisable secrets."""
        return {
            "FLEET_GATEWAY_URL": self.url, "FLEET_GATEWAY_TOKEN": TOKEN,
            "DEEPSEEK_API_KEY": API_KEY, **extra,
        }  # fmt: skip

    def drop_connections(self) -> None:
        """Close every connection, as a server does with idle ones."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the scripted gateway did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        if self._failures:
            raise AssertionError("the script of the gateway failed") from self._failures[0]

    def _serve(self) -> None:
        loop = self._loop
        server = loop.run_until_complete(
            asyncio.start_server(
                self._connected, "127.0.0.1", 0, limit=MAX_HEAD, backlog=1024, ssl=self._tls
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(self._hang_up())
        loop.close()

    async def _hang_up(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.seen.append(request)
                self.in_flight += 1
                self.most_at_once = max(self.most_at_once, self.in_flight)
                try:
                    goes_on = await self._answer(request, len(self.seen), writer)
                finally:
                    self.in_flight -= 1
                if not goes_on:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client hung up, as a deadline makes it do, or the server is being closed
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, request: Seen, n: int, writer: asyncio.StreamWriter) -> bool:
        reply = self._scripted(request, n)
        if reply.latency_s:
            await asyncio.sleep(reply.latency_s)
        if reply.act == "hang":
            await asyncio.Event().wait()
        if reply.act == "reset":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if reply.act == "dribble":
            await _dribble(reply, writer)
            return True
        if reply.act == "raw":
            writer.write(reply.body)
            await writer.drain()
            return False
        body = reply.body[: len(reply.body) // 2] if reply.act == "cut" else reply.body
        writer.write(_head(reply, f"content-length: {len(reply.body)}") + body)
        await writer.drain()
        return reply.act != "cut"

    def _scripted(self, request: Seen, n: int) -> Reply:
        if request.path != f"{BASE}/chat/completions":
            return status(404, "no such path")
        if not callable(self.script):
            return self.script[n - 1] if n <= len(self.script) else status(418, "script is over")
        try:
            return self.script(request.json, request.headers, n)
        except Exception as error:  # noqa: BLE001 -- the test's own mistake, shown when the server is left
            self._failures.append(error)
            return status(418, "the script failed")


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ", 2)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    return Seen(method=method, path=path, headers=headers, json=parsed, at=time.monotonic())


def _head(reply: Reply, *more: str) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Scripted", *more]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _dribble(reply: Reply, writer: asyncio.StreamWriter) -> None:
    writer.write(_head(reply, "transfer-encoding: chunked"))
    left = reply.dribble_s
    while left is None or left > 0:
        writer.write(_chunk(reply.filler))
        await writer.drain()
        await asyncio.sleep(EVERY_S)
        left = None if left is None else left - EVERY_S
    writer.write(_chunk(reply.body) + b"0\r\n\r\n")
    await writer.drain()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@contextlib.contextmanager
def served_apart(
    *, latency_s: float = 0.0, content: str = '{"score": 0.5}', script: str | None = None
) -> Iterator[dict[str, str]]:
    """Serve from another process and yield the environment for it.

    `script` names a function as `module:name`; without one every call gets `content`.
    """
    command = [sys.executable, "-m", "tests.support.scripted_gateway", "--content", content]
    command += ["--latency-s", str(latency_s), *(["--script", script] if script else [])]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield orjson.loads(process.stdout.readline())
    finally:
        process.communicate()  # closing its input ends it
        process.wait(10)


def main() -> None:
    """Serve until standard input ends; print the environment first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-s", type=float, default=0.0)
    parser.add_argument("--content", default='{"score": 0.5}')
    parser.add_argument("--script")
    args = parser.parse_args()
    script = always(good(args.content, latency_s=args.latency_s))
    if args.script:
        module, _, name = args.script.partition(":")
        script = getattr(importlib.import_module(module), name)
    with ScriptedGateway(script) as gateway:
        print(orjson.dumps(gateway.env()).decode(), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
