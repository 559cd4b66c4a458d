"""Check every factual claim of a draft against rows: linked, or marked unsupported.

Found are amounts, dates, numbers, names, products, past events and promises. A claim counts as
supported only when a row holds its value; the prospect's own mail vouches for nothing but what they
wrote. What cannot be read for certain (foreign digits, hidden characters) is unsupported. The
footer, courtesy and questions without facts are no claims. Linear in the length of the body.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_facts import Known, index_facts
from fleet.drafting.claim_past import (
    ACQUIRE_STEMS,
    CALL_STEMS,
    CLAUSE_BREAK,
    DEAL_STEMS,
    DESK,
    GLAD,
    OURS,
    PAST,
    PURCHASE_STEMS,
    UNDONE,
    WROTE_STEMS,
)
from fleet.drafting.claim_promise import FUTURE, STAKES
from fleet.drafting.claim_words import (
    BOUGHT,
    CALLED,
    COMMON,
    EVENT,
    FIRM_FORMS,
    MONTHS,
    NAME_CUE,
    NUMBER_WORDS,
    OPENER,
    PROMISE,
    WEEKDAYS,
    WROTE,
)
from fleet.drafting.facts import Facts
from fleet.drafting.footer import split_footer
from fleet.drafting.policy import DraftingPolicy

SENTENCE = re.compile(  # a dot inside a number, or between day and month, ends nothing
    rf"[^\n.!?]+(?:(?:\.(?=\d)|(?<=\d)\.(?=\s(?:{'|'.join(MONTHS)})\b))[^\n.!?]*)*[.!?]*",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"(?:[€$£]|(?:EUR|USD|GBP|CHF)\s?)\s?\d[\d.,'\u202f\u00a0 ]{0,24}|"
    r"\d[\d.,'\u202f\u00a0]{0,24}(?:\s\d{3}){0,4}\s?(?:€|\$|£|(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?)\b)"
)
LONG_MONTHS = "|".join(name for name in MONTHS if len(name) > len("mar"))
DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b|\b\d{1,2}[./]\d{1,2}\b\.?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+|of\s+)?(?:{'|'.join(MONTHS)})\b(?:\s+(?:de\s+)?\d{{4}})?"
    rf"|\b(?:{'|'.join(MONTHS)})\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b"
    rf"|\b(?:{LONG_MONTHS})\s+(?:de\s+)?\d{{4}}\b",
    re.IGNORECASE,
)
APPROXIMATE = re.compile(
    r"\b(?:two|zwei|deux|dos|due|dois|duas|twee) (?:or|oder|ou|o|of) "
    r"(?:three|drei|trois|tres|tre|três|drie)\b",
    re.IGNORECASE,
)  # an offer of times, no fact
NUMBER = re.compile(r"\d[\d.,'\u202f\u00a0]{0,24}(?:\s?%)?")
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
FOREIGN = re.compile("[\u0370-\u1dff\u2c00-\ud7ff\uf900-\uffef\U00010000-\U0010ffff¼½¾²³]+")
FIRM_WORDS = 2  # a name and its legal form
CUE_REACH = 40  # characters before a name in which a title may stand
SENTENCE_LIMIT = 1000  # characters; longer is not prose, and this keeps time linear
COVERED = "·"  # stands for what was already read; part of no word
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’-]*(?:\s+(?:de|da|van|von|der|den|di|del|la|le)?\s?[A-ZÀ-ÖØ-Þ0-9][\w'’-]*)*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim: characters `start:end` of the body, its rows, or the row that comes nearest."""

    position: int
    start: int
    end: int
    text: str
    kind: str  # name | number | date | price | product | past_event | promise
    supported: bool
    evidence: tuple[RowRef, ...] = ()
    nearest: RowRef | None = None
    nearest_value: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    kind: str
    rows: tuple[RowRef, ...]
    note: str = ""
    about: str | None = None  # id of the product that a price is said of


