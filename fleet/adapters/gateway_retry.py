"""The one layer of retries: which answers are tried again, after how long, and when to stop trying.

Full jitter (Brooker, "Exponential Backoff and Jitter", 2015) spreads a herd; the circuit breaker
(Nygard, Release It!) keeps a dead gateway from costing every run its whole deadline.
"""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from fleet.adapters.gateway_policy import EgressPolicy
from fleet.errors import EgressUnavailable


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Read Retry-After, seconds or an HTTP date; None when absent or nonsense.

    >>> retry_after_s("7", datetime(2026, 1, 1, tzinfo=UTC))
    7.0
    """
    if not header:
        return None
    if header.strip().isdecimal() and header.isascii():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):  # what hostile dates make it raise
        return None


def backoff_s(
    policy: EgressPolicy, attempt: int, after_s: float | None, rng: random.Random
) -> float:
    """Return the wait after attempt `attempt` (from 1); Retry-After is clamped to the cap.

    A server that names a time gets it, plus jitter of at most one base, so that a herd spreads.
    """
    if after_s is not None:
        return min(min(after_s, policy.backoff_cap_s) + rng.uniform(0, policy.backoff_base_s),
                   policy.backoff_cap_s)  # fmt: skip
    ceiling = min(policy.backoff_cap_s, policy.backoff_base_s * 2.0 ** min(attempt - 1, 30))
    return rng.uniform(0, ceiling)


class Breaker:
    """Opens after N failed attempts in a row; after a while lets one probe through."""

    def __init__(self, policy: EgressPolicy, monotonic: Callable[[], float]) -> None:
        self._policy, self._monotonic, self._lock = policy, monotonic, threading.Lock()
        self._failures, self._opened_at, self._probing = 0, 0.0, False

    @property
    def is_open(self) -> bool:
        """Tell whether calls are being refused now."""
        return self._failures >= self._policy.breaker_failures

    def enter(self) -> bool:
        """Ask to send; return whether this is the probe. Raises EgressUnavailable when open."""
        with self._lock:
            if not self.is_open:
                return False
            waited = self._monotonic() - self._opened_at
            if waited < self._policy.breaker_open_s or self._probing:
                raise EgressUnavailable(
                    f"the gateway failed {self._failures} times in a row: "
                    f"the circuit is open, rule engines answer"
                )
            self._probing = True
            return True

    def succeed(self) -> None:
        """Close: the gateway answered."""
        with self._lock:
            self._failures, self._probing = 0, False

    def fail(self) -> None:
        """Count one failed attempt; at the limit the circuit opens, again after a failed probe."""
        with self._lock:
            self._failures += 1
            self._probing = False
            self._opened_at = self._monotonic()

    def leave(self) -> None:
        """Give back a probe that neither succeeded nor failed, e.g. a call that was cut."""
        with self._lock:
            self._probing = False
