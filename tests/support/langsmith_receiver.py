"""A LangSmith of one's own: takes `POST /runs/multipart` on this machine, and can misbehave."""

import email.parser
import email.policy
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """What arrived: raw bodies, and runs with their parts put together."""

    def __init__(self) -> None:
        self.status, self.delay_s = 202, 0.0
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.operations: list[tuple[str, str]] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self.url = ""

    def take(self, path: str, headers: Any, body: bytes) -> None:
        self.paths.append(path)
        self.keys.append(headers.get("x-api-key"))
        self.bodies.append(body)
        head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        for part in message.iter_parts():
            name = part["content-disposition"].params["name"]
            operation, run_id, *key = name.split(".")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            value = json.loads(content)
            run = self.runs.setdefault(run_id, {})
            if key:
                run[key[0]] = value
            else:
                self.operations.append((operation, run_id))
                run.update(value)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve until the block ends."""
    told = Receiver()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            over.wait(told.delay_s)
            if told.status < 300:
                told.take(self.path, self.headers, body)
            self.send_response(told.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def wait_until(done: Any, seconds: float = 10.0) -> bool:
    """Wait for a condition; whether it came true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(0.02)
    return bool(done())
