"""The opt-out detector: runs before any model, and nothing can outvote it.

Seven languages and their misspellings, judged clause by clause: not phrases are matched but what
the words of a clause do together (`opt_out_words`), so that "kindly take our company off your
distribution list" needs no entry of its own. In doubt a short imperative is an opt-out: a mail too
few is cheap, a mail too many is not. A question about unsubscribe *rates*, "stop by our booth" and
a quoted footer are none; callers pass the newest reply, never the history.
"""

import re

from fleet.domain.provenance import Span
from fleet.mailbox.mail_tokens import (
    TOKEN_HINTS,
    TOKEN_PARTS,
    MailTokens,
    parts_of_all,
    tokens_of_mail,
)
from fleet.mailbox.opt_out_clause import NEAR
from fleet.mailbox.opt_out_idioms import ALONE, DECOYS, IDIOMS, QUOTED, SHORT_STOP
from fleet.mailbox.opt_out_parts import PARTS
from fleet.mailbox.opt_out_rules import asks, may_ask
from fleet.mailbox.opt_out_words import Part
from fleet.mailbox.tokens import PLAIN, Tokens

SHORT_WORDS = 6
LONGEST_ALONE = 300  # characters of a mail that is nothing but a word or two
COMMA = 3  # words before a comma that may belong to what stands behind it
LONGEST, OVERLAP = 60, 20  # words judged at once, and kept when a clause is longer
WRAPPED = 45  # characters from which on a line break is a wrapped line, not the end of a thought

PREFIXES = re.compile(r"^(?:\s*(?:re|aw|sv|antw|rif|res|fwd?|wg)\s*:)+")
_LETTERS = r"[a-z\xdf-\xf6\xf8-\xffœ]+"  # of folded Latin text
TOKEN = re.compile(rf"({_LETTERS}(?:['-]{_LETTERS})*)|([.!?;:,()\"“”\n])")
_ACCENT = re.compile(f"[{''.join(PLAIN)}]")


def detect_opt_out(subject: str, reply: str, tokens: MailTokens | None = None) -> Span | None:
    """Return where a mail asks not to be written to; the reply first, then a bare subject.

    `tokens` are those of the mail, for callers that have them.

    >>> detect_opt_out("Re: offer", "Please take me off your list.").quote
    'take me off'
    >>> detect_opt_out("", "What unsubscribe rate do your customers see?") is None
    True
    """
    tokens = tokens or tokens_of_mail(subject, reply)
    found = _in_text(tokens.reply, tokens.reply_parts)
    if found:
        return Span(found[0], found[1], reply[found[0] : found[1]])
    if not tokens.subject_parts & Part.ALONE and reply and not reply.isspace():
        return None
    bare = PREFIXES.sub("", _folded(tokens.subject.low))
    if ALONE.match(bare) or (not reply.strip() and _in_clauses(_without_decoys(bare))):
        return Span(0, 0, bare.strip())
    return None


def _folded(low: str) -> str:
    return low if low.isascii() else _ACCENT.sub(lambda match: PLAIN[match.group()], low)


def _in_text(tokens: Tokens, parts: int) -> tuple[int, int] | None:
    low = tokens.low
    if parts & Part.ALONE and len(low) <= LONGEST_ALONE:
        inner = low.strip()
        if ALONE.match(_folded(low)):
            start = low.index(inner)
            return start, start + len(inner)
    has_stop = "stop" in low
    hinted = parts & Part.HINT and _is_hinted(tokens)
    askable = _askable(tokens) if parts & Part.STOP or may_ask(parts) else []
    if not (hinted or has_stop or askable):
        return None
    text = _folded(low)
    idiomatic = hinted and IDIOMS.search(text)
    if not (idiomatic or has_stop or _in_clauses(text, askable)):
        return None  # decoys only take matches away
    masked = _without_decoys(text)
    idiom = IDIOMS.search(masked) if idiomatic else None
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


def _is_hinted(tokens: Tokens) -> bool:
    """Whether an idiom could stand in a text."""
    spoken = tokens.spoken()
    for hints in filter(None, map(TOKEN_HINTS.__getitem__, tokens.words)):
        for hint in hints:
            if hint in spoken:
                return True
    return False


def _askable(tokens: Tokens) -> list[tuple[int, int]]:
    """Return the stretches between full stops whose words could ask: most cannot."""
    found = []
    end = 0
    for clause in tokens.clauses():
        start, end = end, end + len(clause) + 1
        parts = parts_of_all(clause.split())
        if may_ask(parts) or (parts & Part.STOP and _could_be_curt(tokens, start, end)):
            found.append((start, end))
    return found


def _could_be_curt(tokens: Tokens, start: int, end: int) -> bool:
    return any(
        0 < len(words) <= NEAR and TOKEN_PARTS[words[0]] & Part.STOP
        for words in tokens.pieces(start, end)
    )


def _in_clauses(
    text: str, stretches: list[tuple[int, int]] | None = None
) -> tuple[int, int] | None:
    """Judge a folded text clause by clause; return the offsets of the first opt-out."""
    ended = f"{text}\n\n"
    for start, end in [(0, len(text))] if stretches is None else stretches:
        found = _in_stretch(ended, start, end if end < len(text) else len(ended))
        if found:
            return found
    return None


def _in_stretch(text: str, start: int, end: int) -> tuple[int, int] | None:
    clause: list[int] = []
    places: list[tuple[int, int]] = []
    line = text.rfind("\n", 0, start) + 1
    for match in TOKEN.finditer(text, start, end):
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
