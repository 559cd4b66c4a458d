"""The static proof: every violation with its nodes, and a bound that no walk exceeds."""

import functools
import gc
import math
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from fleet.errors import InputError
from fleet.liveness.components import strong_components
from fleet.liveness.topology import certify, parse_graph


def graph(
    *edges: Any, exits: tuple[str, ...] = ("z",), nodes: tuple[Any, ...] = ()
) -> dict[str, Any]:
    drawn = [{"from": e[0], "to": e[1]} | ({"bound": e[2]} if len(e) > 2 else {}) for e in edges]
    names = dict.fromkeys(n for e in edges for n in e[:2])
    known = {n["id"] for n in nodes}
    return {
        "entry": "a",
        "exits": list(exits),
        "nodes": [*nodes, *({"id": n} for n in names if n not in known)],
        "edges": drawn,
    }


def verdict(spec: dict[str, Any]) -> dict[str, Any]:
    return certify(parse_graph(spec, "g.json")).as_json()


def test_a_chain_is_counted_exactly() -> None:
    assert verdict(graph(("a", "b"), ("b", "z"))) == {
        "verdict": "TERMINATES",
        "max_steps": 3,
        "violations": [],
    }


def test_a_bound_on_the_cycle_ends_it() -> None:
    assert verdict(graph(("a", "b"), ("b", "c"), ("c", "b", 3), ("c", "z")))["max_steps"] == 10


def test_a_bound_off_the_cycle_does_not_end_it() -> None:
    found = verdict(graph(("a", "b", 3), ("b", "c"), ("c", "b"), ("c", "z")))
    assert found["violations"] == [{"kind": "unbounded_cycle", "nodes": ["b", "c"]}]
    assert found["max_steps"] is None


def test_a_self_loop_is_a_cycle() -> None:
    assert verdict(graph(("a", "a"), ("a", "z")))["violations"] == [
        {"kind": "unbounded_cycle", "nodes": ["a"]}
    ]
    assert verdict(graph(("a", "a", 5), ("a", "z")))["max_steps"] == 7


def test_every_kind_of_violation_is_named() -> None:
    spec = graph(
        ("a", "w"), ("w", "z"), ("lost", "z"), ("a", "trap"), ("a", "ghost"),
        nodes=({"id": "w", "effect": "wait", "wait": {"for": "x", "timeout_s": 0, "on_timeout": "z"}},),
    )  # fmt: skip
    spec["nodes"] = [node for node in spec["nodes"] if node["id"] != "ghost"]
    assert verdict(spec)["violations"] == [
        {"kind": "unknown_node", "nodes": ["ghost"]},
        {"kind": "unreachable", "nodes": ["lost"]},
        {"kind": "no_exit", "nodes": ["trap"]},
        {"kind": "unbounded_wait", "nodes": ["w"]},
    ]


