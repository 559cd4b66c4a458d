"""What the inbox page shows: mails with their intent, mails that stopped before, mails not scored.

A mail is `scored` once it has a score, `stopped` when it was handled without one because of what it
is (an opt-out, an absence, a bounce, a suppressed sender); every other mail is `unscored`. Mails of
a simulated past are in none of the views: no customer wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from fleet.adapters.store.leads import IDS, is_played
from fleet.adapters.store.leads_reads import WAITING
from fleet.adapters.store.schema import companies, contacts, drafts, emails, scores
from fleet.ports import Store

VIEWS = ("scored", "stopped", "unscored")
ORDERS = ("intent", "urgency", "mood", "newest", "doubt")
WIDEST = 200  # characters of a search


class DetailNumber(sa.FunctionElement[float]):
    """A number out of the detail of a score, which is JSON kept as text."""

    name = "detail_number"
    inherit_cache = True
    type = sa.Double()

    def __init__(self, column: sa.Column[Any], key: str) -> None:
        super().__init__(column, sa.literal_column(f"'{key}'"), sa.literal_column(f"'$.{key}'"))


@compiles(DetailNumber)
def _by_path(element: DetailNumber, compiler: Any, **kw: Any) -> str:
    column, _, path = element.clauses
    return f"json_extract({compiler.process(column, **kw)}, {compiler.process(path, **kw)})"


@compiles(DetailNumber, "postgresql")
def _by_key(element: DetailNumber, compiler: Any, **kw: Any) -> str:
    column, key, _ = element.clauses
    field = f"CAST({compiler.process(column, **kw)} AS json) ->> {compiler.process(key, **kw)}"
    return f"CAST({field} AS double precision)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFilter:
    """Which mails: a view, and within it a label, a method, and words of sender or subject."""

    view: str = "scored"
    label: str | None = None
    method: str | None = None
    words: str = ""


def count_views(store: Store) -> dict[str, int]:
    """Return how many inbound mails each view holds.

    `waiting` counts those nobody handled, `played` those of a simulated past.
    """
    kind = sa.case(
        (is_played(), "played"),
        (scores.c.id.is_not(None), "scored"),
        (_stopped(), "stopped"),
        else_="unscored",
    ).label("view")
    waits = sa.case((emails.c.handled_at.is_(None) & scores.c.id.is_(None), 1), else_=0)
    query = (
        sa.select(kind, sa.func.count().label("n"), sa.func.sum(waits).label("waiting"))
        .select_from(_joined())
        .where(emails.c.direction == "in")
        .group_by(kind)
    )
    rows = store.read(query)
    found = dict.fromkeys((*VIEWS, "played"), 0) | {row["view"]: int(row["n"]) for row in rows}
    waiting = sum(int(row["waiting"] or 0) for row in rows if row["view"] != "played")
    return found | {"waiting": waiting}


def count_labels(store: Store) -> list[dict[str, Any]]:
    """Return `{label, method, n}` of the scored mails, the most frequent first."""
    n = sa.func.count().label("n")
    query = (
        sa.select(scores.c.label, scores.c.method, n)
        .select_from(_joined())
        .where(emails.c.direction == "in", scores.c.id.is_not(None), ~is_played())
        .group_by(scores.c.label, scores.c.method)
        .order_by(n.desc(), scores.c.label, scores.c.method)
    )
    return store.read(query.limit(100))


def count_mails(store: Store, wanted: MailFilter) -> int:
    """Return how many mails a filter lets through."""
    query = sa.select(sa.func.count().label("n")).select_from(_joined()).where(*_where(wanted))
    return int(store.read(query)[0]["n"])


def read_mails(
    store: Store, wanted: MailFilter, *, order: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Return a page of mails with sender, score, handling and waiting draft; newest break ties."""
    orders = {
        "intent": scores.c.value.desc(),
        "urgency": sa.func.coalesce(DetailNumber(scores.c.detail, "urgency"), -1).desc(),
        "mood": sa.func.coalesce(DetailNumber(scores.c.detail, "sentiment"), 2),
        "doubt": scores.c.confidence,
        "newest": emails.c.at.desc(),
    }
    scored = wanted.view == "scored"
    first = orders[order] if scored else emails.c.handled_at.is_not(None)
    query = (
        sa.select(*_columns())
        .select_from(_joined())
        .where(*_where(wanted))
        .order_by(first, emails.c.at.desc(), emails.c.id)
        .limit(limit)
        .offset(offset)
    )
    return _with_drafts(store, store.read(query))


