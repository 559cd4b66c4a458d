"""One sentence as the checker reads it, and one claim found in it."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_facts import Known
from fleet.drafting.claim_index import spoken_language
from fleet.drafting.claim_soft import greeting_end, is_courtesy, is_soft
from fleet.drafting.claim_words import WROTE
from fleet.drafting.policy import ClaimPolicy

COVERED = "·"  # stands for what was already read; part of no word
WORD = re.compile(r"[^\W\d_]+")
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
    def soft(self) -> bool:
        """Whether it asks, offers to talk, advises or guesses."""
        return self.asked or is_soft(self.lowered, self.known.language)

    @cached_property
    def harmless(self) -> bool:
        """Whether it states no fact at all."""
        return self.soft or not WORD.search(self.text) or is_courtesy(self.lowered)

    @cached_property
    def wrote(self) -> bool:
        """Whether it speaks of what they wrote."""
        return bool(WROTE.search(self.lowered))

    def vouches(self, item: Item) -> bool:
        """Whether a linked claim carries the sentence: a greeting by name does not."""
        if not item.rows:
            return False
        begin = item.start - self.start
        named = ADDRESSED.match(self.text)
        hailed = named is not None and item.kind == "name" and begin < named.end()
        return begin >= greeting_end(self.lowered) and not hailed


def read_sentence(start: int, text: str, known: Known, policy: ClaimPolicy) -> Sentence:
    """Return the sentence, read in its own language where that is plain."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = text
    spoken = spoken_language(text, known.language)
    if spoken != known.language:
        known = replace(known, language=spoken)
    return Sentence(start=start, text=text, lowered=lowered, known=known, policy=policy)


def covered(text: str, start: int, end: int) -> str:
    """Return the text with one part made unreadable."""
    return text[:start] + COVERED * (end - start) + text[end:]
