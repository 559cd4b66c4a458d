"""The subgraph a recommendation stands on: rows as nodes, foreign keys as edges."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Ref = tuple[str, str]  # (table, id)
Key = tuple[str, str, str]  # the row that holds a foreign key, and its column: (table, id, column)
DOUBT = "a rep says this edge is wrong"  # begins the data fix that a doubted key makes


@dataclass(frozen=True, slots=True)
class Edge:
    """Two rows joined by the foreign key `via` (`table.column`, the column of `child`)."""

    child: Ref
    parent: Ref
    via: str


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path; the first has no `via`."""

    ref: Ref
    via: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"table": self.ref[0], "id": self.ref[1], "via": self.via}


@dataclass(slots=True)
class Subgraph:
    """What a bounded walk saw; insertion order is walking order, and it is stable."""

    seed: Ref
    nodes: dict[Ref, Mapping[str, Any]] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    capped: list[str] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    scores: dict[Ref, dict[str, float]] = field(default_factory=dict)
    doubted: dict[str, Key] = field(default_factory=dict)  # by the id of the data fix that says so

    def cut_keys(self, keys: Collection[Key], reason: str) -> None:
        """Take edges out by their child's table, id and column; each counts as dropped."""
        for edge in list(self.edges):
            if (*edge.child, edge.via.partition(".")[2]) in keys:
                del self.edges[edge]
                self.dropped.append({"reason": reason, "table": edge.child[0],
                                     "id": edge.child[1], "via": edge.via})  # fmt: skip

    def neighbours(self) -> dict[Ref, list[Step]]:
        """Return every row's neighbours in walking order."""
        near: dict[Ref, list[Step]] = {ref: [] for ref in self.nodes}
        for edge in self.edges:
            near[edge.child].append(Step(edge.parent, edge.via))
            near[edge.parent].append(Step(edge.child, edge.via))
        return near


def shortest_paths(
    near: Mapping[Ref, list[Step]], seed: Ref, without: Ref | None = None,
    cut: tuple[Ref, Ref] | None = None,
) -> dict[Ref, tuple[Step, ...]]:  # fmt: skip
    """Return one shortest path to every row that can be reached.

    `without` leaves one row out, `cut` the step from one row to another.
    """
    paths: dict[Ref, tuple[Step, ...]] = {seed: (Step(seed, None),)}
    queue = [seed]
    for ref in queue:
        for step in near.get(ref, ()):
            if step.ref not in paths and step.ref != without and (ref, step.ref) != cut:
                paths[step.ref] = (*paths[ref], step)
                queue.append(step.ref)
    return paths


def rows_of(graph: Subgraph, path: tuple[Step, ...]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows on a path."""
    return (graph.nodes[step.ref] for step in path)
