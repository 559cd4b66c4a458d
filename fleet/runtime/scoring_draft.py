"""A first mail to a lead that a person asked for: from rows, checked, queued for approval."""

from typing import TYPE_CHECKING

from fleet.adapters.clock import stamp
from fleet.adapters.store.controls import is_suppressed
from fleet.adapters.store.facts import load_facts
from fleet.adapters.store.leads_reads import read_whole_rows
from fleet.domain import Provenance, RowRef, Source
from fleet.drafting.claims import check_claims
from fleet.drafting.compose import compose_first_touch
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import InputError, RowNotFound
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import GRAPH, VERSION
from fleet.policy import digest, section
from fleet.review.values import NewDraft
from fleet.runtime.drafted import claim_row, plain_claim

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet


def draft_first_mail(fleet: "Fleet", contact_id: str, *, actor: str) -> str:
    """Queue a first mail to a contact and return the draft's id; the same again adds nothing.

    It is the draft that the orchestrator would write, under the same key. Raises InputError when
    the contact may not be written to.
    """
    row = read_whole_rows(fleet.store, [("contacts", contact_id)]).get(("contacts", contact_id))
    if row is None:
        raise RowNotFound("contacts", contact_id)
    address = str(row["email"] or "")
    if not address:
        raise InputError(f"contacts:{contact_id} has no address: add one first")
    if row["do_not_contact"] or is_suppressed(fleet.store, address):
        raise InputError(f"contacts:{contact_id} asked for no mail: nobody may write to them")
    policy = section(fleet.policies, "drafting", DraftingPolicy)
    now = fleet.clock.now()
    facts = load_facts(fleet.store, contact_id=contact_id, settings=fleet.settings, now=now)
    composed = compose_first_touch(facts, policy)
    claims = check_claims(composed.body, facts, policy)
    provenance = Provenance(
        confidence=section(fleet.policies, "orchestrator", RdavPolicy).row_confidence,
        reason=f"composed by rule from rows, asked for by {actor}",
        source=Source.RULE, evidence=(RowRef("contacts", contact_id), *composed.used),
        policy_digest=digest(fleet.policies), code_version=VERSION, recorded_at=stamp(now),
    )  # fmt: skip
    return fleet.review.add(
        NewDraft(
            kind="first_touch", graph=GRAPH, graph_version=VERSION, key=f"first:{contact_id}",
            to_address=address, subject=composed.subject, body=composed.body, rung="DRAFT",
            provenance=provenance, claims=tuple(claim_row(plain_claim(c)) for c in claims),
            contact_id=contact_id, company_id=row["company_id"], language=composed.language,
        )
    )  # fmt: skip
