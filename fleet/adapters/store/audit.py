"""The audit log: a chain of SHA-256 hashes, written in the same batch as the change it records."""

import hashlib
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit_head import (
    START,
    Head,
    hash_at,
    kept_heads,
    move_file,
    move_statement,
)
from fleet.adapters.store.statements import Prepared, many
from fleet.adapters.store.trust_tables import audit_log
from fleet.errors import WriteConflict
from fleet.ports import Result, Store

ATTEMPTS = 60
PAGE = 1_000
PAUSE_S = 0.02
NAMES = ("seq", "at", "actor", "kind", "subject", "payload", "previous", "hash")
_LOCK = threading.Lock()
HEAD = Prepared(
    sa.select(audit_log.c.seq, audit_log.c.hash).order_by(audit_log.c.seq.desc()).limit(1)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact for the log: when, who, what kind of act, on which row, with which detail."""

    at: datetime | str
    actor: str
    kind: str
    subject: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What the batch did, and whether the log took the entries."""

    results: Sequence[Result]
    recorded: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """The state of the chain; `broken_at` is the first sequence number that does not fit.

    `end_known` is False when no copy of the chain's end was found to compare with.
    """

    entries: int
    ok: bool
    broken_at: int | None = None
    reason: str | None = None
    end_known: bool = True


def write_audited(
    store: Store,
    statements: Sequence[Any],
    entries: Sequence[Entry],
    *,
    when: Any | None = None,
    attempts: int = ATTEMPTS,
) -> Written:
    """Run statements and log entries as one batch; retry when another writer took the number.

    `when` is a SELECT evaluated after the statements: no row, no entry. Raises WriteConflict when
    the caller's own statements conflict.
    """
    for attempt in range(attempts):
        with _LOCK:  # threads of one process take turns; processes meet at the primary key
            head = _head(store)
            rows = chain(head, entries)
            appends = _inserts(rows, when)
            try:
                results = store.write(*statements, *appends, *_moves(head, rows))
            except WriteConflict:
                if attempt == attempts - 1 or _head(store) == head:
                    raise
            else:
                asked = len(statements)
                recorded = any(item.changes for item in results[asked : asked + len(appends)])
                if recorded:
                    move_file(store, head, _end(rows))
                return Written(list(results[:asked]), recorded)
        time.sleep(random.uniform(0, PAUSE_S))  # spreads writers, guards no secret
    raise WriteConflict("the audit log was too busy: try again")


def chain(head: Head, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the rows that continue the chain after `head` (its number and hash)."""
    seq, previous = head
    rows = []
    for entry in entries:
        seq += 1
        at = stamp(entry.at) if isinstance(entry.at, datetime) else entry.at
        row = {
            "seq": seq, "at": at, "actor": entry.actor, "kind": entry.kind,
            "subject": entry.subject, "payload": orjson.loads(_canonical(dict(entry.payload))),
            "previous": previous,
        }  # fmt: skip
        previous = row["hash"] = digest(row)
        rows.append(row)
    return rows


def digest(row: Mapping[str, Any]) -> str:
    """Return the hash of one row: SHA-256 over the canonical JSON of everything else in it."""
    return hashlib.sha256(_canonical([row[name] for name in NAMES[:-1]])).hexdigest()


def verify(store: Store) -> Verified:
    """Walk the chain page by page from its first entry, and look for the end that is known."""
    heads = kept_heads(store)  # before the walk: writers may append meanwhile
    seq, previous = START
    while True:
        page = store.read(
            sa.select(audit_log).where(audit_log.c.seq > seq).order_by(audit_log.c.seq).limit(PAGE)
        )
        for row in page:
            problem = _problem(row, seq, previous)
            if problem:
                return Verified(seq, False, seq + 1, problem)
            seq, previous = row["seq"], row["hash"]
        if len(page) < PAGE:
            break
    for number, digested in sorted(heads, reverse=True):
        if number > seq:
            what = f"{number - seq} of the newest entries were removed, the last was {number}"
            return Verified(seq, False, seq + 1, what)
        if hash_at(store, number) != digested:
            return Verified(seq, False, number, f"entry {number} is not the one that was written")
    return Verified(seq, True, end_known=bool(heads) or seq == 0)


def _problem(row: Mapping[str, Any], seq: int, previous: str) -> str | None:
    if row["seq"] != seq + 1:
        return f"entry {seq + 1} is missing"
    if row["previous"] != previous:
        return f"entry {seq + 1} does not follow the one before it"
    return None if digest(row) == row["hash"] else f"entry {seq + 1} was changed"


def _head(store: Store) -> Head:
    found = store.read(HEAD())
    return (found[0]["seq"], found[0]["hash"]) if found else START


def _moves(head: Head, rows: list[dict[str, Any]]) -> list[Any]:
    return [move_statement(head, _end(rows), rows[-1]["at"])] if rows else []


def _end(rows: list[dict[str, Any]]) -> Head:
    return rows[-1]["seq"], rows[-1]["hash"]


def _inserts(rows: list[dict[str, Any]], when: Any | None) -> list[Any]:
    if when is None:
        return [many(audit_log, rows)] if rows else []
    return [
        audit_log.insert().from_select(
            list(NAMES),
            sa.select(*(sa.literal(row[name], audit_log.c[name].type) for name in NAMES)).where(
                sa.exists(when.subquery())
            ),
        )
        for row in rows
    ]


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
