"""A composed message between two steps of a run: plain values that a checkpoint can hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.drafting.compose import Composed
from fleet.review.values import ClaimRow


def plain_draft(composed: Composed, claims: Iterable[Any]) -> dict[str, Any]:
    """Return a composed text with its checked claims as plain values."""
    return {
        "subject": composed.subject, "body": composed.body, "language": composed.language,
        "used": [ref.as_json() for ref in composed.used],
        "claims": [plain_claim(claim) for claim in claims],
    }  # fmt: skip


def plain_claim(claim: Any) -> dict[str, Any]:
    """Return a checked claim as plain values."""
    nearest = claim.nearest.as_json() | {"value": claim.nearest_value} if claim.nearest else None
    return {
        "text": claim.text, "kind": str(claim.kind), "start": claim.start, "end": claim.end,
        "supported": claim.supported, "note": claim.note,
        "evidence": [ref.as_json() for ref in claim.evidence],
        "nearest": [nearest] if nearest else [],
    }  # fmt: skip


def claim_row(claim: Mapping[str, Any]) -> ClaimRow:
    """Return the queue's value of a plain claim."""
    fields = dict(claim)
    fields["evidence"], fields["nearest"] = tuple(claim["evidence"]), tuple(claim["nearest"])
    return ClaimRow(**fields)
