"""Grants as rows: who may do what, each move a compare-and-set with its history and audit entry.

The history row of a move reads the graph's name under the row version that the mover saw. When
another gate moved the rung first that name is NULL, the column refuses it, and the batch is undone.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import (
    approvals,
    drafts,
    gate_decisions,
    grant_history,
    grants,
    heartbeats,
)
from fleet.adapters.store.statements import insert
from fleet.domain.trust import Rung
from fleet.errors import WriteConflict
from fleet.ports import Store
from fleet.release_gate.ladder import Grant

MONITOR = "monitor"
MACHINE = "autonomy:"  # how the actor of every machine approval starts
HISTORY_LIMIT = 1_000


def read_grant(store: Store, graph: str, version: str) -> Grant | None:
    """Return what a version was granted, or None for one that nobody granted anything."""
    found = store.read(
        sa.select(grants).where(grants.c.graph == graph, grants.c.version == version)
    )
    return _grant(found[0]) if found else None


def read_grants(store: Store) -> list[Grant]:
    """Return every grant, by graph and version."""
    return [_grant(row) for row in store.read(sa.select(grants).order_by(grants.c.id))]


def any_grant(store: Store) -> bool:
    """Whether anybody granted any version anything."""
    return bool(store.read(sa.select(grants.c.id).limit(1)))


def read_history(store: Store, graph: str | None = None, version: str | None = None) -> list[Any]:
    """Return moves in time order, of one version or of all."""
    query = sa.select(grant_history).order_by(grant_history.c.at, grant_history.c.id)
    if graph is not None:
        query = query.where(grant_history.c.graph == graph, grant_history.c.version == version)
    return store.read(query.limit(HISTORY_LIMIT))


def known_versions(store: Store) -> list[tuple[str, str]]:
    """Return every (graph, version) that drafted, was judged, or was granted something."""
    g = gate_decisions.c
    pairs = [
        *store.read(sa.select(g.artifact.label("graph"), g.version).distinct()),
        *store.read(sa.select(drafts.c.graph, drafts.c.graph_version.label("version")).distinct()),
        *store.read(sa.select(grants.c.graph, grants.c.version)),
    ]
    return sorted({(row["graph"], row["version"]) for row in pairs})


def move_rung(
    store: Store, seen: Grant | None, graph: str, version: str, target: Rung, *, start: Rung,
    reason: str, actor: str, now: datetime, until: datetime | None, decision_id: str | None = None,
    revoke: bool = False,
) -> Grant:  # fmt: skip
    """Move a version to a rung as seen; raises WriteConflict when another gate moved it first."""
    at, ends = stamp(now), stamp(until) if until else None
    row = {
        "rung": target.value, "reason": reason, "granted_by": actor, "decision_id": decision_id,
        "granted_at": at, "expires_at": ends, "revoked_at": at if revoke else None,
        "revoke_reason": reason if revoke else None,
    }  # fmt: skip
    moved = {
        "id": "h" + secrets.token_hex(12), "version": version, "to_rung": target.value,
        "from_rung": (seen.rung if seen else start).value, "reason": reason, "by": actor,
        "decision_id": decision_id, "at": at, "expires_at": ends,
    }  # fmt: skip
    mine = (grants.c.graph == graph) & (grants.c.version == version)
    batch: list[Any]
    if seen is None:
        first = row | {"id": f"{graph}:{version}", "graph": graph, "version": version}
        batch = [
            sa.insert(grants).values(first),
            sa.insert(grant_history).values(**moved, graph=graph),
        ]
    else:
        still = sa.select(grants.c.graph).where(mine, grants.c.row_version == seen.version_seen)
        batch = [
            sa.insert(grant_history).values(**moved, graph=still.scalar_subquery()),
            sa.update(grants).where(mine).values(**row, row_version=grants.c.row_version + 1),
        ]
    payload = {key: moved[key] for key in ("from_rung", "to_rung", "reason", "decision_id")}
    kind = "ladder.revoke" if revoke else "ladder.move"
    entry = Entry(at, actor, kind, f"grants:{graph}:{version}", payload | {"until": ends})
    write_audited(store, batch, [entry])
    found = read_grant(store, graph, version)
    if found is None:
        raise WriteConflict(f"the grant of {graph} {version} vanished while it was written")
    return found


def beat(store: Store, name: str, now: datetime, detail: Mapping[str, Any] | None = None) -> None:
    """Say that a watcher lives; a later time is never overwritten by an earlier one."""
    at = stamp(now)
    row = insert(heartbeats).values(name=name, at=at, detail=dict(detail or {}))
    change = {
        "at": row.excluded["at"],
        "detail": row.excluded["detail"],
        "row_version": heartbeats.c.row_version + 1,
    }
    store.write(
        row.on_conflict_do_update(
            index_elements=[heartbeats.c.name], set_=change, where=heartbeats.c.at < at
        )
    )


def last_beat(store: Store, name: str = MONITOR) -> datetime | None:
    """Return when a watcher was last alive, or None when it never was."""
    found = store.read(sa.select(heartbeats.c.at).where(heartbeats.c.name == name))
    return datetime.fromisoformat(found[0]["at"]) if found else None


def grant_clause(graph: Any, version: Any, rungs: Sequence[str], now: str, heard: str) -> Any:
    """Return SQL that is true while a grant of one of `rungs` holds and the monitor was heard.

    `graph` and `version` are columns or values; `heard` is the oldest heartbeat that still counts.
    """
    g = grants.c
    valid = sa.select(g.id).where(
        g.graph == graph, g.version == version, g.rung.in_(list(rungs)), g.revoked_at.is_(None),
        g.granted_at <= now, g.expires_at > now,
    )  # fmt: skip
    alive = sa.select(heartbeats.c.name).where(
        heartbeats.c.name == MONITOR, heartbeats.c.at >= heard
    )
    return sa.exists(valid) & sa.exists(alive)


def by_machine(actor: Any) -> Any:
    """Return SQL that is true when an actor column names a machine."""
    return sa.func.substr(actor, 1, len(MACHINE)) == MACHINE


def machine_approvals_since(graph: str, version: str, since: str) -> Any:
    """Return SQL for how many approvals a machine gave to a version since a time."""
    a = approvals.c
    return (
        sa.select(sa.func.count())
        .where(
            a.graph == graph, a.graph_version == version, by_machine(a.actor),
            a.approved_at >= since, a.voided_at.is_(None),
        )
        .scalar_subquery()
    )  # fmt: skip


def used_today(store: Store, graph: str, version: str, now: datetime) -> int:
    """Return how many machine approvals of a version stand since midnight UTC."""
    count = machine_approvals_since(graph, version, day_start(now))
    return int(store.read(sa.select(count.label("n")))[0]["n"])


def day_start(now: datetime) -> str:
    """Return midnight UTC of a day as the store writes it."""
    return stamp(now)[:10] + "T00:00:00.000000Z"


def heard_since(now: datetime, seconds: float) -> str:
    """Return the oldest heartbeat that still counts, as the store writes it."""
    return stamp(now - timedelta(seconds=seconds))


def _grant(row: Mapping[str, Any]) -> Grant:
    ends = row["expires_at"]
    return Grant(
        graph=row["graph"], version=row["version"], rung=Rung(row["rung"]), reason=row["reason"],
        granted_by=row["granted_by"], granted_at=datetime.fromisoformat(row["granted_at"]),
        expires_at=datetime.fromisoformat(ends) if ends else None,
        revoked=row["revoked_at"] is not None, decision_id=row["decision_id"],
        version_seen=row["row_version"],
    )  # fmt: skip
