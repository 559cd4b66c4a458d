"""How fast traces come in and open; absolute figures are printed by `make bench`."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.store import migrate
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.traces import list_traces, open_trace
from fleet.adapters.trace_importing import import_path

SPANS_A_TRACE = 20
SMALL, LARGE = 20_000, 1_000_000
SLACK = 6.0  # a list that reads all rows would be fifty times slower on fifty times as many
START_NS = 1_760_000_000 * 10**9
Store = EngineStore | D1Store


def lines(count: int) -> Iterator[str]:
    """Lines of OTLP of about 600 bytes a span."""
    for trace in range(count // SPANS_A_TRACE):
        spans = [_span(trace, number) for number in range(SPANS_A_TRACE)]
        yield json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}) + "\n"


def _span(trace: int, number: int) -> dict[str, Any]:
    at = START_NS + trace * 10**9 + number * 10**7
    words = {
        "gen_ai.operation.name": "chat" if number % 3 else "execute_tool",
        "gen_ai.request.model": "deepseek-flash", "input.value": "what is the price of it " * 4,
    }  # fmt: skip
    span = {
        "traceId": f"{trace * 7919 + 1:032x}", "spanId": f"{number + 1:016x}",
        "name": f"step {number}", "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 10**6),
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in words.items()],
    }  # fmt: skip
    return span | ({"parentSpanId": f"{1:016x}"} if number else {})


def imported(folder: Path, count: int) -> tuple[Store, float]:
    """A store with so many spans, and how many came in a second."""
    file = folder / f"{count}.jsonl"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines(count))
    store = open_store(f"sqlite:///{folder / f'{count}.db'}")
    migrate.upgrade(store)
    began = time.perf_counter()
    done = import_path(store, file, "otlp", lambda _: None)
    took = time.perf_counter() - began
    assert done.counts["spans"] == count
    return store, count / took


def best_ms(act: Any, times: int = 15) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return min(taken)


def opening_ms(store: Store) -> tuple[float, float]:
    """Milliseconds to list a page in the middle, and to open a trace."""
    page = list_traces(store)
    middle = (page["traces"][25]["started_at"], page["traces"][25]["id"])
    listing = best_ms(lambda: list_traces(store, after=middle))
    return listing, best_ms(lambda: open_trace(store, middle[1]))


def test_lists_and_traces_open_as_fast_in_a_large_store(tmp_path: Path) -> None:
    small, _ = imported(tmp_path, SMALL // 20)
    large, _ = imported(tmp_path, SMALL)
    few, many = opening_ms(small), opening_ms(large)
    small.close()
    large.close()
    assert many[0] < few[0] * SLACK
    assert many[1] < few[1] * SLACK


@pytest.mark.bench
def test_a_million_spans(tmp_path: Path) -> None:
    store, rate = imported(tmp_path, LARGE)
    listing, opening = opening_ms(store)
    store.close()
    print(f"\n{LARGE} spans in: {rate:,.0f} a second; list {listing:.1f} ms, open {opening:.1f} ms")
    assert max(listing, opening) <= 50
