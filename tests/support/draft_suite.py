"""Seeded drafts with one planted falsehood each, beside claims that the rows support."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from fleet.domain import Company, Contact, Email, Opportunity, Person, Product
from fleet.drafting.facts import Activity, Facts, Sender
from fleet.drafting.wording import money

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
KINDS = {
    "number": ("number.employees", "number.seats"),
    "date": ("date.called", "date.closed", "date.mailed", "date.opened"),
    "price": ("price.list", "price.amount"),
    "name": ("name.company", "name.person"),
    "product": ("product.bought", "product.list"),
    "past_event": ("past_event.false",),
    "promise": ("promise.false",),
}
TODAY = date(2026, 11, 25)
FIRST = ("Marta", "Jonas", "Elena", "Pieter", "Lucia", "Tiago", "Camille", "Ruben", "Sofia", "Nils")
LAST = ("Lindqvist", "Berger", "Moretti", "Duarte", "Lefèvre", "Ibáñez", "Vermeer", "Novak", "Hale")
FIRMS = ("Nordlicht", "Acerbi", "Veltra", "Quindle", "Ostrava", "Brevia", "Tamaris", "Kestrel")
SUFFIX = ("GmbH", "Ltd", "SARL", "Group", "BV", "Industries")
GOODS = ("GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "Orbit Lite", "Orbit Max")
FAKES = ("Zentro Elite", "Kappa 9000", "Orbit Titan", "GTX Mega", "Lumo Suite")
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
    "dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
WRITTEN = {
    "en": "on {d} {m} {y}", "de": "am {d}. {m} {y}", "fr": "le {d} {m} {y}",
    "es": "el {d} de {m} de {y}", "it": "il {d} {m} {y}", "pt": "em {d} de {m} de {y}",
    "nl": "op {d} {m} {y}",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedDraft:
    """A body; `planted` is the span of the falsehood, `true` the spans of true sentences."""

    kind: str
    key: str
    language: str
    body: str
    facts: Facts
    planted: tuple[int, int]
    true: tuple[tuple[int, int], ...]


def make_suite(half: str, count: int, seed: int) -> list[PlantedDraft]:
    """Return `count` drafts of the `dev` or `held` half, kinds and languages in turn."""
    texts = tomllib.loads((HERE / f"draft_texts_{half}.toml").read_text(encoding="utf-8"))
    luck = Random(seed)
    kinds = tuple(KINDS)
    return [
        _draft(texts[language], language, kinds[i % len(kinds)], luck)
        for i in range(count)
        for language in (LANGUAGES[(i // len(kinds)) % len(LANGUAGES)],)
    ]


def _draft(texts: dict[str, Any], language: str, kind: str, luck: Random) -> PlantedDraft:
    world = _World(language, luck)
    key = luck.choice(KINDS[kind])
    others = [k for group in KINDS.values() for k in group if not k.endswith("false")]
    chosen = luck.sample([k for k in [*others, "past_event.true"] if k != key], 2)
    parts = [(luck.choice(_texts(texts, k)), world.truth(k), True) for k in chosen]
    parts.insert(luck.randrange(3), (luck.choice(_texts(texts, key)), world.lie(key), False))
    body = luck.choice(texts["greeting"]).format(**world.values) + "\n\n"
    body += luck.choice(texts["filler"]) + " "
    true, planted = [], (0, 0)
    for text, value, holds in parts:
        sentence = text.format(**world.values, x=value)
        span = (len(body), len(body) + len(sentence))
        if holds:
            true.append(span)
        else:
            planted = span
        body += sentence + " "
    body += "\n\n" + luck.choice(texts["closing"]).format(**world.values)
    return PlantedDraft(
        kind=kind, key=key, language=language, body=body, facts=world.facts(texts["mail"]),
        planted=planted, true=tuple(true),
    )  # fmt: skip


def _texts(texts: dict[str, Any], key: str) -> list[str]:
    group, _, name = key.partition(".")
    found: list[str] = texts[group][name]
    return found


class _World:
    """One account with its rows, and values that no row holds."""

    def __init__(self, language: str, luck: Random) -> None:
        self.language, self.luck = language, luck
        firms, goods = luck.sample(FIRMS, 2), luck.sample(GOODS, 2)
        firsts, lasts = luck.sample(FIRST, 4), luck.sample(LAST, 4)
        self.names = [f"{a} {b}" for a, b in zip(firsts, lasts, strict=True)]
        self.company, self.stranger = (f"{firm} {luck.choice(SUFFIX)}" for firm in firms)
        self.goods = goods
        self.employees, self.seats = luck.sample(range(60, 4000), 2)
        self.costs = [10.0 * n for n in luck.sample(range(20, 900), 3)]
        self.days = {
            key: TODAY - timedelta(days=gap)
            for key, gap in zip(KINDS["date"], sorted(luck.sample(range(3, 300), 4)), strict=True)
        }
        self.values = {
            "first": firsts[0], "last": lasts[0], "name": self.names[0],
            "owner": self.names[1], "owner_first": firsts[1], "company": self.company,
            "product": goods[0], "product2": goods[1], "seats": str(self.seats),
            "budget": money(self.costs[2], "EUR", language),
        }  # fmt: skip

    def truth(self, key: str) -> str:
        """Return what the rows hold for `{x}`."""
        plain = {
            "number.employees": str(self.employees), "number.seats": str(self.seats),
            "price.list": money(self.costs[0], "EUR", self.language),
            "price.amount": money(self.costs[1], "EUR", self.language),
            "name.company": self.company, "name.person": self.names[1],
            "product.bought": self.goods[0], "product.list": self.goods[1],
        }  # fmt: skip
        return self._day(self.days[key]) if key in self.days else plain.get(key, "")

    def lie(self, key: str) -> str:
        """Return a value that no row holds."""
        group = key.partition(".")[0]
        if group == "number":
            held = {self.employees, self.seats}
            return str(next(n for n in iter(lambda: self.luck.randint(50, 5000), 0)
                            if n not in held))  # fmt: skip
        if group == "price":
            wrong = self.luck.choice(self.costs) + self.luck.choice((-15, 5, 25, 115))
            return money(wrong, "EUR", self.language)
        if group == "date":
            taken = set(self.days.values())
            return self._day(next(d for d in iter(self._any_day, None) if d not in taken))
        named = {"name.company": self.stranger, "name.person": self.names[3]}
        return named.get(key) or self.luck.choice(FAKES)

    def _any_day(self) -> date:
        return TODAY - timedelta(days=self.luck.randint(2, 320))

    def _day(self, day: date) -> str:
        month = MONTHS[self.language].split()[day.month - 1]
        return WRITTEN[self.language].format(d=day.day, m=month, y=day.year)

    def facts(self, text: str) -> Facts:
        """Return the rows."""
        asked = text.format(**self.values)
        mail = Email(
            id="m1", message_id="<m1@x.example>", thread_id="t1", direction="in",
            from_address="a@x.example", to_address="b@y.example", subject="", body=asked,
            reply=asked, at=self.days["date.mailed"].isoformat() + "T09:00:00Z",
            language=self.language,
        )  # fmt: skip
        opened = self.days["date.opened"].isoformat()
        return Facts(
            today=TODAY,
            sender=Sender(name=self.names[1], person_id="p1"),
            contact=Contact(id="k1", name=self.names[0], language=self.language),
            company=Company(id="c1", name=self.company, employees=self.employees),
            opportunities=(
                Opportunity(
                    id="o1", product_id="g0", amount=self.costs[1], currency="EUR", outcome="won",
                    closed_at=self.days["date.closed"].isoformat(),
                ),
                Opportunity(id="o2", product_id="g1", opened_at=opened),
            ),
            products=(
                Product(id="g0", name=self.goods[0], price=self.costs[0], currency="EUR"),
                Product(id="g1", name=self.goods[1], price=self.costs[0], currency="EUR"),
            ),
            people=(Person(id="p1", name=self.names[1]),),
            emails=(mail,),
            activities=(
                Activity(id="a1", kind="call", at=self.days["date.called"].isoformat()),
            ),
            mail=mail,
        )  # fmt: skip
