"""Counts deals by account and product, where a key has too many rows to walk them one by one.

What an account's newest deals are for tells its interest in each product; whose a product's newest
open and won deals are tells the demand of each account. Both read a covering index, newest first,
up to a limit; of each pair one deal is read whole and stands on the path for all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nlargest
from typing import Any

from fleet.adapters.store.graph_statements import (
    HUB,
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
    return rows_by_id(store, "opportunities", [each for each in standing if each not in here])


def _split(text: str | None) -> list[str]:
    return [] if text is None else text.split(SEPARATOR)


def _add_interest(graph: Subgraph, deals: Iterable[tuple[str, str, str]]) -> None:
    for deal, product, outcome in deals:
        if product:
            graph.interest.setdefault(product, Tally()).add(deal, outcome or None)


def _best(graph: Subgraph, policy: RankPolicy, products: Iterable[str]) -> list[str]:
    worth = {each: interest_worth(graph.interest.get(each), policy) for each in products}
    return sorted(worth, key=lambda each: (-worth[each], each))[: policy.max_hubs]


def count_demand(
    store: Store, graph: Subgraph, policy: RankPolicy, products: Sequence[str]
) -> list[dict[str, Any]]:
    """Fill `graph.demand`; return the deal that stands for each account with most demand."""
    if not graph.interest:  # no account to ask: what the walk saw
        _add_interest(graph, ((row["id"], row["product_id"] or "", row["outcome"] or "")
                              for (table, _), row in graph.nodes.items()
                              if table == "opportunities"))  # fmt: skip
    standing: list[str] = []
    for product in _best(graph, policy, products):
        demand = _count(store, graph, policy, product)
        graph.demand.update({(product, account): tally for account, tally in demand.items()})
        standing += [tally.first() for tally in demand.values()]
    rows = {row["id"]: row for row in rows_by_id(store, "opportunities", standing)}
    return [rows[each] for each in standing if each in rows]


def _count(
    store: Store, graph: Subgraph, policy: RankPolicy, product: str
) -> dict[str, Tally]:  # fmt: skip
    """Return the deals of the accounts with most demand for a product, best first."""
    found = store.read(demand_statement()(parent=product, open=policy.max_open, won=policy.max_won))
    parts = {row["outcome"]: (_split(row["others"]), _split(row["deals"])) for row in found}
    worth = Counter[str](parts["open"][0])
    for account, count in Counter(parts["won"][0]).items():
        worth[account] += policy.demand_won * count  # type: ignore[assignment]  # any number adds up
    if graph.home:
        worth.pop(graph.home, None)
    best = nlargest(policy.max_accounts, ((value, account) for account, value in worth.items()))
    if len(worth) > len(best) or len(parts["open"][0]) >= policy.max_open:
        graph.capped.append(f"products:{product} by {'.'.join(RELATIONS[HUB][:2])}")
    tallies = {account: Tally() for _, account in best}
    for outcome, (accounts, deals) in parts.items():
        for account, deal in zip(accounts, deals, strict=True):
            if account in tallies:
                tallies[account].add(deal, None if outcome == "open" else outcome)
    return tallies
