from dataclasses import replace
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.policy import section
from fleet.recommender import Edge, Ranked, RankPolicy, Ref, Step, Subgraph, find_fault, rank

C1: Ref = ("companies", "c1")
P1: Ref = ("contacts", "p1")
ROWS: dict[Ref, dict[str, Any]] = {
    C1: {"id": "c1", "name": "One", "parent_id": None},
    P1: {"id": "p1", "name": "P", "company_id": "c1", "email": "P@x.example",
         "do_not_contact": False},
}  # fmt: skip
GOOD = Ranked(P1, 0.5, 1.0, (Step(C1, None), Step(P1, "contacts.company_id")), {})
POLICY = section(read_policies(), "recommender", RankPolicy)


def test_a_path_of_rows_joined_by_keys_has_no_fault() -> None:
    assert find_fault(GOOD, ROWS, set(), ROWS.keys()) is None


@pytest.mark.parametrize(
    ("change", "suppressed", "fault"),
    [
        ({P1: None}, set(), "a hop is not a row"),
        ({P1: ROWS[P1] | {"company_id": "c2"}}, set(), "a key does not join its rows"),
        ({P1: ROWS[P1] | {"do_not_contact": True}}, set(), "a contact is suppressed"),
        ({}, {"p@x.example"}, "a contact is suppressed"),
    ],
)
def test_every_fault_has_its_reason(
    change: dict[Ref, Any], suppressed: set[str], fault: str
) -> None:
    rows = {ref: row for ref, row in (ROWS | change).items() if row is not None}
    assert find_fault(GOOD, rows, suppressed, ROWS.keys()) == fault


def test_a_citation_outside_the_subgraph_is_a_fault() -> None:
    inside: set[Ref] = {C1}
    assert find_fault(GOOD, ROWS, set(), inside) == "a citation lies outside the subgraph"


def test_a_wrong_key_name_is_a_fault() -> None:
    wrong = replace(GOOD, path=(Step(C1, None), Step(P1, "contacts.owner_id")))
    assert find_fault(wrong, ROWS, set(), ROWS.keys()) == "a key does not join its rows"


def test_a_row_twice_on_a_path_is_a_fault() -> None:
    back = Step(C1, "contacts.company_id")
    round_trip = replace(GOOD, target=C1, path=(*GOOD.path, back))
    assert find_fault(round_trip, ROWS, set(), ROWS.keys()) == "a row stands on its path twice"


def make_graph() -> Subgraph:
    deal: Ref = ("opportunities", "o1")
    nodes = ROWS | {deal: {"id": "o1", "contact_id": "p1", "outcome": None, "amount": 10.0,
                           "opened_at": "2026-01-02"}}  # fmt: skip
    edges = (Edge(P1, C1, "contacts.company_id"), Edge(deal, P1, "opportunities.contact_id"))
    return Subgraph(C1, dict(nodes), dict.fromkeys(edges))


def test_counterfactual_names_the_hop_whose_loss_costs_the_place() -> None:
    deal = rank(make_graph(), POLICY, kind="opportunity", k=5)[0]
    assert deal.counterfactual == {"table": "contacts", "id": "p1", "rank": 1, "rank_without": None}


def test_missing_evidence_lowers_confidence_never_the_score() -> None:
    graph = make_graph()
    before = rank(graph, POLICY, kind="contact", k=1)[0]
    graph.scores[P1] = {"propensity": before.score}
    after = rank(graph, POLICY, kind="contact", k=1)[0]
    assert after.confidence > before.confidence
    assert after.score == pytest.approx(before.score, abs=1e-5)


def test_cycles_are_cut() -> None:
    other: Ref = ("companies", "c2")
    nodes = {C1: ROWS[C1] | {"parent_id": "c2"}, other: {"id": "c2", "parent_id": "c1"}}
    edges = (Edge(C1, other, "companies.parent_id"), Edge(other, C1, "companies.parent_id"))
    found = rank(Subgraph(C1, dict(nodes), dict.fromkeys(edges)), POLICY, kind=None, k=5)
    assert [item.target for item in found] == [other]


@pytest.mark.parametrize("name", ["hop_decay", "weight_stage", "open", "half_life_days"])
def test_policy_numbers_are_live(name: str) -> None:
    graph = make_graph()
    graph.nodes["emails", "e1"] = {"id": "e1", "contact_id": "p1", "at": "2026-09-01"}
    moved = replace(POLICY, **{name: getattr(POLICY, name) / 2})
    scores = [
        [item.score for item in rank(graph, policy, kind=None, k=5)] for policy in (POLICY, moved)
    ]
    assert scores[0] != scores[1]
