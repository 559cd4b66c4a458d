"""A mail read once: the words of its subject and of its newest reply, and what they may do.

What all words of a text may do together is one number, and decides most mails by itself: a mail
none of whose words can ask for silence is no opt-out.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_

from fleet.mailbox.opt_out_idioms import HINTS
from fleet.mailbox.opt_out_parts import parts_of
from fleet.mailbox.opt_out_words import Part
from fleet.mailbox.tokens import CODE, Known, Tokens, lowered, tokens_of

_AWAY_WORDS = (  # an automatic reply has one of them, or one that starts with "auto"
    "leave vacation holiday holidays office away limited travelling pto trip urlaub büro "
    "abwesend haus elternzeit dienstreise erreichbar absent absente congé congés vacances "
    "déplacement vacaciones fuera ausente baja ferie assente fuori vacanza férias fora vakantie "
    "afwezig kantoor verlof aanwezig reply"
)
# no subject of an automatic reply without a word that starts like this
SENT_BY_MACHINE = (
    "auto", "out", "ooo", "abwesenheit", "reponse", "respuesta", "risposta", "resposta", "afwezig",
    "fuera", "fuori", "absence", "fora", "vacation",
)  # fmt: skip
_CUTS = (re.compile("[^'-]+(?:['-][^'-]+)*"), re.compile("[^'-]+"))
_AWAY = frozenset(tokens_of(word).words[0].decode(CODE) for word in _AWAY_WORDS.split())


def _token_hints(token: str) -> tuple[bytes, ...]:
    """Return the hints of idioms that one word of a text could begin."""
    pieces = _CUTS[1].findall(token)
    begun = (hint for hint in HINTS if _begins(hint, pieces))
    return tuple(f" {hint}".encode(CODE) for hint in begun)


def _begins(hint: str, pieces: list[str]) -> bool:
    first, _, rest = hint.partition(" ")
    return any(piece == first if rest else piece.startswith(first) for piece in pieces)


TOKEN_HINTS = Known(_token_hints)


def _token_parts(token: str) -> int:
    """Return what a token may do, by any cut of it that a closer look could make."""
    cuts = {word for cut in _CUTS for word in cut.findall(token)}
    found = reduce(or_, map(parts_of, cuts), 0)
    if any(cut in _AWAY or cut.startswith("auto") for cut in cuts):
        found |= Part.AWAY
    found |= Part.HINT if _token_hints(token) else 0
    return found | (Part.MACHINE if any(cut.startswith(SENT_BY_MACHINE) for cut in cuts) else 0)


TOKEN_PARTS = Known(_token_parts)


def parts_of_all(words: list[bytes]) -> int:
    """Return all that some token may do."""
    return reduce(or_, map(TOKEN_PARTS.__getitem__, words), 0)


@dataclass(slots=True)
class MailTokens:
    """Subject and newest reply of a mail, each cut once for all who ask about the mail."""

    subject: Tokens
    reply: Tokens
    subject_parts: int
    reply_parts: int


def tokens_of_mail(subject: str, reply: str) -> MailTokens:
    """Cut both texts of a mail into words, and look the words up."""
    head, text = tokens_of(lowered(subject)), tokens_of(lowered(reply))
    return MailTokens(head, text, parts_of_all(head.words), parts_of_all(text.words))
