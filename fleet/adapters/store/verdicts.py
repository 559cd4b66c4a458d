"""Verdicts that the product itself wrote: from decided drafts into rows, and back as a window."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import (
    claims,
    contacts,
    decisions,
    defects,
    drafts,
    emails,
    liveness_verdicts,
    runs,
    verdicts,
)
from fleet.adapters.store.statements import insert
from fleet.ports import Store
from fleet.release_gate.digest import canonical_line
from fleet.release_gate.ladder_policy import VerdictPolicy
from fleet.release_gate.ladder_verdicts import Decided, verdict_of

PRODUCT = "product"
CHUNK = 90  # ids a query: D1 takes 100 parameters
BATCH = 50  # rows a batch
DECIDING = ("approve", "reject")
UNDOING = ("undo", "reopen")
ACTS = (*DECIDING, *UNDOING, "edit")
OPEN = "open"


def write_review_verdicts(
    store: Store, *, policy: VerdictPolicy, now: datetime, settle_s: float = 0.0,
    graph: str | None = None, version: str | None = None,
) -> int:  # fmt: skip
    """Turn each draft that a person decided into a verdict row; return how many rows changed.

    A decision younger than `settle_s` seconds can still be undone and is left for the next call.
    Canaries are no work of a version and get none; neither do machine approvals, since the gate
    must not learn from the machine it judges.
    """
    latest = stamp(now - timedelta(seconds=settle_s))
    decided = {
        draft: last for draft, last in _last_decisions(store, graph, version).items()
        if last["at"] <= latest
    }  # fmt: skip
    rows = [_row(verdict_of(facts, policy)) for facts in _facts(store, decided)]
    known = {row["id"]: row["digest"] for row in store.read(_known(graph, version))}
    changed = [row for row in rows if known.get(row["id"]) != row["digest"]]
    for start in range(0, len(changed), BATCH):
        store.write(*(_upsert(row) for row in changed[start : start + BATCH]))
    return len(changed)


def read_verdicts(store: Store, graph: str, version: str) -> list[dict[str, Any]]:
    """Return the records of a version's product-written verdicts, oldest first."""
    query = sa.select(verdicts.c.record).where(*_of(graph, version))
    return [row["record"] for row in store.read(query.order_by(verdicts.c.created_at))]


def judged_versions(store: Store, graph: str) -> list[str]:
    """Return the versions of a graph that have product verdicts, by name."""
    v = verdicts.c
    query = sa.select(v.version).where(v.artifact == graph, v.origin == PRODUCT)
    return [row["version"] for row in store.read(query.group_by(v.version).order_by(v.version))]


def stored_share(store: Store, graph: str, version: str, lines: Sequence[str]) -> float | None:
    """Return which share of a decision's lines are stored product verdicts, byte for byte.

    None without lines. A draft that was decided anew since then no longer counts.
    """
    if not lines:
        return None
    query = sa.select(verdicts.c.digest).where(*_of(graph, version))
    ours = {row["digest"] for row in store.read(query)}
    return sum(line_digest(line.encode()) in ours for line in lines) / len(lines)


def line_digest(line: bytes) -> str:
    """Return the SHA-256 (hex) of one verdict line as the gate digests it."""
    return hashlib.sha256(line.strip()).hexdigest()


def _of(graph: str, version: str) -> list[Any]:
    v = verdicts.c
    return [v.artifact == graph, v.version == version, v.origin == PRODUCT]


def _known(graph: str | None, version: str | None) -> Any:
    query = sa.select(verdicts.c.id, verdicts.c.digest).where(verdicts.c.origin == PRODUCT)
    if graph is not None:
        query = query.where(verdicts.c.artifact == graph, verdicts.c.version == version)
    return query


def _row(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{PRODUCT}:{record['run_id']}", "run_id": record["run_id"],
        "artifact": record["artifact"], "version": record["version"],
        "scenario_id": record["scenario_id"], "origin": PRODUCT, "record": record,
        "digest": line_digest(canonical_line(record)), "created_at": record["created_at"],
    }  # fmt: skip


def _upsert(row: Mapping[str, Any]) -> Any:
    statement = insert(verdicts).values(dict(row))
    change = {key: statement.excluded[key] for key in ("record", "digest", "created_at")}
    return statement.on_conflict_do_update(index_elements=[verdicts.c.id], set_=change)


