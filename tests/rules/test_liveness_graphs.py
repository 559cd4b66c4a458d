"""The static proof: every violation with its nodes, and a bound that no walk exceeds."""

import functools
import gc
import random
import time
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


def test_ten_thousand_nodes_cost_little_more_than_tarjan() -> None:
    spec = parse_graph(random_graph(10_000, 15_000, 1), "g.json")

    def bare() -> None:
        after: list[list[int]] = [[] for _ in spec.ids]
        for start, end, _ in spec.edges:
            after[start].append(end)
        strong_components(after)

    def seconds(work: Any) -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    gc.disable()  # a collection in one of the two would be counted as its work
    try:
        ratio = min(seconds(lambda: certify(spec)) / seconds(bare) for _ in range(15))
    finally:
        gc.enable()
    print(f"certify / bare Tarjan at 10,000 nodes: {ratio:.2f}")
    assert ratio <= 4.0
