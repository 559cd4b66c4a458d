"""The values evaluation hands on: findings, step and trajectory scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

QUOTE_CHARS = 240
TEXT_CHARS = 1_000  # of a sentence, which may hold a name, and of a node's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that went wrong (severity 0..1), with the step that shows it and its words.

    `signature` is what makes two findings of different runs the same issue; it holds no ids.
    """

    code: str
    severity: float
    text: str
    signature: str
    step_id: str | None = None
    position: int | None = None
    node: str | None = None
    quote: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "code": self.code,
            "severity": self.severity,
            "text": self.text[:TEXT_CHARS],
            "step_id": self.step_id,
            "position": self.position,
            "node": self.node and self.node[:TEXT_CHARS],
            "quote": self.quote[:QUOTE_CHARS],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run shows: signals (None where it offers no evidence) and findings."""

    signals: Mapping[str, float | None]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScore:
    """A step's score (0..1) and the codes that lowered it; None where nothing can be judged."""

    step_id: str
    position: int
    kind: str
    name: str
    node: str | None
    score: float | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One line of a rubric made from the task alone; None when no evidence decides it."""

    text: str
    fulfilled: bool | None
