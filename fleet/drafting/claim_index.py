"""Index the rows around a contact by the values that a claim may state."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from fleet.domain import Email
from fleet.domain.provenance import RowRef
from fleet.drafting.claim_facts import COUNTED, Known, Rows, thing_of
from fleet.drafting.claim_past import PAST
from fleet.drafting.claim_read import PARTS, read_date, read_number
from fleet.drafting.claim_text import KEPT
from fleet.drafting.facts import Facts
from fleet.mailbox.language import FUNCTION_WORDS

SENTENCES = re.compile(r"(?<=[.!?])\s")
SPOKEN: dict[str, tuple[str, ...]] = {  # function words, with the languages that use them
    word: tuple(code for code, words in FUNCTION_WORDS.items() if word in words.split())
    for word in {word for words in FUNCTION_WORDS.values() for word in words.split()}
}
LEAD = 3  # function words by which another language must lead
SHORT_LEAD = 2  # where the usual language shows none
TALKS = ("call", "meeting")
NUMERAL = re.compile(r"(?<![\d.,])\d[\d.,\u202f\u00a0]*")


def spoken_language(text: str, usual: str) -> str:
    """Return the language of a text: the usual one, unless another one's words lead clearly."""
    hits = dict.fromkeys(FUNCTION_WORDS, 0)
    for word in PARTS.findall(text.lower()):
        for code in SPOKEN.get(word, ()):
            hits[code] += 1
    best = max(hits, key=lambda code: (hits[code], code))
    lead = hits[best] - hits[usual]
    return best if lead >= LEAD or (lead >= SHORT_LEAD and not hits[usual]) else usual


def index_facts(facts: Facts, body: str) -> Known:
    """Index the rows once for a whole body; its words say whether it is German."""
    inbound = [mail for mail in facts.emails if mail.direction == "in"]
    said = {
        word.lower() for mail in inbound for word in PARTS.findall(f"{mail.subject} {mail.reply}")
    }
    spoken = spoken_language(body, facts.language if facts.language in PAST else "en")
    won = [deal for deal in facts.opportunities if deal.outcome == "won"]
    products = tuple(
        (p.name, (RowRef("products", p.id, "name"),))
        for p in sorted(facts.products, key=lambda p: -len(p.name))
    )
    plain = _spaced(body)
    mentioned = tuple(item for item in products if _spaced(item[0]) in plain)
    return Known(
        products=products,
        mentioned=mentioned,
        named=tuple(name.lower() for name, _ in mentioned),
        abouts=tuple(
            (part, (RowRef("products", p.id, "description"),))
            for p in facts.products
            for part in _parts(p.description or "")
            if part in body
        ),
        prices=tuple(_prices(facts)),
        currencies={
            **{RowRef("products", p.id, "price"): p.currency for p in facts.products if p.currency},
            **{
                RowRef("opportunities", o.id, "amount"): o.currency
                for o in facts.opportunities
                if o.currency
            },
        },
        dates=tuple(_dates(facts)),
        numbers=tuple(
            (float(c.employees), RowRef("companies", c.id, "employees"))
            for c in (facts.company, *facts.related)
            if c is not None and c.employees is not None
        ),
        said=frozenset(said),
        names=_names(facts),
        traits=tuple(_traits(facts)),
        dotted=tuple(name for name in _titles(facts) if "." in name),
        calls=tuple(
            RowRef("activities", a.id, "kind") for a in facts.activities if a.kind in TALKS
        ),
        purchases=tuple(RowRef("opportunities", o.id, "outcome") for o in won),
        sold=tuple((RowRef("opportunities", o.id, "outcome"), o.product_id) for o in won),
        owned=frozenset(o.product_id for o in won if o.product_id),
        won=frozenset(o.id for o in won),
        talked=frozenset(a.id for a in facts.activities if a.kind in TALKS),
        bought=tuple(p.name for p in facts.products if p.id in {o.product_id for o in won}),
        inbound=tuple(RowRef("emails", mail.id, "reply") for mail in inbound[-1:]),
        asks=frozenset(_asks(inbound)),
        figures=frozenset(
            value
            for mail in inbound
            for match in NUMERAL.finditer(f"{mail.subject} {mail.reply}")
            if (value := read_number(match.group())) is not None
        ),
        deals=tuple(_deals(facts)),
        talks=tuple(
            (day, RowRef("activities", a.id, "at"))
            for a in facts.activities
            if a.kind in TALKS and (day := _day(a.at))
        ),
        revenues=tuple(
            (c.revenue, RowRef("companies", c.id, "revenue"))
            for c in (facts.company, *facts.related)
            if c is not None and c.revenue is not None
        ),
        today=facts.today,
        language=spoken,
    )  # fmt: skip


