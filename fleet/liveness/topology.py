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
from fleet.liveness.components import find_cycle, longest_paths, strong_components

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
        twice = next(name for name in ids if ids.count(name) > 1)
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
    names, n = spec.ids, len(spec.ids)
    violations = [Violation("unknown_node", spec.unknown)] if spec.unknown else []
    usable = [edge for edge in spec.edges if edge[2] != 0]  # a bound of 0 is never taken
    after: list[list[int]] = [[] for _ in range(n)]
    for start, end, _ in usable:
        after[start].append(end)
    component, order = strong_components(after)
    free: list[list[int]] = [[] for _ in range(n)]  # unbounded edges inside one component
    for start, end, bound in usable:
        if bound is None and component[start] == component[end]:
            free[start].append(end)
    lengths, tangled = longest_paths(free)
    while tangled:
        cycle = find_cycle(free, tangled)
        violations.append(Violation("unbounded_cycle", tuple(names[i] for i in cycle)))
        for node in cycle:
            free[node] = [end for end in free[node] if end not in set(cycle)]
        lengths, tangled = longest_paths(free)
    reached = _reached(after, spec.entry)
    ending = _ending(after, component, order, spec.exits)
    lost = tuple(names[i] for i in range(n) if not reached[i])
    endless = tuple(names[i] for i in range(n) if not ending[component[i]])
    violations += [Violation("unreachable", lost)] if lost else []
    violations += [Violation("no_exit", endless)] if endless else []
    violations += [Violation("unbounded_wait", (names[i],)) for i in spec.unbounded_waits]
    if violations or spec.entry is None:
        return Certificate(None, tuple(violations) or (Violation("unknown_node", ("entry",)),))
    return Certificate(_max_steps(spec.entry, usable, component, order, lengths), ())


def _max_steps(
    entry: int, edges: list[tuple[int, int, int | None]], component: list[int],
    order: list[list[int]], lengths: list[int],
) -> int:  # fmt: skip
    """Longest walk over the components, deepest first (Tarjan emits them in that order)."""
    inner = [0] * len(order)
    leaving: list[list[tuple[int, int]]] = [[] for _ in order]
    for start, end, bound in edges:
        if component[start] != component[end]:
            leaving[component[start]].append((component[end], end))
        elif bound is not None:
            inner[component[start]] += bound * lengths[end]
    onward = [0] * len(order)
    for number in range(len(order)):
        onward[number] = max(
            (lengths[end] + inner[target] + onward[target] for target, end in leaving[number]),
            default=0,
        )
    home = component[entry]
    return lengths[entry] + inner[home] + onward[home]


def _reached(after: list[list[int]], entry: int | None) -> list[bool]:
    seen = [False] * len(after)
    if entry is None:
        return seen
    seen[entry] = True
    stack = [entry]
    while stack:
        for end in after[stack.pop()]:
            if not seen[end]:
                seen[end] = True
                stack.append(end)
    return seen


def _ending(
    after: list[list[int]], component: list[int], order: list[list[int]], exits: Sequence[int]
) -> list[bool]:
    """Which components reach an exit: the deepest come first, so each is decided in one look."""
    ending = [False] * len(order)
    for place in exits:
        ending[component[place]] = True
    for number, members in enumerate(order):
        if not ending[number]:
            ending[number] = any(ending[component[end]] for node in members for end in after[node])
    return ending


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
