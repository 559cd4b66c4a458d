"""Golden sets as LangSmith datasets: sent once a version, results as an experiment, nothing private."""

import email.parser
import email.policy
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.langsmith_datasets import publish
from fleet.errors import FleetError
from fleet.runtime import evals
from fleet.settings import LangSmith

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = "ls-key-51c2"
PRIVATE = "Carla's private complaint about invoice 77"


class Service:
    """What arrived, by path; `known` datasets are answered 409, as the real one does."""

    def __init__(self) -> None:
        self.url, self.status = "", 200
        self.known: set[str] = set()
        self.got: list[tuple[str, Any]] = []
        self.raw = b""

    def answer(self, path: str, headers: Any, body: bytes) -> int:
        assert headers["x-api-key"] == KEY
        self.raw += body
        if self.status != 200:
            return self.status
        if headers["content-type"].startswith("application/json"):
            value = json.loads(body)
            self.got.append((path, value))
            if path == "/datasets" and value["id"] in self.known:
                return 409
            if path == "/datasets":
                self.known.add(value["id"])
            return 200
        head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        parts = {}
        for part in message.iter_parts():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            parts[part["content-disposition"].params["name"]] = json.loads(content)
        self.got.append((path, parts))
        return 202


@pytest.fixture
def service() -> Iterator[Service]:
    told = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(told.answer(self.path, self.headers, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def pairs() -> Any:
    stored = {"id": "eval_cases:1", "input": {"facts": PRIVATE}, "expect": {}}
    admitted = {"autonomy.judge": [stored]}
    names = ["autonomy.judge"]
    return list(evals.run_paths(read_policies(), evals.Engine(), prompts=names, admitted=admitted))


def config(service: Service, **changes: Any) -> LangSmith:
    return LangSmith(endpoint=service.url, key=KEY, **changes)


def test_a_set_is_sent_once_and_each_run_is_an_experiment(service: Service, pairs: Any) -> None:
    assert publish(config(service), pairs, now=NOW) == 22
    assert publish(config(service), pairs, now=NOW.replace(hour=13)) == 22
    paths = [path for path, _ in service.got]
    first = ["/datasets", "/examples/bulk", "/sessions", "/runs/multipart"]
    assert paths == [*first, "/datasets", "/sessions", "/runs/multipart"]
    (_, dataset), (_, examples), (_, session), (_, parts) = service.got[:4]
    assert {example["dataset_id"] for example in examples} == {dataset["id"]}
    assert len({example["id"] for example in examples}) == 22
    assert session["reference_dataset_id"] == dataset["id"]
    told = session["extra"]["metadata"]
    assert (told["n"], told["passed"], told["state"]) == (23, 22, "FAIL")  # the stored one crashed
    runs = {name: part for name, part in parts.items() if name.startswith("post.")}
    heads = [part for part in runs.values() if "reference_example_id" in part]
    assert {head["reference_example_id"] for head in heads} == {e["id"] for e in examples}
    assert {head["session_id"] for head in heads} == {session["id"]}
    scores = [part for name, part in parts.items() if name.startswith("feedback.")]
    assert {score["key"] for score in scores} == {"fails_closed", "prompt_fenced", "prompt_names"}
    assert len(scores) == 66
    assert {score["run_id"] for score in scores} == {head["id"] for head in heads}
    assert service.got[5][1]["id"] != session["id"]


def test_a_customers_mail_never_leaves_and_hidden_texts_are_not_sent(
    service: Service, pairs: Any
) -> None:
    publish(config(service, hide_inputs=True, hide_outputs=True), pairs, now=NOW)
    assert PRIVATE.encode() not in service.raw
    assert b"eval_cases:1" not in service.raw
    examples = service.got[1][1]
    assert {json.dumps([e["inputs"], e["outputs"]]) for e in examples} == {"[{}, {}]"}


@pytest.mark.parametrize("status", [302, 401, 422, 500])
def test_what_is_not_taken_is_one_clear_error(service: Service, pairs: Any, status: int) -> None:
    service.status = status
    with pytest.raises(FleetError, match=f"/datasets: HTTP {status}"):
        publish(config(service), pairs, now=NOW)


def test_an_endpoint_that_is_down_is_one_clear_error(pairs: Any) -> None:
    down = LangSmith(endpoint="http://127.0.0.1:9", key=KEY)
    with pytest.raises(FleetError, match="/datasets: ConnectError"):
        publish(down, pairs, now=NOW)
