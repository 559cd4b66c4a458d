"""Scoring one row from the exported numbers, against the bare loop under it; and a long file."""

import io
import json
import random
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.__main__ import main
from fleet.propensity.model import Model
from fleet.propensity.trees import Trees

COLUMNS, LEVELS, ROUNDS = 20, 8, 100
SHARED = {
    "version": "v", "method": "trained", "missing_words": [""], "high_band": 0.6, "low_band": 0.25,
    "calibration": {"kind": "platt", "slope": 1.1, "offset": -0.1},
    "interval": {"at": [n / 20 for n in range(21)], "low": [n / 25 for n in range(21)],
                 "high": [(n + 1) / 21 for n in range(21)]},
}  # fmt: skip


def linear_form() -> dict[str, Any]:
    rng, features = random.Random(1), list[dict[str, Any]]()
    for n in range(COLUMNS):
        if n % 2:
            features.append({"name": f"c{n}", "kind": "number", "mean": 5.0, "scale": 2.0,
                             "weight": rng.gauss(0, 1), "empty": None})  # fmt: skip
        else:
            weights = {f"v{k}": rng.gauss(0, 1) for k in range(LEVELS)}
            features.append({"name": f"c{n}", "kind": "level", "weights": weights, "other": None,
                             "empty": None})  # fmt: skip
    return SHARED | {"kind": "linear", "bias": -1.0, "features": features}


def tree_form() -> dict[str, Any]:
    """Return boosted trees of four leaves, as the shipped policy grows them."""
    rng, features, owner = random.Random(1), list[dict[str, Any]](), list[int]()
    template: list[float] = []
    for n in range(COLUMNS):
        at = len(template)
        form: dict[str, Any] = {"name": f"c{n}", "slot": at, "empty": None}
        if n % 2:
            features.append(form | {"kind": "number"})
            template.append(5.0)
        else:
            levels = {f"v{k}": at + k for k in range(LEVELS)}
            features.append(form | {"kind": "level", "levels": levels, "other": None})
            template += [1.0] + [0.0] * (LEVELS - 1)
        owner += [n] * (len(template) - at)

    def leaf(*used: int) -> list[Any]:
        return [-1, rng.gauss(0, 0.1), [[feature, rng.gauss(0, 0.1)] for feature in set(used)]]

    trees = []
    for _ in range(ROUNDS):
        a, b, c = (rng.randrange(len(template)) for _ in range(3))
        x, y, z = owner[a], owner[b], owner[c]
        trees.append([a, 0.5, [b, 0.5, leaf(x, y), leaf(x, y)], [c, 5.0, leaf(x, z), leaf(x, z)]])
    return SHARED | {"kind": "trees", "bias": -1.0, "features": features, "template": template,
                     "trees": trees}  # fmt: skip


def rows(count: int) -> list[dict[str, str]]:
    rng = random.Random(2)
    return [
        {f"c{n}": f"{rng.uniform(0, 10):.2f}" if n % 2 else f"v{rng.randrange(LEVELS)}"
         for n in range(COLUMNS)}
        for _ in range(count)
    ]  # fmt: skip


def cpu_us(call: Callable[[Any], object], items: list[Any]) -> float:
    """Return the best of five rounds, in microseconds of processor an item."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for item in items:
            call(item)
        best = min(best, time.process_time() - began)
    return 1e6 * best / len(items)


def bare_walk(trees: list[Any]) -> Callable[[list[float]], float]:
    def walk(x: list[float]) -> float:
        total = 0.0
        for slot, limit, low, high in trees:
            while slot >= 0:
                slot, limit, low, high = (
                    low if x[slot] <= limit else high
                )  # the loop that is measured
            total += limit
        return total

    return walk


def test_trees_with_their_factors_cost_at_most_three_bare_loops() -> None:
    model, data = Model(tree_form()), rows(500)
    assert isinstance(model.scorer, Trees)
    filled = [model.scorer.fill(row)[0] for row in data]
    bare = cpu_us(bare_walk(model.scorer.trees), filled)
    ours = cpu_us(lambda row: model.score(row).factors, data)
    print(f"trees: bare {bare:.1f} us, a row with factors {ours:.1f} us, ratio {ours / bare:.2f}")
    assert ours <= 3.6 * bare  # 3, with slack for a busy machine


def test_a_linear_row_costs_little_more_than_reading_its_numbers() -> None:
    model, data = Model(linear_form()), rows(500)

    def read(row: dict[str, str]) -> float:
        return sum(float(text) if n % 2 else len(text) for n, text in enumerate(row.values()))

    bare, ours = cpu_us(read, data), cpu_us(model.score, data)
    print(f"linear: one row of texts {ours:.1f} us, reading it {bare:.1f} us")
    assert ours <= 12 * bare


@pytest.mark.bench
def test_prints_a_linear_row() -> None:
    model, data = Model(linear_form()), rows(2_000)
    took = cpu_us(model.score, data)
    print(f"linear, {COLUMNS} columns: {took:.1f} us a row")
    assert took <= 20


WATCHED = """
import sys
from pathlib import Path
from fleet.__main__ import main
code = main(sys.argv[1:])
held = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(held[0], file=sys.stderr)
sys.exit(code)
"""  # getrusage would count the memory of the process that started it


class Counted(io.TextIOBase):
    """Counts lines and keeps none."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


def peak_of(folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Score a file of `count` rows; return the most bytes that were held meanwhile."""
    file, few = folder / f"{count}.csv", rows(200)
    with file.open("w", encoding="utf-8") as out:
        out.write(",".join(few[0]) + "\n")
        for number in range(count):
            out.write(",".join(few[number % len(few)].values()) + "\n")
    sink = Counted()
    monkeypatch.setattr(sys, "stdout", sink)
    tracemalloc.start()
    code = main(["propensity", "score", str(file), "--model", str(folder), "--json"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    monkeypatch.undo()
    assert (code, sink.lines) == (0, count)
    return peak


def test_a_long_file_is_scored_in_the_memory_of_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.json").write_text(json.dumps(linear_form()), "utf-8")
    peak_of(tmp_path, 10, monkeypatch)  # what is loaded once is not counted
    short, long = (peak_of(tmp_path, count, monkeypatch) for count in (500, 8_000))
    print(f"peak {short / 1e6:.2f} MB for 500 rows, {long / 1e6:.2f} MB for 8000")
    assert long <= short + 300_000


@pytest.mark.bench
@pytest.mark.parametrize("kind", ["linear", "trees"])
def test_prints_a_million_rows(tmp_path: Path, kind: str) -> None:
    """Score a file in a process of its own; its memory is that of the program."""
    few, count = rows(1_000), 1_000_000
    block = "".join(",".join(row.values()) + "\n" for row in few)
    with (tmp_path / "a.csv").open("w", encoding="utf-8") as out:
        out.write(",".join(few[0]) + "\n")
        out.writelines(block for _ in range(count // len(few)))
    form = linear_form() if kind == "linear" else tree_form()
    (tmp_path / "model.json").write_text(json.dumps(form), "utf-8")
    words = ["propensity", "score", str(tmp_path / "a.csv"), "--model", str(tmp_path), "--json"]
    lines, before = 0, resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [sys.executable, "-c", WATCHED, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        while part := process.stdout.read(1 << 20):
            lines += part.count(b"\n")
        held = int(process.stderr.read().split()[-2]) / 1024
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{kind}, {COLUMNS} columns: {count} rows in {took:.1f} s of processor, "
        f"{count / took:,.0f} rows/s, at most {held:.0f} MB"
    )
    assert (process.returncode, lines) == (0, count)
    assert held < 100  # MB
