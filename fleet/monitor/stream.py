"""Drift in a stream of events: two-sided CUSUM (Page 1954), Gaussian and Bernoulli.

The sum over a frozen reference: S = max(0, S + step). DRIFT is declared when S passes the threshold
(one critical shift), or stands above `watch_share` of it at the ends of two windows in a row. The
threshold is set by simulation, so that without a change DRIFT comes once in `arl0` events. A step
is cut at `clip` deviations: one outlier, however far, cannot alarm. Batches are worked through with
numpy; the state after a batch does not depend on how the events were cut into batches.

The change lies after the event at which the sum last was 0, which is early by as much as the sum
wanders before it: so the events since then are kept, and of them the one is named from which on
S_k^2 / (n - k) is largest, S_k the sum of deviations (Hinkley 1970, first mean known).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SIDES = ("up", "down")
SIGNS = (1.0, -1.0)
KEPT = 256  # events since a sum was 0; of a longer climb only the event after that 0 is named


class StreamState(StrEnum):
    """What is known of a stream."""

    WARMING = "WARMING"
    STABLE = "STABLE"
    WATCH = "WATCH"
    DRIFT = "DRIFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolicy:
    """How a stream is watched.

    `allowance` is half the shift looked for, in deviations; `odds` the ratio of odds looked for in
    a rate. Thresholds are those that `simulated_threshold` gives at `arl0`.
    """

    arl0: int
    allowance: float
    clip: float
    odds: float
    window: int
    watch_share: float
    min_n: int
    gaussian: float
    bernoulli: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two sums, with the event after which it last was 0."""

    total: float = 0.0
    zero: int = 0
    held: bool = False  # at the end of the last window it stood above the watch line


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """A watched stream; `update` returns the next one, and the old one stays as it was.

    `at` is the event (from 0) at which DRIFT was seen, `change_point` the event from which on the
    stream had likely changed. DRIFT stays until a promotion gives a new reference.
    """

    mean: float
    spread: float  # standard deviation, or nan for a rate
    threshold: float
    policy: StreamPolicy
    slack: float = 0.0  # standard error of the reference: a shift within it is none
    n: int = 0
    state: StreamState = StreamState.STABLE
    up: Side = Side()
    down: Side = Side()
    at: int | None = None
    change_point: int | None = None
    recent: tuple[float, ...] = ()  # deviations of the last events, back to a sum of 0

    @classmethod
    def of_numbers(cls, reference: Any, policy: StreamPolicy) -> "Cusum":
        """Freeze a reference of numbers; WARMING when it is too short or does not vary."""
        known = _known(reference)
        if known.size < policy.min_n or known.std() == 0:
            return cls(
                mean=math.nan, spread=math.nan, threshold=math.inf, policy=policy,
                state=StreamState.WARMING,
            )  # fmt: skip
        return cls(
            mean=float(known.mean()), spread=float(known.std(ddof=1)), threshold=policy.gaussian,
            policy=policy, slack=1 / math.sqrt(known.size),
        )  # fmt: skip

    @classmethod
    def of_rate(cls, reference: Any, policy: StreamPolicy) -> "Cusum":
        """Freeze a reference of zeros and ones; a rate of 0 or 1 counts as half an event off it."""
        known = _known(reference)
        if known.size < policy.min_n:
            return cls(
                mean=math.nan, spread=math.nan, threshold=math.inf, policy=policy,
                state=StreamState.WARMING,
            )  # fmt: skip
        edge = 0.5 / known.size
        rate = min(max(float(known.mean()), edge), 1 - edge)
        return cls(
            mean=rate, spread=math.nan, threshold=rate_threshold(rate, policy), policy=policy,
            slack=1 / math.sqrt(known.size * rate * (1 - rate)),
        )  # fmt: skip

    def update(self, events: Any) -> "Cusum":
        """Take the next events, in order; those that are no numbers are passed over."""
        known = _known(events)
        if self.state in (StreamState.WARMING, StreamState.DRIFT) or not known.size:
            return self
        sides: dict[str, Any] = {}
        alarms = []
        for name, sign, steps in zip(SIDES, SIGNS, self._steps(known), strict=True):
            side, place = _advance(getattr(self, name), steps, self)
            sides[name] = side
            if place is not None:
                alarms.append((*place, sign))
        count = self.n + known.size
        deviations = np.concatenate([self.recent, self._deviations(known)])
        if alarms:
            at, zero, sign = min(alarms)
            change = _left(sign * deviations, count - len(deviations), zero, at)
            return replace(
                self, n=count, state=StreamState.DRIFT, at=at, change_point=change, recent=(),
                **sides,
            )  # fmt: skip
        line = self.threshold * self.policy.watch_share
        above = any(side.total >= line for side in sides.values())
        state = StreamState.WATCH if above else StreamState.STABLE
        keep = min(KEPT, count - min(side.zero for side in sides.values()))
        recent = tuple(deviations[max(0, len(deviations) - keep) :].tolist())
        return replace(self, n=count, state=state, recent=recent, **sides)

    def _deviations(self, events: Floats) -> Floats:
        spread = self.spread
        if math.isnan(spread):
            spread = math.sqrt(self.mean * (1 - self.mean))
        return np.clip((events - self.mean) / spread, -self.policy.clip, self.policy.clip)

    def _steps(self, events: Floats) -> tuple[Floats, Floats]:
        if math.isnan(self.spread):
            return rate_steps(events, self.mean, self.policy.odds, self.slack)
        scores = self._deviations(events)
        allowed = self.policy.allowance + self.slack
        return scores - allowed, -scores - allowed


