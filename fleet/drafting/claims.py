"""Check every factual claim of a draft against rows: linked, or marked unsupported.

Found are amounts, dates, numbers, names, products, past events and promises. A claim counts as
supported only when a row holds its value; the prospect's own mail vouches for nothing but what they
wrote. What cannot be read for certain (foreign digits, hidden characters) is unsupported, and so is
a whole sentence that no row carries, unless it only asks, thanks, advises or offers to talk. The
footer is no claim. Linear in the length of the body.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_acts import LINE
from fleet.drafting.claim_events import read_events
from fleet.drafting.claim_facts import Known
from fleet.drafting.claim_index import index_facts
from fleet.drafting.claim_items import Item, Sentence, covered, read_sentence
from fleet.drafting.claim_names import name_claims, product_claims
from fleet.drafting.claim_text import COVERED
from fleet.drafting.claim_values import read_values
from fleet.drafting.claim_words import ABBREVIATION, CLOSING, EXPERIENCE, MONTHS
from fleet.drafting.facts import Facts
from fleet.drafting.footer import split_footer
from fleet.drafting.policy import ClaimPolicy, DraftingPolicy

SENTENCE = re.compile(  # a dot inside a number, or between day and month, ends nothing
    rf"[^\n.!?]+(?:(?:\.(?=\d)|(?<=\d)\.(?=\s(?:{'|'.join(MONTHS)})\b))[^\n.!?]*)*[.!?]*",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
FOREIGN = re.compile("[\u0370-\u1dff\u2c00-\ud7ff\uf900-\uffef\U00010000-\U0010ffff¼½¾²³]+")
SENTENCE_LIMIT = 1000  # characters; longer is not prose, and this keeps time linear
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
SIGNATURE_LINES = 5  # a name, a role, a company, a place and a number under a closing
SIGNATURE_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim: characters `start:end` of the body, its rows, or the row that comes nearest."""

    position: int
    start: int
    end: int
    text: str
    kind: str  # name | number | date | price | product | past_event | promise | statement
    supported: bool
    evidence: tuple[RowRef, ...] = ()
    nearest: RowRef | None = None
    nearest_value: str | None = None
    note: str = ""


def check_claims(body: str, facts: Facts, policy: DraftingPolicy) -> tuple[Claim, ...]:
    """Return every claim of a body in reading order, each linked or marked unsupported."""
    known = index_facts(facts, body[: split_footer(body, facts, policy)])
    end = min(split_footer(body, facts, policy), policy.claims.max_chars)
    signed = _signature(body[:end])
    items = list(_read(body[:end], known, policy.claims, signed=signed))
    if end < split_footer(body, facts, policy):
        items.append(Item(end, len(body), "number", (), "too long to be checked"))
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


def _read(body: str, known: Known, policy: ClaimPolicy, *, signed: int) -> Iterator[Item]:
    """Yield the claims of each sentence; the lines under a request belong to it."""
    requested = False
    for start, text in _sentences(body, known.dotted):
        if HIDDEN.search(text) or len(text) > SENTENCE_LIMIT:
            note = "holds hidden characters" if HIDDEN.search(text) else "too long to be checked"
            yield Item(start, start + len(text), "number", (), note)
            continue
        sentence = read_sentence(start, text, known, policy)
        listed = LINE.match(text)
        if not listed:
            requested = text.rstrip().endswith(":") and sentence.soft
        told = (listed and requested) or start >= signed
        yield from _items(sentence, told=bool(told))


def _sentences(body: str, dotted: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    plain = ABBREVIATION.sub(lambda match: match.group().replace(".", COVERED), body)
    for name in dotted:
        plain = re.sub(
            re.escape(name) + r"(?!\s+[A-ZÀ-Þ]|\s*$)",
            lambda match: match.group().replace(".", COVERED),
            plain,
        )
    for match in SENTENCE.finditer(plain):
        if match.group().strip():
            yield match.start(), body[match.start() : match.end()]


def _signature(body: str) -> int:
    """Return where the lines under the last closing start; the end of the body without one."""
    closings = list(CLOSING.finditer(body))
    if not closings:
        return len(body)
    last = closings[-1]
    lines = [line for line in body[last.end() :].splitlines() if line.strip()]
    short = all(len(line.split()) <= SIGNATURE_WORDS for line in lines)
    return last.end() if short and len(lines) <= SIGNATURE_LINES else len(body)


def _items(sentence: Sentence, *, told: bool) -> Iterator[Item]:
    """Find the claims of one sentence; one that is not `told` and states no row is marked whole."""
    found = list(_claims(sentence))
    yield from found
    told = told or any(not item.rows or sentence.vouches(item) for item in found)
    if not told and not sentence.harmless and not sentence.calm(found):
        start, text = sentence.start, sentence.text
        left = len(text) - len(text.lstrip())
        note = "states what no row holds"
        yield Item(start + left, start + len(text.rstrip()), "statement", (), note)


def _claims(sentence: Sentence) -> Iterator[Item]:
    """Yield the claims of one sentence; what one of them covers is not read twice."""
    start, text, known = sentence.start, sentence.text, sentence.known
    yield from _foreign(start, text, known)
    spoken = bool(WORD.search(text))
    if spoken:
        yield from read_events(sentence)
    free = text
    for product, held in known.mentioned if spoken else ():
        for begin, end, kind, rows in product_claims(free, product, held, known):
            owned = not rows or rows[0].id in known.owned or not EXPERIENCE.search(sentence.lowered)
            note = "" if owned else "no row shows that they have it"
            yield Item(start + begin, start + end, kind, rows if owned else (), note)
            free = covered(free, begin, end)
    for about, held in known.abouts:
        at = free.find(about)
        if at >= 0:
            yield Item(start + at, start + at + len(about), "product", held)
            free = covered(free, at, at + len(about))
    for item in read_values(sentence, free):
        yield item
        free = covered(free, item.start - start, item.end - start)
    for trait, row in known.traits:
        found = re.search(rf"\b{re.escape(trait)}\b", sentence.lowered)
        if found:
            yield Item(start + found.start(), start + found.end(), "name", (row,))
            free = covered(free, found.start(), found.end())
    for begin, end, kind, rows in name_claims(free, known):
        yield Item(start + begin, start + end, kind, rows)


def _foreign(start: int, text: str, known: Known) -> Iterator[Item]:
    for match in FOREIGN.finditer(text):
        if not all(known.is_name(word) for word in WORD.findall(match.group())):
            yield Item(start + match.start(), start + match.end(), "name", (), "another script")
