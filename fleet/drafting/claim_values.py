"""Amounts, dates and numbers of a sentence, in figures and in words, each with its rows."""

import re
from collections.abc import Iterator
from datetime import timedelta

from fleet.drafting.claim_acts import AT_LEISURE, without_supposed
from fleet.drafting.claim_items import Item, Sentence, covered
from fleet.drafting.claim_numbers import spelled_numbers
from fleet.drafting.claim_past import CALL_STEMS
from fleet.drafting.claim_read import read_date, read_number
from fleet.drafting.claim_roles import (
    amount_role,
    day_role,
    in_amount_role,
    in_count_role,
    in_day_role,
)
from fleet.drafting.claim_text import COVERED, lower
from fleet.drafting.claim_times import relative_days
from fleet.drafting.claim_words import BUDGET, MONTHS, REQUESTED, REVENUE, UNIT

MONEY = re.compile(
    r"(?:[€$£]|(?:EUR|USD|GBP|CHF)\s?)\s?\d[\d.,'\u202f\u00a0 ]{0,24}|"
    r"\d[\d.,'\u202f\u00a0]{0,24}(?:\s\d{3}){0,4}\s?(?:€|\$|£|(?:EUR|USD|GBP|CHF|euros?|dollars?|dólares"
    r"|dollari|pounds?|francs?|k€)\b)",
    re.IGNORECASE,
)
DATE = re.compile(  # of lower-cased text
    r"\b\d{4}[-./]\d\d?[-./]\d\d?\b|\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)\b"
    r"|\b(?:[0-2]?\d|3[01])[./](?:0?[1-9]|1[0-2])\b(?!,\d)\.?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|er|ère|º|°|ª|e|\.)?\s+(?:de\s+|of\s+)?(?:{'|'.join(MONTHS)})\b"
    r"(?:,?\s+(?:de\s+|del\s+)?\d{4})?"
    rf"|\b(?:{'|'.join(MONTHS)})\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?"
    rf"|\b(?:{'|'.join(MONTHS)})\s+(?:de\s+|of\s+)?\d{{4}}\b",
)
NUMBER = re.compile(r"\d[\d.,'\u202f\u00a0]{0,24}(?:\s?%)?")
APPROXIMATE = re.compile(
    r"\b(?:two|zwei|deux|dos|due|dois|duas|twee) (?:or|oder|ou|o|of) "
    r"(?:three|drei|trois|tres|tre|três|drie)\b",
    re.IGNORECASE,
)  # an offer of times, no fact
OFFERED = re.compile(  # a time of day or the length of a call: a proposal where a sentence proposes
    r"\b\d{1,2}(?:[:.h]\d{2})?\s?(?:a\.?m\b|p\.?m\b|uhr\b|o'clock\b|uur\b)|\b\d{1,2}[:h]\d{2}\b|\b\d{1,2}\s?h\b"
    r"|\b(?P<minutes>\d{1,2})(?:[- ]|\s?à \d\d )(?:min\w*|minut\w*)\b",
    re.IGNORECASE,
)
MARKER = re.compile(r"^\s*\d{1,2}[.)]\s(?=\D)")  # of a list
SINCE = re.compile(r"\b(?:in|since|from|im jahr|seit|en|depuis|desde|nel|dal|em|sinds|jahr)\s$")
SCALED = re.compile(r"·\s?$")
MINUTES = re.compile(r"\s(?:min|minut)|(?<=half)(?: an)? hour")
DEFINITE = re.compile(  # "the two of them": what was named before
    r"\b(?:the|these|those|die|diese[rn]?|den|der|les|ces|las|los|estas|estos|le|i"
    r"|queste|questi|delle|dei|as|os|das|dos|estas|estes|de|deze|beide) $"
)
PAIR = 3
MEET = re.compile(f"{CALL_STEMS.pattern}|{AT_LEISURE}")
OWN_THING = re.compile(  # what a mail itself holds, next to its number
    r"\s(?:\w+ )?(?:questions?|points?|things?|details?|options?|ideas?|thoughts?|lines?|words?"
    r"|remarks?|ways|rückfragen|fragen|punkte?|dinge|einzelheiten|möglichkeiten|gedanken|zeilen|worte"
    r"|précisions|choses|détails|idées|lignes|mots|preguntas|puntos|cosas|detalles|opciones|líneas"
    r"|palabras|domande|punti|cose|dettagli|opzioni|righe|parole|perguntas|pontos|coisas|detalhes"
    r"|opções|linhas|palavras|vragen|punten|dingen|opties|regels|woorden|zaken)\b"
)
SMALL = 12
FIGURE = re.compile(r"\d")
LETTER = re.compile(r"[^\W\d_]")


def read_values(sentence: Sentence, free: str) -> Iterator[Item]:
    """Yield the amounts, dates and numbers that `free` leaves to be read."""
    for blank in (APPROXIMATE, MARKER):
        free = blank.sub(lambda match: " " * len(match.group()), free)
    readers = [_prices, _dates, _numbers] if FIGURE.search(free) else []
    if LETTER.search(free):
        readers[2:2] = [_relative]  # before the bare numbers
        readers.append(_spelled)
    for read in readers:
        if read is _numbers and sentence.soft:
            free = OFFERED.sub(lambda match: _offered(match, sentence), free)
        for item in read(sentence, free):
            free = covered(free, item.start - sentence.start, item.end - sentence.start)
            if item.kind != "offer":
                yield item


