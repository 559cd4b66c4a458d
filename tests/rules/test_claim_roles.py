"""A value must stand with the row it is said of: another product's price supports nothing."""

import dataclasses
from datetime import date

import pytest

from fleet.adapters.files import read_policies
from fleet.domain import Company, Opportunity, Product
from fleet.domain.provenance import RowRef
from fleet.drafting.claims import Claim, check_claims
from fleet.drafting.facts import Facts, Sender
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section

POLICY = section(read_policies(), "drafting", DraftingPolicy)
FACTS = Facts(
    today=date(2026, 11, 25),
    sender=Sender(name="Mara Koch", person_id="p1"),
    company=Company(id="c1", name="Veltra GmbH", employees=1832),
    opportunities=(
        Opportunity(id="o1", product_id="basic", amount=8050.0, closed_at="2026-05-04"),
        Opportunity(id="o2", amount=12400.0, closed_at="2026-09-30"),
    ),
    products=(
        Product(id="basic", name="GTX Basic", price=550.0, currency="EUR"),
        Product(id="pro", name="GTX Pro", price=4821.0, currency="EUR"),
    ),
)


def prices(body: str, facts: Facts = FACTS) -> list[Claim]:
    return [claim for claim in check_claims(body, facts, POLICY) if claim.kind == "price"]


@pytest.mark.parametrize(
    ("body", "supported"),
    [
        ("GTX Basic costs 550 EUR.", [True]),
        ("GTX Pro costs 550 EUR.", [False]),
        ("For 550 EUR you get GTX Pro.", [False]),
        ("For 4,821 EUR you get GTX Pro.", [True]),
        ("GTX Basic costs 550 EUR, GTX Pro 4,821 EUR.", [True, True]),
        ("GTX Basic costs 4,821 EUR, GTX Pro 550 EUR.", [False, False]),
        ("The offer for GTX Basic stands at 8,050 EUR.", [True]),
        ("The offer for GTX Pro stands at 8,050 EUR.", [False]),
        ("The offer for GTX Pro stands at 12,400 EUR.", [True]),  # that deal names no product
        ("It stands at 4,821 EUR.", [True]),
    ],
)
def test_a_price_belongs_to_the_product_it_is_said_of(body: str, supported: list[bool]) -> None:
    assert [claim.supported for claim in prices(body)] == supported


def test_the_nearest_row_of_a_wrong_price_is_the_price_of_that_product() -> None:
    (claim,) = prices("GTX Pro costs 550 EUR.")
    assert (claim.nearest, claim.nearest_value) == (RowRef("products", "pro", "price"), "4821.0")
    assert claim.note == "no row of this product holds it"


@pytest.mark.parametrize(
    ("body", "kind", "row", "value"),
    [
        ("You signed on 1 October 2026.", "date", RowRef("opportunities", "o2", "closed_at"), "2026-09-30"),
        ("It costs 5,000 EUR.", "price", RowRef("products", "pro", "price"), "4821.0"),
        ("With 1900 people it fits.", "number", RowRef("companies", "c1", "employees"), "1832.0"),
        ("Best to you at Weltra GmbH.", "name", RowRef("companies", "c1", "name"), "veltra"),
    ],
)  # fmt: skip
def test_the_nearest_row_is_the_one_whose_value_comes_closest(
    body: str, kind: str, row: RowRef, value: str
) -> None:
    found = [c for c in check_claims(body, FACTS, POLICY) if c.kind == kind and not c.supported]
    assert [(claim.nearest, claim.nearest_value) for claim in found] == [(row, value)]


def test_without_rows_of_a_kind_nothing_is_near() -> None:
    bare = dataclasses.replace(FACTS, products=(), opportunities=())
    (claim,) = prices("It costs 550 EUR.", bare)
    assert (claim.supported, claim.nearest) == (False, None)
