"""A mail's text cut into words once, for every engine that looks its words up.

One byte stands for one character, so that a place in the bytes is a place in the text. Accents are
folded and apostrophes made one, as the opt-out rules read words: what a token holds can only be
more than what a stricter cut of the text would give, never less. That makes a look-up of its tokens
a sound reason to skip a text, and its hits a reason to look closer.
"""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from encodings.cp1252 import encoding_table
from typing import Generic, TypeVar

CODE = "cp1252"  # one byte a character, with all letters of the seven languages
MOST_WORDS = 65_536  # remembered; a language has fewer in use
LONGEST_KNOWN = 40  # letters of a word that is remembered
PLAIN = dict(zip("àáâãäåèéêëìíîïòóôõöùúûüçñ’`´", "aaaaaaeeeeiiiiooooouuuucn'''", strict=True))
LETTERS = "ßæðøýþÿœ'-"  # of words, beside a to z, with what joins them
MARKS = '.!;:()"“”'  # end a clause whatever stands around them
MARK = b"."


def _table(marks: str) -> bytes:
    """Return what each byte becomes: a folded letter, a mark, or a space."""
    table = [" "] * 256
    for byte in range(256):
        char = bytes([byte]).decode(CODE, "replace")
        folded = PLAIN.get(char, char)
        if "a" <= folded <= "z" or folded in LETTERS:
            table[byte] = folded
        elif char in marks:
            table[byte] = MARK.decode()
    return "".join(table).encode(CODE)


_WORDS, _CLAUSES, _PIECES = _table(""), _table(MARKS), _table(MARKS + ",\n")
_APART = bytes.maketrans(b"'-", b"  ")


@dataclass(slots=True)
class Tokens:
    """A lowered text, and its words in order as folded bytes."""

    low: str
    folded: bytes  # letters, and spaces for all else
    words: list[bytes]

    def clauses(self) -> list[bytes]:
        """Return the stretches between marks that end a clause, one byte apart, in order."""
        # a question mark must differ from what stands for a character outside the code page
        return _encoded(self.low.replace("?", "!")).translate(_CLAUSES).split(MARK)

    def spoken(self) -> bytes:
        """Return the words apart, each behind one space, whatever stood between or joined them."""
        return b" " + b" ".join(self.folded.translate(_APART).split())

    def pieces(self, start: int, end: int) -> list[list[bytes]]:
        """Return the words between any two marks, commas or line breaks of a stretch."""
        stretch = _encoded(self.low[start:end].replace("?", "!")).translate(_PIECES)
        pieces = (piece.split() for piece in stretch.split(MARK))
        return [[word for word in piece if word.strip(b"'-")] for piece in pieces]


def tokens_of(low: str) -> Tokens:
    """Cut a lowered text into words.

    >>> tokens_of("don’t écrivez-moi 7 ж").words
    [b"don't", b'ecrivez-moi']
    """
    folded = _encoded(low).translate(_WORDS)
    return Tokens(low, folded, folded.split())


def _encoded(low: str) -> bytes:
    if low.isascii():
        return low.encode()
    return codecs.charmap_encode(low, "replace", encoding_table)[0]


def lowered(text: str) -> str:
    """Return lower-case text of the same length, so that offsets stay true.

    >>> lowered("STOP İ"), len(lowered("İ"))
    ('stop İ', 1)
    """
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(each := c.lower()) != 1 else each for c in text)


Meaning = TypeVar("Meaning")


class Known(dict[bytes, Meaning], Generic[Meaning]):
    """What tokens mean to one engine, remembered for tokens seen before."""

    def __init__(self, meaning: Callable[[str], Meaning]) -> None:
        super().__init__()
        self._meaning = meaning

    def __missing__(self, token: bytes) -> Meaning:
        """Work out what a token means; a token too long for a word is not remembered."""
        found = self._meaning(token.decode(CODE))
        if len(token) <= LONGEST_KNOWN:
            if len(self) >= MOST_WORDS:
                self.clear()
            self[token] = found
        return found
