"""What a message brings that its conversation had not: new words, and new numbers above all.

In a chat there is no state to judge by. Agents that trade thanks and confirmations word each one
anew, so that nothing is repeated, yet they use up their words: each message is made of what was
said already. A number that nobody had named is news whatever stands around it.
"""

import re

WORD = re.compile(r"[^\W_]+(?:[.,][0-9]+)*")
PLAIN = "".join(map(chr, range(128)))
BETWEEN_WORDS = str.maketrans({c: " " for c in PLAIN if not c.isalnum() and c not in ".,"})


def words_of(text: str) -> set[str]:
    """Return the different words of a text, a number with its point or comma as one.

    >>> sorted(words_of("Lamps, 1.5 kg; lamps"))
    ['1.5', 'kg', 'lamps']
    """
    low = text.lower()
    if not low.isascii():
        return set(WORD.findall(low))
    words = set(low.translate(BETWEEN_WORDS).split())  # a third of the cost of the expression
    pointed = [word for word in words if not word.isalnum()]
    words.difference_update(pointed)
    words.update(WORD.findall(" ".join(pointed)))
    return words


class News:
    """Words of one conversation; `add` costs O(length of the text)."""

    __slots__ = ("_known", "length", "stale")

    def __init__(self) -> None:
        self._known: set[str] = set()
        self.clear()

    def clear(self) -> None:
        """Count anew; the words stay known."""
        self.stale = 0  # messages that brought nothing new, in a row or on balance
        self.length = 0  # messages since the first of them

    def add(self, text: str, least: float, *, balance: bool = False) -> int:
        """Take a message; return how many in a row had no new number and few new words.

        Few is a share of at most `least` of its different words. With `balance` a message that
        brings something takes one from the count, where else it ends it (a sum of evidence as in
        Page 1954).

        >>> news = News()
        >>> [news.add(text, 0.3) for text in ("we sell 12 lamps", "yes, 12 lamps", "yes, 12 lamps")]
        [0, 0, 1]
        """
        words = words_of(text)
        fresh = words - self._known
        self._known |= fresh
        if len(fresh) <= least * len(words) and not any(word[0].isdigit() for word in fresh):
            self.stale += 1
        else:
            self.stale = self.stale - 1 if balance and self.stale else 0
        self.length = self.length + 1 if self.stale else 0
        return self.stale
