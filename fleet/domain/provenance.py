"""Grounding-First provenance: confidence, reason, source, evidence on every stored decision."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Source(StrEnum):
    """Who or what decided."""

    MODEL = "model"
    RULE = "rule"
    HEURISTIC = "heuristic"
    TRAINED = "trained"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class RowRef:
    """A row of the store, written `table:id` or `table:id.field` on every page."""

    table: str
    id: str
    field: str | None = None

    def __str__(self) -> str:
        """Name the row as the pages do."""
        return f"{self.table}:{self.id}" + (f".{self.field}" if self.field else "")

    def as_json(self) -> dict[str, Any]:
        """Return the wire form, without an absent field."""
        wire: dict[str, Any] = {"table": self.table, "id": self.id}
        return wire | {"field": self.field} if self.field else wire


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a given text, with the quote they hold."""

    start: int
    end: int
    quote: str

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"start": self.start, "end": self.end, "quote": self.quote}


Evidence = RowRef | Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Why a decision stands: how sure (0..1), in one sentence why, by whom, on which evidence."""

    confidence: float
    reason: str
    source: Source
    evidence: tuple[Evidence, ...] = ()
    model: str | None = None
    prompt_digest: str | None = None
    policy_digest: str | None = None
    code_version: str | None = None
    run_id: str | None = None
    recorded_at: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the wire form; keys that were not recorded stay out."""
        required = {
            "confidence": self.confidence,
            "reason": self.reason,
            "source": self.source.value,
            "evidence": [item.as_json() for item in self.evidence],
        }
        extra = {
            key: getattr(self, key)
            for key in (
                "model",
                "prompt_digest",
                "policy_digest",
                "code_version",
                "run_id",
                "recorded_at",
            )
            if getattr(self, key) is not None
        }
        return required | extra
