"""Periodic patterns in a stream of symbols, by lag run lengths: O(max_period) an event.

A run of n matches at lag p is n / p + 1 repetitions of a pattern of period p, exactly. With one odd
event a period, p - 1 of every p symbols still match at lag p, in the same places.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A repeated pattern that ends at the last symbol."""

    period: int
    repeats: int
    noisy: bool


class LagRuns:
    """Matches of the last symbols at every lag from 1 to `max_period`."""

    __slots__ = ("_bits", "_history", "_lags", "_masks", "_noisy_repeats", "_repeats", "_runs")

    def __init__(self, max_period: int, repeats: int, noisy_repeats: int) -> None:
        self._repeats, self._noisy_repeats = repeats, noisy_repeats
        self._lags = range(1, max_period + 1)
        self._history: list[int] = []
        self._runs = [0] * (max_period + 1)
        self._bits = [0] * (max_period + 1)
        self._masks = [(1 << (noisy_repeats - 1) * p) - 1 for p in range(max_period + 1)]

    def clear(self) -> None:
        """Forget everything: real progress was made."""
        self._history.clear()
        self._runs = [0] * len(self._runs)
        self._bits = [0] * len(self._bits)

    def add(self, symbol: int) -> Pattern | None:
        """Add one symbol; return the shortest exact pattern, else the shortest noisy one."""
        history, runs, bits = self._history, self._runs, self._bits
        size = len(history)
        exact = 0
        for lag in self._lags:
            if lag > size:
                break
            if history[-lag] == symbol:
                runs[lag] += 1
                bits[lag] = (bits[lag] << 1 | 1) & self._masks[lag]
                if not exact and runs[lag] >= (self._repeats - 1) * lag:
                    exact = lag
            else:
                runs[lag] = 0
                bits[lag] = (bits[lag] << 1) & self._masks[lag]
        history.append(symbol)
        if size >= 4 * len(runs):
            del history[: len(runs)]
        if exact:
            return Pattern(exact, runs[exact] // exact + 1, noisy=False)
        return self._noisy(size + 1)

    def _noisy(self, seen: int) -> Pattern | None:
        periods = self._noisy_repeats - 1
        for lag in self._lags[1:]:
            if seen < (periods + 1) * lag:
                break
            word = self._bits[lag]
            if word.bit_count() >= periods * (lag - 1) and _same_gap(word, lag, periods):
                return Pattern(lag, self._noisy_repeats, noisy=True)
        return None


def _same_gap(word: int, lag: int, periods: int) -> bool:
    """Whether the mismatches, one a period at most, all stand in the same place of the period."""
    gaps = 0
    whole = (1 << lag) - 1
    for period in range(periods):
        gaps |= ~(word >> period * lag) & whole
    return gaps.bit_count() <= 1
