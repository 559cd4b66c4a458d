"""Seeded drafts in free wording: one falsehood each, between true and plain sentences."""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from fleet.domain import Company, Contact, Email, Opportunity, Person, Product
from fleet.drafting.facts import Activity, Facts, Sender
from fleet.drafting.wording import money
from tests.support.draft_suite import (
    FAKES,
    FIRMS,
    FIRST,
    GOODS,
    LANGUAGES,
    LAST,
    MONTHS,
    SUFFIX,
    TODAY,
    PlantedDraft,
)

HERE = Path(__file__).parent
SORTS = {
    "number": "number", "date": "date", "price": "price", "name": "name", "product": "product",
    "past": "past_event", "promise": "promise",
}  # fmt: skip
NEAR = ("GTX Prime", "Orbit Maxx", "MG Specials", "GTX Pro Plus", "Orbit Litte", "MG Advance")
CITIES = ("Graz", "Porto", "Lyon", "Bilbao", "Torino", "Utrecht", "Leeds")
DAYS = {
    "en": "{d} {m} {y}", "de": "{d}. {m} {y}", "fr": "{d} {m} {y}", "es": "{d} de {m} de {y}",
    "it": "{d} {m} {y}", "pt": "{d} de {m} de {y}", "nl": "{d} {m} {y}",
}  # fmt: skip


def make_free(name: str, count: int, seed: int) -> list[PlantedDraft]:
    """Return `count` drafts from `draft_texts_<name>.toml`, kinds and languages in turn."""
    texts = tomllib.loads((HERE / f"draft_texts_{name}.toml").read_text(encoding="utf-8"))
    luck, sorts = Random(seed), tuple(sort for sort in SORTS if sort in texts["en"])
    apart = "{calledm}" in str(texts)
    return [
        _draft(texts[language], language, sorts[i % len(sorts)], i // (7 * len(sorts)), luck, apart)
        for i in range(count)
        for language in (LANGUAGES[(i // len(sorts)) % len(LANGUAGES)],)
    ]


def _draft(
    texts: dict[str, Any], language: str, sort: str, turn: int, luck: Random, apart: bool
) -> PlantedDraft:
    facts, values = _world(language, texts["mail"], luck, apart=apart)
    lines = [(text, True) for text in luck.sample(texts["true"], 2)]
    lines.append((luck.choice(texts["plain"]), True))
    luck.shuffle(lines)
    false = texts[sort][turn % len(texts[sort])]
    opens = false.endswith((",", ":"))  # a false greeting stands where greetings stand
    lines.insert(0 if opens else luck.randrange(4), (false, False))
    body, true, planted = "", [], (0, 0)
    for text, holds in lines:
        sentence = text.format(**values)
        span = (len(body), len(body) + len(sentence))
        if holds:
            true.append(span)
        else:
            planted = span
        apart = "\n" in sentence or sentence[-1] not in ".!?" or luck.random() < 0.2
        body += sentence + ("\n\n" if apart else " ")
    body = body.rstrip() + "\n\n" + luck.choice(texts["closing"]).format(**values)
    return PlantedDraft(
        kind=SORTS[sort], key=sort, language=language, body=body, facts=facts,
        planted=planted, true=tuple(true),
    )  # fmt: skip


def _world(language: str, mail: str, luck: Random, *, apart: bool) -> tuple[Facts, dict[str, str]]:
    """Return one account's rows and what the texts may say: true values, and wrong ones.

    With `apart` no two days share a month, so that a month names one of them.
    """
    firms, goods, city = luck.sample(FIRMS, 2), luck.sample(GOODS, 2), luck.choice(CITIES)
    firsts, lasts = luck.sample(FIRST, 3), luck.sample(LAST, 3)
    people = [f"{a} {b}" for a, b in zip(firsts, lasts, strict=True)]
    company = f"{firms[0]} {luck.choice(SUFFIX)}"
    employees, seats, wrong = luck.sample(range(400, 4000), 3)
    costs = [10.0 * n for n in luck.sample(range(20, 900), 4)]
    gaps = luck.sample(range(40, 300), 5)
    while apart and len({(TODAY - timedelta(days=gap)).month for gap in gaps}) < len(gaps):
        gaps = luck.sample(range(40, 300), 5)
    closed, called, mailed, opened, other = (TODAY - timedelta(days=gap) for gap in gaps)
    lie = luck.choice(costs) + luck.choice((-15, 5, 25, 115))
    symbol = "€{}" if language in ("en", "nl") else "{} €"
    decimals = money(lie + 0.5, "EUR", language)
    values = {
        "company": company, "city": city, "first": firsts[0], "last": lasts[0],
        "name": people[0], "owner": people[1], "ownerfirst": firsts[1], "product": goods[0],
        "product2": goods[1], "emp": str(employees), "seats": str(seats),
        "called": _day(called, language), "called_iso": called.isoformat(),
        "closed": _day(closed, language), "mailed": _day(mailed, language),
        "price": money(costs[0], "EUR", language), "amount": money(costs[2], "EUR", language),
        "price2_sym": symbol.format(money(costs[1], None, language)),
        "budget": money(costs[3], "EUR", language),
        "n": str(wrong), "ng": money(wrong, None, language), "d": _day(other, language),
        "iso": other.isoformat(), "dm": _short(other, language),
        "p": money(lie, "EUR", language), "ps": symbol.format(money(lie, None, language)),
        "pd": decimals, "stranger": people[2], "strangerfirst": firsts[2],
        "strangerlast": lasts[2], "firm": f"{firms[1]} {luck.choice(SUFFIX)}",
        "closedm": _month(closed, language), "calledm": _month(called, language),
        "mailedm": _month(mailed, language),
        "fake": luck.choice(FAKES), "near": luck.choice(NEAR),
    }  # fmt: skip
    asked = mail.format(**values)
    received = Email(
        id="m1", message_id="<m1@x.example>", thread_id="t1", direction="in",
        from_address="a@x.example", to_address="b@y.example", subject="", body=asked,
        reply=asked, at=mailed.isoformat() + "T09:00:00Z", language=language,
    )  # fmt: skip
    facts = Facts(
        today=TODAY,
        sender=Sender(name=people[1], person_id="p1"),
        contact=Contact(id="k1", name=people[0], language=language),
        company=Company(id="c1", name=company, employees=employees, city=city),
        opportunities=(
            Opportunity(
                id="o1", product_id="g0", amount=costs[2], currency="EUR", outcome="won",
                closed_at=closed.isoformat(),
            ),
            Opportunity(id="o2", product_id="g1", opened_at=opened.isoformat()),
        ),
        products=tuple(
            Product(id=f"g{i}", name=goods[i], price=costs[i], currency="EUR") for i in (0, 1)
        ),
        people=(Person(id="p1", name=people[1]),),
        emails=(received,),
        activities=(Activity(id="a1", kind="call", at=called.isoformat()),),
        mail=received,
    )  # fmt: skip
    return facts, values


def _day(day: date, language: str) -> str:
    return DAYS[language].format(d=day.day, m=_month(day, language), y=day.year)


def _month(day: date, language: str) -> str:
    return MONTHS[language].split()[day.month - 1]


def _short(day: date, language: str) -> str:
    if language == "en":
        return f"{MONTHS['en'].split()[day.month - 1][:3]} {day.day}"
    return f"{day.day}.{day.month}." if language == "de" else f"{day.day:02}/{day.month:02}"
