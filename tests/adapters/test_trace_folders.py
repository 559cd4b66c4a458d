"""Folders, packed files and files that are cut short come in the fast way as the readers have it."""

import gzip
import json
import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters import trace_importing
from fleet.adapters.store import migrate
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import traces
from fleet.adapters.store.traces import open_trace
from fleet.adapters.trace_files import TraceFiles
from fleet.adapters.trace_importing import Imported, import_path
from fleet.traces.read_otlp import read_export

START = 1_760_000_000 * 10**9
CUT = "the file is cut short"


def span(trace: int, number: int, **changes: Any) -> dict[str, Any]:
    at = START + trace * 10**9 + number * 10**7
    made: dict[str, Any] = {
        "traceId": f"{trace + 1:032x}", "spanId": f"{number + 1:016x}", "name": f"step {number}",
        "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 10**6),
        "attributes": [{"key": "input.value", "value": {"stringValue": '{"q": [1, "]"]}'}}],
    }  # fmt: skip
    if number:
        made["parentSpanId"] = f"{1:016x}"
    return made | changes


def export(*spans: dict[str, Any], version: str = "v1") -> dict[str, Any]:
    about = {"attributes": [{"key": "service.version", "value": {"stringValue": version}}]}
    return {"resource": about, "scopeSpans": [{"spans": list(spans)}]}


def whole(trace: int) -> list[dict[str, Any]]:
    return [span(trace, number) for number in range(5)]


def as_lines(*ids: int) -> str:
    return "".join(json.dumps({"resourceSpans": [export(*whole(n))]}) + "\n" for n in ids)


def as_lone(*ids: int) -> str:
    return "".join(json.dumps(each) + "\n" for n in ids for each in whole(n))


def as_document(*ids: int) -> str:
    return json.dumps({"resourceSpans": [export(*whole(n), version=f"v{n}") for n in ids]})


def imported(folder: Path, path: Path, name: str) -> tuple[Imported, dict[str, Any]]:
    """What an import said, and all that can be read of the store afterwards."""
    with closing(open_store(f"sqlite:///{folder / name}")) as store:
        migrate.upgrade(store)
        done = import_path(store, path, "auto", lambda _: None)
        rows = store.read(sa.select(traces).order_by(traces.c.id))
        held = {row["id"]: (row, open_trace(store, row["id"])) for row in rows}
    for row, opened in held.values():
        row.pop("digest")
        assert opened is not None
        opened["trace"].pop("digest", None)
    return done, held


def both_ways(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[tuple[Imported, dict[str, Any]], tuple[Imported, dict[str, Any]]]:
    fast = imported(folder, path, "fast.db")
    monkeypatch.setattr(trace_importing, "fast_way", lambda *_: None)
    return fast, imported(folder, path, "slow.db")


def mixed(root: Path) -> None:
    """A folder of every shape: ids that come again in other files, bad lines, broken traces."""
    (root / "inner").mkdir(parents=True)
    (root / "a.jsonl").write_text(as_lines(*range(9)) + "not json\n{}\n", "utf-8")
    (root / "b.jsonl").write_text(as_lines(7, 8, 20, 21), "utf-8")
    (root / "c.jsonl").write_text(as_lone(30, 31, 8), "utf-8")
    (root / "d.json").write_text(as_document(40, 41, 42), "utf-8")
    (root / "inner" / "e.jsonl.gz").write_bytes(gzip.compress(as_lines(50, 51).encode()))
    odd = [span(60, 0), span(60, 1, parentSpanId="f" * 16), span(61, 0, endTimeUnixNano="7")]
    odd += [span(62, 1, parentSpanId=f"{3:016x}"), span(62, 2, parentSpanId=f"{2:016x}")]
    (root / "inner" / "f.jsonl").write_text("".join(json.dumps(s) + "\n" for s in odd), "utf-8")
    step = {"run_id": "run-1", "seq": 1, "node": "plan", "output": "ok"}
    (root / "inner" / "g.jsonl").write_text(json.dumps(step) + "\n", "utf-8")
    (root / "h.json").write_text("{", "utf-8")
    (root / "i.json").write_text("", "utf-8")


def test_a_folder_comes_in_as_the_readers_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed(tmp_path / "in")
    (done, held), (expected, known) = both_ways(tmp_path, tmp_path / "in", monkeypatch)
    assert held == known
    assert len(held) == 9 + 4 + 3 + 3 + 2 + 3 + 1
    assert done.counts == expected.counts
    assert done.odd == expected.odd
    assert done.odd["trace id … comes twice"] == 3
    assert (done.rejected, done.problems) == (expected.rejected, expected.problems)
    assert [(each.file, each.line) for each in done.problems] == [
        ("a.jsonl", 10), ("a.jsonl", 11), ("h.json", 0), ("i.json", 0),
    ]  # fmt: skip


def test_whole_files_of_a_folder_are_not_given_to_the_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "in"
    root.mkdir()
    for number, shape in enumerate((as_lines, as_lone, as_document)):
        (root / f"{number}.jsonl").write_text(shape(number * 10, number * 10 + 1), "utf-8")
        packed = gzip.compress(shape(number * 10 + 5).encode())
        (root / f"{number}0.json.gz").write_bytes(packed)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(TraceFiles, "runs_of", never)
    done, held = imported(tmp_path, root, "fleet.db")
    assert len(held) == done.counts["traces"] == 9
    assert done.problems == []


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("shape", [as_lines, as_lone, as_document])
def test_what_stands_before_a_cut_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Callable[..., str], *, packed: bool
) -> None:
    raw = shape(*range(40)).encode()
    rng = random.Random(3)
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        cut = raw[: rng.randrange(len(raw) // 3, len(raw) - 1)]
        file = folder / ("spans.json.gz" if packed else "spans.json")
        file.write_bytes(gzip.compress(cut)[:-9] if packed else cut)
        (done, held), (expected, known) = both_ways(folder, file, monkeypatch)
        monkeypatch.undo()
        assert held == known
        assert len(held) > 10
        assert (done.counts, done.odd) == (expected.counts, expected.odd)
        assert done.problems == expected.problems


def test_a_cut_document_of_many_resources_keeps_what_each_of_them_says(tmp_path: Path) -> None:
    value = {"resourceSpans": [export(*whole(n), version=f"v{n}") for n in range(4)]}
    for indent in (None, 1):
        raw = json.dumps(value, indent=indent)
        file = tmp_path / "spans.json"
        file.write_text(raw[: raw.rindex('"step 4"')], "utf-8")
        source = TraceFiles(file)
        found = list(source.runs())
        assert [len(run.steps) for run in found] == [5, 5, 5, 4]
        assert [run.version for run in found] == ["v0", "v1", "v2", "v3"]
        assert [(p.line, p.reason) for p in source.problems] == [(20, CUT)]
    assert len(list(read_export(value))) == 20


def test_one_broken_span_of_a_cut_document_is_rejected_alone(tmp_path: Path) -> None:
    raw = as_document(1, 2, 3).replace('"step 2"', "nothing", 1)
    file = tmp_path / "spans.json"
    file.write_text(raw[:-20], "utf-8")
    done, held = imported(tmp_path, file, "fleet.db")
    assert [row["spans"] for row, _ in held.values()] == [4, 5, 4]
    assert [problem.reason[:11] for problem in done.problems] == ["is not JSON", CUT[:11]]
