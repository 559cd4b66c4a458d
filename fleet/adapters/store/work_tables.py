"""Drafts, claims, decisions, approvals, outbox, suppression: the way of one message."""

import sqlalchemy as sa

from fleet.adapters.store.columns import (
    METADATA,
    flag,
    json,
    key,
    number,
    provenance,
    refers,
    row_version,
    text,
    whole,
)

drafts = sa.Table(
    "drafts", METADATA, key(),
    whole("draft_version", 1), text("kind", needed=True),  # reply | first_touch | touch
    text("graph", needed=True), text("graph_version", needed=True), text("rung"),
    refers("email_id", "emails.id"), refers("contact_id", "contacts.id"),
    refers("company_id", "companies.id"), text("touch_id"), text("thread_id"),
    text("to_address", needed=True), text("subject", needed=True), text("body", needed=True),
    text("original_body"), text("text_hash", needed=True), text("language"),
    text("status", needed=True), text("risk", needed=True), json("risk_reasons"),
    whole("open_claims", 0), number("value"), text("due_at"), text("priority"),
    text("lease_owner"), text("lease_token"), text("lease_expires_at"), whole("lease_fence", 0),
    text("snoozed_until"), flag("is_canary", default=False), text("error"),
    text("created_at", needed=True), text("updated_at", needed=True), row_version(),
    *provenance(),
    sa.CheckConstraint(
        "status IN ('pending','leased','approved','rejected','snoozed','sent','superseded',"
        "'suppressed','failed','voided')"
    ),
    sa.CheckConstraint("risk IN ('high','medium','low')"),
    sa.Index("drafts_in_queue", "status", "priority", "id"),
    sa.Index("drafts_by_contact", "contact_id"), sa.Index("drafts_by_thread", "thread_id"),
    sa.Index("drafts_by_email", "email_id"),
)  # fmt: skip

claims = sa.Table(
    "claims", METADATA, key(),
    refers("draft_id", "drafts.id", needed=True, on_delete="CASCADE"), whole("draft_version", 1),
    whole("position", 0), whole("start_at", 0), whole("end_at", 0), text("text", needed=True),
    text("kind", needed=True), flag("supported", default=False), text("note"),
    text("attested_by"), json("evidence"), json("nearest"),
    sa.Index("claims_by_draft", "draft_id", "draft_version", "position"),
)  # fmt: skip

decisions = sa.Table(
    "decisions", METADATA, key(),
    refers("draft_id", "drafts.id", needed=True, on_delete="CASCADE"), whole("draft_version", 1),
    text("action", needed=True), text("actor", needed=True), text("reason_code"), text("note"),
    text("sentence"), text("text_hash"), json("diff"), whole("edit_distance"),
    number("seconds_on_item"), text("request_key", unique=True), text("at", needed=True),
    flag("is_machine", default=False),
    sa.Index("decisions_by_draft", "draft_id", "at"), sa.Index("decisions_by_time", "at"),
)  # fmt: skip

approvals = sa.Table(
    "approvals", METADATA, key(),
    refers("draft_id", "drafts.id", needed=True, on_delete="CASCADE"), whole("draft_version", 1),
    text("text_hash", needed=True), text("recipient", needed=True), text("graph", needed=True),
    text("graph_version", needed=True), text("policy_digest", needed=True),
    text("recipient_state"), text("actor", needed=True), text("approved_at", needed=True),
    text("releasable_at", needed=True), text("voided_at"), text("void_reason"), row_version(),
    sa.Index("approvals_by_draft", "draft_id", "draft_version"),
)  # fmt: skip

outbox = sa.Table(
    "outbox", METADATA, key(),
    refers("draft_id", "drafts.id", needed=True), whole("draft_version", 1),
    text("recipient", needed=True), refers("approval_id", "approvals.id", needed=True),
    text("subject", needed=True), text("body", needed=True), text("text_hash", needed=True),
    text("message_id", needed=True, unique=True), text("in_reply_to"), json("reference_ids"),
    text("status", needed=True), text("releasable_at", needed=True), text("lease_owner"),
    text("lease_expires_at"), whole("lease_fence", 0), whole("attempts", 0), text("receipt"),
    text("error"), text("sent_at"), text("created_at", needed=True), row_version(),
    sa.UniqueConstraint("draft_id", "draft_version", "recipient"),
    sa.CheckConstraint(
        "status IN ('queued','leased','sending','sent','suppressed','failed','voided')"
    ),
    sa.Index("outbox_due", "status", "releasable_at"),
)  # fmt: skip

suppression = sa.Table(
    "suppression", METADATA, key(),
    text("address", needed=True), text("scope", needed=True), text("reason", needed=True),
    text("origin", needed=True), text("at", needed=True),
    sa.UniqueConstraint("address", "scope"),
)  # fmt: skip

eval_cases = sa.Table(
    "eval_cases", METADATA, key(),
    text("prompt", needed=True), text("origin", needed=True), text("status", needed=True),
    json("case_input", needed=True), json("expected"), text("reason_code"), text("note"),
    text("created_by", needed=True), text("created_at", needed=True), text("admitted_by"),
    text("admitted_at"), row_version(),
    sa.CheckConstraint("status IN ('quarantined','admitted','refused')"),
)  # fmt: skip

data_fixes = sa.Table(
    "data_fixes", METADATA, key(),
    text("table_name", needed=True), text("row_id", needed=True), text("field"),
    text("problem", needed=True), text("status", needed=True), text("created_by"),
    text("created_at", needed=True), text("done_at"), row_version(),
    sa.Index("data_fixes_by_row", "row_id", "status"),
)  # fmt: skip
