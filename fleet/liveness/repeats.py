"""Periodic patterns in a stream of symbols, all lags from 1 to `max_period` in a few operations.

A run of n matches at lag p is n / p + 1 repetitions of a pattern of period p, exactly. With one odd
event a period, each other place of the period holds the same symbol in every period.

The lags are judged side by side in the bits of one number, as Shift-And matches texts (Baeza-Yates
and Gonnet 1992). Each lag has a field of bits, and above it a gap: a zero that catches the carry of
an addition, so that one addition says of every field whether it is full, or whether it is empty.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that ends at the last symbol, repeated as often as was asked for."""

    period: int
    repeats: int
    noisy: bool


class Fields:
    """Where each lag has its bits; the same for every stream that is judged by the same limits."""

    def __init__(self, max_period: int, repeats: int, noisy_repeats: int) -> None:
        self.max_period, self.repeats, self.noisy_repeats = max_period, repeats, noisy_repeats
        self.lowest: list[int] = []  # the lowest bit of each field, lag 1 first
        self.gap_of: dict[int, int] = {}  # bit of a gap: its lag
        self.units = self.gaps = self.noisy_gaps = self.shifted = 0
        self.older = self.between = 0  # bits an exact, a noisy match does not look at
        self.places = self.first_places = 0  # the highest bits, one for each place of a period
        bit = 0
        for lag in range(1, max_period + 1):
            periods = max(repeats, noisy_repeats) - 1
            unit, gap = 1 << bit, 1 << bit + periods * lag
            self.lowest.append(unit)
            self.gap_of[gap] = lag
            self.units |= unit
            self.gaps |= gap
            self.noisy_gaps |= gap if lag > 1 else 0
            self.shifted |= gap - (unit << 1)  # all but what a shift to the left may bring in
            self.older |= gap - (unit << (repeats - 1) * lag)
            looked_at = sum(unit << period * lag for period in range(noisy_repeats - 1))
            self.between |= (gap - unit) ^ looked_at
            self.places |= gap - (gap >> lag)
            self.first_places |= gap >> lag
            bit += periods * lag + 1


class LagRuns:
    """Matches of the last symbols at every lag."""

    __slots__ = ("_fields", "_last", "_matches", "_same", "_seen")

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._last: deque[int] = deque(maxlen=fields.max_period)  # the newest first
        self._matches = 0  # bit j of a field: the symbol j ago matched at that lag
        self._same = 0  # a place of the period: whether all its last symbols were the same
        self._seen = 0

    def clear(self) -> None:
        """Forget everything: real progress was made."""
        self._last.clear()
        self._matches = self._same = self._seen = 0

    def add(self, symbol: int) -> Pattern | None:
        """Add one symbol; return the shortest exact pattern, else the shortest noisy one."""
        fields, last = self._fields, self._last
        matched = full = 0
        if symbol in last:
            for unit, earlier in zip(fields.lowest, last, strict=False):
                if earlier == symbol:
                    matched |= unit
        last.appendleft(symbol)
        self._seen += 1
        self._matches = matches = (self._matches << 1) & fields.shifted | matched
        same = (self._same >> 1) & fields.places
        if matched:
            same |= ((matches | fields.between) + fields.units & fields.gaps) >> 1
            full = (matches | fields.older) + fields.units & fields.gaps
        self._same = same
        if full:
            return Pattern(fields.gap_of[full & -full], fields.repeats, noisy=False)
        return self._noisy(same) if same else None

    def _noisy(self, same: int) -> Pattern | None:
        """Find the shortest field in which at most one place is not the same."""
        fields = self._fields
        odd = fields.places ^ same
        two_odd = odd & ((odd | fields.gaps) - fields.first_places)  # all but each lowest bit
        calm = ~(two_odd + fields.places) & fields.noisy_gaps
        if not calm:
            return None
        lag = fields.gap_of[calm & -calm]
        if self._seen < fields.noisy_repeats * lag:
            return None
        return Pattern(lag, fields.noisy_repeats, noisy=True)
