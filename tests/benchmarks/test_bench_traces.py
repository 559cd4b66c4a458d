"""How fast traces come in and open; absolute figures are printed by `make bench`."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
MOST_MS, MOST_MB = 50, 500
ROOT = Path(__file__).resolve().parents[2]
WITHIN = (
    "import resource, sys; from fleet.__main__ import main; code = main(sys.argv[1:]); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
)
Store = EngineStore | D1Store
Shape = Callable[[int], Iterator[str]]


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


def lone(count: int) -> Iterator[str]:
    """One span a line."""
    for number in range(count):
        yield json.dumps(_span(number // SPANS_A_TRACE, number % SPANS_A_TRACE)) + "\n"


def document(count: int) -> Iterator[str]:
    """All spans in one document."""
    yield '{"resourceSpans": [{"scopeSpans": [{"spans": ['
    for number, line in enumerate(lone(count)):
        yield ("," if number else "") + line
    yield "]}]}]}"


def events(count: int) -> Iterator[str]:
    """One plain step a line."""
    for number in range(count):
        run, seq = divmod(number, SPANS_A_TRACE)
        yield (
            f'{{"run_id":"run-{run}","seq":{seq},"ts":{number},"node":"n{seq % 5}",'
            f'"action":"{"tool" if seq % 2 else "plan"}","args":{{"q":"{seq}"}},"output":"ok"}}\n'
        )


def imported(
    folder: Path, count: int, shape: Shape = lines, hands: int = 0
) -> tuple[Store, dict[str, float]]:
    """A store with so many spans, and how many came in a second: of processor, and of wall."""
    file = folder / "spans.jsonl"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(shape(count))
    store = open_store(f"sqlite:///{folder / f'{count}-{shape.__name__}-{hands}.db'}")
    migrate.upgrade(store)
    began, spent = time.perf_counter(), cpu_s()
    done = import_path(store, file, "otlp", lambda _: None, hands=hands)
    wall, cpu = time.perf_counter() - began, cpu_s() - spent
    assert done.counts["spans"] == count
    return store, {"cpu": count / cpu, "wall": count / wall}


def cpu_s() -> float:
    """Seconds of processor, of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb(folder: Path, *words: str) -> float:
    """The peak memory of one command, which succeeds."""
    done = subprocess.run(
        [sys.executable, "-c", WITHIN, *words, "--json", "--home", str(folder)], cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return int(done.stderr.split()[-1]) / 1024


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
    large, _ = imported(tmp_path, SMALL, lone)
    few, many = opening_ms(small), opening_ms(large)
    small.close()
    large.close()
    assert many[0] < few[0] * SLACK
    assert many[1] < few[1] * SLACK


@pytest.mark.bench
@pytest.mark.parametrize("shape", [lines, lone, document], ids=lambda shape: shape.__name__)
def test_a_million_spans(tmp_path: Path, shape: Shape) -> None:
    for hands in (0, 2):
        store, rate = imported(tmp_path, LARGE, shape, hands)
        listing, opening = opening_ms(store)
        store.close()
        print(
            f"\n{LARGE} spans in by {hands + 1} processes: {rate['cpu']:,.0f} a second of processor, "
            f"{rate['wall']:,.0f} a second; list {listing:.1f} ms, open {opening:.1f} ms"
        )
        assert max(listing, opening) <= MOST_MS


@pytest.mark.bench
@pytest.mark.parametrize(
    ("shape", "count"), [(document, 380_000), (events, 10_000_000)], ids=["200_mb", "ten_million"]
)
def test_the_memory_of_a_huge_file(tmp_path: Path, shape: Shape, count: int) -> None:
    file = tmp_path / "huge.jsonl"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(shape(count))
    store = open_store(f"sqlite:///{tmp_path / 'fleet.db'}")
    migrate.upgrade(store)
    store.close()
    for words in (("monitor", "defects"), ("evaluate", "--no-model"), ("import", "traces")):
        began = time.perf_counter()
        peak = peak_mb(tmp_path, *words, str(file))
        print(f"\n{' '.join(words)}: {peak:.0f} MB, {time.perf_counter() - began:.0f} s")
        assert peak <= MOST_MB
