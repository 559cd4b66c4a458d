"""Evidence rows of a lead without labels, and what a reasoner may conclude from them.

A value that is missing lowers the confidence, never the score. A reasoner's number is a rank, not a
calibrated probability, and its wide interval says so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fleet.propensity.columns import read_number
from fleet.propensity.leaks import plain_words
from fleet.stats.logistic import logistic

RULES, LLM = "rules", "llm"
HIGH, LOW = 0.60, 0.25  # where a band begins
TEXTS_KEPT = 8_192  # looked through once: rows repeat their fields and most of their values
NO_EVIDENCE = "nothing is known of this lead: no score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A field whose name and value mean something; numbers compare with `at_least` or `at_most`."""

    why: str
    names: tuple[str, ...]
    values: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    effect: float  # on the log odds


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonerPolicy:
    """Table [propensity_reasoner] of the policies."""

    base: float
    floor: float
    ceiling: float
    half_width: float
    confidence: float
    low_confidence: float
    max_confidence: float
    unbacked: float
    max_rows: int
    max_value: int
    max_reason: int
    leads_a_run: int
    signals: Mapping[str, Signal]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One known field of a lead; `id` is what a reasoner cites."""

    id: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A reasoner's answer; `propensity` is None where there was no evidence at all."""

    propensity: float | None
    low: float | None
    high: float | None
    band: str
    method: str
    confidence: float
    reason: str
    factors: tuple[dict[str, Any], ...]
    missing: tuple[str, ...]
    model: str | None = None
    prompt_digest: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the wire form, without the id."""
        return {
            "propensity": self.propensity, "low": self.low, "high": self.high, "band": self.band,
            "method": self.method, "factors": list(self.factors), "missing": list(self.missing),
            "model_version": self.prompt_digest or RULES, "confidence": self.confidence,
            "reason": self.reason, "model": self.model, "prompt_digest": self.prompt_digest,
        }  # fmt: skip


def evidence_rows(
    row: Mapping[str, str | None], blank: Sequence[str], policy: ReasonerPolicy
) -> tuple[tuple[EvidenceRow, ...], tuple[str, ...]]:
    """Return (rows of what is known, names of what is not).

    >>> from types import SimpleNamespace as S
    >>> evidence_rows({"source": "web", "city": " "}, [""], S(max_rows=9, max_value=9))
    ((EvidenceRow(id='e1', field='source', value='web'),), ('city',))
    """
    known: list[EvidenceRow] = []
    missing: list[str] = []
    for name, text in row.items():
        value = " ".join((text or "").split())
        if value.lower() in blank:
            missing.append(name)
        elif len(known) < policy.max_rows:
            field = " ".join(name.split())[: policy.max_value]
            known.append(EvidenceRow(f"e{len(known) + 1}", field, value[: policy.max_value]))
    return tuple(known), tuple(missing)


def judge_by_rules(
    rows: Sequence[EvidenceRow], missing: Sequence[str], policy: ReasonerPolicy, why: str = ""
) -> Judged:
    """Add the effects of the signals that are there; each counts once."""
    if not rows:
        return unknown(missing, why)
    found: dict[str, tuple[EvidenceRow, Signal]] = {}
    for row in rows:
        for name, signal in policy.signals.items():
            if name not in found and _says(row, signal):
                found[name] = (row, signal)
    odds = policy.base + sum(signal.effect for _, signal in found.values())
    chance = min(max(logistic(odds), policy.floor), policy.ceiling)
    factors = tuple(
        {"feature": row.field, "value": row.value, "effect": signal.effect}
        for row, signal in sorted(found.values(), key=lambda item: -abs(item[1].effect))
    )
    said = "; ".join(signal.why for _, signal in found.values()) or "no field says how ready it is"
    sure = policy.confidence if found else policy.low_confidence
    return bounded(
        chance, sure, missing, len(rows), policy, method=RULES, factors=factors,
        reason=f"{why}rules: {said}",
    )  # fmt: skip


def unknown(missing: Sequence[str], why: str = "") -> Judged:
    """Return the answer where nothing is known: no score is not a score of nought."""
    return Judged(
        propensity=None, low=None, high=None, band="unknown", method=RULES, confidence=0.0,
        reason=f"{why}{NO_EVIDENCE}", factors=(), missing=tuple(missing),
    )  # fmt: skip


def bounded(
    chance: float, sure: float, missing: Sequence[str], known: int, policy: ReasonerPolicy, *,
    method: str, factors: tuple[dict[str, Any], ...], reason: str, model: str | None = None,
    prompt_digest: str | None = None,
) -> Judged:  # fmt: skip
    """Put an interval around a chance; what is missing widens it and lowers the confidence."""
    share = len(missing) / max(len(missing) + known, 1)
    half = policy.half_width * (1 + share)
    return Judged(
        propensity=round(chance, 6), low=round(max(0.0, chance - half), 6),
        high=round(min(1.0, chance + half), 6), band=_band(chance), method=method,
        confidence=round(sure * (1 - share), 4), reason=reason[: policy.max_reason],
        factors=factors, missing=tuple(missing), model=model, prompt_digest=prompt_digest,
    )  # fmt: skip


def _says(row: EvidenceRow, signal: Signal) -> bool:
    if not _means(signal.names, row.field):
        return False
    number = read_number(row.value)
    if signal.at_least is not None:
        return number is not None and number >= signal.at_least
    if signal.at_most is not None:
        return number is not None and number <= signal.at_most
    return _means(signal.values, row.value)


@lru_cache(TEXTS_KEPT)
def _means(patterns: tuple[str, ...], text: str) -> bool:
    words = plain_words(text)
    return any(re.search(pattern, words) for pattern in patterns)


def _band(chance: float) -> str:
    return "high" if chance >= HIGH else "medium" if chance >= LOW else "low"
