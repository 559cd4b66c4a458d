"""Counts deals by account and product, where a key has too many rows to walk them one by one.

What an account's newest deals are for tells its interest in each product; whose a product's newest
open and won deals are tells the demand of each account. Both read a covering index, newest first,
up to a limit; of each pair one deal is read whole and stands on the path for all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from fleet.adapters.store.graph_statements import (
    HUB,
    MOST_HUBS,
    NAMES,
    RELATIONS,
    SEPARATOR,
    demand_statement,
    interest_statement,
    rows_by_id,
)
from fleet.ports import Store
from fleet.recommender.demand import interest_worth
from fleet.recommender.graph_values import Subgraph, Tally
from fleet.recommender.rank_policy import RankPolicy


def count_interest(
    store: Store, graph: Subgraph, policy: RankPolicy, known: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Fill `graph.interest`; return the deals that stand for the best products, if not `known`."""
    (row,) = store.read(interest_statement()(parent=graph.home, most=policy.max_interest))
    columns = (_split(row[name]) for name in ("deals", "others", "outcomes"))
    _add_interest(graph, zip(*columns, strict=True))
    here = {row["id"] for row in known}
    standing = [graph.interest[each].first() for each in _best(graph, policy, graph.interest)]
    missing = [each for each in standing if each not in here]
    rows = {row["id"]: row for row in rows_by_id(store, "opportunities", missing)}
    return [rows[each] for each in missing if each in rows]


def _split(text: str | None) -> list[str]:
    return [] if text is None else text.split(SEPARATOR)


def _add_interest(graph: Subgraph, deals: Iterable[tuple[str, str, str]]) -> None:
    for deal, product, outcome in deals:
        if product:
            tally = graph.interest.get(product)
            if tally is None:
                tally = graph.interest[product] = Tally()
            tally.add(deal, outcome or None)


def _best(graph: Subgraph, policy: RankPolicy, products: Iterable[str]) -> list[str]:
    worth = {each: interest_worth(graph.interest.get(each), policy) for each in sorted(products)}
    return sorted(worth, key=worth.__getitem__, reverse=True)[: min(policy.max_hubs, MOST_HUBS)]


def count_demand(
    store: Store, graph: Subgraph, policy: RankPolicy, products: Sequence[str]
) -> list[dict[str, Any]]:
    """Fill `graph.demand`; return the deal that stands for each account with most demand.

    Of these deals only the columns of the index are known.
    """
    if not graph.interest:  # no account to ask: what the walk saw
        _add_interest(graph, ((row["id"], row["product_id"] or "", row["outcome"] or "")
                              for (table, _), row in graph.nodes.items()
                              if table == "opportunities"))  # fmt: skip
    best = _best(graph, policy, products)
    asked = dict(zip(NAMES, best, strict=False))
    statement = demand_statement(len(best))
    rows = store.read(statement(**asked, open=policy.max_open, won=policy.max_won))
    found: list[dict[str, Any]] = []
    for product in best:
        found += _count(graph, policy, product, [r for r in rows if r["product_id"] == product])
    return found


def _count(
    graph: Subgraph, policy: RankPolicy, product: str, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Count one product's deals; of two accounts as good, the one with the newer deal is first."""
    parts = {row["outcome"]: [_split(row[name]) for name in ("others", "deals", "days")]
             for row in rows}  # fmt: skip
    worth: dict[str, float] = dict(Counter(parts["open"][0]))
    for account in parts["won"][0]:
        worth[account] = worth.get(account, 0.0) + policy.demand_won
    worth.pop(graph.home or "", None)
    best = sorted(worth, key=worth.__getitem__, reverse=True)[: policy.max_accounts]
    if len(worth) > len(best) or len(parts["open"][0]) >= policy.max_open:
        graph.capped.append(f"products:{product} by {'.'.join(RELATIONS[HUB][:2])}")
    tallies = {account: Tally() for account in best}
    standing: dict[str, dict[str, Any]] = {}
    for name, (others, deals, days) in parts.items():
        outcome = None if name == "open" else name
        for at in [at for at, account in enumerate(others) if account in tallies]:
            account, deal = others[at], deals[at]
            tallies[account].add(deal, outcome)
            if account not in standing:  # open ones come first
                standing[account] = {"id": deal, "company_id": account, "product_id": product,
                                     "outcome": outcome, "opened_at": days[at] or None}  # fmt: skip
    graph.demand.update({(product, account): tally for account, tally in tallies.items()})
    return [standing[account] for account in best]