def check_claims(body: str, facts: Facts, policy: DraftingPolicy) -> tuple[Claim, ...]:
    """Return every claim of a body in reading order, each linked or marked unsupported."""
    known = index_facts(facts, body)
    end = min(split_footer(body, facts, policy), policy.claims.max_chars)
    items = [item for start, text in _sentences(body[:end]) for item in _items(start, text, known)]
    if end < split_footer(body, facts, policy):
        items.append(_Item(end, len(body), "number", (), "too long to be checked"))
    items.sort(key=lambda item: (item.start, item.end))
    claims = []
    for position, item in enumerate(items):
        row, value = None, None
        if not item.rows:
            row, value = known.nearest(item.kind, body[item.start : item.end], item.about)
        claims.append(
            Claim(
                position=position, start=item.start, end=item.end, text=body[item.start : item.end],
                kind=item.kind, supported=bool(item.rows), evidence=item.rows, nearest=row,
                nearest_value=value, note=item.note or ("" if item.rows else "no row holds it"),
            )
        )  # fmt: skip
    return tuple(claims)


def _sentences(body: str) -> Iterator[tuple[int, str]]:
    for match in SENTENCE.finditer(body):
        if match.group().strip():
            yield match.start(), match.group()


def _items(start: int, text: str, known: Known) -> Iterator[_Item]:
    """Find the claims of one sentence; what one of them covers is not read twice."""
    if HIDDEN.search(text):
        yield _Item(start, start + len(text), "number", (), "holds hidden characters")
        return
    if len(text) > SENTENCE_LIMIT:
        yield _Item(start, start + len(text), "number", (), "too long to be checked")
        return
    yield from _foreign(start, text, known)
    lowered = text.lower()
    wrote = bool(WROTE.search(lowered))
    taken = list(_events(start, text, lowered, known))
    yield from taken
    free = APPROXIMATE.sub(lambda match: " " * len(match.group()), text)
    for product, rows in known.products:
        for match in re.finditer(re.escape(product), free, re.IGNORECASE):
            yield _Item(start + match.start(), start + match.end(), "product", rows)
            free = _blank(free, match)
    for about, rows in known.abouts:
        at = free.find(about)
        if at >= 0:
            yield _Item(start + at, start + at + len(about), "product", rows)
            free = free[:at] + COVERED * len(about) + free[at + len(about) :]
    for pattern, kind in ((MONEY, "price"), (DATE, "date"), (NUMBER, "number")):
        for match in pattern.finditer(free):
            named = known.product_of(text, match.start()) if kind == "price" else None
            rows = known.rows_for(kind, match.group(), wrote=wrote, about=named)
            rows = rows or (known.asked(text, match) if kind == "number" else ())
            right = start + match.start() + len(match.group().rstrip(" .,"))
            note = "" if rows or named is None else "no row of this product holds it"
            yield _Item(start + match.start(), right, kind, rows, note, named)
            free = _blank(free, match)
    yield from _words(start, free, known, wrote=wrote)
    yield from _names(start, free, known)


def _foreign(start: int, text: str, known: Known) -> Iterator[_Item]:
    for match in FOREIGN.finditer(text):
        if not all(known.is_name(word) for word in WORD.findall(match.group())):
            yield _Item(start + match.start(), start + match.end(), "name", (), "another script")


def _events(start: int, text: str, lowered: str, known: Known) -> Iterator[_Item]:
    if len(lowered) != len(text):
        lowered = text
    asked = text.rstrip().endswith("?")
    told = False
    for pattern, kind, rows in (
        (PROMISE, "promise", ()),
        (EVENT, "past_event", ()),
        (CALLED, "past_event", known.calls),
        (BOUGHT, "past_event", known.purchases),
        (WROTE, "past_event", known.inbound),
    ):
        match = pattern.search(lowered)
        if match and not (kind == "past_event" and asked and not rows):
            told = told or kind == "past_event"
            yield _Item(start + match.start(), start + match.end(), kind, rows, _note(kind))
    if asked:
        return
    plain = DESK.sub(lambda match: COVERED * len(match.group()), lowered)
    for name, _ in known.products:
        plain = plain.replace(name.lower(), "x" * len(name))
    match = STAKES.search(plain) or FUTURE[known.language].search(plain)
    if match:
        yield _Item(start + match.start(), start + match.end(), "promise", (), _note("promise"))
    match = PAST[known.language].search(plain)
    if match and not told:
        rows = _vouched(lowered, match, known)
        yield _Item(start + match.start(), start + match.end(), "past_event", rows)


