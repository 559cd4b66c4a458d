"""The model's reading of a lead's evidence, believed as far as the rows it cites."""

import math
from collections.abc import Sequence

from pydantic import BaseModel, Field

from fleet.errors import MalformedReply
from fleet.propensity.evidence import LLM, EvidenceRow, Judged, ReasonerPolicy, bounded

SIDES = {"up": 1.0, "down": -1.0}


class FactorReply(BaseModel):
    """One row of the evidence, and which way it points."""

    evidence: str = Field(description="id of a row, such as e3")
    direction: str = Field(description="up or down")
    strength: float = Field(description="0.0 to 1.0")


class PropensityReply(BaseModel):
    """One judgement of one lead."""

    propensity: float = Field(description="0.0 to 1.0")
    confidence: float = Field(description="0.0 to 1.0")
    factors: list[FactorReply]
    reason: str = Field(description="one short sentence")


def evidence_text(rows: Sequence[EvidenceRow]) -> str:
    """Return the rows as the prompt shows them, one a line."""
    return "\n".join(f"{row.id} | {row.field} | {row.value}" for row in rows)


def read_judgement(
    reply: PropensityReply, rows: Sequence[EvidenceRow], missing: Sequence[str],
    policy: ReasonerPolicy, *, model: str, prompt_digest: str,
) -> Judged:  # fmt: skip
    """Convert a reply: numbers clamped, factors kept only where they cite a row that was shown.

    Raises MalformedReply when a number is not one.
    """
    chance = min(max(_share(reply.propensity), policy.floor), policy.ceiling)
    sure = min(_share(reply.confidence), policy.max_confidence)
    by_id = {row.id: row for row in rows}
    factors, cited = [], set()
    for factor in reply.factors:
        row, side = by_id.get(factor.evidence.strip()), SIDES.get(factor.direction.strip().lower())
        if row is None or side is None or row.id in cited:
            continue
        cited.add(row.id)
        effect = round(side * _share(factor.strength), 4)
        factors.append({"feature": row.field, "value": row.value, "effect": effect})
    reason = " ".join(reply.reason.split()) or "no reason given"
    if not factors:
        sure *= policy.unbacked
        reason += " (it cites no row of the evidence)"
    return bounded(
        chance, sure, missing, len(rows), policy, method=LLM, factors=tuple(factors),
        reason=reason, model=model, prompt_digest=prompt_digest,
    )  # fmt: skip


def _share(value: float) -> float:
    if not math.isfinite(value):
        raise MalformedReply("a number of the model is none")
    return min(1.0, max(0.0, float(value)))
