"""The inbox as rows: which mails wait, what was scored, what was handled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import drafts, emails, runs, scores
from fleet.adapters.store.statements import Bound, Prepared, insert
from fleet.domain.trust import SIMULATED_MAIL
from fleet.ports import Store

MAIL = Prepared(sa.select(emails).where(emails.c.id == sa.bindparam("mail")))
NEWER = Prepared(
    sa.select(emails.c.id)
    .where(
        emails.c.thread_id == sa.bindparam("thread"), emails.c.direction == "in",
        emails.c.at > sa.bindparam("since"),
    )
    .limit(1)
)  # fmt: skip
ANSWER = Prepared(  # a canary answers nothing
    sa.select(drafts.c.id)
    .where(drafts.c.email_id == sa.bindparam("mail"), drafts.c.is_canary == sa.false())
    .limit(1)
)
HANDLE = Prepared(
    sa.update(emails)
    .where(emails.c.id == sa.bindparam("mail"), emails.c.handled_at.is_(None))
    .values(
        handled_at=sa.bindparam("ended"), handled_as=sa.bindparam("outcome"),
        row_version=emails.c.row_version + 1,
    )
)  # fmt: skip
_END = insert(runs)
END = Prepared(
    _END.on_conflict_do_update(
        index_elements=[runs.c.id],
        set_={key: _END.excluded[key] for key in ("status", "outcome", "ended_at")},
    )
)
START = Prepared(insert(runs).on_conflict_do_nothing())
KEEP_SCORE = Prepared(insert(scores).on_conflict_do_nothing())
SCORE = Prepared(sa.select(scores.c.detail).where(scores.c.id == sa.bindparam("score")))


def waiting_mails(store: Store, limit: int | None) -> list[str]:
    """Return ids of inbound mails that nobody handled, oldest first.

    One whose run is a dead letter waits for a person: `fleet threads resume`. What a simulated
    customer wrote is the simulated version's alone.
    """
    dead = sa.select(runs.c.id).where(
        runs.c.subject_table == "emails", runs.c.subject_id == emails.c.id, runs.c.status == "dead"
    )
    played = emails.c.message_id.startswith(SIMULATED_MAIL, autoescape=True)
    query = (
        sa.select(emails.c.id)
        .where(
            emails.c.direction == "in",
            emails.c.handled_at.is_(None),
            ~sa.exists(dead),
            emails.c.message_id.is_(None) | ~played,
        )
        .order_by(emails.c.at, emails.c.id)
    )
    return [row["id"] for row in store.read(query.limit(limit) if limit else query)]


def read_mail(store: Store, email_id: str) -> dict[str, Any] | None:
    """Return one mail's row, or None."""
    rows = store.read(MAIL(mail=email_id))
    return rows[0] if rows else None


def newer_mail(store: Store, mail: Mapping[str, Any]) -> bool:
    """Whether the same thread holds a later inbound mail."""
    return bool(store.read(NEWER(thread=mail["thread_id"], since=mail["at"])))


def draft_of(store: Store, email_id: str) -> str | None:
    """Return the id of the draft that answers a mail, or None."""
    rows = store.read(ANSWER(mail=email_id))
    return rows[0]["id"] if rows else None


def close_statements(
    email_id: str, run: Mapping[str, Any], outcome: str, now: datetime
) -> list[Bound]:
    """Return the batch that marks a mail handled and its run ended; safe to repeat."""
    at = stamp(now)
    ended = dict(run) | {"status": "completed", "outcome": outcome, "ended_at": at}
    return [HANDLE(mail=email_id, ended=at, outcome=outcome), END(**ended)]


def start_statement(run: Mapping[str, Any]) -> Bound:
    """Return the insert of a run that begins; a run that begins again keeps its first start."""
    return START(**run, status="running")


def score_statement(row: Mapping[str, Any]) -> Bound:
    """Return the insert of one score; the same id again changes nothing."""
    return KEEP_SCORE(**row)


def read_score(store: Store, score_id: str) -> dict[str, Any] | None:
    """Return the detail of a score that was kept, or None."""
    rows = store.read(SCORE(score=score_id))
    return dict(rows[0]["detail"]) if rows else None