def read_one(store: Store, email_id: str) -> dict[str, Any] | None:
    """Return one inbound mail like `read_mails`, whatever its view; None when there is none."""
    query = (
        sa.select(*_columns())
        .select_from(_joined())
        .where(emails.c.id == email_id, emails.c.direction == "in")
    )
    rows = _with_drafts(store, store.read(query))
    return rows[0] if rows else None


def view_of(row: Mapping[str, Any]) -> str:
    """Return the view that a mail of this module stands in."""
    if row["score_id"]:
        return "scored"
    stopped = row["handled_at"] and (
        row["kind"] != "person" or str(row["handled_as"]).startswith("skipped:")
    )
    return "stopped" if stopped else "unscored"


def _stopped() -> Any:
    return emails.c.handled_at.is_not(None) & (
        (emails.c.kind != "person") | (sa.func.substr(emails.c.handled_as, 1, 8) == "skipped:")
    )


def _where(wanted: MailFilter) -> list[Any]:
    where = [emails.c.direction == "in", ~is_played()]
    if wanted.view == "scored":
        where.append(scores.c.id.is_not(None))
    elif wanted.view == "stopped":
        where += [scores.c.id.is_(None), _stopped()]
    else:
        where += [scores.c.id.is_(None), sa.func.coalesce(~_stopped(), sa.true())]
    if wanted.label is not None and wanted.view == "scored":
        where.append(scores.c.label == wanted.label)
    if wanted.method is not None and wanted.view == "scored":
        where.append(scores.c.method == wanted.method)
    if wanted.words.strip():
        word = wanted.words.strip().lower()[:WIDEST]
        texts = (emails.c.subject, emails.c.from_address, emails.c.from_name, companies.c.name)
        where.append(sa.or_(*(_holds(text, word) for text in texts)))
    return where


def _holds(column: sa.Column[Any], word: str) -> Any:
    """Whether a text holds a word. By replacing, not LIKE: D1 refuses patterns over 50 bytes."""
    lowered = sa.func.lower(sa.func.coalesce(column, ""))
    return sa.func.length(sa.func.replace(lowered, word, "")) < sa.func.length(lowered)


def _joined() -> Any:
    scored = (
        (scores.c.subject_id == emails.c.id)
        & (scores.c.kind == "intent")
        & (scores.c.subject_table == "emails")
    )
    return (
        emails.outerjoin(scores, scored)
        .outerjoin(contacts, emails.c.contact_id == contacts.c.id)
        .outerjoin(companies, contacts.c.company_id == companies.c.id)
    )


def _columns() -> list[Any]:
    return [
        emails.c.id, emails.c.subject, emails.c.reply, emails.c.body, emails.c.at, emails.c.kind,
        emails.c.from_address, emails.c.from_name, emails.c.language, emails.c.handled_at,
        emails.c.handled_as, emails.c.thread_id, emails.c.contact_id, emails.c.returns_at,
        contacts.c.name.label("contact"), companies.c.name.label("company"),
        scores.c.id.label("score_id"), scores.c.value, scores.c.label, scores.c.method,
        scores.c.detail, scores.c.confidence, scores.c.reason, scores.c.source, scores.c.model,
        scores.c.prompt_digest, scores.c.policy_digest, scores.c.run_id, scores.c.recorded_at,
    ]  # fmt: skip


def _with_drafts(store: Store, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    query = sa.select(drafts.c.id, drafts.c.email_id).where(
        drafts.c.email_id.in_(ids[:IDS]), drafts.c.status.in_(WAITING),
        drafts.c.is_canary == sa.false(),
    )  # fmt: skip
    waiting = {row["email_id"]: row["id"] for row in store.read(query)}
    return [dict(row) | {"draft_id": waiting.get(row["id"])} for row in rows]