def _spaced(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").split())


@lru_cache(maxsize=KEPT)
def _parts(description: str) -> tuple[str, ...]:
    """Return the sentences of a description."""
    parts = SENTENCES.split(" ".join(description.split()))
    return tuple(part.strip(" .") for part in parts if part.strip(" ."))


@lru_cache(maxsize=KEPT)
def _words(name: str) -> tuple[str, ...]:
    return tuple(PARTS.findall(name.lower()))


@lru_cache(maxsize=KEPT)
def _day(stamp: str) -> date | None:
    """Return the day of a row's stamp."""
    try:
        return date.fromisoformat(stamp[:10])
    except ValueError:
        return read_date(stamp[:10], date.min)


def _prices(facts: Facts) -> list[tuple[float, RowRef, str | None]]:
    priced = [(p.price, RowRef("products", p.id, "price"), p.id) for p in facts.products]
    deals = [
        (o.amount, RowRef("opportunities", o.id, "amount"), o.product_id)
        for o in facts.opportunities
    ]
    return [(value, row, about) for value, row, about in (*priced, *deals) if value is not None]


def _asks(inbound: list[Email]) -> Iterator[tuple[float, str]]:
    for mail in inbound:
        text = f"{mail.subject}\n{mail.reply}"
        for match in NUMERAL.finditer(text):
            value = read_number(match.group())
            thing = COUNTED.match(text, match.end())
            for word in thing.group().lower().split() if thing and value is not None else ():
                yield value or 0.0, thing_of(word)


def _deals(facts: Facts) -> list[tuple[str, date, RowRef]]:
    names = {product.id: product.name.lower() for product in facts.products}
    return [
        (names[deal.product_id], day, RowRef("opportunities", deal.id, field))
        for deal in facts.opportunities
        if deal.product_id in names
        for field in ("opened_at", "closed_at")
        if (day := _day(getattr(deal, field) or ""))
    ]


def _traits(facts: Facts) -> Iterator[tuple[str, RowRef]]:
    if facts.company and facts.company.industry:
        yield facts.company.industry.lower(), RowRef("companies", facts.company.id, "industry")
    if facts.contact and facts.contact.title:
        yield facts.contact.title.lower(), RowRef("contacts", facts.contact.id, "title")


def _titles(facts: Facts) -> Iterator[str]:
    """Yield the names of firms and products."""
    for row in (facts.company, *facts.related, *facts.products):
        if row is not None:
            yield row.name


def _names(facts: Facts) -> dict[str, Rows]:
    named: list[tuple[str | None, RowRef | None]] = [
        (facts.sender.name, None),
        (facts.sender.company, None),
    ]
    if facts.sender.person_id:
        named[0] = (facts.sender.name, RowRef("people", facts.sender.person_id, "name"))
    if facts.contact:
        named.append((facts.contact.name, RowRef("contacts", facts.contact.id, "name")))
    elif facts.recipient_name and facts.mail:
        named.append((facts.recipient_name, RowRef("emails", facts.mail.id, "from_name")))
    named += [
        (c.name, RowRef("companies", c.id, "name")) for c in (facts.company, *facts.related) if c
    ]
    named += [(p.name, RowRef("people", p.id, "name")) for p in facts.people]
    named += [
        (getattr(row, field), RowRef(table, row.id, field))
        for table, rows, fields in (
            ("companies", (facts.company, *facts.related), ("city", "country", "industry")),
            ("contacts", (facts.contact,), ("title", "country")),
            ("people", facts.people, ("role", "office", "manager")),
        )
        for row in rows
        if row
        for field in fields
    ]
    names: dict[str, Rows] = {}
    for name, row in named:
        for part in _words(name or ""):
            names[part] = (*names.get(part, ()), *((row,) if row else ()))
    return names


def _dates(facts: Facts) -> list[tuple[date, RowRef]]:
    stamps = [
        (getattr(deal, field), RowRef("opportunities", deal.id, field))
        for deal in facts.opportunities
        for field in ("closed_at", "opened_at", "expected_close")
    ]
    stamps += [(a.at, RowRef("activities", a.id, "at")) for a in facts.activities]
    stamps += [(mail.at, RowRef("emails", mail.id, "at")) for mail in facts.emails]
    found = []
    for text, row in stamps:
        day = _day(text or "")
        if day:
            found.append((day, row))
    return found
