"""Which sentences hold no word but those of a mail about itself: small talk, whatever its grammar.

A second net beside the grammar of `claim_acts`: a sentence made only of asking, answering, meeting,
thinking and wishing states nothing of goods, work, money or what was done.
"""

import re
from functools import cache, lru_cache

from fleet.drafting.phrases.talk import LITTLE, STEMS

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LITTLE = {code: frozenset(words.split()) for code, words in LITTLE.items()}
_KEPT = 8192  # words kept in memory, over all languages


@cache
def _stems(language: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(set(STEMS[language].split()), key=len, reverse=True)))


@lru_cache(maxsize=_KEPT)
def is_talk(word: str, language: str) -> bool:
    """Whether a word is one of a mail about itself."""
    return word in _LITTLE[language] or _stems(language).match(word) is not None


def is_small_talk(lowered: str, language: str) -> bool:
    """Whether every word is one of a mail about itself; a figure never is.

    >>> is_small_talk("any thought of yours is welcome.", "en"), is_small_talk("we ship it.", "en")
    (True, False)
    """
    if any(char.isdigit() for char in lowered):
        return False
    return all(is_talk(word, language) for word in WORD.findall(lowered))
