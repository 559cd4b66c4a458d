"""The parts that one word may play in an opt-out, misspelt or with a pronoun hung on it."""

import re

from fleet.mailbox.opt_out_words import WORDS, Part

MOST_WORDS = 65_536  # remembered; a language has fewer in use
LONGEST_WORD = 40
SHORTEST_SWAPPED, LONGEST_SWAPPED = 6, 16
SLIPS = 2  # letters lost, doubled or swapped in "unsubscribe"

_PATTERNS = tuple((part, re.compile(rf"(?:{words})\Z")) for part, words in WORDS.items())
_ENDINGS = tuple(each for each in _PATTERNS if each[0] in (Part.REMOVE, Part.UNSUBSCRIBE))
# objects that Romance languages hang on the verb: contactarme, scrivetemi, enviar-nos
_ENCLITIC = re.compile(r"(\w{3,}?[aeirnd])(?:me|mi|nos|ci|noi)(?:l[oaie])?\Z")
_ACTS = Part.CONTACT | Part.SEND | Part.REMOVE | Part.RECEIVE
_TARGET = "unsubscribe"


def parts_of(word: str) -> int:
    """Return the parts that one folded, lower-case word may play.

    >>> parts_of("retirez-moi") & Part.REMOVE > 0 and parts_of("retirez-moi") & Part.ME > 0
    True
    >>> parts_of("unsubsrcibe") & Part.UNSUBSCRIBE > 0, parts_of("subscribe") & Part.UNSUBSCRIBE
    (True, 0)
    """
    if len(word) > LONGEST_WORD:
        return 0
    found = _plain(word)
    bare = word.replace("-", "").replace("'", "")
    if bare != word:
        found |= _plain(bare)
        for piece in re.split("[-']", word):
            found |= _plain(piece)
    hung = _ENCLITIC.match(bare)
    if hung:
        acts = (_plain(hung.group(1)) | _plain(bare)) & _ACTS
        if acts:
            found |= acts | Part.ME
    return found


def _plain(word: str) -> int:
    found = 0
    for part, pattern in _PATTERNS:
        if pattern.match(word):
            found |= part
    if _is_misspelt(word):
        found |= Part.UNSUBSCRIBE
    return found or _swapped(word)


def _swapped(word: str) -> int:
    """Return whether an unknown word asks to be let go once two neighbours change places."""
    if not SHORTEST_SWAPPED <= len(word) <= LONGEST_SWAPPED:
        return 0
    for i in range(len(word) - 1):
        other = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
        for part, pattern in _ENDINGS:
            if pattern.match(other):
                return part
    return 0


def _is_misspelt(word: str) -> bool:
    if word[:1] not in {"u", "n"} or not len(_TARGET) - SLIPS <= len(word) <= len(_TARGET) + SLIPS:
        return False
    return _distance(word[: len(_TARGET) + 1], _TARGET) <= SLIPS


def _distance(left: str, right: str) -> int:
    """Return the optimal string alignment distance: a swap of neighbours is one slip."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


class _Known(dict[str, int]):
    """The parts of words seen before."""

    def __missing__(self, word: str) -> int:
        if len(word) > LONGEST_WORD:
            return 0
        if len(self) >= MOST_WORDS:
            self.clear()
        found = self[word] = parts_of(word)
        return found


PARTS = _Known()
