"""Drift in a stream of events: a bank of two-sided CUSUMs (Page 1954), Gaussian and Bernoulli.

A sum over a frozen reference: S = max(0, S + step). One sum is quick for the shift it looks for and
slow for others, so several run side by side, each with its share of the false alarms. DRIFT is
declared when a sum passes its threshold (one critical shift), or stands above `watch_share` of it
at the ends of two windows in a row. The thresholds are set by simulation of the whole bank, so that
without a change DRIFT comes once in `arl0` events. A step is cut at `clip` deviations: one outlier,
however far, does not lift a sum from below the watch line to its threshold. Batches are worked
through with numpy; the state after a batch does not depend on how the events were cut into batches.

The change lies after the event at which the sum last was 0, which is early by as much as the sum
wanders before it: so the events since then are kept, and of them the one is named from which on
S_k^2 / (n - k) is largest, S_k the sum of deviations (Hinkley 1970, first mean known).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SIGNS = (1.0, -1.0)  # a rise, a fall
KEPT = 256  # events since a sum was 0; of a longer climb the last ones, and the one after that 0
CHUNK = 4096  # events worked through at once: they fit a processor's cache


class StreamState(StrEnum):
    """What is known of a stream."""

    WARMING = "WARMING"
    STABLE = "STABLE"
    WATCH = "WATCH"
    DRIFT = "DRIFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolicy:
    """How a stream is watched.

    `allowances` are halves of the shifts looked for, in deviations; `odds` the ratios of odds
    looked for in a rate; shares are parts of the false alarms. Thresholds are those that
    `simulated_thresholds` gives at `arl0`, one for each of them.
    """

    arl0: int
    clip: float
    slack: float
    window: int
    watch_share: float
    min_n: int
    allowances: tuple[float, ...]
    allowance_shares: tuple[float, ...]
    gaussian: tuple[float, ...]
    odds: tuple[float, ...]
    odds_shares: tuple[float, ...]
    bernoulli: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One of the bank's sums, with the event after which it last was 0."""

    sign: float
    seeks: float  # the allowance in deviations, or the ratio of odds of a rate
    threshold: float
    slack: float = 0.0  # a shift that may be the reference's own error; of a rate in log-odds
    total: float = 0.0
    zero: int = 0
    held: bool = False  # at the end of the last window it stood above the watch line

    def moved(self, *, total: float, zero: int, held: bool) -> "Sum":
        """Return the sum after events; `replace` would take most of a short batch's time."""
        return Sum(
            sign=self.sign, seeks=self.seeks, threshold=self.threshold, slack=self.slack,
            total=total, zero=zero, held=held,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """A watched stream; `update` returns the next one, and the old one stays as it was.

    `at` is the event (from 0) at which DRIFT was seen, `change_point` the event from which on the
    stream had likely changed. DRIFT stays until a promotion gives a new reference, and what comes
    after `at` is not looked at.
    """

    mean: float
    spread: float  # standard deviation, or nan for a rate
    policy: StreamPolicy
    n: int = 0
    state: StreamState = StreamState.STABLE
    bank: tuple[Sum, ...] = ()
    at: int | None = None
    change_point: int | None = None
    recent: tuple[float, ...] = ()  # deviations of the last events, back to a sum of 0

    @classmethod
    def of_numbers(cls, reference: Any, policy: StreamPolicy) -> "Cusum":
        """Freeze a reference of numbers; WARMING when it is too short or does not vary."""
        known = _known(reference)
        if known.size < policy.min_n or known.std() == 0:
            return cls._unknown(policy)
        return cls(
            mean=float(known.mean()), spread=float(known.std(ddof=1)), policy=policy,
            bank=_bank(policy.allowances, policy.gaussian, numbers_slack(known.size, policy)),
        )  # fmt: skip

    @classmethod
    def of_rate(cls, reference: Any, policy: StreamPolicy) -> "Cusum":
        """Freeze a reference of zeros and ones; a rate of 0 or 1 counts as half an event off it."""
        known = _known(reference)
        if known.size < policy.min_n:
            return cls._unknown(policy)
        edge = 0.5 / known.size
        rate = min(max(float(known.mean()), edge), 1 - edge)
        lines = rate_thresholds(rate, policy)
        slack = rate_slack(1 / math.sqrt(known.size * rate * (1 - rate)), lines, policy)
        bank = _bank(policy.odds, lines, slack)
        return cls(mean=rate, spread=math.nan, policy=policy, bank=bank)

    @classmethod
    def _unknown(cls, policy: StreamPolicy) -> "Cusum":
        return cls(mean=math.nan, spread=math.nan, policy=policy, state=StreamState.WARMING)

    @property
    def is_rate(self) -> bool:
        """Whether the events are zeros and ones."""
        return math.isnan(self.spread)

    @property
    def deviation(self) -> float:
        """One standard deviation of an event, of a rate too."""
        return math.sqrt(self.mean * (1 - self.mean)) if self.is_rate else self.spread

    @property
    def height(self) -> float:
        """The highest of the sums, in parts of its threshold; 0 while WARMING."""
        return max((each.total / each.threshold for each in self.bank), default=0.0)

    def update(self, events: Any) -> "Cusum":
        """Take the next events, in order; those that are no numbers are passed over."""
        known = _known(events)
        found = self
        for start in range(0, len(known), CHUNK):
            if found.state in (StreamState.WARMING, StreamState.DRIFT):
                break
            found = found._taken(known[start : start + CHUNK])
        return found

    def _taken(self, events: Floats) -> "Cusum":
        deviations = self._deviations(events)
        sign, seeks, slack, total, line, held = _columns(self.bank)
        if self.is_rate:
            steps = rate_steps(events, self.mean, seeks**sign, sign * slack)
        else:
            steps = sign * deviations - (seeks + slack)
        walk = np.cumsum(steps, axis=1) + total
        sums = walk - np.minimum(np.minimum.accumulate(walk, axis=1), 0.0)
        ends = np.arange(-(self.n + 1) % self.policy.window, len(events), self.policy.window)
        marks = np.hstack([held > 0, sums[:, ends] >= line * self.policy.watch_share])
        over, twice = sums >= line, marks[:, 1:] & marks[:, :-1]
        last, loud = len(events) - 1, None
        if over.any() or twice.any():
            over[:, ends] |= twice
            last = int(np.argmax(over.any(axis=0)))
            loud = over[:, last]
        bank = _moved(self, sums[:, : last + 1], marks[:, np.searchsorted(ends, last, "right")])
        recent = np.concatenate([self.recent, deviations[: last + 1]])
        return _judged(replace(self, n=self.n + last + 1, bank=bank), recent, loud)

    def _deviations(self, events: Floats) -> Floats:
        found = (events - self.mean) / self.deviation
        return found if self.is_rate else np.clip(found, -self.policy.clip, self.policy.clip)


def rate_steps(events: Floats, rate: float, odds: Floats, slack: Floats | float = 0.0) -> Floats:
    """Return the log-likelihood ratios of odds that are `odds` times as high, an event each.

    `slack` moves the rate that counts as no change by so many log-odds.
    """
    known = rate / (1 - rate) * np.exp(slack)
    miss = np.log((1 + known) / (1 + known * odds))
    return np.asarray(miss + events * np.log(odds), dtype=np.float64)


def rate_thresholds(rate: float, policy: StreamPolicy) -> tuple[float, ...]:
    """Return the thresholds of a rate, between those of its tabled neighbours by its logarithm."""
    table = sorted((float(key), values) for key, values in policy.bernoulli.items())
    tabled = np.log([key for key, _ in table])
    at = math.log(min(rate, 1 - rate))
    columns = zip(*(values for _, values in table), strict=True)
    return tuple(float(np.interp(at, tabled, column)) for column in columns)


def numbers_slack(size: int, policy: StreamPolicy) -> list[float]:
    """Return what each sum lets pass of a shift, for the error of a reference of `size` numbers.

    Without a change a sum passes h as often as e^(-2kh); an error d of the mean makes it e^(2dh) as
    often, one of the spread e^(-4dkh). In the mean of all references this is e^(2h^2 (1+2k^2) / n),
    which a slack of h (1+2k^2) / n takes back. Where d is large the walk is steeper than its
    allowance and no exponent holds: there `policy.slack` standard errors are enough.
    """
    return [
        min(policy.slack / math.sqrt(size), line * (1 + 2 * seeks * seeks) / size)
        for seeks, line in zip(policy.allowances, policy.gaussian, strict=True)
    ]


def rate_slack(error: float, lines: Sequence[float], policy: StreamPolicy) -> list[float]:
    """Return the same for a rate whose log-odds are known to `error`; see `numbers_slack`."""
    return [
        min(policy.slack * error, line / math.log(odds) * error * error)
        for odds, line in zip(policy.odds, lines, strict=True)
    ]


def _bank(
    seeks: Sequence[float], thresholds: Sequence[float], slack: Sequence[float]
) -> tuple[Sum, ...]:
    return tuple(
        Sum(sign=sign, seeks=each, threshold=threshold, slack=passed)
        for each, threshold, passed in zip(seeks, thresholds, slack, strict=True)
        for sign in SIGNS
    )


def _judged(stream: Cusum, recent: Floats, loud: npt.NDArray[np.bool_] | None) -> Cusum:
    """Set the state; `loud` are the sums that alarmed at the last event, None without one."""
    if loud is not None:
        which = [each for each, its in zip(stream.bank, loud, strict=True) if its]
        change = _left(stream, min(which, key=lambda each: each.zero), recent)
        return replace(
            stream, state=StreamState.DRIFT, at=stream.n - 1, change_point=change, recent=()
        )
    watched = stream.height >= stream.policy.watch_share
    keep = min(KEPT, stream.n - min(each.zero for each in stream.bank))
    return replace(
        stream, state=StreamState.WATCH if watched else StreamState.STABLE,
        recent=tuple(recent[max(0, len(recent) - keep) :].tolist()),
    )  # fmt: skip


def _left(stream: Cusum, seen: Sum, recent: Floats) -> int:
    """Return the event from which on the stream had left, of those since the sum was 0."""
    climb = stream.n - seen.zero
    sums = np.cumsum(seen.sign * recent[::-1][: min(climb, KEPT)])
    lengths = np.arange(1, len(sums) + 1)
    if climb > len(sums):  # of the events that are not kept only the first is a candidate
        sums, lengths = np.append(sums, _climbed(stream, seen)), np.append(lengths, climb)
    gains = np.where(sums > 0, sums * sums / lengths, 0.0)
    return stream.n - int(lengths[np.argmax(gains)])


def _climbed(stream: Cusum, seen: Sum) -> float:
    """Return the sum of all deviations, to the sum's side, since it was 0: its steps tell it."""
    climb = stream.n - seen.zero
    if not stream.is_rate:
        return seen.total + climb * (seen.seeks + seen.slack)
    odds = np.array(seen.seeks**seen.sign)
    miss, hit = rate_steps(np.arange(2.0), stream.mean, odds, seen.sign * seen.slack)
    hits = (seen.total - climb * miss) / (hit - miss)
    return seen.sign * float(hits - climb * stream.mean) / stream.deviation


def _columns(bank: Sequence[Sum]) -> Floats:
    """Return sign, seeks, slack, total, threshold and held, of each a column with a row a sum."""
    rows = [(s.sign, s.seeks, s.slack, s.total, s.threshold, s.held) for s in bank]
    return np.array(rows, dtype=np.float64).T[:, :, None]


def _moved(stream: Cusum, sums: Floats, held: npt.NDArray[np.bool_]) -> tuple[Sum, ...]:
    """Return the bank after events, with the event after the last one at which each was 0."""
    back = np.argmax(sums[:, ::-1] <= 0.0, axis=1)
    found = []
    for each, row, behind, up in zip(stream.bank, sums, back.tolist(), held.tolist(), strict=True):
        at = len(row) - behind
        zero = stream.n + at if row[at - 1] <= 0.0 else each.zero
        found.append(each.moved(total=float(row[-1]), zero=zero, held=up))
    return tuple(found)


def _known(values: Any) -> Floats:
    found = np.asarray(values, dtype=np.float64).ravel()
    return found[np.isfinite(found)]