def _offered(match: re.Match[str], sentence: Sentence) -> str:
    minutes = match.group("minutes")
    long = minutes is not None and int(minutes) > sentence.policy.proposal_minutes
    return match.group() if long else " " * len(match.group())


def _prices(sentence: Sentence, free: str) -> Iterator[Item]:
    known, text = sentence.known, sentence.text
    for match in MONEY.finditer(free):
        named = known.product_of(text, match.start())
        rows = known.rows_for("price", match.group(), wrote=sentence.wrote, about=named)
        role = amount_role(sentence.lowered, match.start(), match.end())
        rows = in_amount_role(rows, role)
        value = read_number(match.group())
        theirs = role not in ("listed", "bought") and REQUESTED.search(sentence.lowered)
        if not rows and value in known.figures and (theirs or BUDGET.search(sentence.lowered)):
            rows = known.inbound
        if not rows and REVENUE.search(sentence.lowered):
            rows = tuple(row for number, row in known.revenues if number == value)
        right = sentence.start + match.start() + len(match.group().rstrip(" .,"))
        note = "" if rows or named is None else "no row of this product holds it"
        yield Item(sentence.start + match.start(), right, "price", rows, note, named)


def _dates(sentence: Sentence, free: str) -> Iterator[Item]:
    for match in DATE.finditer(lower(free)):
        rows = sentence.known.rows_for("date", match.group(), wrote=sentence.wrote)
        role = day_role(sentence.lowered, match.start(), match.end())
        rows = in_day_role(rows, role, sentence.lowered, sentence.known)
        right = sentence.start + match.start() + len(match.group().rstrip(" .,"))
        kind = "offer" if not rows and _is_proposed(sentence, match.group()) else "date"
        yield Item(sentence.start + match.start(), right, kind, rows)


def _is_proposed(sentence: Sentence, text: str) -> bool:
    """Whether a day ahead is only offered for a talk."""
    day, today = read_date(text, sentence.known.today), sentence.known.today
    ahead = timedelta(days=sentence.policy.proposal_days)
    near = day is not None and today < day <= today + ahead
    return near and (sentence.asked or bool(sentence.soft and CALL_STEMS.search(sentence.lowered)))


def _relative(sentence: Sentence, free: str) -> Iterator[Item]:
    known = sentence.known
    lowered = lower(free)
    talk = sentence.asked or (sentence.soft and MEET.search(sentence.lowered))
    open_ = without_supposed(sentence.lowered, known.language) if sentence.soft else ""
    for begin, end, spans in relative_days(lowered, known.language, known.today):
        if COVERED_PART.search(free, begin, end):
            continue
        rows = known.within(spans)
        role = day_role(sentence.lowered, begin, end)
        rows = in_day_role(rows, role, sentence.lowered, known)
        if sentence.wrote and free[begin:end].lower() in known.said:
            rows = rows or known.inbound
        ahead = not spans or any(last >= known.today for _, last in spans) or len(spans) > 1
        offered = talk or open_[begin:end].startswith(COVERED)
        kind = "offer" if not rows and offered and ahead else "date"
        yield Item(sentence.start + begin, sentence.start + end, kind, rows)


COVERED_PART = re.compile("·")


def _numbers(sentence: Sentence, free: str) -> Iterator[Item]:
    known = sentence.known
    for match in NUMBER.finditer(free):
        value = read_number(match.group())
        end = match.start() + len(match.group().rstrip(" .,\u202f\u00a0"))
        rows = known.rows_for("number", match.group(), wrote=sentence.wrote)
        if "%" not in match.group():
            rows = rows or known.asked(sentence.text, end, value)
        rows = in_count_role(rows, sentence.lowered, match.start(), end, value, known)
        if not rows and value is not None and SINCE.search(sentence.lowered, 0, match.start()):
            rows = known.in_year(value)
        if not rows and REVENUE.search(sentence.lowered):
            rows = tuple(row for number, row in known.revenues if number == value)
        yield Item(sentence.start + match.start(), sentence.start + end, "number", rows)


def _spelled(sentence: Sentence, free: str) -> Iterator[Item]:
    known = sentence.known
    lowered = lower(free)
    for begin, end, value in spelled_numbers(lowered, known.language):
        if SCALED.search(free, 0, begin) and REVENUE.search(sentence.lowered):
            continue  # "104.72 million": the figure's own claim says it
        unit = UNIT.match(lowered, end)
        loose = sentence.soft and (
            MINUTES.match(lowered, end) or (abs(value) <= SMALL and not unit)
        )
        loose = loose or (0 < value <= SMALL and OWN_THING.match(lowered, end) is not None)
        pair = 0 < value <= PAIR and not unit and DEFINITE.search(lowered[:begin])
        if loose or pair:
            continue
        kind = "price" if unit and unit.group("money") else "number"
        rows = known.rows_for(kind, str(value), wrote=sentence.wrote)
        rows = rows or known.asked(sentence.text, end, float(value))
        if kind == "number":
            rows = in_count_role(rows, lowered, begin, end, float(value), known)
        yield Item(sentence.start + begin, sentence.start + end, kind, rows)
