import random
import time
from collections.abc import Callable

import pytest

from fleet.adapters.hot_index import HotIndex, build_index


def make_crm(rows: int) -> tuple[HotIndex, list[list[int]]]:
    """Return the index of a CRM of `rows` rows, and its plain adjacency lists."""
    rng = random.Random(7)
    companies, contacts = max(1, rows // 100), rows // 5
    deals = rows - companies - contacts
    ids = {
        "companies": [f"co{n:07d}" for n in range(companies)],
        "contacts": [f"ct{n:07d}" for n in range(contacts)],
        "opportunities": [f"op{n:07d}" for n in range(deals)],
    }
    works = [(c, ids["companies"][rng.randrange(companies)]) for c in ids["contacts"]]
    asks = [(d, ids["contacts"][rng.randrange(contacts)]) for d in ids["opportunities"]]
    relations = [("contacts", "companies", works), ("opportunities", "contacts", asks)]
    index = build_index(ids, relations, 25)
    total = index.starts[-1]
    plain = [list(index.targets[index.offsets[n] : index.offsets[n + 1]]) for n in range(total)]
    return index, plain


def walk_bare(plain: list[list[int]], seed: int, hops: int, rows: int) -> list[int]:
    seen, order, begin = {seed}, [seed], 0
    for _ in range(hops):
        end = len(order)
        for place in range(begin, end):
            for near in plain[order[place]]:
                if near not in seen:
                    seen.add(near)
                    order.append(near)
                    if len(order) >= rows:
                        return order
        begin = end
    return order


def p95_ms(call: Callable[[int], object], seeds: list[int]) -> float:
    times = []
    for seed in seeds:
        began = time.perf_counter()
        call(seed)
        times.append((time.perf_counter() - began) * 1_000)
    return sorted(times)[int(len(times) * 0.95)]


def measure(rows: int) -> dict[str, float]:
    index, plain = make_crm(rows)
    seeds = random.Random(3).sample(range(index.starts[-1]), 400)
    assert all(index.walk(s, hops=3, rows=200) == walk_bare(plain, s, 3, 200) for s in seeds[:50])
    ours = min(p95_ms(lambda s: index.walk(s, hops=3, rows=200), seeds) for _ in range(5))
    bare = min(p95_ms(lambda s: walk_bare(plain, s, 3, 200), seeds) for _ in range(5))
    return {"p95_ms": ours, "bare_p95_ms": bare, "ratio": ours / bare, "mb": index.size() / 1e6}


def test_hot_index_walks_within_twice_a_bare_adjacency_walk() -> None:
    assert measure(50_000)["ratio"] <= 2.0


def test_dangling_key_is_no_edge_and_fanout_is_capped() -> None:
    ids = {"companies": ["a"], "contacts": ["p", "q", "r"]}
    pairs = [("p", "a"), ("q", "ghost"), ("r", "a")]
    index = build_index(ids, [("contacts", "companies", pairs)], 1)
    start = index.number(("companies", "a"))
    assert start is not None
    assert [index.ref(n) for n in index.walk(start, hops=2, rows=9)] == [
        ("companies", "a"),
        ("contacts", "p"),
    ]
    assert index.number(("companies", "ghost")) is None


@pytest.mark.bench
def test_prints_a_million_rows() -> None:
    result = measure(1_000_000)
    print(result)
    assert result["mb"] <= 100
    assert result["ratio"] <= 2.0
