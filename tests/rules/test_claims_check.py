"""The claim check on single sentences: what is linked, what is not, and how long it takes."""

import time
import tomllib
from datetime import date
from pathlib import Path

import pytest

from fleet.domain import Company, Contact, Email, Opportunity, Product
from fleet.domain.provenance import RowRef
from fleet.drafting.claims import check_claims
from fleet.drafting.facts import Activity, Facts, Sender
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section

ROOT = Path(__file__).parents[2]
POLICY = section(
    tomllib.loads((ROOT / "data" / "policies.toml").read_text(encoding="utf-8")),
    "drafting",
    DraftingPolicy,
)
MAIL = Email(
    id="m1", message_id="<m1@a.example>", thread_id="t1", direction="in", subject="Question",
    from_address="a@a.example", to_address="b@b.example", body="We need 40 licences.",
    reply="We need 40 licences.", at="2026-11-20T09:00:00Z", language="en",
)  # fmt: skip
FACTS = Facts(
    today=date(2026, 11, 25),
    sender=Sender(name="Mara Koch", person_id="p1"),
    contact=Contact(id="k1", name="Jonas Vermeer", language="en"),
    company=Company(id="c1", name="Veltra GmbH", employees=1832),
    opportunities=(Opportunity(id="o1", product_id="g0", amount=8050.0, outcome="won"),),
    products=(Product(id="g0", name="GTX Basic", price=1250.0, currency="EUR"),),
    emails=(MAIL,),
    activities=(Activity(id="a1", kind="call", at="2026-10-01T10:00:00Z"),),
    mail=MAIL,
)
LINE = 100_000
MAX_SECONDS = 2.0

SUPPORTED = (
    ("It is listed at 1,250 EUR.", "price", RowRef("products", "g0", "price")),
    ("It is listed at € 1.250.", "price", RowRef("products", "g0", "price")),
    ("For this I suggest GTX Basic.", "product", RowRef("products", "g0", "name")),
    ("With 1832 people it fits.", "number", RowRef("companies", "c1", "employees")),
    ("We spoke in autumn.", "past_event", RowRef("activities", "a1", "kind")),
    ("The call was on 1 October 2026.", "date", RowRef("activities", "a1", "at")),
    ("You asked for 40 licences.", "number", RowRef("emails", "m1", "reply")),
    ("Hello Jonas,", "name", RowRef("contacts", "k1", "name")),
    ("Es kostet 1.250,00 €.", "price", RowRef("products", "g0", "price")),
    ("Cela coûte 1 250 €.", "price", RowRef("products", "g0", "price")),
    ("It costs twelve hundred and fifty euros.", "price", RowRef("products", "g0", "price")),
    ("The call was on October 1st, 2026.", "date", RowRef("activities", "a1", "at")),
    ("The call was on 2026-10-01.", "date", RowRef("activities", "a1", "at")),
    ("The call was on 10/01/2026.", "date", RowRef("activities", "a1", "at")),
    ("The call was in October.", "date", RowRef("activities", "a1", "at")),
    ("You asked for forty licences.", "number", RowRef("emails", "m1", "reply")),
)
UNSUPPORTED = (
    ("It is listed at 1,251 EUR.", "price", "1,251 EUR"),
    ("It fits 40 people.", "number", "40"),  # their mail vouches only for what they wrote
    ("Costs fall by 35%.", "number", "35%"),
    ("The call was on 2 October 2026.", "date", "2 October 2026"),
    ("It is listed at 1٢50 EUR.", "price", "1٢50 EUR"),
    ("Hello Jоnas,", "name", "о"),  # the second letter is Cyrillic on purpose
    ("It is\u200b ready.", "number", "It is\u200b ready."),
    ("Best regards,\nBob Stranger", "name", "Bob Stranger"),
    ("As agreed, it starts soon.", "past_event", "as agreed"),
    ("You renewed early.", "past_event", "renewed"),
    ("You get a discount.", "promise", "discount"),
    ("It costs 1,250 USD.", "price", "1,250 USD"),  # the row says euros
    ("The call was yesterday.", "date", "yesterday"),
    ("Roughly forty-five people use it.", "number", "forty-five"),
    ("GTX Basic Plus would fit.", "product", "GTX Basic Plus"),
    ("Hi Johannes,", "name", "Hi Johannes"),
    ("Our support answers at night.", "statement", "Our support answers at night."),
    ("We spoke in autumn, and you confirmed the budget.", "past_event", "you confirmed"),
    (
        "Thank you for hosting us at your offices.",
        "statement",
        "Thank you for hosting us at your offices.",
    ),
    ("You will have it by Friday.", "promise", "you will"),
)


@pytest.mark.parametrize(("body", "kind", "row"), SUPPORTED)
def test_a_claim_that_a_row_holds_is_linked_to_it(body: str, kind: str, row: RowRef) -> None:
    claims = check_claims(body, FACTS, POLICY)
    assert [claim.text for claim in claims if not claim.supported] == []
    assert any(claim.kind == kind and row in claim.evidence for claim in claims)


@pytest.mark.parametrize(("body", "kind", "text"), UNSUPPORTED)
def test_a_claim_that_no_row_holds_is_unsupported(body: str, kind: str, text: str) -> None:
    wrong = [claim for claim in check_claims(body, FACTS, POLICY) if not claim.supported]
    assert (kind, text.lower()) in {(claim.kind, claim.text.lower()) for claim in wrong}


def test_offsets_are_exact_and_positions_in_reading_order() -> None:
    body = "Hello Jonas,\n\nIt costs 1,250 EUR. You renewed early.\n\nMara Koch"
    claims = check_claims(body, FACTS, POLICY)
    assert [claim.position for claim in claims] == list(range(len(claims)))
    assert [body[claim.start : claim.end] for claim in claims] == [c.text for c in claims]


def test_an_unsupported_price_names_the_row_to_look_at() -> None:
    (claim,) = check_claims("It is listed at 1,251 EUR.", FACTS, POLICY)
    assert (claim.nearest, claim.nearest_value) == (RowRef("products", "g0", "price"), "1250.0")


def test_courtesy_and_questions_hold_no_claim() -> None:
    body = (
        "Thank you. What would you like to use it for? I would be glad to help. Would Tuesday at "
        "10:00 suit you? It depends on how your teams work. I will look into it and come back to "
        "you. Take your time."
    )
    assert check_claims(body, FACTS, POLICY) == ()


@pytest.mark.parametrize("unit", ["1", "a ", "A b ", "1. ", "1.1,", "$", "sie ge ", "we "])
def test_a_huge_line_is_refused_in_linear_time(unit: str) -> None:
    began = time.process_time()
    claims = check_claims(unit * (LINE // len(unit)), FACTS, POLICY)
    assert time.process_time() - began < MAX_SECONDS
    assert any(not claim.supported for claim in claims)
