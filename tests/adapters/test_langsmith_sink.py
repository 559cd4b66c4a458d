"""What goes to LangSmith is clean, and nothing waits for it."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.langsmith_counts import Counts, add_counts, read_counts
from fleet.adapters.langsmith_sink import CLOSE_S, LangSmithSink, read_endpoint
from fleet.adapters.store import migrate
from fleet.adapters.store.open import EngineStore, open_store
from fleet.adapters.store.schema import contacts, emails, people
from fleet.adapters.store.statements import insert
from fleet.adapters.tracing import LocalTracer, open_tracer, run_redactor
from fleet.errors import InputError, StoreError
from fleet.settings import read_settings
from fleet.traces.redaction import Redactor
from fleet.traces.spans import CallRecord, RunRecord, StepRecord
from tests.support.langsmith_receiver import receiver, wait_until

KEY = "lsv2-secret-of-ours"
GATEWAY_KEY = "dk-another-secret"
BODY = (
    "Dear Ann,\nTom Baker and I saw your mail from ann.lee@buyer.example.\n"
    "Call +49 30 1234567 or write to 12 Main Street.\nkey dk-another-secret\nBo Meyer"
)
PERSONAL = (
    "Ann", "Lee", "ann.lee", "Tom", "Baker", "1234567", "Main Street", "Bo Meyer", "Meyer", KEY,
    GATEWAY_KEY,
)  # fmt: skip
NS = 1_000_000_000


def run(number: int = 1, **changes: object) -> RunRecord:
    call = CallRecord(
        purpose="intent", model="deepseek-flash", started_ns=2 * NS, ended_ns=3 * NS,
        input_tokens=120, output_tokens=30, cached_tokens=20, cost_usd=0.001,
    )  # fmt: skip
    step = StepRecord(
        node="compose", number=2, started_ns=NS, ended_ns=4 * NS, calls=(call,),
        output={"draft": {"body": BODY, "to": "ann.lee@buyer.example"}},
    )  # fmt: skip
    failed = StepRecord(
        node="queue", number=3, started_ns=4 * NS, ended_ns=5 * NS,
        error="ValueError: no queue for ann.lee@buyer.example",
    )  # fmt: skip
    made: dict[str, Any] = {
        "thread_id": f"reply:em-{number}", "graph": "reply", "version": "reply-1",
        "started_ns": NS, "ended_ns": 5 * NS, "steps": (step, failed),
        "subject": {"email_id": "em-1"}, "error": "ValueError: no queue",
    }  # fmt: skip
    return RunRecord(**(made | changes))


@pytest.fixture
def store(tmp_path: Path) -> EngineStore:
    made = open_store(f"sqlite:///{tmp_path / 'fleet.db'}")
    assert isinstance(made, EngineStore)
    migrate.upgrade(made)
    mail = {
        "id": "em-1", "message_id": "<1@x>", "thread_id": "t", "direction": "in",
        "from_address": "ann.lee@buyer.example", "from_name": "Ann Lee", "to_address": "us@x.example",
        "subject": "Hi", "body": BODY, "reply": BODY, "kind": "reply", "at": "2026-01-05T09:00:00Z",
        "contact_id": "c1",
    }  # fmt: skip
    made.write(
        insert(people).values(id="p1", name="Bo Meyer"),
        insert(contacts).values(id="c1", name="Tom Baker", first_name="Tom", last_name="Baker"),
        insert(emails).values(mail),
    )
    return made


def environment(url: str, **more: str) -> dict[str, str]:
    return {
        "LANGSMITH_API_KEY": KEY, "LANGSMITH_ENDPOINT": url, "LANGSMITH_PROJECT": "sales",
        "DEEPSEEK_API_KEY": GATEWAY_KEY,
    } | more  # fmt: skip


def tracer(home: Path, store: EngineStore, url: str, **more: str) -> LocalTracer:
    return open_tracer(read_settings(str(home), environment(url, **more)), store)


def sink(home: Path, url: str, capacity: int = 1000) -> LangSmithSink:
    config = read_settings(str(home), environment(url)).langsmith
    assert config is not None
    return LangSmithSink(config, lambda _: Redactor(b"salt"), home, capacity=capacity)


def test_a_run_arrives_as_a_tree_without_a_name_an_address_or_a_secret(
    tmp_path: Path, store: EngineStore
) -> None:
    with receiver() as told:
        tracing = tracer(tmp_path, store, told.url)
        tracing.record(run())
        tracing.close()
    assert (told.paths, told.keys) == (["/runs/multipart"], [KEY])
    body = told.bodies[0].decode()
    assert [word for word in PERSONAL if word in body] == []
    names = {r["name"]: r for r in told.runs.values()}
    assert set(names) == {"invoke_agent reply", "compose", "chat deepseek-flash", "queue"}
    root, node, call = (names[n] for n in ("invoke_agent reply", "compose", "chat deepseek-flash"))
    assert root["id"] == root["trace_id"] == node["trace_id"] == call["trace_id"]
    assert (node["parent_run_id"], call["parent_run_id"]) == (root["id"], node["id"])
    assert call["dotted_order"].startswith(node["dotted_order"] + ".")
    assert node["dotted_order"].startswith(root["dotted_order"] + ".")
    assert {r["session_name"] for r in names.values()} == {"sales"}
    assert (root["run_type"], call["run_type"]) == ("chain", "llm")
    assert call["outputs"]["usage_metadata"]["input_tokens"] == 120
    assert call["extra"]["metadata"]["gen_ai.usage.cost"] == 0.001
    assert names["queue"]["error"].startswith("ValueError: no queue for [email:")
    assert "12 Main Street" not in node["outputs"]["draft"]["body"]
    assert read_counts(tmp_path) == Counts(sent=1)


def test_one_person_keeps_one_placeholder_in_all_runs_of_a_home(
    tmp_path: Path, store: EngineStore
) -> None:
    with receiver() as told:
        for number in (1, 2):
            tracing = tracer(tmp_path, store, told.url)
            tracing.record(run(number))
            tracing.close()
    found = {r["outputs"]["draft"]["to"] for r in told.runs.values() if r["name"] == "compose"}
    assert len(found) == 1


def test_a_resumed_run_changes_its_root_and_adds_only_what_is_new(
    tmp_path: Path, store: EngineStore
) -> None:
    again = StepRecord(node="queue", number=3, started_ns=8 * NS, ended_ns=9 * NS)
    second = run(
        started_ns=8 * NS, ended_ns=9 * NS, steps=(run().steps[0], again), error=None,
        outcome="created", resumed=True,
    )  # fmt: skip
    with receiver() as told:
        tracing = tracer(tmp_path, store, told.url)
        tracing.record(run())
        tracing.record(second)
        tracing.close()
    root = next(r for r in told.runs.values() if r["name"] == "invoke_agent reply")
    assert [o for o, run_id in told.operations if run_id == root["id"]] == ["post", "patch"]
    assert root["outputs"] == {"outcome": "created"}
    assert root["start_time"].startswith("1970-01-01T00:00:01")
    assert root["end_time"].startswith("1970-01-01T00:00:09")
    assert len([r for r in told.runs.values() if r["name"] == "compose"]) == 1


def test_hidden_texts_are_not_sent_at_all(tmp_path: Path, store: EngineStore) -> None:
    hide = {"LANGSMITH_HIDE_INPUTS": "true", "LANGSMITH_HIDE_OUTPUTS": "true"}
    with receiver() as told:
        tracing = tracer(tmp_path, store, told.url, **hide)
        tracing.record(run())
        tracing.close()
    runs = {r["name"]: r for r in told.runs.values()}
    assert runs["compose"]["outputs"] == runs["invoke_agent reply"]["inputs"] == {}
    assert set(runs["chat deepseek-flash"]["outputs"]) == {"usage_metadata"}


def test_what_cannot_be_cleaned_is_not_sent(tmp_path: Path, store: EngineStore) -> None:
    with receiver() as told:
        settings = read_settings(str(tmp_path), environment(told.url))
        assert settings.langsmith is not None

        def broken(_: RunRecord) -> Redactor:
            raise StoreError("no names today")

        out = LangSmithSink(settings.langsmith, broken, tmp_path)
        out.offer(run(), seen=False)
        out.close()
        assert told.bodies == []
    assert out.counts == Counts(dropped=1, last_error="not cleaned: StoreError")


def test_an_endpoint_that_answers_500_costs_traces_and_no_time(tmp_path: Path) -> None:
    with receiver() as told:
        told.status = 500
        out = sink(tmp_path, told.url)
        began = time.monotonic()
        for number in range(200):
            out.offer(run(number), seen=False)
        offered = time.monotonic() - began
        out.close()
    assert offered < 1.0
    assert (out.counts.sent, out.counts.dropped) == (0, 200)
    assert out.counts.last_error == "HTTP 500"
    assert read_counts(tmp_path) == out.counts


def test_a_dead_endpoint_costs_traces_and_no_time(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    out = sink(tmp_path, f"http://127.0.0.1:{port}")
    began = time.monotonic()
    for number in range(200):
        out.offer(run(number), seen=False)
    out.close()
    assert time.monotonic() - began < CLOSE_S + 3
    assert (out.counts.sent, out.counts.dropped) == (0, 200)
    assert out.counts.last_error == "ConnectError"


def test_a_slow_endpoint_holds_neither_a_run_nor_the_end_for_long(tmp_path: Path) -> None:
    with receiver() as told:
        told.delay_s = 60.0
        out = sink(tmp_path, told.url, capacity=20)
        began = time.monotonic()
        for number in range(100):
            out.offer(run(number), seen=False)
        offered = time.monotonic() - began
        out.close()
        closed = time.monotonic() - began
    assert offered < 1.0
    assert closed < CLOSE_S + 3
    assert (out.counts.sent, out.counts.dropped) == (0, 100)


def test_a_wrong_key_stops_all_further_requests(tmp_path: Path) -> None:
    with receiver() as told:
        told.status = 401
        out = sink(tmp_path, told.url)
        out.offer(run(), seen=False)
        assert wait_until(lambda: out.counts.dropped == 1)
        told.status = 202
        out._quiet_until = 0.0
        out.offer(run(2), seen=False)
        out.close()
        assert told.bodies == []
    assert out.counts.dropped == 2


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with receiver() as told:
        told.status = 307
        out = sink(tmp_path, told.url)
        out.offer(run(), seen=False)
        out.close()
    assert out.counts == Counts(dropped=1, last_error="HTTP 307")


@pytest.mark.parametrize(
    "url",
    ["http://smith.example", "ftp://x.example", "https://u:p@x.example", "nonsense", "https://"],
)
def test_an_unsafe_endpoint_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="LANGSMITH_ENDPOINT"):
        read_endpoint(url)


def test_an_unsafe_endpoint_does_not_stop_the_run(tmp_path: Path, store: EngineStore) -> None:
    tracing = tracer(tmp_path, store, "http://smith.example")
    tracing.record(run())
    tracing.close()
    assert tracing.failed == 0
    assert len(list((tmp_path / "traces").glob("*.jsonl"))) == 1


@pytest.mark.parametrize(
    ("given", "configured"),
    [
        ({"LANGSMITH_API_KEY": "k"}, False),
        ({"LANGSMITH_ENDPOINT": "https://x.example"}, False),
        ({"LANGSMITH_API_KEY": "k", "LANGSMITH_TRACING": "true"}, True),
        ({"LANGSMITH_API_KEY": "k", "LANGSMITH_ENDPOINT": "https://x.example"}, True),
        (
            {
                "LANGSMITH_API_KEY": "k",
                "LANGSMITH_ENDPOINT": "https://x.example",
                "LANGSMITH_TRACING": "false",
            },
            False,
        ),
    ],
)
def test_a_key_alone_sends_nothing(tmp_path: Path, given: dict[str, str], configured: bool) -> None:
    assert (read_settings(str(tmp_path), given).langsmith is not None) is configured


def test_counts_of_many_processes_add_up_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    add_counts(tmp_path, Counts(sent=2))
    add_counts(tmp_path, Counts(dropped=3, last_error="HTTP 500"))
    with (tmp_path / "traces" / "langsmith-counts.log").open("ab") as file:
        file.write(b'{"sent": 9')
    assert read_counts(tmp_path) == Counts(sent=2, dropped=3, last_error="HTTP 500")


def test_the_salt_is_made_once_and_private(tmp_path: Path, store: EngineStore) -> None:
    settings = read_settings(str(tmp_path), environment("https://x.example"))
    run_redactor(settings, store)
    salt = tmp_path / "traces" / "salt"
    first = salt.read_bytes()
    run_redactor(settings, store)
    assert salt.read_bytes() == first
    assert len(first) == 32
    assert salt.stat().st_mode & 0o077 == 0
