"""Values of the rows around a contact, ready to be matched with what a claim states."""

import re
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_read import (
    Span,
    month_span,
    read_currency,
    read_date,
    read_month,
    read_number,
)

Rows = tuple[RowRef, ...]
CENT = 0.005
NAMED = ("product", "name")
SEATS = re.compile(  # what a licence is counted in: people asked for are no people employed
    r"(?:seat|licen|lizenz|user|place|pl[aä]tz|arbeitspl|nutzer|anwender|poste?|utilis|utiliz"
    r"|puesto|usu[aá]ri|utent|postazion|plaats|werkplek|gebruiker|posto)"
)
PEOPLE = re.compile(  # by any name: heads, staff, colleagues
    r"(?:people|person|leute|mensen|pesso|gente|ppl|mensch|employee|staff|worker|colleague|heads?\b|headcount"
    r"|mitarbeit|beschäftig|angestellt|köpf|kolleg|belegschaft|salari|collaborat|effectif|collègue|employé"
    r"|emplead|trabajador|plantilla|compañer|dipendent|addett|collegh|organico|trabalhador|colaborador"
    r"|funcionári|colega|medewerk|werknem|collega)"
)
COUNTED = re.compile(r"(?:\s(?:[^\W\d_]|[-'’])+){1,2}")
STEM = 4  # letters by which one noun is known again
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)")
YEAR = re.compile(r"\d{4}|[./-]\d\d?[./-]\d\d")
GENITIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Values of rows, ready to be matched."""

    products: tuple[tuple[str, Rows], ...]
    mentioned: tuple[tuple[str, Rows], ...]  # those of the products that the text may name
    named: tuple[str, ...]  # their names in lower case
    abouts: tuple[tuple[str, Rows], ...]  # sentences of their descriptions
    prices: tuple[tuple[float, RowRef, str | None], ...]  # with the product they belong to
    currencies: dict[RowRef, str]  # of the prices whose row names one
    dates: tuple[tuple[date, RowRef], ...]
    numbers: tuple[tuple[float, RowRef], ...]
    said: frozenset[str]  # words and numbers of their own mails
    names: dict[str, Rows]
    traits: tuple[tuple[str, RowRef], ...]  # trade and title, in lower case
    dotted: tuple[str, ...]  # names with a dot in them, which ends no sentence
    calls: Rows
    purchases: Rows
    sold: tuple[tuple[RowRef, str | None], ...]  # the same, with the product of each
    bought: tuple[str, ...]  # names of the products in them
    owned: frozenset[str]  # ids of those products
    won: frozenset[str]  # ids of the deals that were won
    talked: frozenset[str]  # ids of calls and meetings
    inbound: Rows
    asks: frozenset[tuple[float, str]]  # numbers their mails name, with what is counted
    figures: frozenset[float]  # every number of their mails
    deals: tuple[tuple[str, date, RowRef], ...]  # product's name in lower case, and a day of it
    talks: tuple[tuple[date, RowRef], ...]  # days of calls and meetings
    revenues: tuple[tuple[float, RowRef], ...]  # millions
    today: date
    language: str  # of the text; English when unknown

    def rows_for(self, kind: str, text: str, *, wrote: bool, about: str | None = None) -> Rows:
        """Return the rows that hold a value; their own mail only for what they said.

        `about` is the product that the sentence speaks of: another product's price is no support.
        """
        if wrote and text.strip(" .,").lower() in self.said:
            return self.inbound
        if kind == "date":
            return self.dated(text)
        value = read_number(text)
        if wrote and value in self.figures and "%" not in text:
            return self.inbound
        if value is None or "%" in text:
            return ()
        if kind == "price":
            named = read_currency(text)
            return tuple(
                row
                for n, row, _ in self._priced(about)
                if abs(n - value) < CENT and named in (None, self.currencies.get(row, named))
            )
        return tuple(row for number, row in self.numbers if abs(number - value) < CENT)

    def _priced(self, about: str | None) -> list[tuple[float, RowRef, str | None]]:
        return [item for item in self.prices if about is None or item[2] in (about, None)]

    def product_of(self, text: str, at: int) -> str | None:
        """Return the id of the product named nearest to `at`, one before it first; None without."""
        low = text.lower()
        places = []
        for name, rows in self.mentioned:
            found = low.rfind(name.lower(), 0, at)
            if found >= 0:
                places.append((0, at - found, -len(name), rows[0].id))
            elif (later := low.find(name.lower(), at)) >= 0:
                places.append((1, later - at, -len(name), rows[0].id))
        return min(places)[3] if places else None

    def dated(self, text: str) -> Rows:
        """Return the rows of a day, or of a month when no day is named."""
        wanted = read_date(text, self.today)
        if wanted is not None:
            rows = tuple(row for day, row in self.dates if day == wanted)
            return rows or self._year_before(text, wanted) or self._month_first(text)
        month = read_month(text)
        years = (month[0],) if month and month[0] else (self.today.year, self.today.year - 1)
        try:
            spans = tuple(month_span(date(year, month[1], 1)) for year in years) if month else ()
        except ValueError:
            spans = ()
        return self.within(spans)

    def _year_before(self, text: str, day: date) -> Rows:
        """Return the rows of that day a year earlier, when the text names no year."""
        if YEAR.search(text) or day <= self.today:
            return ()
        return tuple(
            row
            for found, row in self.dates
            if (found.year, found.month, found.day) == (day.year - 1, day.month, day.day)
        )

    def _month_first(self, text: str) -> Rows:
        """Return the rows of an English date in figures, read as in the United States."""
        parts = SLASHED.fullmatch(text.strip()) if self.language == "en" else None
        turned = f"{parts[2]}/{parts[1]}/{parts[3]}" if parts else ""
        wanted = read_date(turned, self.today)
        return tuple(row for day, row in self.dates if wanted is not None and day == wanted)

    def within(self, spans: tuple[Span, ...], tables: tuple[str, ...] = ()) -> Rows:
        """Return the rows dated in one of the spans; of these tables, if any are named."""
        return tuple(
            row
            for day, row in self.dates
            if (not tables or row.table in tables)
            and any(first <= day <= last for first, last in spans)
        )

    def dated_deals(self, values: list[float | None]) -> Rows:
        """Return the deals of one of the amounts."""
        return tuple(
            row
            for number, row, _ in self.prices
            if row.table == "opportunities" and number in values
        )

    def in_year(self, value: float) -> Rows:
        """Return the rows of a year."""
        return tuple(row for day, row in self.dates if day.year == value)

    def asked(self, text: str, end: int, value: float | None) -> Rows:
        """Return the mail in which they count the same number of the same thing."""
        thing = COUNTED.match(text, end)
        if value is None or not thing:
            return ()
        kinds = {thing_of(word) for word in thing.group().lower().split()}
        return self.inbound if any((value, kind) in self.asks for kind in kinds) else ()

    def deal_of(self, lowered: str, dates: tuple[str, ...]) -> Rows:
        """Return the deals whose product and day are both named."""
        days = {read_date(text, self.today) for text in dates}
        return tuple(row for name, day, row in self.deals if name in lowered and day in days)

    def purchases_of(self, lowered: str) -> Rows:
        """Return the won deals of the products a text names; all of them when it names none."""
        named = {rows[0].id for name, rows in self.mentioned if name.lower() in lowered}
        if not named:
            return self.purchases
        return tuple(row for row, about in self.sold if about in named or about is None)

    def called_on(self, dates: tuple[str, ...]) -> Rows:
        """Return the talks held on one of the days."""
        days = {read_date(text, self.today) for text in dates}
        return tuple(row for day, row in self.talks if day in days)

    def is_name(self, word: str) -> bool:
        """Whether the word is part of a name in the rows."""
        low = GENITIVE.sub("", word.lower())
        return low in self.names or low.removesuffix("s") in self.names

    def name_rows(self, words: list[str]) -> Rows:
        """Return the rows whose names the words belong to."""
        found = [self.names.get(word.lower(), ()) for word in words]
        return tuple(dict.fromkeys(row for rows in found for row in rows))

    def is_plain(self, words: list[str], *, cue: bool) -> bool:
        """Whether capitals say nothing: German nouns, unless a cue announces a name."""
        german = self.language == "de"
        return german and not cue and len(words) == 1 and not words[0].isupper()

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


def thing_of(word: str) -> str:
    """Return what a word counts: seats and people by any name, else the start of the word."""
    if SEATS.match(word):
        return "seat"
    return "people" if PEOPLE.match(word) else word[:STEM]
