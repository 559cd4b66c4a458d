"""A clause as the parts of its words, and the small questions the opt-out rules put to it."""

from collections.abc import Sequence

from fleet.mailbox.opt_out_words import Part

NEAR = 4  # words between two parts of one thought
CLOSE = 3
SHORT = 10  # words of a clause that may leave out whom it is about

Clause = Sequence[int]
Found = tuple[int, int] | None  # the first and last word of an opt-out
MILD = (
    Part.POLITE | Part.LINK | Part.DATA | Part.YOU | Part.MAIL | Part.THESE | Part.BE | Part.FIRST
)  # fmt: skip


def places(clause: Clause, part: int) -> list[int]:
    """Return where words with any of these parts stand."""
    return [i for i, each in enumerate(clause) if part & each]


def any_of(words: Clause, part: int) -> bool:
    """Whether some word has one of these parts."""
    return any(part & each for each in words)


def all_of(words: Clause, part: int) -> bool:
    """Whether every word has one of these parts; True of no words."""
    return all(part & each for each in words)


def union(words: Clause) -> int:
    """Return all parts that some word has."""
    whole = 0
    for part in words:
        whole |= part
    return whole


def before(clause: Clause, at: int, count: int) -> Clause:
    """Return up to `count` words before the one at `at`."""
    return clause[max(0, at - count) : at]


def is_own_act(clause: Clause, at: int) -> bool:
    """Whether the act at `at` is the writer's own: "we will remove"."""
    return any(
        Part.FIRST & part and not Part.ME & part for part in [*before(clause, at, 2), clause[at]]
    )


def ends_politely(clause: Clause, start: int) -> bool:
    """Whether nothing of weight follows: "…, please", "… from your files"."""
    return all_of(clause[start:], MILD)
