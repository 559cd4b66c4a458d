"""Columns that are known too late: by what their name or values mean, or by where they are filled.

The dictionary of meanings is policy, in several languages; no data set's own names are in it.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from fleet.propensity.policy import PropensityPolicy

Value = float | str | None


@lru_cache(maxsize=65_536)
def plain_words(text: str) -> str:
    """Return lower-case words without accents, parted by one space.

    >>> plain_words("Gesprächs_Dauer"), plain_words("contractSigned"), plain_words("Durée d'appel")
    ('gesprachs dauer', 'contract signed', 'duree d appel')
    """
    parted = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", text)
    bare = unicodedata.normalize("NFKD", parted.casefold())
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", kept).split())


def find_leak(
    name: str, values: Sequence[Value], labels: Sequence[int], policy: PropensityPolicy
) -> str | None:
    """Return why a column must not be learned from, or None."""
    words = plain_words(name)
    older = any(re.search(rf"\b{early}", words) for early in policy.earlier_words)
    meant = None if older else _by_name(words, policy) or _by_values(values, policy)
    return meant or _by_structure(values, labels, policy)


def _by_name(words: str, policy: PropensityPolicy) -> str | None:
    spelt = re.sub(r"([ao]|(?<![ae])u)e", r"\1", words)  # ae, oe, ue for umlauts
    forms = dict.fromkeys((words, words.replace(" ", ""), spelt, spelt.replace(" ", "")))
    for meaning, entry in policy.meanings.items():
        for form in forms:  # compounds are written apart, or together
            for pattern in entry.names:
                if hit := re.search(pattern, form):
                    return f"{_said(meaning)}, by its name ({hit[0]!r}): {entry.why}"
    return None


def _by_values(values: Sequence[Value], policy: PropensityPolicy) -> str | None:
    known = Counter(value for value in values if isinstance(value, str))
    total = sum(known.values())
    for meaning, entry in policy.meanings.items():
        if not entry.values or not total:
            continue
        pattern = re.compile("|".join(f"(?:{each})" for each in entry.values))
        hits = {v: n for v, n in known.items() if pattern.fullmatch(plain_words(v))}
        if sum(hits.values()) >= policy.value_share * total:
            common = max(hits, key=lambda value: (hits[value], value))
            return f"{_said(meaning)}, by its values (such as {common!r}): {entry.why}"
    return None


def _by_structure(
    values: Sequence[Value], labels: Sequence[int], policy: PropensityPolicy
) -> str | None:
    """Tell a column filled on one outcome's rows only: on most of them, or on some winners' rows.

    A zero may stand for nothing (the worth of a lost deal), or be what a form holds when it is
    there at all: both readings are tried. Of few rows it must be no accident.
    """
    rows = Counter(labels)
    for nothing in ((None, 0.0), (None,)):
        filled = Counter(y for v, y in zip(values, labels, strict=True) if v not in nothing)
        won, lost = filled[1] / max(rows[1], 1), filled[0] / max(rows[0], 1)
        for mine, other, whose in ((won, lost, "winners"), (lost, won, "losers")):
            if mine > policy.structure_filled and other < policy.structure_other:
                return f"filled for {whose} only"
    share = rows[1] / max(len(labels), 1)
    if filled[0] <= policy.structure_strays * filled[1] and 0 < share < 1:
        chance = _log_chance(filled[1], filled[0], share)
        if chance < math.log(policy.structure_chance):
            return f"filled for winners only, though for {won:.0%} of them"
    return None


def _log_chance(won: int, lost: int, share: float) -> float:
    """Return the log of about how likely so few losers are among rows drawn without regard."""
    ways = math.lgamma(won + lost + 1) - math.lgamma(won + 1) - math.lgamma(lost + 1)
    return ways + won * math.log(share) + lost * math.log(1 - share)


def _said(meaning: str) -> str:
    return f"known only after contact or outcome ({meaning.replace('_', ' ')})"
