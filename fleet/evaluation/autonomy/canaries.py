"""Canaries: good drafts with one thing made wrong, which a careful reviewer must refuse.

Decides what is spoiled, by a number in [0, 1) that the caller draws. Refuses a draft in which
nothing can be made wrong without showing. A canary can never enter the outbox.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[.,]\d{3})+(?![\w])|(?<![\w.,])\d+(?:[.,]\d+)?(?![\w])")
FACTORS = (2, 3, 5, 7)  # each changes every whole number above 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """A body with one wrong number: where, what it was, what it is now."""

    body: str
    start: int
    before: str
    after: str

    @property
    def shift(self) -> int:
        """How far everything behind it moved."""
        return len(self.after) - len(self.before)


def spoil(body: str, claims: Sequence[tuple[int, int]], pick: float) -> Spoiled | None:
    """Make one number inside one claim wrong; `claims` are (start, end) of supported ones.

    >>> spoil("It costs 55 USD.", [(9, 15)], 0.0)
    Spoiled(body='It costs 110 USD.', start=9, before='55', after='110')
    >>> spoil("Thank you.", [(0, 9)], 0.0) is None
    True
    """
    found = [
        match
        for match in NUMBER.finditer(body)
        if any(start <= match.start() and match.end() <= end for start, end in claims)
        and any(letter in "123456789" for letter in match.group())
    ]
    if not found:
        return None
    place = min(int(pick * len(found)), len(found) - 1)
    match = found[place]
    factor = FACTORS[min(int(pick * len(found) * len(FACTORS)) % len(FACTORS), len(FACTORS) - 1)]
    after = _times(match.group(), factor)
    return Spoiled(
        body=body[: match.start()] + after + body[match.end() :], start=match.start(),
        before=match.group(), after=after,
    )  # fmt: skip


def _times(number: str, factor: int) -> str:
    """Multiply a written number, its separators kept from the right.

    >>> _times("1,250", 2), _times("55", 2), _times("9.5", 3)
    ('2,500', '110', '28.5')
    """
    digits = re.sub(r"\D", "", number)
    marks = [(len(number) - at, sign) for at, sign in enumerate(number) if not sign.isdigit()]
    product = str(int(digits) * factor).rjust(len(digits), "0")
    for behind, sign in reversed(marks):
        product = product[: len(product) - behind + 1] + sign + product[len(product) - behind + 1 :]
    return product