def _last_decisions(
    store: Store, graph: str | None, version: str | None
) -> dict[str, dict[str, Any]]:
    """Return the standing human decision of each draft, with the words edited before it."""
    d = decisions.c
    query = (
        sa.select(d.draft_id, d.action, d.reason_code, d.edit_distance, d.at, d.id)
        .select_from(decisions.join(drafts, drafts.c.id == d.draft_id))
        .where(d.action.in_(ACTS), d.is_machine == sa.false(), drafts.c.is_canary == sa.false())
        .order_by(d.draft_id, d.at, d.id)
    )
    if graph is not None:
        query = query.where(drafts.c.graph == graph, drafts.c.graph_version == version)
    last: dict[str, dict[str, Any]] = {}
    words: dict[str, int] = {}
    for row in store.read(query):
        draft_id = row["draft_id"]
        if row["action"] == "edit":
            words[draft_id] = words.get(draft_id, 0) + int(row["edit_distance"] or 0)
        elif row["action"] in DECIDING:
            last[draft_id] = row | {"words": words.get(draft_id, 0)}
        else:
            last.pop(draft_id, None)
    return last


def _facts(store: Store, decided: Mapping[str, Mapping[str, Any]]) -> Iterable[Decided]:
    ids = sorted(decided)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        rows = store.read(_drafts_beside(part))
        supported = _claims(store, part)
        run_ids = sorted({row["run_id"] for row in rows if row["run_id"]})
        bad, stuck = _defects(store, run_ids), _liveness(store, run_ids)
        for row in rows:
            yield _decided(
                row, decided[row["id"]], supported.get(row["id"], []),
                bad.get(row["run_id"], []), stuck.get(row["run_id"]),
            )  # fmt: skip


def _drafts_beside(ids: Sequence[str]) -> Any:
    d, e, c, r = drafts.c, emails.c, contacts.c, runs.c
    return (
        sa.select(
            d.id, d.graph, d.graph_version, d.kind, d.run_id, d.email_id, d.touch_id, d.thread_id,
            d.contact_id, d.to_address, d.language, e.thread_id.label("mail_thread"),
            e.from_address, e.language.label("mail_language"), c.email.label("contact_address"),
            c.language.label("contact_language"), r.started_at, r.ended_at, r.cost_usd, r.error,
        )
        .select_from(
            drafts.outerjoin(emails, e.id == d.email_id)
            .outerjoin(contacts, c.id == d.contact_id)
            .outerjoin(runs, r.id == d.run_id)
        )
        .where(d.id.in_(list(ids)))
    )  # fmt: skip


def _claims(store: Store, ids: Sequence[str]) -> dict[str, list[bool]]:
    c = claims.c
    query = sa.select(c.draft_id, c.supported).where(
        c.draft_id.in_(list(ids)), c.draft_version == 1
    )
    found: dict[str, list[bool]] = {}
    for row in store.read(query.order_by(c.draft_id, c.position)):
        found.setdefault(row["draft_id"], []).append(row["supported"])
    return found


def _defects(store: Store, run_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    d = defects.c
    query = sa.select(d.run_id, d.code, d.severity).where(
        d.run_id.in_(list(run_ids)), d.status == OPEN
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in store.read(query.order_by(d.run_id, d.code, d.id)) if run_ids else ():
        found.setdefault(row["run_id"], []).append((row["code"], row["severity"]))
    return found


def _liveness(store: Store, run_ids: Sequence[str]) -> dict[str, str]:
    v = liveness_verdicts.c
    query = sa.select(v.run_id, v.verdict).where(v.run_id.in_(list(run_ids)))
    rows = store.read(query.order_by(v.at, v.id)) if run_ids else []
    return {row["run_id"]: row["verdict"] for row in rows}


def _decided(
    row: Mapping[str, Any], last: Mapping[str, Any], supported: Sequence[bool],
    bad: Sequence[tuple[str, str]], stuck: str | None,
) -> Decided:  # fmt: skip
    return Decided(
        draft_id=row["id"], graph=row["graph"], version=row["graph_version"], kind=row["kind"],
        run_id=row["run_id"], scenario_id=row["email_id"] or row["touch_id"] or row["id"],
        action=last["action"], reason_code=last["reason_code"], edited_words=last["words"],
        decided_at=last["at"], claims=supported, fits=_fits(row),
        languages=(row["language"], row["mail_language"] or row["contact_language"]),
        started_at=row["started_at"], ended_at=row["ended_at"], cost_usd=row["cost_usd"],
        error=row["error"], defects=bad, liveness=stuck,
    )  # fmt: skip


def _fits(row: Mapping[str, Any]) -> bool | None:
    to = str(row["to_address"]).strip().lower()
    if row["from_address"] is not None:
        theirs = str(row["from_address"]).strip().lower()
        return bool(to == theirs and row["thread_id"] == row["mail_thread"])
    if row["contact_address"] is not None:
        return to == str(row["contact_address"]).strip().lower()
    return None
