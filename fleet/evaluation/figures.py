"""Whether a figure that a reply gives stands on one seen before: as it is, rounded or in percent.

Numbers are read from the earlier texts only when a reply gives a figure that none of their words
holds. Signs are not compared: a fall of 5.3 % is -0.053 in a row. Sums are not looked for: of the
numbers of a few rows almost any figure can be added up, and outcomes are foreseen less well.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import islice

from fleet.evaluation.words import FIGURE

# no part of a word, a date, a version or another number
NUMBER = re.compile(
    r"(?<![\w.])(?<!\w-)(?<!\d,)\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?(?![\w-])(?!\.\d)"
)
PERCENT = re.compile(r"\s?(?:%|per ?cent\b)")
MIN_DIGITS = 2  # before the point; a figure of one digit is often a count or a list's number
LEAST_ROUNDED = 3  # digits; two stand for a range so wide that some number is always in it
LONGEST = 30  # characters of a number
MAX_NUMBERS = 50_000  # of one run
MAX_CHARS = 4_000_000  # of the texts of one run
SLACK = 1e-9  # of a half unit, for what binary fractions cannot hold


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as a reply writes it: its value, a half unit of its last digit, its digits."""

    text: str
    value: float
    half: float
    digits: int
    percent: bool

    @property
    def whole(self) -> bool:
        """Whether nothing but zeros stands after the point."""
        return self.value.is_integer()

    @property
    def bare(self) -> str:
        """The digits before the point: 1250 for 1,250.0."""
        return self.text.replace(",", "").partition(".")[0].lstrip("0")


@dataclass(slots=True)
class Seen:
    """The texts of a run so far, and the numbers in those of them that were read for numbers."""

    texts: list[str] = field(default_factory=list)
    chars: int = 0
    ordered: list[float] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Keep a text for the time that its numbers are asked for."""
        if self.chars < MAX_CHARS:
            self.texts.append(text)
            self.chars += len(text)

    def founds(self, figure: Figure, words: Set[str]) -> bool:
        """Whether a word, or a number seen and rounded as the figure is written, gives it."""
        if figure.text in words or (figure.whole and figure.bare in words):
            return True
        self._read()
        half = figure.half if figure.digits >= LEAST_ROUNDED else 0
        if next(self._between(figure.value, half), None) is not None:
            return True
        shares = self._between(figure.value / 100, half / 100) if figure.percent else ()
        return any(not share.is_integer() for share in shares)  # 3 is no share: it is everywhere

    def _between(self, value: float, half: float) -> Iterator[float]:
        reach = half + SLACK * value
        for at in range(bisect_left(self.ordered, value - reach), len(self.ordered)):
            if self.ordered[at] > value + reach:
                return
            yield self.ordered[at]

    def _read(self) -> None:
        if not self.texts:
            return
        found = (number for text in self.texts for number in _numbers(text))
        for number in islice(found, max(0, MAX_NUMBERS - len(self.ordered))):
            at = bisect_left(self.ordered, number)
            if self.ordered[at : at + 1] != [number]:
                self.ordered.insert(at, number)
        self.texts.clear()


def figures_in(text: str) -> Iterator[Figure]:
    """Yield the figures of a reply that are judged: from two digits before the point."""
    for found in FIGURE.finditer(text):
        figure = found.group()
        if len(figure) <= LONGEST:
            bare = figure.replace(",", "")
            decimals = len(bare.partition(".")[2])
            each = Figure(
                text=figure,
                value=float(bare),
                half=0.5 * 10.0**-decimals,
                digits=len(bare.replace(".", "").lstrip("0")),
                percent=bool(PERCENT.match(text, found.end())),
            )
            if len(each.bare) >= MIN_DIGITS:
                yield each


def _numbers(text: str) -> Iterator[float]:
    for found in NUMBER.finditer(text):
        number = found.group()
        if len(number) <= LONGEST:
            yield float(number.replace(",", ""))
