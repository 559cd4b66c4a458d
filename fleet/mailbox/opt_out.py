"""The opt-out detector: runs before any model, and nothing can outvote it.

Seven languages and their misspellings, judged clause by clause: not phrases are matched but what
the words of a clause do together (`opt_out_words`), so that "kindly take our company off your
distribution list" needs no entry of its own. In doubt a short imperative is an opt-out: a mail too
few is cheap, a mail too many is not. A question about unsubscribe *rates*, "stop by our booth" and
a quoted footer are none; callers pass the newest reply, never the history.
"""

import re

from fleet.domain.provenance import Span
from fleet.mailbox.opt_out_idioms import ALONE, DECOYS, HINTS, IDIOMS, QUOTED, SHORT_STOP
from fleet.mailbox.opt_out_rules import asks, may_ask
from fleet.mailbox.opt_out_words import PARTS, Part

SHORT_WORDS = 6
LONGEST_ALONE = 300  # characters of a mail that is nothing but a word or two
COMMA = 3  # words before a comma that may belong to what stands behind it
LONGEST, OVERLAP = 60, 20  # words judged at once, and kept when a clause is longer
WRAPPED = 45  # characters from which on a line break is a wrapped line, not the end of a thought

PREFIXES = re.compile(r"^(?:\s*(?:re|aw|sv|antw|rif|res|fwd?|wg)\s*:)+")
TOKEN = re.compile(r"([a-z\xdf-\xffœ]+(?:['-][a-z\xdf-\xffœ]+)*)|([.!?;:,()\"“”\n])")
WORD = re.compile(r"[a-z\xdf-\xffœ]+(?:['-][a-z\xdf-\xffœ]+)*")  # of folded Latin text
_PLAIN = dict(zip("àáâãäåèéêëìíîïòóôõöùúûüçñ’`´", "aaaaaaeeeeiiiiooooouuuucn'''", strict=True))
_ACCENT = re.compile(f"[{''.join(_PLAIN)}]")


def detect_opt_out(subject: str, reply: str) -> Span | None:
    """Return where a mail asks not to be written to; the reply first, then a bare subject.

    >>> detect_opt_out("Re: offer", "Please take me off your list.").quote
    'take me off'
    >>> detect_opt_out("", "What unsubscribe rate do your customers see?") is None
    True
    """
    found = _in_text(_folded(reply))
    if found:
        return Span(found[0], found[1], reply[found[0] : found[1]])
    bare = PREFIXES.sub("", _folded(subject))
    if ALONE.match(bare) or (not reply.strip() and _in_clauses(_without_decoys(bare))):
        return Span(0, 0, bare.strip())
    return None


def _folded(text: str) -> str:
    low = lowered(text)
    return low if low.isascii() else _ACCENT.sub(lambda match: _PLAIN[match.group()], low)


def lowered(text: str) -> str:
    """Return lower-case text of the same length, so that offsets stay true.

    >>> lowered("STOP İ"), len(lowered("İ"))
    ('stop İ', 1)
    """
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(each := c.lower()) != 1 else each for c in text)


def _in_text(text: str) -> tuple[int, int] | None:
    if len(text) <= LONGEST_ALONE and ALONE.match(text):
        inner = text.strip()
        start = text.index(inner)
        return start, start + len(inner)
    whole = _parts(text)
    may = may_ask(whole) or "stop" in text
    hinted = whole & Part.HINT and any(hint in text for hint in HINTS) and IDIOMS.search(text)
    if not hinted and not (may and (_in_clauses(text) or "stop" in text)):
        return None  # decoys only take matches away
    masked = _without_decoys(text)
    idiom = IDIOMS.search(masked) if hinted else None
    if idiom:
        return idiom.start(), idiom.end()
    found = _in_clauses(masked)
    if found:
        return found
    first = next((line for line in masked.splitlines() if line.strip()), "")
    if len(first.split()) <= SHORT_WORDS and "?" not in first:
        short = SHORT_STOP.search(first)
        if short:
            place = masked.index(first) + short.start()
            return place, place + len(short.group())
    return None


def _parts(text: str) -> int:
    """Return what all words of a folded text may do: decides most mails by a look-up."""
    whole = 0
    for word in WORD.findall(text):
        whole |= PARTS[word]
    return whole


def _in_clauses(text: str) -> tuple[int, int] | None:
    """Judge a folded text clause by clause; return the offsets of the first opt-out."""
    clause: list[int] = []
    places: list[tuple[int, int]] = []
    line = 0
    for match in TOKEN.finditer(f"{text}\n\n"):
        word, mark = match.groups()
        if word:
            clause.append(PARTS[word])
            places.append(match.span())
            if len(clause) < LONGEST:
                continue
        if mark == "\n":
            wrapped = match.start() - line >= WRAPPED
            line = match.end()
            if wrapped:
                continue
        if mark == "," and any(Part.STOP & part for part in clause[-COMMA:]):
            continue  # "unterlassen Sie es, mich anzuschreiben"
        found = asks(clause) if clause else None
        if found:
            return places[found[0]][0], places[found[1]][1]
        keep = OVERLAP if word else 0  # a text without stops is judged in windows
        clause, places = clause[len(clause) - keep :], places[len(places) - keep :]
    return None


def _without_decoys(text: str) -> str:
    """Blank out, at equal length, phrases that only sound like an opt-out."""
    for decoys in (DECOYS, QUOTED):
        text = decoys.sub(lambda match: " " * len(match.group()), text)
    return text
