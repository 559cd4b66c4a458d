"""Trust: gate decisions, grants, defects, drift, actions, controls, heartbeats, the audit log."""

import sqlalchemy as sa

from fleet.adapters.store.columns import METADATA, json, key, number, row_version, text, whole

gate_decisions = sa.Table(
    "gate_decisions", METADATA, key(),
    text("artifact", needed=True), text("version", needed=True), text("decision", needed=True),
    text("serving_rung"), json("result", needed=True), json("evidence", needed=True),
    text("evidence_digest", needed=True), text("policy_digest", needed=True), json("policy"),
    text("code_version", needed=True), json("waiver"), text("decided_at", needed=True),
    text("expires_at"),
    sa.CheckConstraint("decision IN ('PROMOTE','HOLD','ROLLBACK')"),
    sa.Index("gate_decisions_by_version", "artifact", "version", "decided_at"),
)  # fmt: skip

step_decisions = sa.Table(
    "step_decisions", METADATA, key(),
    text("run_id", needed=True), whole("position", 0), text("action", needed=True),
    text("decision", needed=True), json("inputs", needed=True), json("result", needed=True),
    text("status"), text("decided_by"), text("policy_digest", needed=True), text("at", needed=True),
    row_version(),
    sa.CheckConstraint("decision IN ('ALLOW','HOLD','DENY')"),
    sa.Index("step_decisions_by_run", "run_id", "position"),
)  # fmt: skip

grants = sa.Table(
    "grants", METADATA, key(),
    text("graph", needed=True), text("version", needed=True), text("rung", needed=True),
    text("reason", needed=True), text("granted_by", needed=True), text("decision_id"),
    text("granted_at", needed=True), text("expires_at"), text("revoked_at"), text("revoke_reason"),
    row_version(),
    sa.UniqueConstraint("graph", "version"),
)  # fmt: skip

grant_history = sa.Table(
    "grant_history", METADATA, key(),
    text("graph", needed=True), text("version", needed=True), text("from_rung"),
    text("to_rung", needed=True), text("reason", needed=True), text("by", needed=True),
    text("decision_id"), text("at", needed=True), text("expires_at"),
    sa.Index("grant_history_by_version", "graph", "version", "at"),
)  # fmt: skip

defects = sa.Table(
    "defects", METADATA, key(),
    text("run_id", needed=True), text("trace_id"), text("graph"), text("graph_version"),
    text("code", needed=True), text("dimension"), text("symptom"), text("severity", needed=True),
    text("span_id"), json("evidence"), number("confidence"), text("status", needed=True),
    text("at", needed=True),
    sa.Index("defects_by_code", "code", "graph_version", "at"),
    sa.Index("defects_by_run", "run_id"),
)  # fmt: skip

drift_reports = sa.Table(
    "drift_reports", METADATA, key(),
    text("graph", needed=True), text("graph_version", needed=True), text("state", needed=True),
    json("features", needed=True), whole("reference_n"), whole("current_n"), text("window_start"),
    text("window_end"), text("at", needed=True),
    sa.Index("drift_reports_by_version", "graph", "graph_version", "at"),
)  # fmt: skip

actions = sa.Table(
    "actions", METADATA, key(),
    text("kind", needed=True), text("graph"), text("graph_version"), text("reason", needed=True),
    json("evidence"), text("status", needed=True), text("owner"), text("acknowledged_at"),
    text("delivered_at"), json("result"), text("at", needed=True), row_version(),
)  # fmt: skip

issues = sa.Table(
    "issues", METADATA, key(),
    text("title", needed=True), text("status", needed=True), text("merged_into"), json("history"),
    json("detail"), number("frequency"), number("severity"), text("first_seen"), text("last_seen"),
    row_version(),
)  # fmt: skip

controls = sa.Table(
    "controls", METADATA, sa.Column("name", sa.Text, primary_key=True),
    json("value"), text("reason"), text("actor"), text("at", needed=True), row_version(),
)  # fmt: skip

heartbeats = sa.Table(
    "heartbeats", METADATA, sa.Column("name", sa.Text, primary_key=True),
    text("at", needed=True), whole("fence", 0), json("detail"), row_version(),
)  # fmt: skip

audit_log = sa.Table(
    "audit_log", METADATA, sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    text("at", needed=True), text("actor", needed=True), text("kind", needed=True),
    text("subject", needed=True), json("payload", needed=True), text("previous", needed=True),
    text("hash", needed=True, unique=True),
    sa.Index("audit_by_subject", "subject", "seq"),
)  # fmt: skip
