"""The rows around a contact, indexed by the values that a claim may state."""

import re
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_past import PAST
from fleet.drafting.claim_words import MONTHS
from fleet.drafting.facts import Facts

Rows = tuple[RowRef, ...]
PARTS = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"\d+")
SENTENCES = re.compile(r"(?<=[.!?])\s")
CENT = 0.005
SHORT_YEAR = 2
LAST_DAY = 31
CENTURY = 100
GERMAN = re.compile(r"\b(?:und|der|die|das|für|Sie|Ihre|Ihren|nicht|wir|mit)\b")
NAMED = ("product", "name")
TALKS = ("call", "meeting")
DECIMALS = 2
SEATS = re.compile(  # what a licence is counted in: people asked for are no people employed
    r"\s(?:\w+\s)?(seat|licen|lizenz|user|place|pl[aä]tz|arbeitspl|nutzer|anwender|poste?|utilis|utiliz|puesto"
    r"|usu[aá]ri|utent|postazion|plaats|werkplek|gebruiker)\w*",
    re.IGNORECASE,
)
NUMERAL = re.compile(r"(?<![\d.,])\d[\d.,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Values of rows, ready to be matched."""

    products: tuple[tuple[str, Rows], ...]
    abouts: tuple[tuple[str, Rows], ...]  # sentences of their descriptions
    prices: tuple[tuple[float, RowRef, str | None], ...]  # with the product they belong to
    dates: tuple[tuple[date, RowRef], ...]
    numbers: tuple[tuple[float, RowRef], ...]
    said: frozenset[str]  # words and numbers of their own mails
    names: dict[str, Rows]
    calls: Rows
    purchases: Rows
    bought: tuple[str, ...]  # names of the products in them
    inbound: Rows
    seats: frozenset[float]  # numbers of users or licences that their mails name
    deals: tuple[tuple[str, date, RowRef], ...]  # product's name in lower case, and a day of it
    today: date
    german: bool
    language: str  # of the events; English when unknown

    def rows_for(self, kind: str, text: str, *, wrote: bool, about: str | None = None) -> Rows:
        """Return the rows that hold a value; their own mail only for what they said.

        `about` is the product that the sentence speaks of: another product's price is no support.
        """
        if wrote and text.strip(" .,").lower() in self.said:
            return self.inbound
        if kind == "date":
            wanted = read_date(text, self.today)
            return tuple(row for day, row in self.dates if wanted is not None and day == wanted)
        value = read_number(text)
        if value is None or "%" in text:
            return ()
        if kind == "price":
            return tuple(row for n, row, _ in self._priced(about) if abs(n - value) < CENT)
        return tuple(row for number, row in self.numbers if abs(number - value) < CENT)

    def _priced(self, about: str | None) -> list[tuple[float, RowRef, str | None]]:
        return [item for item in self.prices if about is None or item[2] in (about, None)]

    def product_of(self, text: str, at: int) -> str | None:
        """Return the id of the product named nearest to `at`, one before it first; None without."""
        low = text.lower()
        places = []
        for name, rows in self.products:
            found = low.rfind(name.lower(), 0, at)
            if found >= 0:
                places.append((0, at - found, -len(name), rows[0].id))
            elif (later := low.find(name.lower(), at)) >= 0:
                places.append((1, later - at, -len(name), rows[0].id))
        return min(places)[3] if places else None

    def asked(self, text: str, match: re.Match[str]) -> Rows:
        """Return the mail in which they name the same number of users or licences."""
        value = read_number(match.group())
        counted = SEATS.match(text, match.start() + len(match.group().rstrip()))
        return self.inbound if counted and value in self.seats else ()

    def deal_of(self, lowered: str, dates: tuple[str, ...]) -> Rows:
        """Return the deals whose product and day are both named."""
        days = {read_date(text, self.today) for text in dates}
        return tuple(row for name, day, row in self.deals if name in lowered and day in days)

    def is_name(self, word: str) -> bool:
        """Whether the word is part of a name in the rows."""
        return word.lower() in self.names or word.lower().removesuffix("s") in self.names

    def name_rows(self, words: list[str]) -> Rows:
        """Return the rows whose names the words belong to."""
        found = [self.names.get(word.lower(), ()) for word in words]
        return tuple(dict.fromkeys(row for rows in found for row in rows))

    def is_plain(self, words: list[str], *, cue: bool) -> bool:
        """Whether capitals say nothing: German nouns, unless a cue announces a name."""
        return self.german and not cue and len(words) == 1 and not words[0].isupper()

    def nearest(
        self, kind: str, text: str, about: str | None = None
    ) -> tuple[RowRef | None, str | None]:
        """Return the row, and its value, that comes nearest to what a claim says."""
        pool = self._pool(kind, about)
        if not pool:
            return None, None
        value, row = min(pool, key=lambda item: self._distance(kind, text, item[0]))
        return row, str(value)

    def _pool(self, kind: str, about: str | None) -> list[tuple[object, RowRef]]:
        if kind == "price":
            return [(value, row) for value, row, _ in self._priced(about)]
        if kind == "date":
            return list(self.dates)
        if kind == "number":
            return list(self.numbers)
        named = self.products if kind == "product" else tuple(self.names.items())
        return [(name, rows[0]) for name, rows in named if rows] if kind in NAMED else []

    def _distance(self, kind: str, text: str, value: object) -> float:
        if kind == "date":
            day = read_date(text, self.today)
            return abs((value - day).days) if day and isinstance(value, date) else 0.0
        if kind in NAMED:
            return 1 - SequenceMatcher(None, text.lower(), str(value).lower()).ratio()
        number = read_number(text)
        return abs(value - number) if number is not None and isinstance(value, float) else 0.0


def index_facts(facts: Facts, body: str) -> Known:
    """Index the rows once for a whole body; its words say whether it is German."""
    inbound = [mail for mail in facts.emails if mail.direction == "in"]
    said = {
        word.lower() for mail in inbound for word in PARTS.findall(f"{mail.subject} {mail.reply}")
    }
    won = [deal for deal in facts.opportunities if deal.outcome == "won"]
    return Known(
        products=tuple(
            (p.name, (RowRef("products", p.id, "name"),))
            for p in sorted(facts.products, key=lambda p: -len(p.name))
        ),
        abouts=tuple(
            (part.strip(" ."), (RowRef("products", p.id, "description"),))
            for p in facts.products
            for part in SENTENCES.split(" ".join((p.description or "").split()))
            if part.strip(" .") and part.strip(" .") in body
        ),
        prices=tuple(_prices(facts)),
        dates=tuple(_dates(facts)),
        numbers=tuple(
            (float(c.employees), RowRef("companies", c.id, "employees"))
            for c in (facts.company, *facts.related)
            if c is not None and c.employees is not None
        ),
        said=frozenset(said),
        names=_names(facts),
        calls=tuple(
            RowRef("activities", a.id, "kind") for a in facts.activities if a.kind in TALKS
        ),
        purchases=tuple(RowRef("opportunities", o.id, "outcome") for o in won),
        bought=tuple(p.name for p in facts.products if p.id in {o.product_id for o in won}),
        inbound=tuple(RowRef("emails", mail.id, "reply") for mail in inbound[-1:]),
        seats=frozenset(
            value
            for mail in inbound
            for match in NUMERAL.finditer(mail.reply)
            if SEATS.match(mail.reply, match.end())
            and (value := read_number(match.group())) is not None
        ),
        deals=tuple(_deals(facts)),
        today=facts.today,
        german=facts.language == "de" or len(GERMAN.findall(body)) > 1,
        language=facts.language if facts.language in PAST else "en",
    )  # fmt: skip


def _prices(facts: Facts) -> list[tuple[float, RowRef, str | None]]:
    priced = [(p.price, RowRef("products", p.id, "price"), p.id) for p in facts.products]
    deals = [
        (o.amount, RowRef("opportunities", o.id, "amount"), o.product_id)
        for o in facts.opportunities
    ]
    return [(value, row, about) for value, row, about in (*priced, *deals) if value is not None]


def _deals(facts: Facts) -> list[tuple[str, date, RowRef]]:
    names = {product.id: product.name.lower() for product in facts.products}
    return [
        (names[deal.product_id], day, RowRef("opportunities", deal.id, field))
        for deal in facts.opportunities
        if deal.product_id in names
        for field in ("opened_at", "closed_at")
        if (day := read_date((getattr(deal, field) or "")[:10], facts.today))
    ]


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
    names: dict[str, Rows] = {}
    for name, row in named:
        for part in PARTS.findall(name or ""):
            names[part.lower()] = (*names.get(part.lower(), ()), *((row,) if row else ()))
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
        day = read_date((text or "")[:10], facts.today)
        if day:
            found.append((day, row))
    return found


def read_number(text: str) -> float | None:
    """Read a number with any language's separators; None when it cannot be told.

    >>> [read_number(t) for t in ("1,250 EUR", "1.250,50", "25", "€ 99.90")]
    [1250.0, 1250.5, 25.0, 99.9]
    """
    digits = re.sub(r"[^\d.,]", "", text).strip(".,")
    if not digits or not digits.isascii():
        return None
    last = max(digits.rfind("."), digits.rfind(","))
    tail = len(digits) - last - 1
    if last >= 0 and 1 <= tail <= DECIMALS:
        whole = re.sub(r"[.,]", "", digits[:last])
        return float(f"{whole or 0}.{digits[last + 1 :]}")
    return float(re.sub(r"[.,]", "", digits))


def read_date(text: str, today: date) -> date | None:
    """Read a date in figures or words; day first, and this year when none is named.

    >>> read_date("12 March 2026", date(2026, 1, 1)), read_date("03.02.2026", date(2026, 1, 1))
    (datetime.date(2026, 3, 12), datetime.date(2026, 2, 3))
    """
    numbers = [int(n) for n in DIGITS.findall(text)]
    month = next((MONTHS[w.lower()] for w in PARTS.findall(text) if w.lower() in MONTHS), None)
    try:
        if month is not None:
            days = [n for n in numbers if n <= LAST_DAY]
            years = [n for n in numbers if n > LAST_DAY]
            return date(years[0] if years else today.year, month, days[0]) if days else None
        if re.match(r"\d{4}-", text):
            return date(*numbers[:3])
        if len(numbers) < SHORT_YEAR:
            return None
        year = numbers[2] if len(numbers) > SHORT_YEAR else today.year
        return date(year + 2000 if year < CENTURY else year, numbers[1], numbers[0])
    except ValueError:
        return None
