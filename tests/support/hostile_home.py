"""A home in which every field that a page may show holds hostile text."""

import json
from pathlib import Path
from typing import Any

from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.schema import (
    actions,
    campaigns,
    defects,
    drift_reports,
    eval_cases,
    liveness_verdicts,
    model_calls,
    recommendations,
    runs,
    scores,
    spans,
    step_decisions,
    touches,
    traces,
)

AT = "2026-11-25T09:00:00.000000Z"
REASONED: dict[str, Any] = {
    "confidence": 0.5, "source": "rule", "evidence": [], "recorded_at": AT,
}  # fmt: skip


def fill_hostile(queue: ReviewQueue, text: str) -> None:
    """Put hostile text into runs, traces, campaigns, findings, scores and cases."""
    put = queue.store.insert_many  # type: ignore[attr-defined] # engine store
    seen = {"started_at": AT, "status": "completed"}
    put(
        runs,
        [
            {
                "id": f"run {n} {text}", "graph": "reply", "graph_version": text,
                "subject_table": "contacts", "subject_id": text, "thread_id": f"run {n} {text}",
                "outcome": text, "error": text, "waits_for": text, "started_at": AT,
                "status": status, "ended_at": AT,
            }
            for n, status in enumerate(("dead", "waiting_human", "completed", "cancelled"))
        ],
    )  # fmt: skip
    put(
        traces,
        [seen | {
            "id": "hostile", "run_id": text, "graph": text, "graph_version": text, "name": text,
            "origin": "fleet", "spans": 1, "task": text, "odd": [text], "status": text,
        }],
    )  # fmt: skip
    put(
        spans,
        [seen | {
            "id": "hostile:1", "trace_id": "hostile", "position": 0, "name": text, "kind": "node",
            "node": text, "tool": text, "error": text, "duration_ms": 3.0, "input": {"x": text},
            "output": text, "attributes": {text: text},
        }],
    )  # fmt: skip
    plan = {
        "source": text, "revision": 1,
        "touches": [{"index": 1, "day_offset": 0, "channel": "email", "angle": text, "goal": text,
                     "evidence": [text]}],
    }  # fmt: skip
    put(
        campaigns,
        [{
            "id": "cp", "name": text, "status": "running", "plan": plan, "plan_source": text,
            "created_by": text, "created_at": AT,
        }],
    )  # fmt: skip
    put(
        touches,
        [{
            "id": "tc", "campaign_id": "cp", "contact_id": "ct-h00", "position": 1,
            "channel": "email", "angle": text, "goal": text, "due_at": AT, "status": "stopped",
            "stop_reason": text,
        }],
    )  # fmt: skip
    put(
        liveness_verdicts,
        [{
            "id": "lv", "run_id": text, "lead_id": text, "verdict": "LOOP", "at_seq": 3,
            "detail": {"text": text, "cycle": [text]}, "action": text, "status": "open", "at": AT,
        }],
    )  # fmt: skip
    put(
        actions,
        [{
            "id": "ac", "kind": text, "graph": text, "graph_version": text, "reason": text,
            "evidence": [{"table": text, "id": text}], "status": "open", "owner": text, "at": AT,
        }],
    )  # fmt: skip
    put(
        defects,
        [{
            "id": "df", "run_id": text, "trace_id": "hostile", "graph": text,
            "graph_version": text, "code": text, "dimension": text, "symptom": text,
            "severity": "high", "span_id": "hostile:1", "evidence": {"text": text},
            "confidence": 0.9, "status": "open", "at": AT,
        }],
    )  # fmt: skip
    feature = {"name": text, "test": text, "effect": 0.4, "p_adjusted": 0.001, "state": "DRIFT"}
    put(
        drift_reports,
        [{
            "id": "dr", "graph": "reply", "graph_version": "reply-1", "state": "DRIFT",
            "features": [feature], "reference_n": 100, "current_n": 90, "window_start": AT,
            "window_end": AT, "at": AT,
        }],
    )  # fmt: skip
    put(
        scores,
        [
            REASONED | {
                "id": f"sc {kind}", "kind": kind, "subject_table": table, "subject_id": subject,
                "value": 0.7, "low": 0.1, "high": 0.9, "label": text, "method": "keyword",
                "detail": {"purchase_intent": 0.7, "urgency": 0.1, "sentiment": 0.5,
                           "evidence": [{"start": 0, "end": 3, "quote": text}]},
                "reason": text,
            }
            for kind, table, subject in (
                ("intent", "emails", "em-h00"), ("propensity", "contacts", "ct-h00"),
            )
        ],
    )  # fmt: skip
    hop = {"table": "contacts", "id": "ct-h00", "via": None}
    put(
        recommendations,
        [REASONED | {
            "id": "rc", "for_table": "contacts", "for_id": "ct-h00", "target_table": "companies",
            "target_id": "co-h00", "score": 0.4, "path": [hop], "detail": {"text": text},
            "reason": text,
        }],
    )  # fmt: skip
    put(
        eval_cases,
        [{
            "id": "ec", "prompt": "drafting.reply", "origin": text, "status": "quarantined",
            "case_input": {"body": text, "subject": text}, "expected": {"text": text},
            "reason_code": "other", "note": text, "created_by": text, "created_at": AT,
        }],
    )  # fmt: skip
    put(
        model_calls,
        [{
            "id": "mc", "purpose": text, "model": text, "status": "ok", "error": text, "at": AT,
        }],
    )  # fmt: skip
    step = {"action": "hand_over", "args": {"contact_id": "ct-h00", "reason": text}}
    put(
        step_decisions,
        [{
            "id": "sd", "run_id": f"run 1 {text}", "position": 0, "action": "hand_over",
            "decision": "HOLD", "inputs": {"step": step}, "result": {"reason": text, "rules": [text]},
            "status": "waiting", "policy_digest": "p", "at": AT,
        }],
    )  # fmt: skip


def put_hostile_model(home: Path, text: str) -> None:
    """Put a propensity model whose report holds hostile text wherever a text may stand."""
    bins = [{"chance": 0.2, "rate": 0.3, "low": 0.1, "high": 0.5, "n": 40}]
    row = {"column": text, "kind": text, "reason": text, "auc": 0.9}
    named = dict.fromkeys(("note", "why", "trained_at", "judged_on", "judged_from"), text)
    report = named | {
        "model_version": text, "chosen": text, "rows": 3, "judged_rows": 5, "auc": 0.7,
        "reliability": bins, "lift_curve": [{"share": 0.5, "winners": 0.7}], "lift": 2.0,
        "candidates": {text: {"auc": 0.6, "brier": 0.2}, "llm": {"note": text}},
        "refused": [row], "suspects": [row],
        "segments": [bins[0] | {"column": text, "value": text, "reliability": bins}],
    }  # fmt: skip
    folder = home / "models" / "hostile"
    folder.mkdir(parents=True)
    form = {"version": text, "features": [{"name": text}]}
    (folder / "model.json").write_text(json.dumps(form), "utf-8")
    (folder / "report.json").write_text(json.dumps(report), "utf-8")
