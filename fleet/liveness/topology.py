"""Static proof: does every walk through a graph end, and after how many node executions at most?

A cycle is bounded when one edge of that very cycle has a bound; without its bounded edges a
terminating graph has no cycle at all. The bound then follows per strongly connected component: a
walk inside one is cut by its bounded edges into at most 1 + sum(bounds) paths of unbounded edges,
each no longer than the longest such path from where it starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.errors import InputError
from fleet.liveness.components import peel_cycles, strong_components

EFFECTS = frozenset({"none", "read", "write", "model", "wait"})


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """A graph by position: `edges` are (from, to, bound or None) over node indices."""

    ids: tuple[str, ...]
    entry: int | None
    exits: tuple[int, ...]
    edges: tuple[tuple[int, int, int | None], ...]
    unbounded_waits: tuple[int, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason why the graph may not end, with the nodes that show it."""

    kind: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The verdict; `max_steps` bounds the node executions of any walk from the entry."""

    max_steps: int | None
    violations: tuple[Violation, ...]

    @property
    def terminates(self) -> bool:
        """Whether no violation was found."""
        return not self.violations

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "verdict": "TERMINATES" if self.terminates else "VIOLATION",
            "max_steps": self.max_steps,
            "violations": [{"kind": v.kind, "nodes": list(v.nodes)} for v in self.violations],
        }


def parse_graph(graph: Any, where: str) -> GraphSpec:
    """Read the wire form; raises InputError naming `where` and the part that does not fit."""
    if not isinstance(graph, Mapping):
        raise InputError(f"{where}: a graph is a JSON object with entry, exits, nodes and edges")
    nodes = _list(graph, "nodes", where)
    ids = [_id(node.get("id") if isinstance(node, Mapping) else node, where) for node in nodes]
    index = {name: position for position, name in enumerate(ids)}
    if len(index) < len(ids):
        twice = next(name for position, name in enumerate(ids) if index[name] != position)
        raise InputError(f"{where}: node {twice!r} is declared twice, keep one")
    unknown: dict[str, None] = {}

    def place(name: Any) -> int | None:
        text = _id(name, where)
        if text not in index:
            unknown[text] = None
        return index.get(text)

    edges = []
    for edge in _list(graph, "edges", where):
        if not isinstance(edge, Mapping):
            raise InputError(f"{where}: edge {edge!r} is no object, write from and to")
        start, end = place(edge.get("from")), place(edge.get("to"))
        bound = _bound(edge, where)
        if start is not None and end is not None:
            edges.append((start, end, bound))
    entry = place(graph.get("entry"))
    exits = [place(name) for name in _list(graph, "exits", where)]
    return GraphSpec(
        ids=tuple(ids),
        entry=entry,
        exits=tuple(place for place in exits if place is not None),
        edges=tuple(edges),
        unbounded_waits=tuple(i for i, node in enumerate(nodes) if not _wait_ends(node, where)),
        unknown=tuple(unknown),
    )


def certify(spec: GraphSpec) -> Certificate:
    """Prove that the graph ends, or return every violation; all kinds over all nodes."""
    names, entry = spec.ids, spec.entry
    violations = [Violation("unknown_node", spec.unknown)] if spec.unknown else []
    after: list[list[int]] = [[] for _ in names]
    bounded: list[tuple[int, int, int]] = []
    for start, end, bound in spec.edges:
        if bound is not None:
            if not bound:
                continue  # never taken
            bounded.append((start, end, bound))
        after[start].append(end)
    component, _, finished = strong_components(after, entry or 0)
    again = [0] * len(names)  # how often a node may be entered by a bounded edge of a cycle
    for start, end, bound in bounded:
        if component[start] == component[end]:  # between components no edge is taken twice anyway
            again[end] += bound
            after[start].remove(end)
    walk = _longest_walk(after, again, component, finished)
    if walk is None:  # an unbounded edge leads back in the order of the search
        cycles, left = peel_cycles(after)
        violations += [Violation("unbounded_cycle", tuple(names[i] for i in c)) for c in cycles]
        left.sort(key=component.__getitem__)
        walk = None if cycles else _longest_walk(after, again, component, left)
    lost = sorted(finished[finished.index(entry) + 1 :]) if entry is not None else range(len(names))
    endless = _endless(after, component, finished, spec.exits)
    violations += [Violation("unreachable", tuple(names[i] for i in lost))] if lost else []
    violations += [Violation("no_exit", tuple(names[i] for i in endless))] if endless else []
    violations += [Violation("unbounded_wait", (names[i],)) for i in spec.unbounded_waits]
    if violations or entry is None or walk is None:
        return Certificate(None, tuple(violations) or (Violation("unknown_node", ("entry",)),))
    lengths, rest = walk
    return Certificate(lengths[entry] + rest[component[entry]], ())


def _longest_walk(
    after: list[list[int]], again: list[int], component: list[int], order: Sequence[int]
) -> tuple[list[int], list[int]] | None:
    """Bound walks, given an order in which every edge and every component leads to what is before.

    Returns the nodes on the longest path inside its component from each node, and for each
    component how many may follow on that: in it by its bounded edges, and beyond it. None if an
    edge inside a component leads to a node that is not before.
    """
    lengths = [0] * len(after)
    inner, beyond = [0] * len(after), [0] * len(after)  # by component
    for node in order:
        home = component[node]
        longest, furthest = 0, beyond[home]
        for end in after[node]:
            there = component[end]
            if there != home:
                steps = lengths[end] + inner[there] + beyond[there]
                if steps > furthest:
                    furthest = steps
            elif not lengths[end]:
                return None
            elif lengths[end] > longest:
                longest = lengths[end]
        lengths[node] = longest + 1
        inner[home] += again[node] * (longest + 1)
        beyond[home] = furthest
    return lengths, [a + b for a, b in zip(inner, beyond, strict=True)]


def _endless(
    after: list[list[int]], component: list[int], finished: Sequence[int], exits: Sequence[int]
) -> list[int]:
    """Nodes that reach no exit; an edge leads to what was finished before, or stays inside."""
    ending = [False] * len(after)  # by component
    for place in exits:
        ending[component[place]] = True
    for node in finished:
        home = component[node]
        if not ending[home]:
            for end in after[node]:
                if ending[component[end]]:
                    ending[home] = True
                    break
    return [node for node, home in enumerate(component) if not ending[home]]


def _list(graph: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = graph.get(key, [])
    if not isinstance(value, list):
        raise InputError(f"{where}: {key} must be a list, not {type(value).__name__}")
    return value


def _id(name: Any, where: str) -> str:
    if not isinstance(name, str) or not name:
        raise InputError(f"{where}: {name!r} is no node id, give a non-empty string")
    return name


def _bound(edge: Mapping[str, Any], where: str) -> int | None:
    bound = edge.get("bound")
    if bound is None:
        return None
    if isinstance(bound, float) and bound.is_integer():
        bound = int(bound)
    if isinstance(bound, bool) or not isinstance(bound, int) or bound < 0:
        arrow = f"{edge.get('from')} -> {edge.get('to')}"
        raise InputError(f"{where}: bound {bound!r} of {arrow} must be a whole number from 0")
    return bound


def _wait_ends(node: Any, where: str) -> bool:
    """A wait is bounded when it has a positive timeout and says what happens then."""
    if not isinstance(node, Mapping):
        return True
    effect, wait = node.get("effect", "none"), node.get("wait")
    if effect not in EFFECTS:
        raise InputError(
            f"{where}: effect {effect!r} of {node.get('id')!r} is not one of {sorted(EFFECTS)}"
        )
    if wait is None:
        return bool(effect != "wait")
    if not isinstance(wait, Mapping):
        return False
    timeout = wait.get("timeout_s")
    ends = isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout > 0
    return ends and bool(wait.get("on_timeout"))