@pytest.mark.parametrize(
    ("wait", "ends"),
    [
        ({"timeout_s": 60, "on_timeout": "z"}, True),
        ({"timeout_s": 60}, False),
        ({"on_timeout": "z"}, False),
        (None, False),
    ],
)
def test_a_wait_needs_a_timeout_and_what_then(wait: Any, ends: bool) -> None:
    node = {"id": "w", "effect": "wait"} | ({"wait": wait} if wait is not None else {})
    assert (
        verdict(graph(("a", "w"), ("w", "z"), nodes=(node,)))["verdict"] == "TERMINATES"
    ) is ends


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nodes": "a"}, "nodes must be a list"),
        ({"nodes": [{"id": "a"}, {"id": "a"}]}, "node 'a' is declared twice"),
        ({"edges": [{"from": "a", "to": "z", "bound": -1}]}, "bound -1 of a -> z"),
        ({"edges": [{"from": "a"}]}, "None is no node id"),
    ],
)
def test_says_what_is_wrong_with_a_file(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_graph(graph(("a", "z")) | change, "g.json")


def random_graph(n: int, extra: int, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    edges: list[Any] = [(str(i), str(i + 1)) for i in range(n - 1)]
    for _ in range(extra):
        start, end = rng.randrange(n), rng.randrange(n)
        edges.append(
            (str(start), str(end), rng.randint(0, 2)) if end <= start else (str(start), str(end))
        )
    return graph(*edges, exits=(str(n - 1),)) | {"entry": "0"}


def longest_walk(spec: dict[str, Any]) -> int:
    edges = spec["edges"]

    @functools.cache
    def longest(node: str, taken: tuple[int, ...]) -> int:
        best = 1
        for place, edge in enumerate(edges):
            if edge["from"] == node and ("bound" not in edge or taken[place] < edge["bound"]):
                after = tuple(t + (i == place and "bound" in edge) for i, t in enumerate(taken))
                best = max(best, 1 + longest(edge["to"], after))
        return best

    return longest(spec["entry"], (0,) * len(edges))


@pytest.mark.parametrize("seed", range(60))
def test_no_walk_exceeds_the_certificate(seed: int) -> None:
    spec = random_graph(5, 3, seed)
    steps = verdict(spec)["max_steps"]
    assert steps >= longest_walk(spec)


def bounds_turned(spec: dict[str, Any]) -> dict[str, Any]:
    """Bound the edges that lead on, not those that lead back."""
    edges = [
        {"from": e["to"], "to": e["from"]} | ({"bound": 2} if "bound" not in e else {})
        for e in spec["edges"]
        if e["from"] != e["to"]
    ]
    return spec | {"edges": edges, "entry": "9999", "exits": ["0"]}


def seconds(work: Callable[[], object]) -> float:
    best = math.inf
    gc.disable()  # a collection in one of the two would be counted as its work
    try:
        for _ in range(15):
            begun = time.process_time()
            work()
            best = min(best, time.process_time() - begun)
    finally:
        gc.enable()
    return best


AT_MOST = 2.0  # times a bare Tarjan
SLACK = 1.25
SECOND_SEARCH = 3.0  # where unbounded edges lead back in the order of the first
BIG = {
    "cycles with a bound": random_graph(10_000, 15_000, 1),
    "one long chain": random_graph(10_000, 0, 1),
    "bounds on the way out": bounds_turned(random_graph(10_000, 15_000, 1)),
}


@pytest.mark.parametrize("kind", BIG)
def test_ten_thousand_nodes_cost_little_more_than_tarjan(kind: str) -> None:
    spec = parse_graph(BIG[kind], "g.json")

    def bare() -> None:
        after: list[list[int]] = [[] for _ in spec.ids]
        for start, end, _ in spec.edges:
            after[start].append(end)
        strong_components(after)

    ratio = seconds(lambda: certify(spec)) / seconds(bare)
    print(f"certify / bare Tarjan at 10,000 nodes, {kind}: {ratio:.2f}")
    limit = SECOND_SEARCH if kind == "bounds on the way out" else AT_MOST
    assert ratio <= limit * SLACK


def test_thousands_of_unbounded_cycles_are_all_named_in_one_look() -> None:
    spokes = [edge for n in range(5_000) for edge in (("a", f"n{n}"), (f"n{n}", "a"))]
    spec = parse_graph(graph(*spokes, ("a", "z")), "g.json")
    found = certify(spec).violations
    assert [v.nodes for v in found] == [("a", f"n{n}") for n in range(5_000)]
    ring = parse_graph(graph(*((str(n), str((n + 1) % 9_999)) for n in range(9_999))), "g.json")
    assert (
        len(next(v for v in certify(ring).violations if v.kind == "unbounded_cycle").nodes) == 9_999
    )
    chain = parse_graph(BIG["one long chain"], "g.json")
    assert seconds(lambda: certify(spec)) <= 10 * seconds(lambda: certify(chain))


@pytest.mark.parametrize("seed", range(40))
def test_every_cycle_shown_is_one_and_without_them_the_graph_ends(seed: int) -> None:
    rng = random.Random(seed)
    pairs = {(str(rng.randrange(9)), str(rng.randrange(9))) for _ in range(20)}
    free = [pair for pair in sorted(pairs) if rng.random() < 0.8]
    edges = [(*pair, 2) if pair not in free else pair for pair in sorted(pairs)]
    found = certify(parse_graph(graph(*edges, ("a", "0")), "g.json")).violations
    cycles = [v.nodes for v in found if v.kind == "unbounded_cycle"]
    shown = [pair for nodes in cycles for pair in zip(nodes, (*nodes[1:], nodes[0]), strict=True)]
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(free)
    rest = [pair for pair in free if pair not in shown]
    after = certify(parse_graph(graph(*rest, ("a", "0")), "g.json")).violations
    assert "unbounded_cycle" not in {v.kind for v in after}
