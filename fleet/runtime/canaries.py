"""Spoiled twins of waiting drafts in the queue, and blind second looks: how people are measured."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.review_reads import OPEN, claim_values, claims_of
from fleet.adapters.store.schema import drafts
from fleet.adapters.store.second_reviews import save_second, second_due
from fleet.domain.provenance import Provenance, RowRef, Source
from fleet.errors import InputError
from fleet.evaluation.autonomy.canaries import Spoiled, spoil
from fleet.release_gate.ladder import share_of
from fleet.review.values import ClaimRow, NewDraft
from fleet.runtime.autonomy_shadow import autonomy_policy

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

SAME = (
    "kind", "graph", "graph_version", "to_address", "subject", "rung", "email_id", "contact_id",
    "company_id", "touch_id", "thread_id", "language", "value", "due_at",
)  # fmt: skip


def seed_canaries(fleet: "Fleet", share: float | None = None, *, version: str | None = None) -> int:
    """Queue a spoiled twin of a share of the waiting drafts, once each; return how many are new.

    `share` defaults to the policy's, which is 0. Which drafts get one is fixed by their ids; with
    `version` only those of one version do.
    """
    wanted = autonomy_policy(fleet).people.canary_share if share is None else share
    if wanted <= 0:
        return 0
    query = sa.select(drafts).where(drafts.c.status.in_(OPEN), drafts.c.is_canary == sa.false())
    if version is not None:
        query = query.where(drafts.c.graph_version == version)
    chosen = [row for row in fleet.store.read(query) if share_of("twin", row["id"]) < wanted]
    beside = claims_of(fleet.store, chosen)
    twins = [
        twin for row in chosen if (twin := _twin(row, claim_values(beside.get(row["id"], []))))
    ]
    known = {
        row["id"] for row in fleet.store.read(sa.select(drafts.c.id).where(drafts.c.is_canary))
    }
    fresh = [twin for twin in twins if twin.draft_id not in known]
    for twin in fresh:
        fleet.review.add(twin)
    return len(fresh)


def due_for_second(fleet: "Fleet", actor: str, share: float | None = None) -> list[str]:
    """Return drafts that somebody else decided and `actor` should judge blind, oldest first."""
    wanted = autonomy_policy(fleet).people.second_review_share if share is None else share
    found = second_due(fleet.store, actor)
    return [draft_id for draft_id in found if share_of("second", draft_id) < wanted]


def second_look(
    fleet: "Fleet", draft_id: str, *, approves: bool, actor: str, text_hash: str
) -> None:
    """Keep what a second person thinks of a decided text; it changes nothing else.

    Raises InputError when the same person decided it, or a second look was kept before.
    """
    save_second(
        fleet.store, draft_id, approves=approves, actor=actor, text_hash=text_hash,
        at=stamp(fleet.clock.now()),
    )  # fmt: skip


def _twin(row: Mapping[str, Any], claims: tuple[ClaimRow, ...]) -> NewDraft | None:
    spans = [(claim.start, claim.end) for claim in claims if claim.supported]
    wrong = spoil(row["body"], spans, share_of("place", row["id"]))
    if wrong is None:
        return None
    return NewDraft(
        body=wrong.body, key=f"canary:{row['id']}", is_canary=True, provenance=_provenance(row),
        claims=tuple(_moved(claim, wrong) for claim in claims),
        flags=_flags(row), **{name: row[name] for name in SAME},
    )  # fmt: skip


def _flags(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the author's flags, which are single words; the queue finds the sentences anew."""
    return tuple(reason for reason in row["risk_reasons"] or () if " " not in reason)


def _moved(claim: ClaimRow, wrong: Spoiled) -> ClaimRow:
    from dataclasses import replace

    end_before = wrong.start + len(wrong.before)
    start = claim.start + (wrong.shift if claim.start >= end_before else 0)
    end = claim.end + (wrong.shift if claim.end >= end_before else 0)
    text = claim.text
    if claim.start <= wrong.start < claim.end:
        at = wrong.start - claim.start
        text = text[:at] + wrong.after + text[at + len(wrong.before) :]
    return replace(claim, start=start, end=end, text=text)


def _provenance(row: Mapping[str, Any]) -> Provenance:
    """Return the twin's provenance as the original shows it, or it would give itself away."""
    if not row["reason"]:
        raise InputError(f"draft {row['id']} has no provenance")
    refs = [item for item in row["evidence"] or () if "table" in item]
    return Provenance(
        confidence=row["confidence"], reason=row["reason"], source=Source(row["source"]),
        evidence=tuple(RowRef(**item) for item in refs), model=row["model"],
        prompt_digest=row["prompt_digest"], policy_digest=row["policy_digest"],
        code_version=row["code_version"], run_id=row["run_id"],
    )  # fmt: skip