def _note(kind: str) -> str:
    return "a promise needs a person" if kind == "promise" else ""


def _vouched(lowered: str, match: re.Match[str], known: Known) -> tuple[RowRef, ...]:
    """Return the calls, deals or mails that a clause about the past speaks of."""
    clause = lowered
    if not GLAD.search(match.group()):
        begin = max([m.end() for m in CLAUSE_BREAK.finditer(lowered, 0, match.start())], default=0)
        ends = CLAUSE_BREAK.search(lowered, match.end())
        clause = lowered[begin : ends.start() if ends else len(lowered)]
    dates = tuple(found.group() for found in DATE.finditer(lowered))
    undone = UNDONE.search(clause)
    bought = not undone and any(name.lower() in clause for name in known.bought)
    for holds, rows in (
        (not undone and known.deal_of(lowered, dates), known.deal_of(lowered, dates)),
        (CALL_STEMS.search(clause), known.calls),
        (not undone and PURCHASE_STEMS.search(clause), known.purchases),
        (bought and (ACQUIRE_STEMS.search(clause) or DEAL_STEMS.search(clause)), known.purchases),
        (WROTE_STEMS.search(clause) and not OURS.search(clause), known.inbound),
    ):
        if rows and holds:
            return rows
    return ()


def _words(start: int, text: str, known: Known, *, wrote: bool) -> Iterator[_Item]:
    for match in WORD.finditer(text):
        word = match.group().lower()
        value = NUMBER_WORDS.get(word)
        if value is not None:
            rows = known.rows_for("number", str(value), wrote=wrote)
            yield _Item(start + match.start(), start + match.end(), "number", rows)
        elif word.removesuffix("-feira") in WEEKDAYS and not wrote:
            rows = known.rows_for("date", word, wrote=wrote)
            yield _Item(start + match.start(), start + match.end(), "date", rows)


def _names(start: int, text: str, known: Known) -> Iterator[_Item]:
    letter = WORD.search(text)
    first = letter.start() if letter else 0
    for match in NAME.finditer(text):
        words = [w.strip("'’-") for w in match.group().split()]
        opening = match.start() <= first
        before = text[max(0, match.start() - CUE_REACH) : match.start()].lower()
        cue = words[0].lower() not in COMMON and bool(NAME_CUE.search(before))
        strange = [w for w in words if not known.is_name(w) and w.lower() not in COMMON]
        strange = [w for w in strange if w.lower() not in MONTHS and w.lower() not in WEEKDAYS]
        firm = len(words) > 1 and words[-1].lower() in FIRM_FORMS
        if firm and not (opening and len(words) > FIRM_WORDS and strange == words[:1]):
            cue = True
        strange = _longest_run(words, strange) if known.german and not cue else strange
        named = opening and known.german and len(strange) > 1 and not OPENER.match(words[0])
        if opening and strange and strange[0] == words[0] and not cue and not named:
            strange = strange[1:] if len(words) > 1 else []
        if strange and known.is_plain(strange, cue=cue):
            continue
        rows = known.name_rows(words)
        if strange:
            kind = "product" if any(c.isdigit() for w in strange for c in w) else "name"
            yield _Item(start + match.start(), start + match.end(), kind, ())
        elif rows:
            yield _Item(start + match.start(), start + match.end(), "name", rows)


def _longest_run(words: list[str], strange: list[str]) -> list[str]:
    """Return the most unknown words in a row: a pronoun between German nouns joins no name."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word in strange:
            runs[-1].append(word)
        else:
            runs.append([])
    return max(runs, key=len)


def _blank(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + COVERED * (match.end() - match.start()) + text[match.end() :]
