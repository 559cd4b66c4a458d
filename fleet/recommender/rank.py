"""Ranks the rows of a subgraph by the evidence on their paths; no model takes part.

A score is the weighted mean of the features that are known, times a decay for every hop beyond the
first. A feature without evidence is left out and lowers the confidence, never the score.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fleet.recommender.graph_values import Ref, Step, Subgraph, rows_of, shortest_paths

KINDS = {"company": "companies", "contact": "contacts", "opportunity": "opportunities"}
DATE_FIELDS = ("at", "closed_at", "opened_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class RankPolicy:
    """Weights and bounds; every number comes from data/policies.toml."""

    max_hops: int
    max_fanout: int
    max_rows: int
    hop_decay: float
    half_life_days: float
    value_cap: float
    won: float
    open: float
    lost: float
    other_industry: float
    weight_recency: float
    weight_stage: float
    weight_value: float
    weight_similarity: float
    weight_intent: float
    weight_propensity: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its path, its score and the features behind it."""

    target: Ref
    score: float
    confidence: float
    path: tuple[Step, ...]
    features: dict[str, float]
    counterfactual: dict[str, Any] | None = None


def rank(graph: Subgraph, policy: RankPolicy, *, kind: str | None, k: int) -> list[Ranked]:
    """Return the best `k`, each kind's best first when no kind is asked for, then by score."""
    near = graph.neighbours()
    everything = _rank_all(graph, policy, near, {})
    tables = [KINDS[kind]] if kind else list(KINDS.values())
    wanted = [item for item in everything if item.target[0] in tables]
    heads = [next((i for i in wanted if i.target[0] == table), None) for table in tables]
    first = [item for item in heads if item is not None]
    chosen = sorted([*first, *(i for i in wanted if i not in first)][:k], key=_order)
    known = {item.path: item for item in everything}
    return [_with_counterfactual(item, wanted, graph, policy, near, known) for item in chosen]


def _rank_all(
    graph: Subgraph, policy: RankPolicy, near: Mapping[Ref, list[Step]],
    known: Mapping[tuple[Step, ...], Ranked], *, without: Ref | None = None,
    cut: tuple[Ref, Ref] | None = None,
) -> list[Ranked]:  # fmt: skip
    """Rank what is reached; a row on a path that is `known` keeps its score: only paths change."""
    paths = shortest_paths(near, graph.seed, without, cut)
    wanted = [
        path
        for ref, path in paths.items()
        if ref != graph.seed and is_candidate(ref, graph.nodes[ref])
    ]
    found = [known[path] for path in wanted if path in known]
    new = [path for path in wanted if path not in known]
    if new:
        days = (newest_day(row) for row in graph.nodes.values())
        reference = max((day for day in days if day), default=None)
        found += [_score(graph, policy, near, path, reference) for path in new]
    return sorted(found, key=_order)


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


def _score(
    graph: Subgraph, policy: RankPolicy, near: Mapping[Ref, list[Step]], path: tuple[Step, ...],
    reference: date | None,
) -> Ranked:  # fmt: skip
    target = path[-1].ref
    around = [graph.nodes[step.ref] for step in near[target]]
    rows = [*rows_of(graph, path[1:]), *around]
    features = {
        "recency": _recency(rows, reference, policy),
        "stage": _stage(rows, policy),
        "value": _value(rows, policy),
        "similarity": _similarity(graph, target, rows, policy),
        "intent": graph.scores.get(target, {}).get("intent"),
        "propensity": graph.scores.get(target, {}).get("propensity"),
    }
    known = {name: value for name, value in features.items() if value is not None}
    weights = {name: float(getattr(policy, f"weight_{name}")) for name in features}
    total = sum(weights[name] for name in known)
    mean = sum(weights[name] * value for name, value in known.items()) / total if total else 0.0
    score = mean * policy.hop_decay ** max(0, len(path) - 2)
    return Ranked(target, round(score, 6), round(total / sum(weights.values()), 3), path, known)


def newest_day(row: Mapping[str, Any]) -> date | None:
    """Return the latest day a row tells of.

    >>> newest_day({"opened_at": "2026-01-02", "closed_at": None})
    datetime.date(2026, 1, 2)
    """
    days = []
    for name in DATE_FIELDS:
        try:
            days.append(date.fromisoformat(str(row.get(name) or "")[:10]))
        except ValueError:
            continue
    return max(days, default=None)


def _recency(rows: list[Any], reference: date | None, policy: RankPolicy) -> float | None:
    newest = max((day for row in rows if (day := newest_day(row))), default=None)
    if newest is None or reference is None:
        return None
    return float(2 ** (-((reference - newest).days) / policy.half_life_days))


def _stage(rows: list[Any], policy: RankPolicy) -> float | None:
    worth = {"won": policy.won, "lost": policy.lost, None: policy.open}
    return max((worth[row["outcome"]] for row in rows if "outcome" in row), default=None)


def _value(rows: list[Any], policy: RankPolicy) -> float | None:
    amounts = [row["amount"] for row in rows if row.get("amount")]
    if not amounts:
        return None
    return min(1.0, math.log1p(max(0.0, max(amounts))) / math.log1p(policy.value_cap))


def _similarity(graph: Subgraph, target: Ref, rows: list[Any], policy: RankPolicy) -> float | None:
    """Compare with won business: the share of closed deals that were won, and the industry."""
    closed = [row["outcome"] for row in rows if row.get("outcome")]
    share = closed.count("won") / len(closed) if closed else None
    mine, theirs = (graph.nodes[ref].get("industry") for ref in (graph.seed, target))
    if mine is None or theirs is None:
        return share
    same = 1.0 if mine == theirs else policy.other_industry
    return same if share is None else same * share


def _with_counterfactual(
    item: Ranked, wanted: list[Ranked], graph: Subgraph, policy: RankPolicy,
    near: Mapping[Ref, list[Step]], known: Mapping[tuple[Step, ...], Ranked],
) -> Ranked:  # fmt: skip
    """Find the hop whose removal moves the recommendation furthest down its list.

    On a path of one hop it is the key itself that is taken away, named as `via`.
    """
    place = next(n for n, other in enumerate(wanted, 1) if other.target == item.target)
    tables = {other.target[0] for other in wanted}

    def without(**hop: Any) -> int | None:
        rest = [r for r in _rank_all(graph, policy, near, known, **hop) if r.target[0] in tables]
        return next((n for n, r in enumerate(rest, 1) if r.target == item.target), None)

    tried: list[dict[str, Any]] = []
    for step in item.path[1:-1]:
        after = without(without=step.ref)
        tried.append(
            {"table": step.ref[0], "id": step.ref[1], "rank": place, "rank_without": after}
        )
    if not tried:
        via, after = item.path[-1].via, without(cut=(graph.seed, item.target))
        tried.append({"table": item.target[0], "id": item.target[1], "via": via, "rank": place,
                      "rank_without": after})  # fmt: skip
    worst = max(tried, key=lambda hop: math.inf if hop["rank_without"] is None
                else hop["rank_without"])  # fmt: skip
    return Ranked(item.target, item.score, item.confidence, item.path, item.features, worst)
