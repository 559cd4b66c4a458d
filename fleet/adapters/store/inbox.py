"""The inbox as rows: which mails wait, what was scored, what was handled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import drafts, emails, runs, scores
from fleet.adapters.store.statements import insert
from fleet.ports import Store


def waiting_mails(store: Store, limit: int | None) -> list[str]:
    """Return ids of inbound mails that nobody handled, oldest first.

    One whose run is a dead letter waits for a person: `fleet threads resume`.
    """
    dead = sa.select(runs.c.id).where(
        runs.c.subject_table == "emails", runs.c.subject_id == emails.c.id, runs.c.status == "dead"
    )
    query = (
        sa.select(emails.c.id)
        .where(emails.c.direction == "in", emails.c.handled_at.is_(None), ~sa.exists(dead))
        .order_by(emails.c.at, emails.c.id)
    )
    return [row["id"] for row in store.read(query.limit(limit) if limit else query)]


def read_mail(store: Store, email_id: str) -> dict[str, Any] | None:
    """Return one mail's row, or None."""
    rows = store.read(sa.select(emails).where(emails.c.id == email_id))
    return rows[0] if rows else None


def newer_mail(store: Store, mail: Mapping[str, Any]) -> bool:
    """Whether the same thread holds a later inbound mail."""
    later = sa.select(emails.c.id).where(
        emails.c.thread_id == mail["thread_id"],
        emails.c.direction == "in",
        emails.c.at > mail["at"],
    )
    return bool(store.read(later.limit(1)))


def draft_of(store: Store, email_id: str) -> str | None:
    """Return the id of the draft that answers a mail, or None; a canary answers nothing."""
    ours = (drafts.c.email_id == email_id) & (drafts.c.is_canary == sa.false())
    rows = store.read(sa.select(drafts.c.id).where(ours).limit(1))
    return rows[0]["id"] if rows else None


def close_statements(
    email_id: str, run: Mapping[str, Any], outcome: str, now: datetime
) -> list[Any]:
    """Return the batch that marks a mail handled and its run ended; safe to repeat."""
    at = stamp(now)
    handled = (
        sa.update(emails)
        .where(emails.c.id == email_id, emails.c.handled_at.is_(None))
        .values(handled_at=at, handled_as=outcome, row_version=emails.c.row_version + 1)
    )
    row = dict(run) | {"status": "completed", "outcome": outcome, "ended_at": at}
    ended = insert(runs).values(row)
    change = {key: ended.excluded[key] for key in ("status", "outcome", "ended_at")}
    return [handled, ended.on_conflict_do_update(index_elements=[runs.c.id], set_=change)]


def start_statement(run: Mapping[str, Any]) -> Any:
    """Return the insert of a run that begins; a run that begins again keeps its first start."""
    return insert(runs).values(dict(run) | {"status": "running"}).on_conflict_do_nothing()


def score_statement(row: Mapping[str, Any]) -> Any:
    """Return the insert of one score; the same id again changes nothing."""
    return insert(scores).values(dict(row)).on_conflict_do_nothing()


def read_score(store: Store, score_id: str) -> dict[str, Any] | None:
    """Return the detail of a score that was kept, or None."""
    rows = store.read(sa.select(scores.c.detail).where(scores.c.id == score_id))
    return dict(rows[0]["detail"]) if rows else None
