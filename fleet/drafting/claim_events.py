"""Past events and promises of a sentence, and the calls, deals and mails that vouch for them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_acts import CONJECTURE
from fleet.drafting.claim_facts import Known
from fleet.drafting.claim_items import Item, Sentence
from fleet.drafting.claim_past import (
    ACQUIRE_STEMS,
    CALL_STEMS,
    CLAUSE_BREAK,
    COORDINATED,
    CUSTOMER,
    DEAL_STEMS,
    FIRM,
    GLAD,
    OPENED,
    OURS,
    PARTY,
    PAST,
    PURCHASE_STEMS,
    RECALLED,
    RECEIVED,
    SELF,
    THEIR,
    TOLD,
    UNDONE,
    WROTE_STEMS,
)
from fleet.drafting.claim_presumed import presumed
from fleet.drafting.claim_promise import DISSATISFIED, FUTURE, STAKES
from fleet.drafting.claim_read import read_number
from fleet.drafting.claim_soft import is_courtesy
from fleet.drafting.claim_talk import WORD, is_talk
from fleet.drafting.claim_text import KEPT, find, hidden
from fleet.drafting.claim_values import DATE, FIGURE, MONEY
from fleet.drafting.claim_words import (
    BECAUSE,
    BOUGHT,
    CALLED,
    EVENT,
    PROMISE,
    REQUESTED,
    SHOWN,
    WROTE,
)

SHORT = 10  # words
STRANGE = 2  # words of a request that their mail does not hold
REACH = 40  # characters before a clause in which the thing it speaks of stands
STEMS = (CALL_STEMS, PURCHASE_STEMS, WROTE_STEMS, DEAL_STEMS, ACQUIRE_STEMS)
SEEN = re.compile(
    r"\b(?:saw|noticed|read|gesehen|gelesen|bemerkt|vu|lu|remarqué|visto|leído|letto|notato|vi|li|reparei|gezien|gelezen)\b"
)
SHOUTED = 1.4  # words for each capital, below which all is capitals
NOUN = re.compile(r"(?<=\s)(?!Sie\b|Ihr\w{0,2}\b|Ihnen\b)[A-ZÀ-ÖØ-Þ][\w-]+")
PROMISED = "a promise needs a person"


def read_events(sentence: Sentence) -> Iterator[Item]:
    """Yield what a sentence tells of the past and of the time to come."""
    found = list(_worded(sentence))
    others = find(PARTY, sentence.lowered) if sentence.asked else None
    if others and (match := find(PAST[sentence.known.language], sentence.plain)):
        found.append(_item(sentence.start, match, "past_event", ()))  # what others did, asked about
    if not sentence.asked:
        ends = [item.end - sentence.start for item in found if item.kind == "past_event"]
        found += _told(sentence, told=bool(ends), after=min(ends, default=0))
    yield from found
    if all(item.rows for item in found):
        yield from _presumed(sentence)


def _presumed(sentence: Sentence) -> Iterator[Item]:
    """Yield what is taken for granted, where nothing else is wrong with the sentence."""
    german = sentence.known.language == "de"  # there nouns have capitals too
    plain = sentence.plain if german else _without_names(sentence.plain, sentence.text)
    for match in presumed(plain, sentence.known.language):
        near = sentence.lowered[max(0, match.start() - REACH) : match.end()]
        spoken = any(stem.search(near) for stem in STEMS) or _dates(sentence.lowered)
        if not spoken or not _vouched(sentence.lowered, match, sentence.known):
            yield _item(sentence.start, match, "past_event", ())
            return


def _worded(sentence: Sentence) -> Iterator[Item]:
    """Yield what the words alone give away."""
    start, lowered, known = sentence.start, sentence.lowered, sentence.known
    plain = sentence.plain
    for pattern, kind, held in (
        (PROMISE, "promise", ()),
        (EVENT, "past_event", ()),
        (RECEIVED, "past_event", ()),
        (CALLED, "past_event", known.calls),
        (BOUGHT, "past_event", known.purchases_of(lowered)),
        (WROTE, "past_event", known.inbound),
    ):
        match = find(pattern, plain if pattern in (EVENT, PROMISE) else lowered)
        if match and pattern in (CALLED, BOUGHT, WROTE) and _is_others(pattern, lowered):
            continue  # what others did or said is not theirs
        if match and not (kind == "past_event" and sentence.asked and not held):
            opened = pattern is EVENT and OPENED.search(match.group())
            rows = known.deal_of(lowered, _dates(lowered)) if opened else held
            yield _item(start, match, kind, rows)


def _is_others(pattern: re.Pattern[str], lowered: str) -> bool:
    if find(PARTY, lowered) or find(SHOWN, lowered) or _acts_for_them(lowered):
        return True
    return pattern is BOUGHT and UNDONE.search(lowered) is not None


def _told(sentence: Sentence, *, told: bool, after: int) -> Iterator[Item]:
    """Yield what the grammar gives away; `told` when the words gave a past event, up to `after`."""
    start, lowered, known = sentence.start, sentence.lowered, sentence.known
    plain = sentence.plain
    sure = CONJECTURE.sub(hidden, plain)
    match = find(STAKES, plain) or find(DISSATISFIED, lowered) or find(FUTURE[known.language], sure)
    if match:
        yield _item(start, match, "promise", ())
    match = find(TOLD, plain)
    if match and not known.called_on(_dates(lowered)):
        yield _item(start, match, "past_event", ())
        return
    rows = _recalled(lowered, known)
    if rows:
        told = True
        yield Item(start, start + len(sentence.text.rstrip()), "past_event", rows)
    plain = _without_names(plain, sentence.text)
    past = PAST[known.language]
    match = find(past, plain)
    if match and not told and not is_courtesy(lowered):
        yield _item(start, match, "past_event", _vouched(lowered, match, known))
    if match or told:
        yield from _further(sentence, plain, after if told else match.start() if match else 0)


def _further(sentence: Sentence, plain: str, after: int) -> Iterator[Item]:
    """Yield what a later clause tells of the past beyond what vouched for the first."""
    lowered, known = sentence.lowered, sentence.known
    for breaks, others_only in ((COORDINATED, False), (CLAUSE_BREAK, True)):
        link = breaks.search(lowered, after)
        more = PAST[known.language].search(plain, link.end()) if link else None
        if not link or not more or (others_only and not PARTY.search(lowered, link.end())):
            continue
        if not _vouched(lowered[link.end() :], more, known, at=link.end()):
            yield _item(sentence.start, more, "past_event", ())
            return


@lru_cache(maxsize=KEPT)
def _without_names(plain: str, text: str) -> str:
    """Return the text with its capitals made unreadable: no name and no noun is a verb.

    A sentence all in capitals hides nothing that way.
    """
    capitals = NOUN.findall(text)
    if len(plain) != len(text) or len(capitals) * SHOUTED > len(text.split()):
        return plain
    first = len(text) - len(text.lstrip(" \t\n-–•*>(\"'«„“"))
    for match in NOUN.finditer(text, first + 1):
        plain = plain[: match.start()] + "x" * len(match.group()) + plain[match.end() :]
    return plain


def _item(start: int, match: re.Match[str], kind: str, rows: tuple[RowRef, ...]) -> Item:
    note = PROMISED if kind == "promise" else ""
    return Item(start + match.start(), start + match.end(), kind, rows, note)


def _dates(lowered: str) -> tuple[str, ...]:
    if not FIGURE.search(lowered):
        return ()
    return tuple(found.group() for found in DATE.finditer(lowered))


def _asks_more(rest: str, known: Known) -> bool:
    """Whether what they are said to have asked holds words that no mail of theirs holds."""
    ends = CLAUSE_BREAK.search(rest)
    words = WORD.findall(rest[: ends.start()] if ends else rest)
    strange = [
        word
        for word in words
        if not is_talk(word, known.language) and word not in known.said and not known.is_name(word)
    ]
    return len(strange) >= STRANGE


def _saw_request(told: str, clause: str) -> bool:
    """Whether it only says that the writer saw how many of something they want."""
    wanted = SEEN.search(told) and FIGURE.search(clause) and REQUESTED.search(clause)
    return bool(wanted) and not BECAUSE.search(clause)


def _acts_for_them(clause: str) -> bool:
    """Whether the clause begins with a person or thing of theirs, not with their mail or order."""
    match = THEIR.match(clause)
    stems = (CALL_STEMS, PURCHASE_STEMS, WROTE_STEMS, DEAL_STEMS, FIRM)
    return match is not None and not any(stem.match(match.group("noun")) for stem in stems)


def _recalled(lowered: str, known: Known) -> tuple[RowRef, ...]:
    """Return the calls or deals that a short sentence recalls without telling more of them."""
    if len(lowered.split()) > SHORT or UNDONE.search(lowered):
        return ()
    if known.calls and RECALLED.search(lowered):
        return known.calls
    return known.purchases if CUSTOMER.search(lowered) else ()


def _vouched(lowered: str, match: re.Match[str], known: Known, at: int = 0) -> tuple[RowRef, ...]:
    """Return the calls, deals or mails that a clause about the past speaks of.

    `at` is where `lowered` starts in the text that was matched.
    """
    first = match.start() - at
    joined = [m.end() for m in COORDINATED.finditer(lowered) if m.end() <= first]
    clause = lowered
    if not GLAD.search(match.group()):
        broken = [m.end() for m in CLAUSE_BREAK.finditer(lowered, 0, first)]
        ends = CLAUSE_BREAK.search(lowered, match.end() - at)
        begin = max([*broken, *joined], default=0)
        clause = lowered[begin : ends.start() if ends else len(lowered)]
    near = lowered[max(joined, default=0) :]
    dates = _dates(near)
    undone = UNDONE.search(clause)
    bought = not undone and any(name.lower() in clause for name in known.bought)
    others = (
        PARTY.search(clause)
        or SHOWN.search(lowered)
        or SELF.search(clause)
        or _acts_for_them(clause)
    )
    purchases = known.purchases_of(clause)
    dated = tuple(row for text in dates for row in known.dated(text))
    paid = known.dated_deals([read_number(found.group()) for found in MONEY.finditer(near)])
    for holds, rows in (
        (not undone, dated),
        (not undone, paid),
        (not others and CALL_STEMS.search(clause), known.calls),
        (not undone and not others and PURCHASE_STEMS.search(clause), purchases),
        (
            bought and not others and (ACQUIRE_STEMS.search(clause) or DEAL_STEMS.search(clause)),
            purchases,
        ),
        (_saw_request(match.group(), clause), known.inbound),
        (
            not others
            and WROTE_STEMS.search(clause)
            and not OURS.search(clause)
            and not _asks_more(lowered[match.end() - at :], known),
            known.inbound,
        ),
    ):
        if rows and holds:
            return rows
    return ()
