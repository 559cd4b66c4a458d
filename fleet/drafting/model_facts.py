"""The rows a model may write from: a short list, each line one row with its id.

Only what a reply can need: no mail address, no phone number, no internal note beyond its subject.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.domain import Opportunity, Product
from fleet.domain.provenance import RowRef
from fleet.drafting.compose import named_products
from fleet.drafting.facts import Facts
from fleet.drafting.policy import DraftingPolicy
from fleet.drafting.wording import money

TALKS = ("call", "meeting")
LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftModelPolicy:
    """`[drafting_model]`: what the model is shown, and how far it is believed."""

    max_chars: int
    max_subject: int
    max_products: int
    max_rows: int
    max_value: int
    max_confidence: float
    unsupported: float


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the model reads it."""

    ref: RowRef
    text: str

    def __str__(self) -> str:
        """Write the row as one line of the prompt."""
        return f"{self.ref.table}:{self.ref.id} | {self.text}"


def fact_lines(facts: Facts, language: str, policy: DraftModelPolicy) -> tuple[Line, ...]:
    """Return the rows around the mail, most useful first; every list is bounded."""
    return tuple(line for line in _lines(facts, language, policy) if line.text)


def prompt_values(
    facts: Facts, lines: tuple[Line, ...], language: str, label: str, *,
    drafting: DraftingPolicy, policy: DraftModelPolicy,
) -> dict[str, str]:  # fmt: skip
    """Return the values of the prompt; names in rows are as untrusted as the mail."""
    mail = facts.mail
    return {
        "facts": "\n".join(str(line) for line in lines) or "(no rows)",
        "subject": (mail.subject if mail else "")[: policy.max_subject],
        "mail": (mail.reply if mail else "")[: policy.max_chars],
        "language": LANGUAGES.get(language, language),
        "code": language,
        "label": label,
        "max_words": str(drafting.voice.max_words // 2),  # half: greeting and closing come on top
    }


def _lines(facts: Facts, language: str, policy: DraftModelPolicy) -> Iterator[Line]:
    def line(table: str, row_id: str, **parts: object) -> Line:
        cut = {
            name.replace("_", " "): " ".join(str(part).split())[: policy.max_value]
            for name, part in parts.items()
            if part not in (None, "")
        }
        return Line(RowRef(table, row_id), "; ".join(f"{k}: {v}" for k, v in cut.items()))

    if facts.contact:
        yield line("contacts", facts.contact.id, name=facts.contact.name, title=facts.contact.title)
    if facts.company:
        firm = facts.company
        yield line(
            "companies", firm.id, name=firm.name, industry=firm.industry, employees=firm.employees,
            city=firm.city, country=firm.country,
        )  # fmt: skip
    for product in _products(facts)[: policy.max_products]:
        price = money(product.price, product.currency, language) if product.price else None
        yield line(
            "products", product.id, product=product.name, price=price, about=product.description
        )
    names = {product.id: product.name for product in facts.products}
    for deal in facts.opportunities[: policy.max_rows]:
        yield line(
            "opportunities", deal.id, deal=deal.name, product=names.get(deal.product_id or ""),
            stage=deal.stage, outcome=deal.outcome, amount=_amount(deal, language),
            opened=_day(deal.opened_at), closed=_day(deal.closed_at),
        )  # fmt: skip
    talks = [each for each in facts.activities if each.kind in TALKS]
    for talk in talks[: policy.max_rows]:
        yield line("activities", talk.id, kind=talk.kind, on=_day(talk.at), subject=talk.subject)
    earlier = [mail for mail in facts.emails if facts.mail is None or mail.id != facts.mail.id]
    for mail in earlier[-policy.max_rows :]:
        who = "they wrote" if mail.direction == "in" else "we wrote"
        yield line("emails", mail.id, who=who, on=_day(mail.at), text=mail.reply)


def _products(facts: Facts) -> list[Product]:
    """Order the catalogue: what the mail names, what they have a deal on, the rest."""
    text = f"{facts.mail.subject}\n{facts.mail.reply}" if facts.mail else ""
    named = {product.id for product in named_products(facts, text)}
    dealt = {deal.product_id for deal in facts.opportunities}
    return sorted(facts.products, key=lambda p: (p.id not in named, p.id not in dealt, p.id))


def _amount(deal: Opportunity, language: str) -> str | None:
    return money(deal.amount, deal.currency, language) if deal.amount else None


def _day(at: str | None) -> str | None:
    return at[:10] if at else None
