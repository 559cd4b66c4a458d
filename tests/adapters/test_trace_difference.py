"""The fast ways in and the readers give the same rows, whatever is wrong with the spans."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters import trace_importing
from fleet.adapters.store import migrate
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.schema import traces
from fleet.adapters.store.traces import open_span, open_trace
from fleet.adapters.trace_importing import Imported, import_path

Store = EngineStore | D1Store
Span = dict[str, Any]
START = 1_760_000_000 * 10**9
TEXTS = (
    "what is the price", '{"intent": "renew"}', '{"messages": [{"role": "user", "content": "hi"}]}',
    '[{"role": "human", "content": "ask"}]', '"quoted"', "<script>alert(1)</script>", "", "Zoë ☃",
    '{"error": "not found"}', "Error: no such user", '{"status": "failed", "message": "late"}', "{",
    '{"traceId": "x", "spanId": "y"}', '}]},{"traceId":', '{"big": 123456789012345678901234567890}',
)  # fmt: skip
WORDS: dict[str, tuple[Any, ...]] = {
    "gen_ai.operation.name": ("chat", "execute_tool", "invoke_agent", "CHAT", ""),
    "openinference.span.kind": ("LLM", "TOOL"), "fleet.kind": ("model", "effect", "node"),
    "gen_ai.tool.name": ("search", ""), "gen_ai.agent.name": ("reply", ""),
    "gen_ai.agent.version": ("v7", ""), "service.version": ("v8",), "error.type": ("Late", ""),
    "fleet.task": ("sell", ""), "fleet.task_id": ("t1",), "fleet.outcome": (1, 0.5, "yes", "?"),
    "gen_ai.usage.input_tokens": (7, "8", -1, 0), "gen_ai.usage.output_tokens": (3, "x"),
    "gen_ai.usage.cost": (0.5, 0.1, "0.25", "nan"), "cost_usd": (0.3,),
    "input.value": TEXTS, "gen_ai.input.messages": TEXTS, "output.value": TEXTS,
    "gen_ai.output.messages": TEXTS, "gen_ai.tool.call.result": TEXTS,
    "gen_ai.tool.call.arguments": TEXTS, "langgraph.node": ("plan",), "other": TEXTS,
    "gen_ai.tool.definitions": ('[{"name": "a"}, {"function": {"name": "b"}}]', "[]"),
}  # fmt: skip


def any_value(rng: random.Random, value: Any) -> Any:
    if isinstance(value, int):
        return {"intValue": rng.choice([value, str(value)])}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def attributes(rng: random.Random) -> Any:
    found = [
        {"key": key, "value": any_value(rng, rng.choice(WORDS[key]))}
        for key in rng.choices(sorted(WORDS), k=rng.randint(0, 6))
    ]
    odd = rng.random()
    if odd < 0.02:
        found.append({"key": "input.value", "value": {"arrayValue": {"values": []}}})
    elif odd < 0.04:
        return rng.choice([None, {}, [{"key": 1, "value": {}}], [{"key": "a"}], ["x"], "text"])
    return found


def one_span(rng: random.Random, trace: str, number: int, parent: str | None) -> Span:
    begun = START + number * 10**7
    made: Span = {
        "traceId": trace, "spanId": f"{number + 1:016x}", "name": f"step {number}",
        "startTimeUnixNano": str(begun), "endTimeUnixNano": str(begun + 10**6),
        "attributes": attributes(rng),
    }  # fmt: skip
    if parent is not None:
        made["parentSpanId"] = parent
    if rng.random() < 0.2:
        made["status"] = rng.choice(
            [{"code": 2, "message": "no reply"}, {"code": 1}, {"code": "STATUS_CODE_ERROR"}, {}]
        )
    if rng.random() < 0.05:
        made["links"] = [{"traceId": "f" * 32, "spanId": "e" * 16}]
    return made


FAULTS: tuple[Callable[[random.Random, Span], Any], ...] = (
    lambda _, s: s.pop("startTimeUnixNano"), lambda _, s: s.pop("endTimeUnixNano"),
    lambda _, s: s.update(endTimeUnixNano="1"), lambda _, s: s.update(startTimeUnixNano="0"),
    lambda _, s: s.update(startTimeUnixNano=int(s["startTimeUnixNano"])),
    lambda _, s: s.update(startTimeUnixNano=1.76e18), lambda _, s: s.update(parentSpanId="f" * 16),
    lambda _, s: s.update(parentSpanId="0" * 16), lambda _, s: s.update(parentSpanId=s["spanId"]),
    lambda _, s: s.update(parentSpanId=f"{3:016x}"), lambda _, s: s.update(spanId=f"{1:016x}"),
    lambda _, s: s.update(spanId=""), lambda _, s: s.pop("traceId"), lambda _, s: s.pop("name"),
    lambda _, s: s.update(name=None), lambda _, s: s.update(parent_id="zz"),
    lambda _, s: s.update(type="SPAN"), lambda _, s: s.update(spanId="0" * 16),
    lambda r, s: s.update(startTimeUnixNano=str(START + r.randint(0, 10**8)),
                          endTimeUnixNano=str(START + 10**9)),
    lambda r, s: s.update(startTimeUnixNano=str(START + r.randint(0, 300)),
                          endTimeUnixNano=str(START + 10**9)),
)  # fmt: skip


def one_trace(rng: random.Random, number: int) -> list[Span]:
    trace = f"{number * 7919 + 1:032x}"
    count = rng.choice([1, 2, 3, 5, 9])
    spans = [
        one_span(rng, trace, n, f"{rng.randint(1, n):016x}" if n else None) for n in range(count)
    ]
    if rng.random() < 0.5:
        rng.choice(FAULTS)(rng, rng.choice(spans))
    if rng.random() < 0.3:
        spans.reverse()
    elif rng.random() < 0.1:
        rng.shuffle(spans)
    return spans


def resource_of(rng: random.Random, spans: list[Span]) -> dict[str, Any]:
    version = {"key": "service.version", "value": {"stringValue": rng.choice(["v1", "v2"])}}
    made: dict[str, Any] = {"scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}
    if len(spans) > 1 and rng.random() < 0.2:
        made["scopeSpans"] = [{"spans": spans[:1]}, {"spans": spans[1:], "schemaUrl": "x"}]
    if rng.random() < 0.7:
        made["resource"] = {"attributes": [version]}
    return made


def lines(rng: random.Random, made: list[list[Span]]) -> str:
    text = [json.dumps({"resourceSpans": [resource_of(rng, spans)]}) for spans in made]
    text[len(text) // 2 : len(text) // 2] = ["not json", "", '{"cut": ']
    return "\n".join(text) + "\n"


def alone(rng: random.Random, made: list[list[Span]]) -> str:
    spans = [json.dumps(span) for group in made for span in group]
    if rng.random() < 0.5:
        rng.shuffle(spans)
    plain = json.dumps(one_span(rng, "a" * 32, 0, None))  # the first line tells what the file is
    return "\n".join([plain, *spans, "not json", ""])


def document(rng: random.Random, made: list[list[Span]]) -> str:
    resources = [resource_of(rng, spans) for spans in made]
    value = {"resourceSpans": resources, "other": [{"resourceSpans": []}]}
    indent, ascii_only = rng.choice([None, 1]), rng.random() < 0.5
    return json.dumps(value, indent=indent, ensure_ascii=ascii_only)


def brought_in(folder: Path, file: Path, name: str, hands: int) -> tuple[Store, Imported]:
    store = open_store(f"sqlite:///{folder / name}")
    migrate.upgrade(store)
    return store, import_path(store, file, "auto", lambda _: None, hands=hands)


def held(store: Store) -> dict[str, Any]:
    """All that a reader of the store can see, but for the digests."""
    rows = store.read(sa.select(traces).order_by(traces.c.id))
    found = {}
    for row in rows:
        del row["digest"]
        opened = open_trace(store, row["id"])
        assert opened is not None
        spans = [
            open_span(store, span["id"], position=span["position"]) for span in opened["spans"]
        ]
        found[row["id"]] = (row, spans)
    return found


@pytest.mark.parametrize("shape", [lines, alone, document])
@pytest.mark.parametrize("seed", range(8))
def test_the_fast_ways_give_what_the_readers_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int,
    shape: Callable[[random.Random, list[list[Span]]], str],
) -> None:  # fmt: skip
    rng = random.Random(f"{seed} {shape.__name__}")
    file = tmp_path / "spans.jsonl"
    file.write_text(shape(rng, [one_trace(rng, n) for n in range(60)]), "utf-8")
    monkeypatch.setattr("fleet.adapters.json_places.CHUNK_BYTES", 997)
    monkeypatch.setattr("fleet.adapters.trace_groups.PIECE_BYTES", 5_000)
    monkeypatch.setattr("fleet.adapters.trace_bulk.PIECE_BYTES", 5_000)
    fast, done = brought_in(tmp_path, file, "fast.db", hands=0)
    monkeypatch.setattr(trace_importing, "fast_way", lambda *_: None)
    slow, expected = brought_in(tmp_path, file, "slow.db", hands=0)
    mine, theirs = held(fast), held(slow)
    assert mine.keys() == theirs.keys()
    for key, value in theirs.items():
        assert mine[key] == value
    assert (done.counts, done.odd, done.rejected) == (
        expected.counts, expected.odd, expected.rejected,
    )  # fmt: skip
    fast.close()
    slow.close()
