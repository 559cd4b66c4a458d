"""One waiting draft as the autonomy gate sees it: every fact read anew, None where it cannot be."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fleet.adapters.store.autonomy_rows import contact_row, wrote_since
from fleet.adapters.store.controls import is_suppressed
from fleet.adapters.store.inbox import newer_mail, read_mail
from fleet.adapters.store.review_reads import claims_of
from fleet.drafting.footer import missing_footer
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import FleetError, InputError
from fleet.evaluation.autonomy.values import Case, ClaimSeen
from fleet.evaluation.autonomy.vetoes import banned_in
from fleet.mailbox.opt_out import detect_opt_out
from fleet.orchestrator.inbox.rules import stop_for
from fleet.policy import section
from fleet.review.values import text_hash

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

DO_NOT_CONTACT = "do not contact"


def build_case(fleet: "Fleet", row: Mapping[str, Any]) -> Case:
    """Read everything that stands for or against one draft row."""
    drafting = section(fleet.policies, "drafting", DraftingPolicy)
    mail = read_mail(fleet.store, row["email_id"]) if row["email_id"] else None
    contact = contact_row(fleet.store, row["contact_id"])
    suppressed = _suppressed(fleet, row, contact)
    words = (*drafting.voice.banned_phrases, *drafting.voice.banned_promises)
    return Case(
        draft_id=row["id"], graph=row["graph"], version=row["graph_version"],
        stored_hash=row["text_hash"], actual_hash=text_hash(row["subject"], row["body"]),
        subject=row["subject"], body=row["body"], language=row["language"],
        languages=drafting.languages,
        claims=_claims(fleet, row),
        risk=row["risk"], suppressed=suppressed, stop=_stop(mail, contact, suppressed),
        newer_mail=_newer(fleet, row, mail), fits_recipient=_fits(row, mail, contact),
        banned=banned_in(f"{row['subject']}\n{row['body']}", words),
        missing_footer=missing_footer(row["body"], drafting, fleet.settings.postal_address),
        confidence=row["confidence"], writer_prompt=row["prompt_digest"],
    )  # fmt: skip


def lead_of(row: Mapping[str, Any]) -> str:
    """Return what the canary share is drawn by: the contact, else the address."""
    return str(row["contact_id"] or row["to_address"].strip().lower())


def _claims(fleet: "Fleet", row: Mapping[str, Any]) -> tuple[ClaimSeen, ...] | None:
    """Check the text anew: rows may have changed since, and a stored flag may be wrong.

    What was unsupported when it was written stays so, whatever the check says today.
    """
    try:
        fresh = fleet.recheck(row["subject"], row["body"], row)
    except FleetError:
        return None
    stored = claims_of(fleet.store, [row]).get(row["id"], [])
    return (
        *(ClaimSeen(supported=claim.supported, rows=len(claim.evidence)) for claim in fresh),
        *(ClaimSeen(supported=False, rows=0) for claim in stored if not claim["supported"]),
    )


def _suppressed(
    fleet: "Fleet", row: Mapping[str, Any], contact: Mapping[str, Any] | None
) -> bool | None:
    try:
        listed = is_suppressed(fleet.store, row["to_address"])
    except InputError:
        return None
    return listed or bool(contact and contact["do_not_contact"])


def _stop(
    mail: Mapping[str, Any] | None, contact: Mapping[str, Any] | None, suppressed: bool | None
) -> str | None:
    if mail is None and contact is None:
        return None
    if mail is None:
        return DO_NOT_CONTACT if contact and contact["do_not_contact"] else ""
    opted_out = detect_opt_out(mail["subject"], mail["reply"]) is not None
    stop = stop_for(mail, suppressed=suppressed is not False, opted_out=opted_out)
    return stop.reason if stop else ""


def _newer(fleet: "Fleet", row: Mapping[str, Any], mail: Mapping[str, Any] | None) -> bool | None:
    if mail is not None:
        return newer_mail(fleet.store, mail)
    if row["contact_id"] is not None:
        return wrote_since(fleet.store, row["contact_id"], row["created_at"])
    return None


def _fits(
    row: Mapping[str, Any], mail: Mapping[str, Any] | None, contact: Mapping[str, Any] | None
) -> bool | None:
    theirs = mail["from_address"] if mail else contact["email"] if contact else None
    if not theirs:
        return None
    return bool(str(theirs).strip().lower() == row["to_address"].strip().lower())
