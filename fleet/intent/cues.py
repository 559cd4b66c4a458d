"""Cues in a text: where the vocabulary's phrases stand, and what a negator makes of them.

Every token of a mail is looked up once; only where it can begin a phrase are the phrases tried.
"""

import re
from itertools import pairwise

from fleet.intent.words import BY, CUES, DAYS, ENDS, EXCUSED, LINKS, MONTHS, NEGATORS, TURNS
from fleet.mailbox.tokens import CODE, Known, Tokens, tokens_of

NEGATED_WITHIN = 5  # words between a negator and the cue that it takes back
FAR = 24  # characters from the start of a deadline to the word that names its day, and behind it
LOOKED_BACK = 80  # characters in which those words stand


PIECE = re.compile("[^'-]+")
WORD = re.compile(r"\w+")


def _folded(phrase: str) -> str:
    """Return the first word of a phrase as tokens are written."""
    first: str = PIECE.findall(tokens_of(phrase).words[0].decode(CODE))[0]
    return first


def _first_words() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the folded words that cues begin with: whole ones, and those of any ending."""
    firsts = {re.split("[ '-]", phrase)[0] for phrases in CUES.values() for phrase in phrases}
    whole = frozenset(_folded(first) for first in firsts if "*" not in first)
    return whole, tuple(_folded(first) for first in firsts if "*" in first)


def _patterns() -> dict[str, re.Pattern[str]]:
    """Return one small pattern for each two folded letters that a cue can start with."""
    order = ["no", *(name for name in CUES if name != "no")]  # a negated cue wins
    by_start: dict[str, dict[str, list[str]]] = {}
    for name in order:
        for phrase in sorted(set(CUES[name]), key=len, reverse=True):
            by_start.setdefault(_folded(phrase)[:2], {}).setdefault(name, []).append(phrase)
    return {start: _pattern(groups) for start, groups in by_start.items()}


def _pattern(groups: dict[str, list[str]]) -> re.Pattern[str]:
    parts = []
    for name, phrases in groups.items():
        words = "|".join(
            re.escape(p).replace(r"\*", r"[^\W_]*").replace(r"\ ", r"\s+") for p in phrases
        )
        parts.append(f"(?P<{name}>{words})")
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


class Deadline:
    """A day that something is wanted by, found from the day: "by" stands in most mails."""

    def __init__(self) -> None:
        by, links, days, months, ends = (
            "|".join(words).replace(" ", r"\s+") for words in (BY, LINKS, DAYS, MONTHS, ENDS)
        )
        self._by = re.compile(rf"(?<!\w)(?:{by})(?!\w)")
        number = r"\d{1,2}[^\W\d]{0,2}[.º°]?"
        dated = rf"{number}\s+(?:de\s+|of\s+)?(?:{months})|(?:{months})\s+{number}"
        self._pattern = re.compile(
            rf"(?<!\w)(?P<urgent>(?:{by})\s+(?:(?:{links})\s+){{0,2}}(?:{days}|{dated}|{ends}))(?!\w)"
        )

    def match(self, low: str, place: int) -> re.Match[str] | None:
        """Return the deadline whose day, month or end stands at a place."""
        for opening in self._by.finditer(low, max(0, place - FAR), place):
            found = self._pattern.match(low, opening.start(), place + FAR)
            if found and found.end() > place:
                return found
        return None


CUE = _patterns()
WHOLE, OPEN_ENDED = _first_words()
DEADLINE = Deadline()
NAMES_A_DAY = frozenset(_folded(word.split()[0]) for word in (*DAYS, *MONTHS, *ENDS))
FOLDED_NEGATORS = frozenset(map(_folded, NEGATORS))


def _openings(token: str) -> tuple[tuple[int, re.Pattern[str] | Deadline], ...]:
    """Return where in a token a cue could begin, or a deadline end, and what it would look like."""
    found: list[tuple[int, re.Pattern[str] | Deadline]] = []
    for piece in PIECE.finditer(token):
        if piece.group() in WHOLE or piece.group().startswith(OPEN_ENDED):
            found.append((piece.start(), CUE[piece.group()[:2]]))
        if piece.group() in NAMES_A_DAY:
            found.append((piece.start(), DEADLINE))
    return tuple(found)


def _negates(token: str) -> bool:
    """Whether a token may hold a negator: "don't", "n'est-ce"."""
    bare = token.replace("'", "")
    return not FOLDED_NEGATORS.isdisjoint([*PIECE.findall(token), *bare.split("-")])


OPENINGS, NEGATES = Known(_openings), Known(_negates)


def find_cues(tokens: Tokens) -> list[re.Match[str]]:
    """Return the cues of a lowered text from left to right, none inside another."""
    found: list[re.Match[str]] = []
    openers = list(filter(OPENINGS.__getitem__, tokens.words))
    if not openers:
        return found
    low, spaced = tokens.low, b" %b " % tokens.folded
    free = at = 0
    for token in openers:
        place = spaced.index(b" %b " % token, at)
        at = place + len(token) + 1
        for offset, pattern in OPENINGS[token]:
            match = pattern.match(low, place + offset)
            if match and match.start() >= free:
                found.append(match)
                free = match.end()
    return found


def meant_cues(tokens: Tokens) -> dict[str, tuple[int, int]]:
    """Return each class that the cues of a text count for, and where it is first named."""
    found: dict[str, tuple[int, int]] = {}
    cues = find_cues(tokens)
    negators = bool(cues) and any(map(NEGATES.__getitem__, tokens.words))
    for cue in cues:
        name = _meant(tokens.low, cue) if negators else cue.lastgroup
        if name and name not in found:
            found[name] = cue.span()
    return found


CLAUSE = re.compile(r"[.!?;:,\n]")
# what a cue says once it is taken back; who needs no price asks for nothing
TAKEN_BACK = {"buy": "no", "commit": "later", "meet": "no", "good": "bad"}


def _meant(low: str, cue: re.Match[str]) -> str:
    """Return the class that a cue counts for; empty when a negator takes it back.

    "not ready to buy" is no wish to buy, and "no rush" no hurry.
    """
    name = cue.lastgroup or ""
    if name in {"no", "later", "bad"}:
        return name
    led = CLAUSE.split(low[max(0, cue.start() - LOOKED_BACK) : cue.start()])[-1]
    words = WORD.findall(led.replace("'", "").replace("’", ""))[-NEGATED_WITHIN:]
    negated = False
    for word, after in pairwise([*words, ""]):
        if word in TURNS:
            negated = False
        elif word in NEGATORS and after not in EXCUSED:
            negated = True
    if words and words[0] in EXCUSED:
        negated = False  # "why not buy now"
    return TAKEN_BACK.get(name, "") if negated else name
