"""One sentence as the checker reads it, and one claim found in it."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_acts import ASSERTED, is_act, without_supposed
from fleet.drafting.claim_facts import Known
from fleet.drafting.claim_index import spoken_language
from fleet.drafting.claim_past import DESK
from fleet.drafting.claim_soft import greeting_end, is_courtesy, is_soft, is_unearned_thanks
from fleet.drafting.claim_talk import is_small_talk
from fleet.drafting.claim_text import COVERED, find, hidden, lower
from fleet.drafting.claim_words import (
    BECAUSE,
    BUSINESS,
    CONTACT_ROLE,
    FIRM_ROLE,
    LOCATED,
    OFFERED_AS,
    OWNED,
    REQUESTED,
    SHOWN,
    WROTE,
)
from fleet.drafting.policy import ClaimPolicy

WORD = re.compile(r"[^\W\d_]+")
IDLE_WORDS = 8  # words of a sentence that speaks of no business
HAIL = 6  # words of a salutation
SIMPLE_WORDS = 14
ALWAYS = re.compile(r"always|altijd|jederzeit|stets|toujours|siempre|sempre")
PLACES = ("city", "country", "office")
NAMES = ("name", "from_name")  # fields whose link says nothing of what is told
ADDRESSED = re.compile(r"\s*[\w'’-]+(?: [\w'’-]+)?,")


@dataclass(frozen=True, slots=True)
class Item:
    """A claim at `start:end` of the body, with the rows that hold it."""

    start: int
    end: int
    kind: str
    rows: tuple[RowRef, ...]
    note: str = ""
    about: str | None = None  # id of the product that a price is said of


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence at `start` of the body."""

    start: int
    text: str
    lowered: str
    known: Known
    policy: ClaimPolicy

    @cached_property
    def asked(self) -> bool:
        """Whether it is a question."""
        return self.text.rstrip(" \t\"')»”").endswith("?")

    @cached_property
    def plain(self) -> str:
        """The text without what is only wished, asked or done at the desk, and without products."""
        bare = without_supposed(DESK.sub(hidden, self.lowered), self.known.language)
        for name in self.known.named:
            bare = bare.replace(name, COVERED * len(name))
        return bare

    @cached_property
    def soft(self) -> bool:
        """Whether it asks, offers to talk, advises or guesses."""
        lowered, language = self.lowered, self.known.language
        if self.asked:
            return True
        if is_unearned_thanks(lowered):
            return False
        if is_act(lowered, language):
            return True
        told = find(ASSERTED, lowered) or find(SHOWN, lowered)
        return is_soft(lowered, language) and not told

    @cached_property
    def harmless(self) -> bool:
        """Whether it states no fact at all."""
        desk = find(DESK, self.lowered)
        spoken = desk is not None and not ALWAYS.search(desk.group())
        return self.soft or spoken or is_courtesy(self.lowered)

    @cached_property
    def idle(self) -> bool:
        """Whether it is short and speaks of nobody's business."""
        rest = self.lowered[greeting_end(self.lowered) :]
        return len(WORD.findall(self.text)) <= IDLE_WORDS and not find(BUSINESS, rest)

    def calm(self, found: list[Item]) -> bool:
        """Whether it states nothing by its words alone, or only hails somebody by name."""
        if is_unearned_thanks(self.lowered):
            return False
        if not found:
            return self.idle or is_small_talk(self.lowered, self.known.language)
        hails = self.text.rstrip().endswith((",", "!", ":")) and len(self.text.split()) <= HAIL
        if not hails or any(item.kind != "name" or not item.rows for item in found):
            return False
        rest = self.lowered
        for item in found:
            rest = covered(rest, item.start - self.start, item.end - self.start)
        return is_small_talk(rest, self.known.language)

    @cached_property
    def wrote(self) -> bool:
        """Whether it speaks of what they wrote."""
        return find(WROTE, self.lowered) is not None

    def requests(self, item: Item) -> bool:
        """Whether it only says that they want a product that their own mail names."""
        words = self.text[item.start - self.start : item.end - self.start].lower().split()
        named = all(word in self.known.said for word in words)
        wanted = named and REQUESTED.search(self.lowered) and not BECAUSE.search(self.lowered)
        return bool(wanted) and len(self.text.split()) <= SIMPLE_WORDS

    def vouches(self, item: Item) -> bool:
        """Whether a linked claim carries the sentence.

        A value or an event does. A name or a product alone does only for what may be said of it
        without more; a greeting by name never does.
        """
        begin = item.start - self.start
        if not item.rows or begin < greeting_end(self.lowered):
            return False
        if item.kind == "product":
            row = item.rows[0]
            listed = (
                row.field == "description" or OFFERED_AS.search(self.lowered) or self.requests(item)
            )
            return bool(listed or (row.id in self.known.owned and OWNED.search(self.lowered)))
        if item.kind != "name":
            return True
        named = ADDRESSED.match(self.text)
        if named is not None and begin < named.end():
            return False
        return any(self._may_say(row) for row in item.rows)

    def _may_say(self, row: RowRef) -> bool:
        if row.field in PLACES:
            return bool(LOCATED.search(self.lowered))
        if row.field not in NAMES:
            return True
        role = CONTACT_ROLE if row.table in ("people", "contacts") else FIRM_ROLE
        return bool(role.search(self.lowered))


def read_sentence(start: int, text: str, known: Known, policy: ClaimPolicy) -> Sentence:
    """Return the sentence, read in its own language where that is plain."""
    lowered = lower(text)
    spoken = spoken_language(text, known.language)
    if spoken != known.language:
        known = replace(known, language=spoken)
    return Sentence(start=start, text=text, lowered=lowered, known=known, policy=policy)


def covered(text: str, start: int, end: int) -> str:
    """Return the text with one part made unreadable."""
    return text[:start] + COVERED * (end - start) + text[end:]
