"""The fast way in gives what the readers give, and leaves to them what is not plain."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.crew import Crew
from fleet.adapters.store import migrate, trace_import
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.traces import list_traces, open_span, open_trace
from fleet.adapters.trace_bulk import BulkLines
from fleet.adapters.trace_importing import import_path
from fleet.adapters.trace_ways import fast_way
from fleet.errors import InputError, StoreError
from fleet.traces.otlp_scan import split_document

Store = EngineStore | D1Store
COLUMNS = (
    "name",
    "graph_version",
    "status",
    "started_at",
    "ended_at",
    "spans",
    "tokens",
    "cost_usd",
)


def span(number: int, **changes: Any) -> dict[str, Any]:
    at = 1_760_000_000 * 10**9 + number * 10**7
    words = {"gen_ai.operation.name": "chat", "input.value": f'{{"q": {number}}}'}
    made: dict[str, Any] = {
        "traceId": "a" * 32, "spanId": f"{number + 1:016x}", "name": f"step {number}",
        "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 10**6),
        "attributes": [
            *({"key": key, "value": {"stringValue": value}} for key, value in words.items()),
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}},
            {"key": "gen_ai.usage.cost", "value": {"doubleValue": 0.5}},
        ],
    }  # fmt: skip
    if number:
        made["parentSpanId"] = f"{1:016x}"
    return made | changes


def document(*spans: dict[str, Any]) -> dict[str, Any]:
    version = {"key": "service.version", "value": {"stringValue": "v1"}}
    return {
        "resourceSpans": [
            {"resource": {"attributes": [version]}, "scopeSpans": [{"spans": list(spans)}]}
        ]
    }


def whole(trace: str = "a" * 32, count: int = 4, **changes: Any) -> dict[str, Any]:
    return document(*(span(n, traceId=trace, **(changes if n == 0 else {})) for n in range(count)))


def opened(folder: Path, name: str) -> Store:
    store = open_store(f"sqlite:///{folder / name}")
    migrate.upgrade(store)
    return store


def write(folder: Path, *documents: Any) -> Path:
    file = folder / "spans.jsonl"
    lines = (d if isinstance(d, str) else json.dumps(d) for d in documents)
    file.write_text("".join(line + "\n" for line in lines), "utf-8")
    return file


def test_a_line_taken_as_it_stands_opens_as_the_readers_would_have_it(tmp_path: Path) -> None:
    failed: dict[str, Any] = {"status": {"code": 2, "message": "no reply"}}
    fast, slow = opened(tmp_path, "fast.db"), opened(tmp_path, "slow.db")
    line = write(tmp_path, whole(**failed))
    pretty = tmp_path / "spans.json"
    pretty.write_text(json.dumps([whole(**failed)], indent=1), "utf-8")
    crew = Crew(0)
    assert isinstance(fast_way(line, "auto", tmp_path, crew), BulkLines)
    assert fast_way(pretty, "auto", tmp_path, crew) is None
    assert fast_way(line, "mlflow", tmp_path, crew) is None
    for store, file in ((fast, line), (slow, pretty)):
        assert dict(import_path(store, file, "auto", print).counts) == {
            "traces": 1, "spans": 4, "unchanged": 0,
        }  # fmt: skip
    one, two = (open_trace(store, "a" * 32) for store in (fast, slow))
    assert one is not None
    assert two is not None
    assert one["spans"] == two["spans"]
    assert [one["trace"][name] for name in COLUMNS] == [two["trace"][name] for name in COLUMNS]
    assert one["trace"]["summary"]["error"] == two["trace"]["summary"]["error"] == "no reply"
    key = one["spans"][2]["id"]
    assert open_span(fast, key) == open_span(slow, key)
    fast.close()
    slow.close()


@pytest.mark.parametrize(
    "value",
    [
        document(),
        document(span(1), span(1, traceId="b" * 32)),
        {"resourceSpans": [{"scopeSpans": [{"spans": [{**span(0), "traceId": ["a"]}]}]}]},
        document(span(0), span(1), span(1)),
        document(span(0), span(1, parentSpanId="f" * 16)),
        document(span(0, spanId="0" * 16), span(1, parentSpanId="0" * 16)),
        document(span(0), span(2, parentSpanId=f"{2:016x}"), span(1, parentSpanId=f"{3:016x}")),
        document(span(0, endTimeUnixNano="1")),
        document(span(0, startTimeUnixNano=None)),
        document({**span(0), "spanId": ["a"]}),
        document(*(span(n) for n in range(501))),
        {"resourceSpans": "text"},
        {"resourceSpans": [{"scopeSpans": [{"spans": ["text"]}]}]},
        [1],
        None,
    ],
)
def test_what_is_not_plainly_one_whole_trace_is_left_to_the_readers(value: Any) -> None:
    found, left = split_document(value)
    assert found == []
    assert left == (None if value == document() else value)


def test_parents_may_come_first_or_last() -> None:
    spans = [span(0), span(1), span(2, parentSpanId=f"{2:016x}")]
    for order in (spans, spans[::-1]):
        ((seen, whole_line),), left = split_document(document(*order))
        assert left is None
        assert whole_line == document(*order)
        assert (seen.spans, seen.name) == (3, "step 0")
        assert (seen.said.tokens, seen.said.cost_usd) == (21, 1.5)


def test_a_trace_on_several_lines_is_joined_whichever_comes_first(tmp_path: Path) -> None:
    store = opened(tmp_path, "fleet.db")
    file = write(tmp_path, whole(count=2), whole("b" * 32), document(span(2), span(3)))
    done = import_path(store, file, "auto", print)
    assert dict(done.counts) == {"traces": 2, "spans": 8, "unchanged": 0}
    found = open_trace(store, "a" * 32)
    assert found is not None
    assert [s["name"] for s in found["spans"]] == [f"step {n}" for n in range(4)]
    more = write(tmp_path, whole(count=6))
    assert import_path(store, more, "auto", print).counts["spans"] == 2
    again = open_trace(store, "a" * 32)
    assert again is not None
    assert len(again["spans"]) == 6
    store.close()


def test_bad_lines_are_named_by_their_own_number(tmp_path: Path) -> None:
    store = opened(tmp_path, "fleet.db")
    traces = [whole(f"{n:032x}") for n in range(5)]
    file = write(tmp_path, *traces[:3], "not json", traces[3], '{"cut": ', traces[4])
    done = import_path(store, file, "auto", print)
    assert (done.counts["traces"], done.rejected) == (5, 2)
    assert [problem.line for problem in done.problems] == [4, 6]
    assert len(list_traces(store)["traces"]) == 5
    store.close()


def test_a_line_without_end_is_passed_on_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.adapters.trace_looks.LINE_BYTES", 3_000)
    long = whole("b" * 32, count=20)
    file = write(tmp_path, whole(count=1), long, whole("c" * 32, count=1))
    (tmp_path / "scratch").mkdir()
    lines = BulkLines(file, tmp_path / "scratch", Crew(0))
    assert [raw.id[0] for raw in lines.whole()] == ["a", "c"]
    left = lines.rest.read_text("utf-8").splitlines()
    assert (lines.left, len(left), json.loads(left[1])) == (1, 3, long)


def test_an_import_that_was_cut_short_goes_on_when_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.adapters.trace_importing.LINES_A_BATCH", 2)
    store = opened(tmp_path, "fleet.db")
    file = write(tmp_path, *(whole(f"{n:032x}") for n in range(1, 8)))
    real, calls = trace_import.import_raw, []

    def failing(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise StoreError("the disk is full")
        return real(*given)

    monkeypatch.setattr("fleet.adapters.trace_importing.import_raw", failing)
    with pytest.raises(StoreError, match="disk is full"):
        import_path(store, file, "auto", print)
    assert len(list_traces(store)["traces"]) == 4
    done = import_path(store, file, "auto", print)
    assert dict(done.counts) == {"traces": 3, "spans": 12, "unchanged": 4}
    store.close()


def test_an_error_names_the_file_that_was_given(tmp_path: Path) -> None:
    store = opened(tmp_path, "fleet.db")
    file = write(tmp_path, '{"resourceSpans": [{"scopeSpans": ')
    with pytest.raises(InputError) as raised:
        import_path(store, file, "auto", print)
    assert str(file) in str(raised.value)
    store.close()


def test_a_document_of_many_traces_is_taken_apart_and_the_odd_one_is_left(tmp_path: Path) -> None:
    """As exporters write: what ended of several traces on one line, each scope with its own name."""
    good = [{**span(n), "traceId": key * 32} for key in "bc" for n in range(3)]
    odd = [{**span(n), "traceId": "d" * 32} for n in (1, 2)]  # its root came on an earlier line
    mixed = {
        "resourceSpans": [
            {"resource": {"attributes": []}, "scopeSpans": [
                {"scope": {"name": "x"}, "spans": [good[0], odd[0], good[3]]},
                {"scope": {"name": "y"}, "spans": [*good[1:3], odd[1], *good[4:]]},
            ]},
        ]
    }  # fmt: skip
    found, left = split_document(mixed)
    assert [seen.id[0] for seen, _ in found] == ["b", "c"]
    assert [
        (s["scope"]["name"], [each["name"] for each in s["spans"]])
        for r in found[0][1]["resourceSpans"] for s in r["scopeSpans"]
    ] == [("x", ["step 0"]), ("y", ["step 1", "step 2"])]  # fmt: skip
    assert left is not None
    assert [s["spans"] for r in left["resourceSpans"] for s in r["scopeSpans"]] == [
        [odd[0]], [odd[1]],
    ]  # fmt: skip
    fast, slow = opened(tmp_path, "fast.db"), opened(tmp_path, "slow.db")
    line, pretty = write(tmp_path, mixed), tmp_path / "spans.json"
    pretty.write_text(json.dumps([mixed], indent=1), "utf-8")
    for store, file in ((fast, line), (slow, pretty)):
        done = import_path(store, file, "auto", print)
        assert dict(done.counts) == {"traces": 3, "spans": 8, "unchanged": 0}
    for key in "bcd":
        one, two = (open_trace(store, key * 32) for store in (fast, slow))
        assert one is not None
        assert two is not None
        assert one["spans"] == two["spans"]
    again = import_path(fast, line, "auto", print)
    assert dict(again.counts) == {"traces": 0, "spans": 0, "unchanged": 3}
    fast.close()
    slow.close()
