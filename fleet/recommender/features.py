"""The evidence on a path, each kind as a number from 0 to 1; None where there is none."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fleet.recommender.graph_values import Ref, Subgraph
from fleet.recommender.rank_policy import RankPolicy

DATE_FIELDS = ("at", "closed_at", "opened_at")


def read_features(
    graph: Subgraph, target: Ref, rows: Sequence[Mapping[str, Any]], reference: date | None,
    policy: RankPolicy,
) -> dict[str, float | None]:  # fmt: skip
    """Return what the rows on a path and around its target tell."""
    scores = graph.scores.get(target, {})
    return {
        "recency": _recency(rows, reference, policy),
        "stage": _stage(rows, policy),
        "value": _value(rows, policy),
        "similarity": _similarity(graph, target, rows, policy),
        "intent": scores.get("intent"),
        "propensity": scores.get("propensity"),
    }


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


def _recency(
    rows: Sequence[Mapping[str, Any]], reference: date | None, policy: RankPolicy
) -> float | None:
    newest = max((day for row in rows if (day := newest_day(row))), default=None)
    if newest is None or reference is None:
        return None
    return float(2 ** (-((reference - newest).days) / policy.half_life_days))


def _stage(rows: Sequence[Mapping[str, Any]], policy: RankPolicy) -> float | None:
    worth = {"won": policy.won, "lost": policy.lost, None: policy.open}
    return max((worth[row["outcome"]] for row in rows if "outcome" in row), default=None)


def _value(rows: Sequence[Mapping[str, Any]], policy: RankPolicy) -> float | None:
    amounts = [row["amount"] for row in rows if row.get("amount")]
    if not amounts:
        return None
    return min(1.0, math.log1p(max(0.0, max(amounts))) / math.log1p(policy.value_cap))


def _similarity(
    graph: Subgraph, target: Ref, rows: Sequence[Mapping[str, Any]], policy: RankPolicy
) -> float | None:
    """Compare with won business: the share of closed deals that were won, and the industry."""
    closed = [row["outcome"] for row in rows if row.get("outcome")]
    share = closed.count("won") / len(closed) if closed else None
    mine, theirs = (graph.nodes[ref].get("industry") for ref in (graph.seed, target))
    if mine is None or theirs is None:
        return share
    same = 1.0 if mine == theirs else policy.other_industry
    return same if share is None else same * share
