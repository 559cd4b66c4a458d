"""The whole schema: import tables from here."""

from fleet.adapters.store.columns import METADATA
from fleet.adapters.store.crm_tables import (
    activities,
    companies,
    contacts,
    emails,
    opportunities,
    people,
    products,
)
from fleet.adapters.store.run_tables import (
    campaigns,
    effects,
    liveness_verdicts,
    model_calls,
    panels,
    recommendations,
    response_cache,
    runs,
    scores,
    spans,
    touches,
    traces,
    verdicts,
)
from fleet.adapters.store.trust_tables import (
    actions,
    audit_log,
    controls,
    defects,
    drift_reports,
    gate_decisions,
    grant_history,
    grants,
    heartbeats,
    issues,
    step_decisions,
)
from fleet.adapters.store.work_tables import (
    approvals,
    claims,
    data_fixes,
    decisions,
    drafts,
    eval_cases,
    outbox,
    suppression,
)

__all__ = [
    "METADATA", "actions", "activities", "approvals", "audit_log", "campaigns", "claims",
    "companies", "contacts", "controls", "data_fixes", "decisions", "defects", "drafts",
    "drift_reports", "effects", "emails", "eval_cases", "gate_decisions", "grant_history", "grants",
    "heartbeats", "issues", "liveness_verdicts", "model_calls", "opportunities", "outbox", "panels",
    "people", "products", "recommendations", "response_cache", "runs", "scores", "spans",
    "step_decisions", "suppression", "touches", "traces", "verdicts",
]  # fmt: skip
