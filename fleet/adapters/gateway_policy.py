"""The `[egress]` and `[models]` tables, and what a call costs under them.

An unknown price is None with a warning, never 0: a budget must not read silence as free.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleet.policy import parse, section

LOG = logging.getLogger("fleet.gateway")
PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressPolicy:
    """How calls go out; units and reasons stand in data/policies.toml."""

    max_in_flight: int
    pools: int
    connect_s: float
    attempt_s: float
    deadline_s: float
    attempts: int
    backoff_base_s: float
    backoff_cap_s: float
    retry_statuses: tuple[int, ...]
    breaker_failures: int
    breaker_open_s: float
    halt_hold_s: float
    max_reply_bytes: int
    max_cached_bytes: int
    temperature: float
    max_tokens: int
    repair_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per million tokens from `since` (UTC date) on."""

    since: str
    hit: float
    miss: float
    output: float
    peak_hit: float
    peak_miss: float
    peak_output: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """One model the guard lets through."""

    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one reply as the provider counted them."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models that may be called, and the hours that cost more."""

    peak_hours: tuple[tuple[int, int], ...]
    peak_weekdays: tuple[int, ...]
    known: Mapping[str, KnownModel]

    def price(self, model: str, at: datetime) -> Price | None:
        """Return the price row in force at `at`, or None when none is known."""
        day = at.astimezone(UTC).date().isoformat()
        rows = self.known[model].prices if model in self.known else ()
        past = [row for row in rows if row.since <= day]
        return max(past, key=lambda row: row.since) if past else None

    def is_peak(self, at: datetime) -> bool:
        """Tell whether `at` falls into the dear hours."""
        utc = at.astimezone(UTC)
        return utc.isoweekday() in self.peak_weekdays and any(
            start <= utc.hour < end for start, end in self.peak_hours
        )

    def cost(self, model: str, usage: Usage | None, at: datetime) -> float | None:
        """Return USD for one reply; None, with a warning, when price or usage is unknown."""
        price = self.price(model, at)
        if price is None or usage is None:
            LOG.warning(
                "no cost for a call: model %s has no %s", model, "price" if usage else "usage"
            )
            return None
        hit, miss, output = price.hit, price.miss, price.output
        if self.is_peak(at):
            hit, miss, output = price.peak_hit, price.peak_miss, price.peak_output
        fresh = usage.input_tokens - usage.cached_tokens
        total = usage.cached_tokens * hit + fresh * miss + usage.output_tokens * output
        return total / PER_MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelsTable:
    peak_hours: tuple[Any, ...]
    peak_weekdays: tuple[int, ...]
    known: Mapping[str, KnownModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hours:
    start: int
    until: int


def read_egress(policies: Mapping[str, Any]) -> EgressPolicy:
    """Parse `[egress]`; raises PolicyError when it does not fit."""
    return section(policies, "egress", EgressPolicy)


def read_models(policies: Mapping[str, Any]) -> Models:
    """Parse `[models]`; raises PolicyError when it does not fit."""
    table = section(policies, "models", _ModelsTable)
    hours = [
        parse(
            _Hours, {"start" if k == "from" else k: v for k, v in row.items()}, "models.peak_hours"
        )
        for row in table.peak_hours
    ]
    return Models(
        peak_hours=tuple((row.start, row.until) for row in hours),
        peak_weekdays=table.peak_weekdays,
        known=table.known,
    )
