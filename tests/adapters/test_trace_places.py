"""Ids kept small, and brackets found without parsing."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters import json_places
from fleet.adapters.id_set import IdSet
from fleet.adapters.open_runs import OpenRuns, code_of
from fleet.adapters.span_places import Places
from fleet.adapters.store.pressed import Press, opened

Found = list[tuple[int, int, bool]]


def test_an_id_set_holds_what_was_added_and_nothing_else() -> None:
    held, plain = IdSet(), set[str]()
    for number in range(20_000):
        key = f"run-{number * 7 % 9_000}"
        assert held.add(key) is (key not in plain)
        plain.add(key)
    assert len(held) == len(plain) == 9_000
    assert [key in held for key in ("run-0", "run-8999", "run-9000", "")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_the_records_of_runs_come_together_in_order_of_their_first() -> None:
    parts = OpenRuns()
    for number, key in enumerate(["b", "a", "b", "c", "a", "a"], start=1):
        parts.add(key, number)
    parts.add("c", 4)  # a record that names a run twice holds it once
    found = [(code, list(numbers)) for code, numbers in parts.groups()]
    assert found == [(code_of("b"), [1, 3]), (code_of("a"), [2, 5, 6]), (code_of("c"), [4])]
    assert list(OpenRuns().groups()) == []


def test_neighbouring_spans_are_one_stretch_of_the_file() -> None:
    places = Places()
    places.starts.extend([0, 10, 20, 40])
    places.sizes.extend([10, 10, 20, 5])
    places.codes.extend([7, 7, 9, 7])
    first, second = places.groups()
    assert places.ranges(first) == [(0, 20, 0), (40, 45, 0)]
    assert places.ranges(second) == [(20, 40, 0)]


def test_a_pressed_document_opens_as_it_was_and_a_damaged_one_says_so() -> None:
    text = Press()(b'{"resourceSpans": []}' * 50)
    assert opened(text) == b'{"resourceSpans": []}' * 50
    for bad in (text[:-8], "not base64!", "AAAA"):
        with pytest.raises(ValueError, match=r"\S"):
            opened(bad)


def value(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if depth > 4 or kind < 0.4:
        return "".join(rng.choice('a"\\{}[],: é') for _ in range(rng.randint(0, 8)))
    if kind < 0.7:
        return [value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    return {value(rng, 9): value(rng, depth + 1) for _ in range(rng.randint(0, 4))}


def brackets(raw: bytes) -> Found:
    """The plain way, an octet at a time."""
    found: Found = []
    depth, at, inside = 0, 0, False
    while at < len(raw):
        octet = raw[at : at + 1]
        if inside:
            at += octet == b"\\"
            inside = octet != b'"'
        elif octet == b'"':
            inside = True
        elif octet in (b"{", b"["):
            depth += 1
            found.append((at, depth, True))
        elif octet in (b"}", b"]"):
            found.append((at, depth, False))
            depth -= 1
        at += 1
    return found


def test_brackets_are_found_wherever_a_chunk_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, file = random.Random(5), tmp_path / "value.json"
    for _ in range(400):
        raw = json.dumps([value(rng, 0)], ensure_ascii=rng.random() < 0.5).encode()
        file.write_bytes(raw)
        monkeypatch.setattr(json_places, "CHUNK_BYTES", rng.randint(1, 9))
        scanner = json_places.Scanner(file, 99)
        found = [
            (int(at), int(level), bool(opens))
            for chunk in scanner.chunks()
            for at, level, opens in zip(chunk.at, chunk.level, chunk.opens, strict=True)
        ]
        assert found == brackets(raw)
        assert scanner.whole
    file.write_bytes(b'[{"a": "}')
    scanner = json_places.Scanner(file, 99)
    assert [len(chunk.at) for chunk in scanner.chunks()]
    assert not scanner.whole
