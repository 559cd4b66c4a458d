"""Test cases that people's refusals left: quarantined until a second person lets them in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import audit_log, eval_cases, verdicts
from fleet.adapters.store.statements import insert
from fleet.errors import InputError
from fleet.ports import Store
from fleet.release_gate.digest import canonical_line

QUARANTINED, ADMITTED, REFUSED = "quarantined", "admitted", "refused"
EVALS = "evals"  # the origin of verdicts that a run of the golden sets wrote
BATCH = 50
PAGE = 1_000


def list_cases(
    store: Store, status: str | None = None, *, most: int | None = None
) -> list[dict[str, Any]]:
    """Return cases, oldest first; all of them without a status, all that there are without `most`.

    They are read a page at a time, each from where the last one ended.
    """
    c = eval_cases.c
    found: list[dict[str, Any]] = []
    while most is None or len(found) < most:
        size = PAGE if most is None else min(PAGE, most - len(found))
        query = sa.select(eval_cases).order_by(c.created_at, c.id).limit(size)
        if status is not None:
            query = query.where(c.status == status)
        if found:
            at, last = found[-1]["created_at"], found[-1]["id"]
            query = query.where(sa.or_(c.created_at > at, sa.and_(c.created_at == at, c.id > last)))
        rows = store.read(query)
        found += rows
        if len(rows) < size:
            break
    return found


def count_cases(store: Store) -> dict[str, int]:
    """Return how many cases have each status."""
    c = eval_cases.c
    query = sa.select(c.status, sa.func.count().label("n")).group_by(c.status)
    return {row["status"]: row["n"] for row in store.read(query)}


def admit(store: Store, case_id: str, *, actor: str, now: datetime) -> dict[str, Any]:
    """Let a quarantined case into its path's set; the same admission again changes nothing.

    Raises InputError when `actor` created it, when it is settled otherwise, or on a lost race.
    """
    row = _known(store, case_id)
    if _same(row["created_by"], actor):
        raise InputError(
            f"case {case_id} was made by {row['created_by']}: a second person must admit it"
        )
    return _settle(store, row, ADMITTED, actor=actor, now=now, note=None)


def refuse(
    store: Store, case_id: str, *, actor: str, now: datetime, note: str | None = None
) -> dict[str, Any]:
    """Keep a quarantined case out for good; whoever created it may take it back so."""
    return _settle(store, _known(store, case_id), REFUSED, actor=actor, now=now, note=note)


def _settle(
    store: Store, row: Mapping[str, Any], status: str, *, actor: str, now: datetime,
    note: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Move a case by one compare-and-set, logged in the same batch."""
    answer = {"id": row["id"], "prompt": row["prompt"], "status": status}
    if row["status"] == status:
        return answer | {"changed": False}
    if row["status"] != QUARANTINED:
        raise InputError(f"case {row['id']} is {row['status']} already: it cannot be changed")
    c, version = eval_cases.c, row["row_version"] + 1
    marks: dict[str, Any] = {"note": note or f"refused by {actor}"}
    if status == ADMITTED:
        marks = {"admitted_by": actor, "admitted_at": stamp(now)}
    guard = [c.id == row["id"], c.status == QUARANTINED, c.row_version == row["row_version"]]
    guard += [c.created_by != actor] if status == ADMITTED else []
    changes = marks | {"status": status, "row_version": version}
    move = sa.update(eval_cases).where(*guard).values(**changes)
    ours = [c[name] == value for name, value in changes.items()]
    done = sa.select(c.id).where(c.id == row["id"], *ours, ~_logged(row["id"]))
    payload = {"prompt": row["prompt"], "origin": row["origin"], "note": note}
    entry = Entry(now, actor, f"{EVALS}.{status}", f"eval_cases:{row['id']}", payload)
    if not write_audited(store, [move], [entry], when=done).results[0].changes:
        raise InputError(f"somebody else settled case {row['id']} first: look at it again")
    return answer | {"changed": True}


def _logged(case_id: str) -> Any:
    """Return whether a case was settled: who comes second finds the entry of the first."""
    kinds = [f"{EVALS}.{ADMITTED}", f"{EVALS}.{REFUSED}"]
    a = audit_log.c
    return sa.exists(
        sa.select(a.seq).where(a.subject == f"eval_cases:{case_id}", a.kind.in_(kinds))
    )


def _known(store: Store, case_id: str) -> dict[str, Any]:
    rows = store.read(sa.select(eval_cases).where(eval_cases.c.id == case_id))
    if not rows:
        raise InputError(f"there is no case {case_id!r}: see 'fleet evals cases'")
    return rows[0]


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def save_verdicts(store: Store, records: list[dict[str, Any]]) -> int:
    """Write verdict lines of golden cases; return how many. The same run again writes the same."""
    from fleet.adapters.store.verdicts import line_digest

    rows = [
        {
            "id": f"{EVALS}:{record['run_id']}", "run_id": record["run_id"],
            "artifact": record["artifact"], "version": record["version"],
            "scenario_id": record["scenario_id"], "origin": EVALS, "record": record,
            "digest": line_digest(canonical_line(record)), "created_at": record["created_at"],
        }
        for record in records
    ]  # fmt: skip
    for start in range(0, len(rows), BATCH):
        batch = [
            insert(verdicts).values(row).on_conflict_do_nothing()
            for row in rows[start : start + BATCH]
        ]
        store.write(*batch)
    return len(rows)


def newest_run(store: Store, prompt: str, engines: Sequence[str]) -> list[dict[str, Any]]:
    """Return the verdict lines of a prompt's newest recorded run by one of the engines."""
    v = verdicts.c
    query = (
        sa.select(v.record, v.created_at)
        .where(v.artifact == prompt, v.origin == EVALS)
        .order_by(v.created_at.desc(), v.id)
        .limit(PAGE)
    )
    rows = [row for row in store.read(query) if row["record"].get("engine") in engines]
    return [row["record"] for row in rows if row["created_at"] == rows[0]["created_at"]]
