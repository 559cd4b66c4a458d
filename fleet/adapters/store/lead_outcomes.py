"""Chances as they were first given, kept beside the living scores, and what became of their deals.

A living score is written over and goes when its deal ends; a given one stays as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.leads import IDS
from fleet.adapters.store.played import is_played_outcome
from fleet.adapters.store.schema import audit_log, opportunities, scores
from fleet.adapters.store.simulated import read_simulated
from fleet.adapters.store.statements import many
from fleet.ports import Store
from fleet.propensity.evidence import RULES
from fleet.propensity.follow_up import RATE, Given
from fleet.propensity.snapshots import Deal

GIVEN = "propensity_given"
NOT_SEGMENTS = frozenset({"amount"})  # nearly every deal has its own
MODEL_SUBJECT = "models:propensity"
Row = Mapping[str, Any]


def keep_given(store: Store, rows: Iterable[Row], deals: Mapping[str, Deal]) -> int:
    """Keep each deal's chance as given now, unless its method gave one before; return how many.

    `rows` are living scores; those of contacts repeat a deal's and are left out.
    """
    given = [
        _given(row, deals[row["subject_id"]])
        for row in rows
        if row["subject_table"] == "opportunities" and row["value"] is not None
    ]
    known = known_scores(store, [row["id"] for row in given])
    fresh = [row for row in given if row["id"] not in known]
    for start in range(0, len(fresh), IDS):
        store.write(many(scores, fresh[start : start + IDS], skip_known=True))
    return len(fresh)


def _given(row: Row, deal: Deal) -> dict[str, Any]:
    segments = {name: text for name, text in deal.fixed.items() if name not in NOT_SEGMENTS}
    version, method = row["detail"]["model_version"], row["method"]
    if method == RULES and version != RULES:
        method = RATE
    return dict(row) | {
        "id": f"{GIVEN}:{method}:{row['subject_id']}", "kind": GIVEN, "method": method,
        "detail": {"segments": segments, "model_version": version},
    }  # fmt: skip


def known_scores(store: Store, ids: Sequence[str]) -> dict[str, Any]:
    """Return the detail of the scores that are there, by id."""
    found: dict[str, Any] = {}
    for start in range(0, len(ids), IDS):
        query = sa.select(scores.c.id, scores.c.detail).where(
            scores.c.id.in_(ids[start : start + IDS])
        )
        found |= {row["id"]: row["detail"] for row in store.read(query)}
    return found


def read_given(store: Store, limit: int) -> list[Given]:
    """Return the given chances of the newest ended deals, at most `limit`, and no others."""
    query = (
        sa.select(
            scores.c.subject_id, scores.c.method, scores.c.recorded_at, scores.c.value,
            scores.c.detail, opportunities.c.closed_at, opportunities.c.outcome,
            opportunities.c.extra,
        )
        .select_from(_joined())
        .where(*_kept(), opportunities.c.outcome.is_not(None))
        .order_by(opportunities.c.closed_at.desc(), scores.c.id)
        .limit(limit)
    )  # fmt: skip
    return [
        Given(
            deal_id=row["subject_id"], method=row["method"], at=row["recorded_at"],
            chance=row["value"], ended_at=row["closed_at"], won=row["outcome"] == "won",
            segments=(row["detail"] or {}).get("segments") or {},
            played=is_played_outcome(row["extra"]),
        )
        for row in store.read(query)
    ]  # fmt: skip


def count_waiting(store: Store) -> dict[str, int]:
    """Return how many deals that were given a chance are still open, by method."""
    query = (
        sa.select(scores.c.method, sa.func.count().label("n"))
        .select_from(_joined())
        .where(*_kept(), opportunities.c.outcome.is_(None))
        .group_by(scores.c.method)
    )
    return {row["method"]: int(row["n"]) for row in store.read(query)}


def count_outcomes(store: Store) -> tuple[int, int]:
    """Return how many deals ended, and how many of them were won."""
    won = sa.func.sum(sa.case((opportunities.c.outcome == "won", 1), else_=0))
    query = sa.select(sa.func.count().label("n"), won.label("won"))
    row = store.read(query.where(opportunities.c.outcome.is_not(None)))[0]
    return int(row["n"]), int(row["won"] or 0)


def count_played(store: Store) -> int:
    """Return how many deals a simulation ended; looks only where there was one."""
    if read_simulated(store) is None:
        return 0
    query = sa.select(opportunities.c.extra).where(opportunities.c.outcome.is_not(None))
    return sum(is_played_outcome(row["extra"]) for row in store.read(query))


def model_history(store: Store, limit: int) -> list[dict[str, Any]]:
    """Return when models were trained on this store's outcomes, and what was chosen, newest first.

    Each is `{at, version, chosen, why, deals}`.
    """
    query = (
        sa.select(audit_log.c.at, audit_log.c.payload)
        .where(audit_log.c.subject == MODEL_SUBJECT)
        .order_by(audit_log.c.seq.desc())
        .limit(limit)
    )
    return [{"at": row["at"], **row["payload"]} for row in store.read(query)]


def count_trainings(store: Store, since: str, until: str) -> int:
    """Return how often a model was trained on this store's outcomes, from a day to before one."""
    query = sa.select(sa.func.count().label("n")).where(
        audit_log.c.subject == MODEL_SUBJECT, audit_log.c.at >= since, audit_log.c.at < until
    )
    return int(store.read(query)[0]["n"])


def _joined() -> Any:
    return scores.join(opportunities, opportunities.c.id == scores.c.subject_id)


def _kept() -> list[Any]:
    return [
        scores.c.kind == GIVEN, scores.c.subject_table == "opportunities",
        scores.c.value.is_not(None),
    ]  # fmt: skip
