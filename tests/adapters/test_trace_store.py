"""The trace store: paged, joined, replaced; and files that no kill can spoil."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store import migrate
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.schema import runs, spans, traces
from fleet.adapters.store.statements import insert
from fleet.adapters.store.trace_import import import_batch
from fleet.adapters.store.traces import list_traces, open_span, open_trace
from fleet.adapters.tracing import LocalTracer
from fleet.adapters.tracing_files import append_document, read_documents
from fleet.errors import StoreError
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from fleet.traces.spans import CallRecord, RunRecord, StepRecord, trace_id_of
from tests.support.stores import any_store

AnyStore = EngineStore | D1Store
NS = 1_000_000_000
DAY_NS = 86_400 * NS


@pytest.fixture(scope="module", params=["sqlite", "postgres", "d1"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyStore]:
    """One initialised store of each kind."""
    with any_store(request.param, tmp_path_factory.mktemp(f"traces_{request.param}")) as made:
        yield made


@pytest.fixture
def store(shared: AnyStore) -> AnyStore:
    """The store without any trace or run."""
    shared.write(sa.delete(spans), sa.delete(traces), sa.delete(runs))
    return shared


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[AnyStore]:
    """A SQLite store, for what does not depend on the backend."""
    made = open_store(f"sqlite:///{tmp_path / 'fleet.db'}")
    migrate.upgrade(made)
    yield made
    made.close()


def trajectory(key: str = "a", steps: int | tuple[Step, ...] = 3, **changes: Any) -> Trajectory:
    made: dict[str, Any] = {
        "id": key, "source": TraceFormat.OTLP, "name": "agent", "started_at": 1_767_600_000.25,
        "steps": steps if isinstance(steps, tuple) else tuple(step(n) for n in range(steps)), "tokens": 30, "cost_usd": 0.5,
    }  # fmt: skip
    return Trajectory(**(made | changes))


def step(number: int, **changes: Any) -> Step:
    made: dict[str, Any] = {
        "id": f"s{number}", "parent_id": "s0" if number else None, "position": number,
        "kind": StepKind.TOOL, "name": f"step {number}", "started_at": 1_767_600_000.0 + number,
        "ended_at": 1_767_600_000.5 + number, "input": {"q": number}, "output": [number, None],
        "tokens_in": 7, "tool_calls": (ToolCall(id="c", name="search", arguments={"a": 1}),),
    }  # fmt: skip
    return Step(**(made | changes))


def run(*steps: StepRecord, **changes: Any) -> RunRecord:
    made: dict[str, Any] = {
        "thread_id": "reply:7", "graph": "reply", "version": "reply-1", "started_ns": NS,
        "ended_ns": 9 * NS, "steps": steps, "outcome": "created",
    }  # fmt: skip
    return RunRecord(**(made | changes))


def node(number: int, **changes: Any) -> StepRecord:
    made: dict[str, Any] = {
        "node": f"n{number}",
        "number": number,
        "started_ns": number * NS,
        "ended_ns": 9 * NS,
    }
    return StepRecord(**(made | changes))


def test_a_trace_comes_back_as_it_was_imported(store: AnyStore) -> None:
    assert import_batch(store, [trajectory()]) == {"traces": 1, "spans": 3, "unchanged": 0}
    opened = open_trace(store, "a")
    assert opened is not None
    assert (opened["trace"]["spans"], opened["trace"]["tokens"], opened["next"]) == (3, 30, None)
    assert opened["trace"]["started_at"] == "2026-01-05T08:00:00.250000Z"
    assert [span["name"] for span in opened["spans"]] == ["step 0", "step 1", "step 2"]
    second = opened["spans"][1]
    assert (second["id"], second["parent_id"], second["tool"]) == ("a:s1", "a:s0", "search")
    assert (second["duration_ms"], second["tokens"], second["status"]) == (500.0, 7, "ok")
    full = open_span(store, "a:s1")
    assert full is not None
    assert (full["input"], full["output"]) == ({"q": 1}, [1, None])
    assert full["attributes"]["tool_calls"][0]["arguments"] == {"a": 1}
    assert (open_trace(store, "none"), open_span(store, "a:none")) == (None, None)


def test_the_same_content_again_changes_nothing(store: AnyStore) -> None:
    import_batch(store, [trajectory(), trajectory("b")])
    again = import_batch(store, [trajectory(), trajectory("b"), trajectory("c")])
    assert again == {"traces": 1, "spans": 3, "unchanged": 2}
    assert len(store.read(sa.select(traces))) == 3


def test_late_spans_join_their_trace_and_every_order_ends_alike(store: AnyStore) -> None:
    whole = trajectory()
    halves = [
        trajectory(steps=whole.steps[:1]),
        trajectory(steps=whole.steps[1:]),
    ]
    for half in (halves[1], halves[0], halves[1]):
        import_batch(store, [half])
    opened = open_trace(store, "a")
    assert opened is not None
    assert [span["id"] for span in opened["spans"]] == ["a:s0", "a:s1", "a:s2"]
    assert import_batch(store, [halves[0]])["unchanged"] == 1


def test_ids_that_only_count_within_a_file_do_not_meet(lite: AnyStore) -> None:
    one = trajectory("0", source=TraceFormat.OPENAI)
    other = trajectory("0", source=TraceFormat.OPENAI, task="another")
    assert import_batch(lite, [one])["traces"] == 1
    assert import_batch(lite, [other])["traces"] == 1
    assert import_batch(lite, [one]) == {"traces": 0, "spans": 0, "unchanged": 1}
    assert len(list_traces(lite)["traces"]) == 2


def test_pages_show_each_trace_once_newest_first_and_undated_last(store: AnyStore) -> None:
    dated = [trajectory(f"d{n}", started_at=1_767_600_000.0 + n // 2) for n in range(5)]
    undated = [trajectory(f"u{n}", started_at=None) for n in range(3)]
    import_batch(store, [*undated, *dated])
    seen: list[str] = []
    after = None
    while True:
        page = list_traces(store, after=after, limit=2)
        seen += [row["id"] for row in page["traces"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["d4", "d3", "d2", "d1", "d0", "u2", "u1", "u0"]


def test_lists_are_filtered_by_graph_and_status(lite: AnyStore) -> None:
    import_batch(lite, [trajectory("a"), trajectory("b", name="other", error="boom")])
    assert [r["id"] for r in list_traces(lite, graph="agent")["traces"]] == ["a"]
    assert [r["id"] for r in list_traces(lite, status="error")["traces"]] == ["b"]
    assert list_traces(lite, graph="agent", status="error") == {"traces": [], "next": None}


def test_a_long_trace_is_opened_page_by_page(store: AnyStore) -> None:
    import_batch(store, [trajectory(steps=1_203)])
    seen: list[int] = []
    after = -1
    while True:
        page = open_trace(store, "a", after=after, limit=400)
        assert page is not None
        seen += [span["position"] for span in page["spans"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == list(range(1_203))
    last = open_span(store, "a:s1202")
    assert last is not None
    assert last["input"] == {"q": 1202}


def test_huge_and_hostile_values_are_kept_within_the_limits(store: AnyStore) -> None:
    hostile = step(
        0, name="n\0ul \ud800", input="x" * 3_000_000, output={"n": 2**70, "s": "\ud800"},
        error="e" * 5_000,
    )  # fmt: skip
    import_batch(store, [trajectory(steps=(hostile,), task="t\0" * 3_000)])
    span = open_span(store, "a:s0")
    assert span is not None
    assert span["input"]["bytes"] == 3_000_002
    assert len(span["input"]["cut"]) <= 60_000
    assert span["output"]["n"] == str(2**70)
    opened = open_trace(store, "a")
    assert opened is not None
    assert len(opened["trace"]["task"]) <= 2_000


def test_two_imports_at_once_leave_each_trace_once(lite: AnyStore) -> None:
    batch = [trajectory(f"t{n}") for n in range(200)]
    both = [threading.Thread(target=import_batch, args=(lite, batch)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(lite.read(sa.select(traces.c.id))) == 200
    assert sum(row["position"] == 0 for row in lite.read(sa.select(spans))) == 200


def test_our_own_run_is_kept_with_its_figures(tmp_path: Path, store: AnyStore) -> None:
    begun = {
        "id": "reply:7", "graph": "reply", "graph_version": "reply-1", "thread_id": "reply:7",
        "status": "completed", "started_at": "2026-01-05T08:00:00Z",
    }  # fmt: skip
    store.write(insert(runs).values(begun))
    call = CallRecord(
        purpose="intent", model="deepseek-flash", started_ns=NS, ended_ns=2 * NS, input_tokens=5,
        output_tokens=3, cost_usd=0.5,
    )  # fmt: skip
    tracer = LocalTracer(tmp_path, store)
    tracer.record(run(node(1, output={"stop": None}, calls=(call,)), node(2)))
    assert tracer.failed == 0
    (row,) = store.read(sa.select(runs))
    assert (row["trace_id"], row["tokens"], row["cost_usd"], row["model_calls"]) == (
        trace_id_of("reply:7"), 8, 0.5, 1,
    )  # fmt: skip
    opened = open_trace(store, row["trace_id"])
    assert opened is not None
    assert (opened["trace"]["run_id"], opened["trace"]["origin"]) == ("reply:7", "fleet")
    assert [span["name"] for span in opened["spans"]] == [
        "invoke_agent reply", "n1", "chat deepseek-flash", "n2",
    ]  # fmt: skip
    full = open_span(store, opened["spans"][1]["id"])
    assert full is not None
    assert full["output"] == {"stop": None}


def test_a_resumed_run_goes_on_in_its_trace(tmp_path: Path, store: AnyStore) -> None:
    tracer = LocalTracer(tmp_path, store)
    failed = node(2, error="ValueError: x")
    tracer.record(run(node(1), failed, error="ValueError: x", outcome=None, ended_ns=3 * NS))
    guessed = node(1, started_ns=5, recovered=True)
    second = run(guessed, node(2), node(3), started_ns=7 * NS, ended_ns=12 * NS, resumed=True)
    for _ in range(2):  # the second time as after a kill between the trace and the engine's note
        tracer.record(second)
    opened = open_trace(store, trace_id_of("reply:7"))
    assert opened is not None
    assert [(s["name"], s["status"]) for s in opened["spans"]] == [
        ("invoke_agent reply", "ok"), ("n1", "ok"), ("n2", "error"), ("n2", "ok"), ("n3", "ok"),
    ]  # fmt: skip
    root = opened["spans"][0]
    assert (root["started_at"], root["ended_at"]) == (
        "1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:12.000000Z",
    )  # fmt: skip
    assert (opened["trace"]["status"], opened["trace"]["spans"]) == ("ok", 5)
    assert [s["position"] for s in opened["spans"]] == [0, 1, 2, 3, 4]


def test_a_trace_that_cannot_be_kept_does_not_stop_the_run(tmp_path: Path, lite: AnyStore) -> None:
    (tmp_path / "traces").write_text("in the way")
    tracer = LocalTracer(tmp_path, lite)
    tracer.record(run(node(1)))
    assert tracer.failed == 1


def test_files_are_one_a_day_and_turn_over_when_full(tmp_path: Path) -> None:
    for number in range(4):
        append_document(tmp_path, {"n": number, "pad": "x" * 50}, 0, rotate_bytes=100)
    append_document(tmp_path, {"n": 4}, DAY_NS)
    folder = tmp_path / "traces"
    assert sorted(path.name for path in folder.iterdir()) == [
        "1970-01-01.1.jsonl", "1970-01-01.jsonl", "1970-01-02.jsonl",
    ]  # fmt: skip
    assert [document["n"] for document in read_documents(folder)] == [0, 1, 2, 3, 4]
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def test_a_torn_line_costs_itself_only(tmp_path: Path) -> None:
    path = append_document(tmp_path, {"n": 0}, 0)
    with path.open("ab") as file:
        file.write(b'{"n": 1, "torn')
    append_document(tmp_path, {"n": 2}, 0)
    assert [document["n"] for document in read_documents(tmp_path / "traces")] == [0, 2]


def test_many_writers_never_mix_their_lines(tmp_path: Path) -> None:
    def write(writer: int) -> None:
        for number in range(100):
            append_document(tmp_path, {"w": writer, "n": number, "pad": "y" * 9_000}, 0)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = [(d["w"], d["n"]) for d in read_documents(tmp_path / "traces")]
    assert sorted(found) == [(w, n) for w in range(4) for n in range(100)]


def test_a_full_disk_is_an_error_and_not_a_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[: len(data) // 2]))
    with pytest.raises(StoreError, match="disk is full"):
        append_document(tmp_path, {"n": 1}, 0)
