"""A value must stand with the row it is said of: another product's price supports nothing."""

import dataclasses
from datetime import date

import pytest

from fleet.adapters.files import read_policies
from fleet.domain import Company, Contact, Email, Opportunity, Product
from fleet.domain.provenance import RowRef
from fleet.drafting.claims import Claim, check_claims
from fleet.drafting.facts import Activity, Facts, Sender
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


ASKED = Email(
    id="m1", message_id="<m1@x.example>", thread_id="t1", direction="in",
    from_address="a@x.example", to_address="b@y.example", subject="",
    body="420 licences", reply="Please quote 420 licences.", at="2026-07-14T09:00:00Z",
)  # fmt: skip


def rows_of(language: str) -> Facts:
    """Return a deal won in May, a call in March, a mail of July, and 1832 people employed."""
    return dataclasses.replace(
        FACTS,
        contact=Contact(id="k1", name="Ada Novak", language=language),
        opportunities=(
            Opportunity(
                id="o1", product_id="basic", amount=8050.0, currency="EUR", outcome="won",
                opened_at="2026-02-03", closed_at="2026-05-04",
            ),
            Opportunity(id="o2", product_id="pro", opened_at="2026-09-30"),
        ),
        activities=(Activity(id="a1", kind="call", at="2026-03-09"),),
        emails=(ASKED,),
        mail=dataclasses.replace(ASKED, language=language),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "held", "swapped"),
    [
        ("en", "You bought GTX Basic in May.", "You bought GTX Basic in March."),
        ("de", "Sie haben im Mai bei uns gekauft.", "Sie haben im Juli bei uns gekauft."),
        ("fr", "Vous avez acheté GTX Basic en mai.", "Vous avez acheté GTX Basic en mars."),
        ("es", "Compró GTX Basic en mayo.", "Compró GTX Basic en septiembre."),
        ("it", "Ha acquistato GTX Basic a maggio.", "Ha acquistato GTX Basic a febbraio."),
        ("pt", "Comprou GTX Basic em maio.", "Comprou GTX Basic em julho."),
        ("nl", "U kocht GTX Basic in mei.", "U kocht GTX Basic in maart."),
        ("en", "We spoke on 9 March 2026.", "We spoke on 4 May 2026."),
        ("de", "Am 9. März 2026 haben wir telefoniert.", "Am 4. Mai 2026 haben wir telefoniert."),
        ("fr", "Notre appel du 9 mars 2026.", "Notre appel du 14 juillet 2026."),
        ("es", "Hablamos el 9 de marzo de 2026.", "Hablamos el 4 de mayo de 2026."),
        ("it", "La nostra chiamata del 9 marzo 2026.", "La nostra chiamata del 4 maggio 2026."),
        ("pt", "Falámos em 9 de março de 2026.", "Falámos em 14 de julho de 2026."),
        ("nl", "We belden op 9 maart 2026.", "We belden op 4 mei 2026."),
        ("en", "Your mail of 14 July 2026 was clear.", "Your mail of 9 March 2026 was clear."),
        ("en", "You employ 1832 people.", "You employ 420 people."),
        ("de", "Sie haben 1832 Beschäftigte.", "Sie haben 420 Beschäftigte."),
        ("fr", "Avec vos 1832 salariés.", "Avec vos 420 salariés."),
        ("es", "Con sus 1832 empleados.", "Con sus 420 empleados."),
        ("it", "Con 1832 dipendenti.", "Con 420 dipendenti."),
        ("pt", "Com 1832 colaboradores.", "Com 420 colaboradores."),
        ("nl", "Met 1832 medewerkers.", "Met 420 medewerkers."),
        ("en", "You asked for 420 licences.", "You asked for 1832 licences."),
        ("de", "Angefragt sind 420 Lizenzen.", "Angefragt sind 1832 Lizenzen."),
        ("en", "Your order came to 8,050 EUR.", "Your order came to 550 EUR."),
        ("de", "Der Auftrag lag bei 8.050 EUR.", "Der Auftrag lag bei 4.821 EUR."),
        ("nl", "GTX Basic kost 550 EUR.", "GTX Basic kost 8.050 EUR."),
        ("fr", "Vous utilisez GTX Basic.", "Vous utilisez GTX Pro."),
        ("en", "You use GTX Basic.", "You use GTX Pro."),
    ],
)
def test_a_value_in_another_role_is_no_support(language: str, held: str, swapped: str) -> None:
    facts = rows_of(language)
    assert [c.text for c in check_claims(held, facts, POLICY) if not c.supported] == []
    assert any(not claim.supported for claim in check_claims(swapped, facts, POLICY))
