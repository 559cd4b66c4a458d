"""Runs and what is known of them: traces, scores, verdicts, effects, campaigns, model calls."""

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

runs = sa.Table(
    "runs", METADATA, key(),
    text("graph", needed=True), text("graph_version", needed=True), text("rung"),
    text("subject_table"), text("subject_id"), text("thread_id", needed=True),
    text("status", needed=True), text("outcome"), text("waits_for"), text("due_at"),
    whole("max_steps"), whole("attempts", 0), text("error"), text("trace_id"),
    number("cost_usd"), whole("tokens", 0), whole("model_calls", 0),
    text("started_at", needed=True),
    text("ended_at"), text("heartbeat_at"), text("executor"), row_version(),
    sa.Index("runs_by_status", "status", "started_at"),
    sa.Index("runs_by_subject", "subject_table", "subject_id"),
)  # fmt: skip

traces = sa.Table(
    "traces", METADATA, key(),
    text("run_id"), text("graph"), text("graph_version"), text("name"), text("origin", needed=True),
    text("status"), text("started_at"), text("ended_at"), whole("spans", 0), number("cost_usd"),
    whole("tokens"), text("task"), text("digest"), json("summary"), json("odd"),
    sa.Index("traces_by_time", "started_at"), sa.Index("traces_by_graph", "graph", "started_at"),
    sa.Index("traces_by_run", "run_id"),
)  # fmt: skip

spans = sa.Table(
    "spans", METADATA, key(),
    refers("trace_id", "traces.id", needed=True, on_delete="CASCADE"), text("parent_id"),
    whole("position", 0), text("name", needed=True), text("kind"), text("node"), text("tool"),
    text("status"), text("error"), text("started_at"), text("ended_at"), number("duration_ms"),
    whole("tokens"), number("cost_usd"), json("input"), json("output"), json("attributes"),
    sa.Index("spans_by_trace", "trace_id", "position"),
)  # fmt: skip

scores = sa.Table(
    "scores", METADATA, key(),
    text("kind", needed=True), text("subject_table", needed=True), text("subject_id", needed=True),
    number("value"), number("low"), number("high"), text("label"), text("method", needed=True),
    json("detail"), *provenance(),
    sa.Index("scores_by_subject", "subject_table", "subject_id", "kind"),
    sa.Index("scores_by_kind", "kind", "value"),
)  # fmt: skip

recommendations = sa.Table(
    "recommendations", METADATA, key(),
    text("for_table", needed=True), text("for_id", needed=True), text("target_table", needed=True),
    text("target_id", needed=True), number("score"), json("path", needed=True), json("detail"),
    *provenance(),
    sa.Index("recommendations_for", "for_table", "for_id"),
)  # fmt: skip

verdicts = sa.Table(
    "verdicts", METADATA, key(),
    text("run_id", needed=True), text("artifact", needed=True), text("version", needed=True),
    text("scenario_id"), text("origin", needed=True), json("record", needed=True),
    text("digest", needed=True), text("created_at", needed=True),
    sa.Index("verdicts_by_version", "artifact", "version", "created_at"),
)  # fmt: skip

effects = sa.Table(
    "effects", METADATA, key(),
    text("run_id", needed=True), text("kind", needed=True), text("digest", needed=True),
    text("status", needed=True), json("receipt"), text("created_at", needed=True), text("done_at"),
)  # fmt: skip

liveness_verdicts = sa.Table(
    "liveness_verdicts", METADATA, key(),
    text("run_id", needed=True), text("lead_id"), text("verdict", needed=True), whole("at_seq"),
    json("detail"), text("action"), number("wasted_usd"), text("status", needed=True),
    text("at", needed=True),
    sa.Index("liveness_by_run", "run_id"),
)  # fmt: skip

campaigns = sa.Table(
    "campaigns", METADATA, key(),
    text("name", needed=True), text("status", needed=True), json("brief"),
    json("plan", needed=True),
    text("plan_source", needed=True), text("graph_version"), text("created_by"),
    text("created_at", needed=True), text("updated_at"), row_version(),
)  # fmt: skip

touches = sa.Table(
    "touches", METADATA, key(),
    refers("campaign_id", "campaigns.id", needed=True, on_delete="CASCADE"),
    refers("contact_id", "contacts.id", needed=True, on_delete="CASCADE"), whole("position", 0),
    text("channel"), text("angle"), text("goal"), text("due_at"), text("status", needed=True),
    text("draft_id"), text("stop_reason"), text("updated_at"), row_version(),
    sa.UniqueConstraint("campaign_id", "contact_id", "position"),
    sa.Index("touches_due", "status", "due_at"), sa.Index("touches_by_contact", "contact_id"),
)  # fmt: skip

model_calls = sa.Table(
    "model_calls", METADATA, key(),
    text("purpose", needed=True), text("model", needed=True), text("prompt_digest"), text("run_id"),
    text("status", needed=True), whole("input_tokens", 0), whole("cached_tokens", 0),
    whole("output_tokens", 0), number("cost_usd"), number("latency_ms"), whole("attempts", 0),
    flag("repaired", default=False), text("gateway_log_id"), text("error"), text("at", needed=True),
    sa.Index("model_calls_by_time", "at"),
)  # fmt: skip

response_cache = sa.Table(
    "response_cache", METADATA, key(),
    text("model", needed=True), json("reply", needed=True), text("at", needed=True),
)  # fmt: skip

panels = sa.Table(
    "panels", METADATA, key(),
    json("brief", needed=True), json("result", needed=True), text("status", needed=True),
    text("created_at", needed=True), *provenance(),
)  # fmt: skip
