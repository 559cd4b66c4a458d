"""The rows around many contacts at once, as the orchestrator's context is made of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store import touch_stops
from fleet.adapters.store.controls import is_halted, normal_address
from fleet.adapters.store.review_reads import OPEN
from fleet.adapters.store.schema import (
    contacts,
    drafts,
    emails,
    opportunities,
    runs,
    scores,
    step_decisions,
    suppression,
    touches,
)
from fleet.adapters.store.statements import Prepared
from fleet.errors import InputError
from fleet.ports import Store

AT_ONCE = 40  # contacts; two lists of them and some constants stay under D1's 100 parameters
MAIL_ROWS = 80  # unhandled mails of one chunk, newest first
DEAL_ROWS = 400
NOBODY = ""  # an IN needs a value
Row = dict[str, Any]


def _any_of(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam(name, expanding=True))


def _deals_query() -> sa.Select[Any]:
    c = opportunities.c
    mine = _any_of(c.contact_id, "ids") | (
        c.contact_id.is_(None) & _any_of(c.company_id, "companies")
    )
    columns = [
        c.id, c.contact_id, c.company_id, c.stage, c.amount, c.expected_close, c.opened_at,
        c.outcome, c.row_version,
    ]  # fmt: skip
    query = sa.select(*columns).where(mine, c.outcome.is_(None))
    return query.order_by(c.opened_at.desc(), c.id).limit(DEAL_ROWS)


def _openers_query() -> sa.Select[Any]:
    deals, person = opportunities.c, contacts.c
    bought = sa.exists(
        sa.select(deals.id).where(deals.company_id == person.company_id, deals.outcome == "won")
    )
    mailed = sa.exists(sa.select(emails.c.id).where(emails.c.company_id == person.company_id))
    first = sa.select(sa.func.min(person.id).label("id")).where(
        _any_of(person.company_id, "companies"), person.email.is_not(None),
        person.do_not_contact == sa.false(), bought, ~mailed,
    )  # fmt: skip
    return first.group_by(person.company_id)


def _mails_query() -> sa.Select[Any]:
    c = emails.c
    query = sa.select(
        c.id, c.contact_id, c.thread_id, c.subject, c.body, c.reply, c.kind, c.at, c.from_address
    ).where(_any_of(c.contact_id, "ids"), c.direction == "in", c.handled_at.is_(None))
    return query.order_by(c.at.desc(), c.id).limit(MAIL_ROWS)


def _traffic_query() -> sa.Select[Any]:
    c = emails.c
    return (
        sa.select(
            c.contact_id, c.direction, c.kind, sa.func.max(c.at).label("at"),
            sa.func.count().label("n"),
        )
        .where(_any_of(c.contact_id, "ids"))
        .group_by(c.contact_id, c.direction, c.kind)
    )  # fmt: skip


def _history_query() -> sa.Select[Any]:
    s, r = step_decisions.c, runs.c
    return (
        sa.select(r.subject_id, s.inputs, s.status, s.decided_by)
        .join(runs, r.id == s.run_id)
        .where(
            r.graph == sa.bindparam("graph"), r.subject_table == "contacts",
            _any_of(r.subject_id, "ids"),
        )
        .order_by(s.at, s.position)
    )  # fmt: skip


_C, _D, _T, _S = contacts.c, drafts.c, touches.c, scores.c
CONTACTS = Prepared(  # built once: each step of a run looks at the world twice
    sa.select(_C.id, _C.company_id, _C.owner_id, _C.email, _C.do_not_contact, _C.row_version).where(
        _any_of(_C.id, "ids")
    )
)
DEALS, OPENERS = Prepared(_deals_query()), Prepared(_openers_query())
MAILS, TRAFFIC, HISTORY = (
    Prepared(_mails_query()), Prepared(_traffic_query()), Prepared(_history_query()),
)  # fmt: skip
DRAFTS = Prepared(
    sa.select(_D.contact_id, _D.id).where(
        _any_of(_D.contact_id, "ids"), _D.status.in_([*OPEN, "approved"])
    )
)
TOUCHES = Prepared(
    sa.select(_T.contact_id, _T.campaign_id).where(
        _any_of(_T.contact_id, "ids"), _T.status.in_(touch_stops.OPEN)
    )
)
SCORES = Prepared(
    sa.select(_S.subject_id, _S.label, _S.confidence).where(
        _S.kind == "intent", _S.subject_table == "emails", _any_of(_S.subject_id, "ids")
    )
)
LISTED = Prepared(
    sa.select(suppression.c.address).where(_any_of(suppression.c.address, "addresses"))
)


def read_contexts(store: Store, ids: Sequence[str], graph: str) -> dict[str, Row]:
    """Return the raw rows of each contact that exists, by id; at most `AT_ONCE` ids."""
    people = {row["id"]: row for row in store.read(CONTACTS(ids=list(ids)))}
    if not people:
        return {}
    known = list(people)
    companies = sorted({row["company_id"] for row in people.values() if row["company_id"]})
    deals = _deals(store, known, companies)
    openers = _openers(store, companies)
    traffic = _traffic(store, known)
    mails = _mails(store, known)
    waiting = _grouped(store, DRAFTS(ids=known), "contact_id", "id")
    running = _grouped(store, TOUCHES(ids=known), "contact_id", "campaign_id")
    listed = _suppressed(store, [row["email"] for row in people.values()])
    history, settled = _history(store, known, graph)
    halted = is_halted(store)
    marks = _scores(store, [mail["id"] for mail in mails])
    return {
        contact_id: {
            "contact": row,
            "deals": [d for d in deals if _belongs(d, row)],
            "mails": [mail for mail in mails if mail["contact_id"] == contact_id],
            "scores": marks,
            "drafts": waiting.get(contact_id, set()),
            "campaigns": running.get(contact_id, set()),
            "suppressed": _address(row["email"]) in listed,
            "halted": halted,
            "opens_account": contact_id in openers,
            "history": history.get(contact_id, {}),
            "settled": settled.get(contact_id, 0),
            **traffic.get(contact_id, _silence()),
        }
        for contact_id, row in people.items()
    }


def contact_ids(store: Store, after: str, limit: int) -> list[str]:
    """Return a page of contact ids in order, behind `after`."""
    query = sa.select(contacts.c.id).where(contacts.c.id > after).order_by(contacts.c.id)
    return [row["id"] for row in store.read(query.limit(limit))]


def _deals(store: Store, ids: Sequence[str], companies: Sequence[str]) -> list[Row]:
    return store.read(DEALS(ids=list(ids), companies=list(companies) or [NOBODY]))


def _belongs(deal: Row, contact: Row) -> bool:
    if deal["contact_id"]:
        return bool(deal["contact_id"] == contact["id"])
    return bool(contact["company_id"]) and deal["company_id"] == contact["company_id"]


def _openers(store: Store, companies: Sequence[str]) -> set[str]:
    """Return the first reachable contact of each account that bought and never had a mail."""
    found = store.read(OPENERS(companies=list(companies))) if companies else []
    return {row["id"] for row in found}


def _traffic(store: Store, ids: Sequence[str]) -> dict[str, Row]:
    """Sum up who wrote when; `inbound` changes with every mail that comes in."""
    found: dict[str, Row] = {}
    for row in store.read(TRAFFIC(ids=list(ids))):
        mine = found.setdefault(row["contact_id"], _silence())
        mine["last_mail"] = max(mine["last_mail"] or "", row["at"])
        if row["direction"] == "out":
            mine["outbound"] = max(mine["outbound"] or "", row["at"])
            continue
        at, _, count = (mine["inbound"] or "|0").partition("|")
        mine["inbound"] = f"{max(at, row['at'])}|{int(count) + int(row['n'])}"
        if row["kind"] == "person":
            mine["inbound_at"] = max(mine["inbound_at"] or "", row["at"])
        mine["opted_out"] = mine["opted_out"] or row["kind"] == "opt_out"
    return found


def _silence() -> Row:
    return {
        "inbound": None, "inbound_at": None, "outbound": None, "last_mail": None,
        "opted_out": False,
    }  # fmt: skip


def _mails(store: Store, ids: Sequence[str]) -> list[Row]:
    return store.read(MAILS(ids=list(ids)))


def _scores(store: Store, mail_ids: Sequence[str]) -> dict[str, Row]:
    found = store.read(SCORES(ids=list(mail_ids))) if mail_ids else []
    return {row["subject_id"]: row for row in found}


def _grouped(store: Store, query: Any, by: str, value: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in store.read(query):
        found.setdefault(row[by], set()).add(row[value])
    return found


def _suppressed(store: Store, addresses: Sequence[str | None]) -> set[str | None]:
    """Return the addresses that are listed, by themselves or by their domain; None counts."""
    normal = {_address(address) for address in addresses}
    wanted = sorted(
        {part for each in normal if each for part in (each, "@" + each.rpartition("@")[2])}
    )
    listed: set[str] = set()
    if wanted:
        listed = {row["address"] for row in store.read(LISTED(addresses=wanted))}
    return {
        each for each in normal
        if each is None or each in listed or "@" + each.rpartition("@")[2] in listed
    }  # fmt: skip


def _address(address: str | None) -> str | None:
    """Return the address as it is listed; "" for none, and None for one that cannot be read."""
    if not address:
        return ""
    try:
        return normal_address(address)
    except InputError:
        return None


def _history(
    store: Store, ids: Sequence[str], graph: str
) -> tuple[dict[str, Mapping[str, str]], dict[str, int]]:
    """Return each contact's steps by fingerprint, and how many a person settled."""
    history: dict[str, dict[str, str]] = {}
    settled: dict[str, int] = {}
    for row in store.read(HISTORY(ids=list(ids), graph=graph)):
        contact_id, name = row["subject_id"], row["inputs"]["step"].get("fingerprint")
        if name:
            history.setdefault(contact_id, {})[name] = row["status"]
        settled[contact_id] = settled.get(contact_id, 0) + (row["decided_by"] is not None)
    return dict(history), settled
