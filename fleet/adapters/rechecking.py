"""Checks the claims of an edited draft against the rows around its mail or contact."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fleet.adapters.store.facts import load_facts
from fleet.drafting.claims import check_claims
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section
from fleet.ports import Clock, Store
from fleet.review.diff import carry_claims
from fleet.review.values import ClaimRow
from fleet.settings import Settings


def store_recheck(
    store: Store, clock: Clock, settings: Settings, policies: Mapping[str, Any]
) -> Callable[[str, str, Mapping[str, Any]], Sequence[ClaimRow]]:
    """Return what `ReviewQueue.edit` calls with the new subject, the new body and the draft's row.

    A draft without mail and contact has no rows to check against: its new numbers stay unsupported.
    """
    policy = section(policies, "drafting", DraftingPolicy)

    def recheck(subject: str, body: str, row: Mapping[str, Any]) -> Sequence[ClaimRow]:
        del subject
        if not row["email_id"] and not row["contact_id"]:
            return carry_claims((), row["body"], body)
        facts = load_facts(
            store, email_id=row["email_id"], contact_id=row["contact_id"], settings=settings,
            now=clock.now(),
        )  # fmt: skip
        return [_row(claim) for claim in check_claims(body, facts, policy)]

    return recheck


def _row(claim: Any) -> ClaimRow:
    nearest = claim.nearest.as_json() | {"value": claim.nearest_value} if claim.nearest else None
    return ClaimRow(
        text=claim.text, kind=str(claim.kind), start=claim.start, end=claim.end,
        supported=claim.supported, note=claim.note,
        evidence=tuple(ref.as_json() for ref in claim.evidence),
        nearest=(nearest,) if nearest else (),
    )  # fmt: skip
