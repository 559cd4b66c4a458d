"""Ranks the rows of a subgraph by the evidence on their paths; no model takes part.

A score is the weighted mean of the features that are known, times a decay for every hop beyond the
first. A feature without evidence is left out and lowers the confidence, never the score.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fleet.recommender.demand import demand_path, flow, support_of
from fleet.recommender.features import newest_day, read_features
from fleet.recommender.graph_values import Ref, Step, Subgraph, Tally, rows_of, shortest_paths
from fleet.recommender.rank_policy import RankPolicy

KINDS = {"company": "companies", "contact": "contacts", "opportunity": "opportunities"}
DEMAND = "demand"
Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its path, its score and the features behind it, what adds most first.

    `support` holds the deals that are counted, by the deal on the path that stands for them.
    """

    target: Ref
    score: float
    confidence: float
    path: Path
    features: dict[str, float]
    counterfactual: dict[str, Any] | None = None
    support: Mapping[Ref, Tally] = field(default_factory=dict)


def rank(graph: Subgraph, policy: RankPolicy, *, kind: str | None, k: int) -> list[Ranked]:
    """Return the best `k`, each kind's best first when no kind is asked for, then by score."""
    ranking = _Ranking(graph, policy)
    tables = [KINDS[kind]] if kind else list(KINDS.values())
    wanted = [item for item in ranking.order() if item.target[0] in tables]
    heads = [next((i for i in wanted if i.target[0] == table), None) for table in tables]
    first = [item for item in heads if item is not None]
    chosen = sorted([*first, *(i for i in wanted if i not in first)][:k], key=_order)
    return [
        replace(
            item,
            counterfactual=_counterfactual(item, wanted, ranking),
            support=dict(support_of(graph, item.path)),
        )
        for item in chosen
    ]


def _order(item: Ranked) -> tuple[float, int, Ref]:
    return (-item.score, len(item.path), item.target)


def is_candidate(ref: Ref, row: Mapping[str, Any]) -> bool:
    """Tell whether a row can be recommended: accounts, people who may be written to, open deals."""
    match ref[0]:
        case "companies":
            return True
        case "contacts":
            return not row.get("do_not_contact")
        case "opportunities":
            return row.get("outcome") is None
        case _:
            return False


class _Ranking:
    """Ranks all candidates, as they are and without a hop; what a path tells is read once."""

    def __init__(self, graph: Subgraph, policy: RankPolicy) -> None:
        self.graph, self._policy = graph, policy
        self._near = graph.neighbours()
        self._whole = shortest_paths(self._near, graph.seed)
        self._told: dict[Path, dict[str, float | None]] = {}
        days = (newest_day(row) for row in graph.nodes.values())
        self._reference = max((day for day in days if day), default=None)

    def order(
        self, *, without: Ref | None = None, cut: tuple[Ref, Ref] | None = None
    ) -> list[Ranked]:
        """Return every candidate, best first, with one row or one step taken away."""
        found = [self._score(path, got) for path, got in self._paths(without, cut)]
        return sorted(found, key=_order)

    def _paths(
        self, without: Ref | None, cut: tuple[Ref, Ref] | None
    ) -> Iterator[tuple[Path, float]]:
        """Yield a path to each candidate, and what flows to it: through what it buys most."""
        graph = self.graph
        paths = self._whole
        if without or cut:
            paths = shortest_paths(self._near, graph.seed, without, cut)
        flows = flow(graph, self._policy, without)
        # A deal that is counted with others is missed by one: another then stands on the path.
        leading = self._whole if without and without[0] == "opportunities" else paths
        for account, by_product in flows.items():
            best = max(by_product, key=lambda product: (by_product[product], product))
            path = demand_path(graph, leading, account, best)
            if path and path[-1].ref != graph.seed:
                yield path, sum(by_product.values())
            elif ("companies", account) in paths:
                yield paths["companies", account], sum(by_product.values())
        for ref, path in paths.items():
            known = ref[0] == "companies" and ref[1] in flows
            if not known and ref != graph.seed and is_candidate(ref, graph.nodes[ref]):
                yield path, 0.0

    def _score(self, path: Path, got: float) -> Ranked:
        policy, target = self._policy, path[-1].ref
        if path not in self._told:
            around = [self.graph.nodes[step.ref] for step in self._near[target]]
            rows = [*rows_of(self.graph, path[1:]), *around]
            self._told[path] = read_features(self.graph, target, rows, self._reference, policy)
        features = dict(self._told[path])
        if target[0] == "companies":  # only accounts buy: of others it is no missing evidence
            features[DEMAND] = got / (got + policy.demand_half) if self.graph.demand else None
        weights = {name: float(getattr(policy, f"weight_{name}")) for name in features}
        known = {name: value for name, value in features.items() if value is not None}
        total = sum(weights[name] for name in known)
        mean = sum(weights[name] * value for name, value in known.items()) / total if total else 0.0
        score = mean * policy.hop_decay ** max(0, len(path) - 2)
        most = sorted(known, key=lambda name: (-weights[name] * known[name], name))
        told = {name: round(known[name], 6) for name in most}
        confidence = round(total / sum(weights.values()), 3)
        return Ranked(target, round(score, 6), confidence, path, told)


def _counterfactual(item: Ranked, wanted: list[Ranked], ranking: _Ranking) -> dict[str, Any]:
    """Find the hop whose removal moves the recommendation furthest down its list.

    On a path of one hop it is the key itself that is taken away, named as `via`.
    """
    place = next(n for n, other in enumerate(wanted, 1) if other.target == item.target)
    tables = {other.target[0] for other in wanted}

    def without(**hop: Any) -> int | None:
        rest = [r for r in ranking.order(**hop) if r.target[0] in tables]
        return next((n for n, r in enumerate(rest, 1) if r.target == item.target), None)

    tried: list[dict[str, Any]] = []
    for step in item.path[1:-1]:
        after = without(without=step.ref)
        tried.append(
            {"table": step.ref[0], "id": step.ref[1], "rank": place, "rank_without": after}
        )
    if not tried:
        via, after = item.path[-1].via, without(cut=(ranking.graph.seed, item.target))
        tried.append({"table": item.target[0], "id": item.target[1], "via": via, "rank": place,
                      "rank_without": after})  # fmt: skip
    return max(tried, key=lambda hop: math.inf if hop["rank_without"] is None
               else hop["rank_without"])  # fmt: skip
