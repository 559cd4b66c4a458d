"""`fleet import traces`: everybody's formats, each run once, and every oddity said."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.adapters.store.open import open_store
from fleet.adapters.store.traces import list_traces, open_trace

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
KEYS = {"imported", "unchanged", "repaired", "rejected", "rejects_file"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert main(["init", "--home", str(tmp_path / "home"), "--json"]) == 0
    return tmp_path / "home"


def bring(capsys: pytest.CaptureFixture[str], home: Path, path: Path, *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["import", "traces", str(path), *more, "--home", str(home), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    answer: dict[str, Any] = json.loads(line)
    assert set(answer) == KEYS
    return answer


def span(trace: str, number: int, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": trace, "spanId": f"{number:016x}", "name": f"step {number}",
        "startTimeUnixNano": str(10**18 + number * 10**6), "endTimeUnixNano": str(10**18 + 10**9),
    }  # fmt: skip
    if number:
        made["parentSpanId"] = f"{0:016x}"
    return made | changes


def document(*spans: dict[str, Any]) -> str:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]})


def test_spans_of_one_trace_on_many_lines_become_one_trace(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "spans.jsonl"
    lines = [document(span("a" * 32, n)) for n in (2, 0, 1)] + [document(span("b" * 32, 0))]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    answer = bring(capsys, home, file)
    assert answer["imported"] == {"traces": 2, "spans": 4}
    assert (answer["unchanged"], answer["rejected"], answer["rejects_file"]) == (0, 0, None)
    again = bring(capsys, home, file, "--format", "otlp")
    assert (again["imported"], again["unchanged"]) == ({"traces": 0, "spans": 0}, 2)
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        opened = open_trace(store, "a" * 32)
        assert opened is not None
        assert [s["name"] for s in opened["spans"]] == ["step 0", "step 1", "step 2"]
        assert {row["origin"] for row in list_traces(store)["traces"]} == {"otlp"}
    finally:
        store.close()


def test_bad_lines_are_rejected_with_their_place_and_the_rest_comes_in(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mixed.jsonl"
    cut = document(span("c" * 32, 0))[:-20]
    file.write_text("\n".join([document(span("a" * 32, 0)), "not json", cut]), "utf-8")
    answer = bring(capsys, home, file)
    assert answer["imported"]["traces"] == 1
    assert answer["rejected"] == 2
    rows = [
        json.loads(line) for line in Path(answer["rejects_file"]).read_text("utf-8").splitlines()
    ]
    assert [row["line"] for row in rows] == [2, 3]
    assert all(row["reason"] for row in rows)


def test_oddities_are_counted_by_kind(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "odd.jsonl"
    orphans = [document(span(f"{n:032x}", 1, parentSpanId=f"{n + 90:016x}")) for n in range(1, 4)]
    file.write_text("\n".join(orphans), "utf-8")
    answer = bring(capsys, home, file)
    assert answer["imported"]["traces"] == 3
    (kind,) = [row for row in answer["repaired"] if "parent" in row["from"]]
    assert (kind["table"], kind["rows"]) == ("traces", 3)


def test_text_of_any_kind_is_data(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "<script>alert(1)</script>'; DROP TABLE traces; --\u202e\x00"
    file = tmp_path / "hostile.jsonl"
    file.write_text(document(span("d" * 32, 0, name=hostile)), "utf-8")
    assert bring(capsys, home, file)["imported"]["traces"] == 1
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        opened = open_trace(store, "d" * 32)
        assert opened is not None
        assert opened["spans"][0]["name"].startswith("<script>alert(1)</script>'; DROP TABLE")
    finally:
        store.close()


@pytest.mark.parametrize("content", ["", "not json\n", "[]", "{}"])
def test_a_file_without_a_trace_is_bad_input(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text(content, "utf-8")
    capsys.readouterr()
    assert main(["import", "traces", str(file), "--home", str(home), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1


def test_a_missing_path_and_a_missing_store_are_bad_input(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent.jsonl")
    assert main(["import", "traces", absent, "--home", str(home), "--json"]) == 2
    file = tmp_path / "one.jsonl"
    file.write_text(document(span("a" * 32, 0)), "utf-8")
    assert main(["import", "traces", str(file), "--home", str(tmp_path / "no"), "--json"]) == 2
    assert "fleet init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("part", "traces"),
    [
        ("clear_samples/mlflow_traces", 20),
        ("clear_samples/traces_data", 20),
        ("tau_airline", 124),
        ("who_and_when", 122),
    ],
)
def test_real_exports_come_in_once(
    home: Path, capsys: pytest.CaptureFixture[str], part: str, traces: int
) -> None:
    path = DATA / part
    if not path.exists():
        pytest.skip(f"the data set {part} is not here")
    first = bring(capsys, home, path)
    assert (first["imported"]["traces"], first["rejected"]) == (traces, 0)
    again = bring(capsys, home, path)
    assert (again["imported"], again["unchanged"]) == ({"traces": 0, "spans": 0}, traces)
