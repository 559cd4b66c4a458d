"""Demand: what flows from an account's own deals, through products, to accounts that buy now."""

from dataclasses import replace
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.policy import section
from fleet.recommender import Edge, RankPolicy, Ref, Subgraph, find_fault, path_fact, rank
from fleet.recommender.demand import flow
from fleet.recommender.graph_values import Tally

POLICY = replace(
    section(read_policies(), "recommender", RankPolicy),
    interest_open=0.0, interest_lost=0.0, demand_won=0.5,
)  # fmt: skip
SEED: Ref = ("companies", "me")


def deal(row_id: str, company: str, product: str, outcome: str | None) -> dict[str, Any]:
    return {"id": row_id, "company_id": company, "product_id": product, "outcome": outcome,
            "opened_at": "2026-01-02"}  # fmt: skip


DEALS = [
    deal("m1", "me", "p", "won"), deal("m2", "me", "p", "won"), deal("m3", "me", "q", "won"),
    deal("a1", "a", "p", None), deal("a2", "a", "p", "won"), deal("b1", "b", "q", None),
]  # fmt: skip
COUNTED = [deal("m4", "me", "p", "won"), deal("a3", "a", "p", None)]
ROWS: dict[Ref, dict[str, Any]] = {
    **{("companies", name): {"id": name, "name": name.upper()} for name in ("me", "a", "b")},
    **{("products", name): {"id": name, "name": name.upper()} for name in ("p", "q")},
    **{("opportunities", row["id"]): row for row in [*DEALS, *COUNTED]},
}


def make_graph() -> Subgraph:
    shown = {ref: row for ref, row in ROWS.items() if row not in COUNTED}
    edges = [
        edge
        for row in DEALS
        for edge in (
            Edge(("opportunities", row["id"]), ("companies", row["company_id"]),
                 "opportunities.company_id"),
            Edge(("opportunities", row["id"]), ("products", row["product_id"]),
                 "opportunities.product_id"),
        )
    ]  # fmt: skip
    graph = Subgraph(SEED, dict(shown), dict.fromkeys(edges), home="me")
    graph.interest = {"p": Tally(won=["m1", "m2", "m4"]), "q": Tally(won=["m3"])}
    graph.demand = {
        ("p", "a"): Tally(open=["a1", "a3"], won=["a2"]), ("q", "b"): Tally(open=["b1"]),
    }  # fmt: skip
    return graph


def test_interest_is_shared_out_and_open_deals_count_more_than_won_ones() -> None:
    assert flow(make_graph(), POLICY) == {"a": {"p": 0.75 * 2.5}, "b": {"q": 0.25 * 1}}


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        (("opportunities", "a3"), {"a": {"p": 0.75 * 1.5}, "b": {"q": 0.25}}),
        (("opportunities", "m3"), {"a": {"p": 2.5}}),
        (("products", "p"), {"b": {"q": 0.25}}),
    ],
)
def test_a_row_taken_away_is_missed_by_its_worth(
    without: Ref, expected: dict[str, dict[str, float]]
) -> None:
    assert flow(make_graph(), POLICY, without) == expected


def test_the_account_with_most_demand_comes_first_by_the_path_that_raised_it() -> None:
    first, second = rank(make_graph(), POLICY, kind="company", k=5)
    assert [step.ref[1] for step in first.path] == ["me", "m1", "p", "a1", "a"]
    assert [step.ref[1] for step in second.path] == ["me", "m3", "q", "b1", "b"]
    assert next(iter(first.features)) == "demand"
    assert first.support == {
        ("opportunities", "m1"): Tally(won=["m1", "m2", "m4"]),
        ("opportunities", "a1"): Tally(open=["a1", "a3"], won=["a2"]),
    }
    assert first.counterfactual == {
        "table": "products", "id": "p", "rank": 1, "rank_without": None,
    }  # fmt: skip


def test_a_deal_that_others_stand_beside_is_missed_by_one_not_by_its_path() -> None:
    graph = make_graph()
    graph.demand["q", "b"] = Tally(open=["b1", "b2", "b3"])
    first = rank(graph, POLICY, kind="company", k=1)[0]
    assert first.target == ("companies", "a")
    assert flow(graph, POLICY, ("opportunities", "a1"))["a"] == {"p": 0.75 * 1.5}


def test_words_tell_for_how_many_deals_one_stands() -> None:
    first = rank(make_graph(), POLICY, kind="company", k=1)[0]
    hops = path_fact(first, ROWS, "p1").hops
    assert hops[1] == "deal m1, won (1 of 3 won)"
    assert hops[3] == "deal a1 (1 of 2 open and 1 won)"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"a3": None}, "a counted deal is not a row"),
        ({"a3": {"outcome": "won"}}, "a counted deal is another account's, product's or outcome's"),
        ({"m4": {"product_id": "q"}},
         "a counted deal is another account's, product's or outcome's"),
    ],
)  # fmt: skip
def test_every_counted_deal_is_checked(change: dict[str, Any], fault: str | None) -> None:
    graph = make_graph()
    first = rank(graph, POLICY, kind="company", k=1)[0]
    rows = dict(ROWS)
    for row_id, new in change.items():
        if new is None:
            del rows["opportunities", row_id]
        else:
            rows["opportunities", row_id] = rows["opportunities", row_id] | new
    inside = graph.nodes.keys() | graph.counted()
    assert find_fault(first, rows, set(), inside) == fault
    assert find_fault(first, ROWS, set(), graph.nodes.keys()) == (
        "a citation lies outside the subgraph"
    )


def test_a_key_that_is_cut_is_counted_no_more() -> None:
    graph = make_graph()
    graph.cut_keys({("opportunities", "a3", "product_id")}, "wrong")
    assert graph.demand["p", "a"] == Tally(open=["a1"], won=["a2"])
    graph.cut_keys({("opportunities", "b1", "company_id")}, "wrong")
    assert ("q", "b") not in graph.demand


def test_demand_does_not_lead_back_through_the_account_that_led_to_the_product() -> None:
    graph = make_graph()  # `me` has no deal of its own for p; its parent `a` leads there
    for edge in [e for e in graph.edges if e.child in (("opportunities", "m1"),
                                                       ("opportunities", "m2"))]:  # fmt: skip
        del graph.edges[edge]
    graph.edges = {Edge(SEED, ("companies", "a"), "companies.parent_id"): None} | graph.edges
    found = next(r for r in rank(graph, POLICY, kind="company", k=5) if r.target[1] == "a")
    assert [step.ref for step in found.path] == [SEED, ("companies", "a")]
    assert found.features["demand"] > 0
