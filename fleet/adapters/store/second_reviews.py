"""Blind second looks at decided drafts: kept beside them, and compared with the first."""

from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import decisions, drafts, scores
from fleet.errors import InputError, WriteConflict
from fleet.ports import Store

KIND = "second_review"
DECIDED = ("approve", "reject")
LABEL = {True: "approve", False: "reject"}


def second_due(store: Store, actor: str) -> list[str]:
    """Return drafts that people other than `actor` decided and nobody looked at twice."""
    d = decisions.c
    query = (
        sa.select(d.draft_id, sa.func.min(d.at).label("at"))
        .select_from(decisions.join(drafts, drafts.c.id == d.draft_id))
        .where(
            d.action.in_(DECIDED), d.is_machine == sa.false(),
            drafts.c.status.in_(["approved", "rejected", "sent"]), ~_seen(d.draft_id),
            ~_by(d.draft_id, actor),
        )
        .group_by(d.draft_id)
        .order_by(sa.text("at"), d.draft_id)
    )  # fmt: skip
    return [row["draft_id"] for row in store.read(query)]


def save_second(
    store: Store, draft_id: str, *, approves: bool, actor: str, text_hash: str, at: str
) -> None:
    """Keep one second look; raises InputError when it is not a second one, or comes too late."""
    if draft_id not in second_due(store, actor):
        raise InputError(f"draft {draft_id} takes no second look from {actor}")
    row = {
        "id": f"{KIND}:{draft_id}", "kind": KIND, "subject_table": "drafts",
        "subject_id": draft_id, "label": LABEL[approves], "method": "human",
        "detail": {"actor": actor, "text_hash": text_hash}, "confidence": 1.0,
        "reason": "a second person judged it blind", "source": "human",
        "evidence": [{"table": "drafts", "id": draft_id}], "recorded_at": at,
    }  # fmt: skip
    entry = Entry(at, actor, "review.second", f"drafts:{draft_id}", {"label": row["label"]})
    try:
        write_audited(store, [sa.insert(scores).values(row)], [entry])
    except WriteConflict:
        raise InputError(f"draft {draft_id} was looked at twice already") from None


def second_pairs(store: Store) -> list[tuple[str, str]]:
    """Return (first, second) answers on the same text, by draft."""
    d = decisions.c
    query = (
        sa.select(d.draft_id, d.action, d.text_hash, scores.c.label, scores.c.detail)
        .select_from(decisions.join(scores, scores.c.id == KIND + ":" + d.draft_id))
        .where(d.action.in_(DECIDED), d.is_machine == sa.false())
        .order_by(d.draft_id, d.at, d.id)
    )
    last = {
        row["draft_id"]: (row["action"], row["label"])
        for row in store.read(query)
        if row["text_hash"] == row["detail"]["text_hash"]
    }
    return [last[draft_id] for draft_id in sorted(last)]


def _seen(draft_id: Any) -> Any:
    return sa.exists(sa.select(scores.c.id).where(scores.c.id == KIND + ":" + draft_id))


def _by(draft_id: Any, actor: str) -> Any:
    other = decisions.alias("own")
    mine = sa.select(other.c.id).where(other.c.draft_id == draft_id, other.c.actor == actor)
    return sa.exists(mine)
