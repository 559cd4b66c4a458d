"""The subgraph a recommendation stands on: rows as nodes, foreign keys as edges."""

from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K")
Ref = tuple[str, str]  # (table, id)
Key = tuple[str, str, str]  # the row that holds a foreign key, and its column: (table, id, column)
DEALS = "opportunities"
DOUBT = "a rep says this edge is wrong"  # begins the data fix that a doubted key makes


class Edge(NamedTuple):
    """Two rows joined by the foreign key `via` (`table.column`, the column of `child`)."""

    child: Ref
    parent: Ref
    via: str


class Step(NamedTuple):
    """One element of a path; the first has no `via`."""

    ref: Ref
    via: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"table": self.ref[0], "id": self.ref[1], "via": self.via}


@dataclass(slots=True)
class Tally:
    """The deals of one account for one product, by outcome: their ids, newest first."""

    open: list[str] = field(default_factory=list)
    won: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def add(self, deal: str, outcome: str | None) -> None:
        """Count one deal."""
        (self.open if outcome is None else self.won if outcome == "won" else self.lost).append(deal)

    def without(self, deals: Container[str]) -> "Tally":
        """Return what is left without some deals."""
        return Tally(*([d for d in each if d not in deals] for each in self.outcomes()))

    def outcomes(self) -> tuple[list[str], list[str], list[str]]:
        """Return the ids of open, won and lost deals."""
        return self.open, self.won, self.lost

    def cited(self) -> list[str]:
        """Return the ids of the deals that speak for it: open and won ones."""
        return self.open + self.won

    def first(self) -> str:
        """Return the deal that stands for all on a path: the newest open, won or lost one."""
        return (self.open or self.won or self.lost)[0]


@dataclass(slots=True)
class Subgraph:
    """What a bounded walk saw; insertion order is walking order, and it is stable.

    `interest` holds the deals of the account `home` by product, `demand` those of other accounts by
    (product, account); not all of these deals are nodes.
    """

    seed: Ref
    nodes: dict[Ref, Mapping[str, Any]] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    capped: list[str] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    scores: dict[Ref, dict[str, float]] = field(default_factory=dict)
    doubted: dict[str, Key] = field(default_factory=dict)  # by the id of the data fix that says so
    home: str | None = None
    interest: dict[str, Tally] = field(default_factory=dict)
    demand: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def counted(self) -> set[Ref]:
        """Return the deals that are counted."""
        tallies = [*self.interest.values(), *self.demand.values()]
        return {(DEALS, deal) for tally in tallies for each in tally.outcomes() for deal in each}

    def cut_keys(self, keys: Collection[Key], reason: str) -> None:
        """Take edges out by their child's table, id and column; each counts as dropped."""
        for edge in list(self.edges):
            if (*edge.child, edge.via.partition(".")[2]) in keys:
                del self.edges[edge]
                self.dropped.append({"reason": reason, "table": edge.child[0],
                                     "id": edge.child[1], "via": edge.via})  # fmt: skip
        deals = {row_id for table, row_id, column in keys
                 if table == DEALS and column != "contact_id"}  # fmt: skip
        if deals:
            self.interest = _without(self.interest, deals)
            self.demand = _without(self.demand, deals)

    def neighbours(self) -> dict[Ref, list[Step]]:
        """Return every row's neighbours in walking order."""
        near: dict[Ref, list[Step]] = {ref: [] for ref in self.nodes}
        for edge in self.edges:
            near[edge.child].append(Step(edge.parent, edge.via))
            near[edge.parent].append(Step(edge.child, edge.via))
        return near


def _without(tallies: Mapping[K, Tally], deals: Container[str]) -> dict[K, Tally]:
    left = {key: tally.without(deals) for key, tally in tallies.items()}
    return {key: tally for key, tally in left.items() if any(tally.outcomes())}


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
