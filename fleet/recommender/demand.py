"""Demand: how much an account buys now of what the account asked about buys.

The interest of the asking account is shared out over products in proportion to its deals: won ones
count 1. Each share goes to the accounts with open deals (1 each) and won deals for the product; an
account's flow is the sum over products.
"""

from collections.abc import Container, Iterator

from fleet.recommender.graph_values import Ref, Step, Subgraph, Tally
from fleet.recommender.rank_policy import RankPolicy

Path = tuple[Step, ...]


def interest_worth(tally: Tally | None, policy: RankPolicy) -> float:
    """Return what an account's deals for a product tell of its interest; the unit is a won deal."""
    if tally is None:
        return 0.0
    rest = len(tally.open) * policy.interest_open + len(tally.lost) * policy.interest_lost
    return len(tally.won) + rest


def demand_worth(tally: Tally, policy: RankPolicy) -> float:
    """Return what an account's deals for a product tell of its demand; the unit is an open deal."""
    return len(tally.open) + len(tally.won) * policy.demand_won


def flow(
    graph: Subgraph, policy: RankPolicy, without: Ref | None = None
) -> dict[str, dict[str, float]]:
    """Return by account what it gets through each product; `without` leaves one row out."""
    gone = {without[1]} if without and without[0] == "opportunities" else set()
    lost = without[1] if without and without[0] == "products" else None
    worth = {p: interest_worth(t.without(gone), policy) for p, t in graph.interest.items()}
    total = sum(worth.values())
    found: dict[str, dict[str, float]] = {}
    for (product, account), tally in graph.demand.items():
        share = worth.get(product, 0.0) / total if total and product != lost else 0.0
        value = share * demand_worth(tally.without(gone) if gone else tally, policy)
        if value:
            found.setdefault(account, {})[product] = value
    return found


def demand_path(graph: Subgraph, paths: dict[Ref, Path], account: str, product: str) -> Path | None:
    """Return the path to an account through the deal that stands for its demand.

    None where there is none, or where the way to the product leads through the account itself.
    """
    deal: Ref = ("opportunities", graph.demand[product, account].first())
    before = paths.get(("products", product))
    target: Ref = ("companies", account)
    if before is None or deal not in graph.nodes or target not in graph.nodes:
        return None
    if any(step.ref in (deal, target) for step in before):
        return None
    return (*before, Step(deal, "opportunities.product_id"),
            Step(target, "opportunities.company_id"))  # fmt: skip


def support_of(graph: Subgraph, path: Path) -> Iterator[tuple[Ref, Tally]]:
    """Yield the deals on a path that stand for more than themselves, each with what is counted."""
    refs = [step.ref for step in path]
    for before, deal, after in zip(refs, refs[1:], refs[2:], strict=False):
        if deal[0] != "opportunities":
            continue
        pair = {before[0]: before[1], after[0]: after[1]}
        if pair.keys() != {"companies", "products"}:
            continue
        account, product = pair["companies"], pair["products"]
        mine = graph.interest.get(product) if account == graph.home else None
        tally = mine or graph.demand.get((product, account))
        if tally and deal[1] in _all(tally):
            yield deal, tally


def _all(tally: Tally) -> Container[str]:
    return {deal for deals in tally.outcomes() for deal in deals}
