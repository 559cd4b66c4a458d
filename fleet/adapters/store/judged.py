"""What guards, judges and people said about one run, brought together."""

from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import decisions, defects, drafts, liveness_verdicts, verdicts
from fleet.ports import Store

MOST = 20
HUMAN = {"approve": "OK", "edit": "WATCH", "reject": "FAIL"}


def judged_of(store: Store, trace_id: str, run_id: str | None) -> list[dict[str, Any]]:
    """Return `{kind, verdict, origin, finding}` rows: liveness, defects, verdicts, decisions."""
    run = run_id or trace_id
    return [
        *_liveness(store, run), *_defects(store, trace_id, run), *_verdicts(store, run),
        *_people(store, run),
    ]  # fmt: skip


def _liveness(store: Store, run: str) -> list[dict[str, Any]]:
    query = sa.select(liveness_verdicts).where(liveness_verdicts.c.run_id == run).limit(MOST)
    return [
        _row(row["verdict"], row["verdict"], "liveness", row["action"] or "")
        for row in store.read(query)
    ]


def _defects(store: Store, trace_id: str, run: str) -> list[dict[str, Any]]:
    mine = (defects.c.trace_id == trace_id) | (defects.c.run_id == run)
    return [
        _row("FAIL" if row["severity"] == "critical" else "WATCH", row["code"], "monitor",
             row["symptom"] or row["severity"])
        for row in store.read(sa.select(defects).where(mine).limit(MOST))
    ]  # fmt: skip


def _verdicts(store: Store, run: str) -> list[dict[str, Any]]:
    query = sa.select(verdicts).where(verdicts.c.run_id == run).limit(MOST)
    found = []
    for row in store.read(query):
        success = (row["record"] or {}).get("task_success")
        word = "not judged" if success is None else f"success {success:g}"
        found.append(_row("OK" if success else "HOLD", word, "evaluation", row["origin"]))
    return found


def _people(store: Store, run: str) -> list[dict[str, Any]]:
    query = (
        sa.select(decisions.c.action, decisions.c.actor, decisions.c.reason_code, decisions.c.note)
        .select_from(decisions.join(drafts, drafts.c.id == decisions.c.draft_id))
        .where(drafts.c.run_id == run)
        .order_by(decisions.c.at)
        .limit(MOST)
    )
    return [
        _row(HUMAN.get(row["action"], "INSUFFICIENT"), row["action"], "review",
             f"{row['actor']} {row['reason_code'] or row['note'] or ''}")
        for row in store.read(query)
    ]  # fmt: skip


def _row(kind: str, verdict: str, origin: str, finding: str) -> dict[str, Any]:
    return {"kind": kind, "verdict": verdict, "origin": origin, "finding": finding}
