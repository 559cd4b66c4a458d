"""What runs wrote, before anybody changed it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import drafts
from fleet.ports import Store

IDS_AT_ONCE = 80  # D1 takes 100 parameters


def add_texts(store: Store, rows: Sequence[dict[str, Any]]) -> None:
    """Give each row of a run a `text`: its first draft as it was written, None without one.

    Drafts that were planted as a test are not the run's words.
    """
    texts: dict[str, str | None] = {}
    ids = sorted({row["run_id"] for row in rows if row["run_id"]})
    d = drafts.c
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = (
            sa.select(d.run_id, sa.func.coalesce(d.original_body, d.body).label("text"))
            .where(d.run_id.in_(ids[start : start + IDS_AT_ONCE]), d.is_canary == sa.false())
            .order_by(d.created_at, d.id)
        )  # fmt: skip
        for row in store.read(query):
            texts.setdefault(row["run_id"], row["text"])
    for row in rows:
        row["text"] = texts.get(row["run_id"] or "")