def rate_steps(
    events: Floats, rate: float, odds: float, slack: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the log-likelihood ratios of a rise and of a fall of the odds, an event each.

    `slack` moves the rate that counts as no change by so many log-odds to either side.
    """
    steps = []
    for sign in (1, -1):
        known = rate / (1 - rate) * math.exp(sign * slack)
        other = known * odds**sign
        hit = math.log(other / known) + math.log((1 + known) / (1 + other))
        miss = math.log((1 + known) / (1 + other))
        steps.append(miss + events * (hit - miss))
    return steps[0], steps[1]


def rate_threshold(rate: float, policy: StreamPolicy) -> float:
    """Return the threshold of a rate: that of the nearest tabled rates, the higher one."""
    near = min(rate, 1 - rate)
    table = sorted((float(key), value) for key, value in policy.bernoulli.items())
    below = [value for key, value in table if key <= near][-1:]
    above = [value for key, value in table if key >= near][:1]
    return max(below + above)


def simulated_threshold(
    rng: np.random.Generator, policy: StreamPolicy, *, rate: float | None = None, paths: int = 400
) -> float:
    """Return the threshold at which a stream without a change alarms once in `arl0` events.

    Run lengths without a change are nearly geometric, so that a share 1/e of the paths is still
    silent after `arl0` events: the threshold is that quantile of their highest sums.
    """
    top = np.zeros(paths)
    sums = np.zeros((2, paths))
    last = np.zeros((2, paths))
    for at in range(1, policy.arl0 + 1):
        if rate is None:
            scores = np.clip(rng.standard_normal(paths), -policy.clip, policy.clip)
            steps = np.stack([scores, -scores]) - policy.allowance
        else:
            hits = (rng.random(paths) < rate).astype(np.float64)
            steps = np.stack(rate_steps(hits, rate, policy.odds))
        sums = np.maximum(0.0, sums + steps)
        np.maximum(top, sums.max(axis=0), out=top)
        if at % policy.window == 0:
            both = np.minimum(last, sums).max(axis=0) / policy.watch_share
            np.maximum(top, both, out=top)
            last = sums.copy()
    return float(np.quantile(top, math.exp(-1)))


def _advance(side: Side, steps: Floats, stream: Cusum) -> tuple[Side, tuple[int, int] | None]:
    """Take a side through a batch; return it, and (event, change point) when it alarmed."""
    walk = np.cumsum(steps)
    walk += side.total
    floor = np.minimum(np.minimum.accumulate(walk), 0.0)
    sums = walk - floor
    policy, start = stream.policy, stream.n
    alarm = int(np.argmax(sums >= stream.threshold))
    found = alarm if sums[alarm] >= stream.threshold else None
    line = stream.threshold * policy.watch_share
    ends = np.arange(-(start + 1) % policy.window, len(sums), policy.window)
    marks = np.concatenate([[side.held], sums[ends] >= line])
    twice = np.flatnonzero(marks[1:] & marks[:-1])
    if twice.size:
        end = int(ends[twice[0]])
        found = end if found is None else min(found, end)
    if found is not None:
        zero = _last_zero(sums[: found + 1], side, start)
        return replace(side, total=float(sums[found]), zero=zero), (start + found, zero)
    zero = _last_zero(sums, side, start)
    return Side(total=float(sums[-1]), zero=zero, held=bool(marks[-1])), None


def _left(deviations: Floats, first: int, zero: int, at: int) -> int:
    """Return the event from which on the stream had left: one of `zero` to `at`.

    `first` is the event of the first deviation that is kept.
    """
    if first > zero:
        return zero
    climb = deviations[zero - first : at - first + 1]
    sums = np.cumsum(climb[::-1])[::-1]
    gains = np.where(sums > 0, sums * sums / np.arange(len(sums), 0, -1), 0.0)
    return zero + int(np.argmax(gains)) if len(gains) else zero


def _last_zero(sums: Floats, side: Side, start: int) -> int:
    """Return the event after the last one at which the sum was 0."""
    zeros = np.flatnonzero(sums <= 0.0)
    return start + int(zeros[-1]) + 1 if zeros.size else side.zero


def _known(values: Any) -> Floats:
    found = np.asarray(values, dtype=np.float64).ravel()
    return found[np.isfinite(found)]
