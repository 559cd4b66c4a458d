"""Tables that are read a piece at a time: thinned evenly, in order, and said so."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.__main__ import main
from fleet.adapters import long_tables, table_pieces
from fleet.adapters.long_tables import read_long_table
from fleet.errors import InputError

ROWS = 10_007


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every file long, and a table of ten thousand rows too long."""
    monkeypatch.setattr(table_pieces, "SHORT_BYTES", 0)
    monkeypatch.setattr(table_pieces, "PIECE", 999)
    monkeypatch.setattr(long_tables, "MOST_CELLS", 9_000)


def csv(path: Path, shift_at: int = ROWS) -> Path:
    rng = np.random.default_rng(1)
    lines = ["at,x,kind\n"]
    for n in range(ROWS):
        value = rng.normal() + 2 * (n >= shift_at)
        lines.append(f"{n},{value:.4f},{'abc'[n % 3] if n % 10 else ''}\n")
    path.write_text("".join(lines), "utf-8")
    return path


@pytest.mark.usefixtures("small")
def test_every_nth_row_is_kept_in_order_whatever_piece_it_lies_in(tmp_path: Path) -> None:
    table = read_long_table(csv(tmp_path / "t.csv"))
    assert (table.rows, table.every) == (ROWS, 4)
    assert table.columns["at"].tolist() == list(range(0, ROWS, 4))
    kinds = ["abc"[n % 3] if n % 10 else None for n in range(0, ROWS, 4)]
    assert table.columns["kind"] == kinds
    assert {type(value) for value in table.columns["kind"]} == {str, type(None)}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_other_formats_are_thinned_alike(tmp_path: Path, ending: str) -> None:
    import pandas as pd

    path = tmp_path / f"t.{ending}"
    frame = pd.DataFrame(
        {"at": np.arange(ROWS, dtype=float), "kind": ["a", "b", "c"] * 3335 + ["a"] * 2}
    )
    if ending == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=True)
    table = read_long_table(path)
    assert (table.rows, table.every) == (ROWS, 4)
    assert list(table.columns["at"]) == list(range(0, ROWS, 4))
    assert table.columns["kind"][:3] == ["a", "b", "c"]


@pytest.mark.usefixtures("small")
def test_a_column_that_comes_late_is_absent_before(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows: list[dict[str, Any]] = [{"x": n} for n in range(1_500)]
    rows += [{"x": n, "y": 1.5} for n in range(1_500, 3_000)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    table = read_long_table(path)
    assert {len(values) for values in table.columns.values()} == {3_000}
    assert table.columns["y"][0] is None
    assert table.columns["y"][-1] == 1.5


@pytest.mark.usefixtures("small")
def test_the_report_counts_all_rows_and_names_the_true_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference, current = csv(tmp_path / "r.csv"), csv(tmp_path / "c.csv", shift_at=5_000)
    words = ["--reference", str(reference), "--current", str(current)]
    assert main(["monitor", "drift", "--json", *words]) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert (answer["drifted"], answer["reference_n"], answer["current_n"]) == (["x"], ROWS, ROWS)
    change = next(f["change_point"] for f in answer["features"] if f["name"] == "x")
    assert change == pytest.approx(5_000, abs=40)
    assert "every 4th" in said.err


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", ["", "a,b\n", "\x00\x01\x02"])
def test_what_is_no_table_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"t\.csv"):
        read_long_table(path)


@pytest.mark.usefixtures("small")
def test_a_column_of_objects_is_compared_by_its_text(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"at": 1, "args": {"q": 1}}\n{"at": 2, "args": [2]}\n{"at": 3}\n', "utf-8")
    assert read_long_table(path).columns["args"] == ["{'q': 1}", "[2]", None]
    assert main(["monitor", "drift", "--reference", str(path), "--current", str(path)]) == 0


@pytest.mark.parametrize("shape", ["nested", "texts", "packed"])
def test_a_longer_table_takes_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setattr(table_pieces, "SHORT_BYTES", 0)
    monkeypatch.setattr(table_pieces, "PIECE_BYTES", 2**18)
    monkeypatch.setattr(long_tables, "MOST_TEXT", 2**20)
    peaks = []
    for count in (2_000, 10_000):
        path = tmp_path / (f"{count}.csv.gz" if shape == "packed" else f"{count}.jsonl")
        texts = (f"{number:09d}" + "<b>x</b>" * 40 for number in range(count))
        if shape == "packed":
            path.write_bytes(
                gzip.compress("".join(["text\n", *(f"{t}\n" for t in texts)]).encode())
            )
        else:
            rows = ({"text": [{"a": text}] if shape == "nested" else text} for text in texts)
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        tracemalloc.start()
        table = read_long_table(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert table.rows == count
        assert table.every > 1 or count == 2_000
    assert peaks[1] < 1.5 * peaks[0]


def test_long_texts_differ_as_they_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_pieces, "SHORT_BYTES", 0)
    path = tmp_path / "t.jsonl"
    texts = ["a" * 5_000 + end for end in ("x", "y", "x")]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    first, second, third = read_long_table(path).columns["text"]
    assert first == third != second
    assert len(first) < 200


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"x": 1}\n{"x": ', "line 2 is not JSON"),
        ('{"x": 1}\n[1]\n', "line 2 is no object"),
        ('{"x": "' + "a" * 3_000 + '"}', "line 1 is longer"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    monkeypatch.setattr(table_pieces, "SHORT_BYTES", 0)
    monkeypatch.setattr(table_pieces, "LINE_BYTES", 1_000)
    path = tmp_path / "t.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=reason):
        read_long_table(path)


def test_a_table_whose_packing_is_cut_short_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"x\n" + b"1\n" * 5_000)[:-20])
    with pytest.raises(InputError, match="is no table"):
        read_long_table(path)
