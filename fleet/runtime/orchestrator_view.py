"""Plans by how they ended: counts, one page of each kind, and what they cost so far.

A plan may be of several kinds: one that waits for a person may also have had a flaky step.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.runs import DEAD, HUMAN
from fleet.adapters.store.schema import contacts, defects, effects, runs, step_decisions
from fleet.adapters.store.steps import SUPERSEDED, WAITING
from fleet.orchestrator.rdav.values import ACTIONS, GRAPH, State
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_acts import TRIES

ALL, LEFT_ALONE = "all", "left_alone"
LIMIT = 200


def plan_counts(fleet: Fleet) -> dict[str, int]:
    """Return how many runs are of each kind, `all` included."""
    sums = [sa.func.sum(sa.case((kind, 1), else_=0)).label(name) for name, kind in _kinds().items()]
    query = sa.select(sa.func.count().label(ALL), *sums).where(runs.c.graph == GRAPH)
    return {name: int(n or 0) for name, n in fleet.store.read(query)[0].items()}


def list_plans(
    fleet: Fleet, kind: str = ALL, *, name: str = "", limit: int = LIMIT
) -> list[dict[str, Any]]:
    """Return runs of a kind with their contact's name, newest first; held ones oldest first.

    `name` is a part of the contact's name. Raises KeyError for an unknown kind.
    """
    query = (
        sa.select(
            runs.c.id, runs.c.subject_id, runs.c.status, runs.c.outcome, runs.c.started_at,
            runs.c.due_at, contacts.c.name.label("contact"),
        )
        .outerjoin(contacts, contacts.c.id == runs.c.subject_id)
        .where(runs.c.graph == GRAPH)
    )  # fmt: skip
    if kind != ALL:
        query = query.where(_kinds()[kind])
    if name.strip():
        query = query.where(contacts.c.name.icontains(name.strip(), autoescape=True))
    first = runs.c.started_at if kind == "waiting" else runs.c.started_at.desc()
    return fleet.store.read(query.order_by(first, runs.c.id).limit(limit))


def plan_totals(fleet: Fleet) -> dict[str, Any]:
    """Return `{contacts, steps_waiting, oldest, cost_usd, model_calls, faults}` over all runs.

    `contacts` ended in a named state; `cost_usd` is None when no run has a known cost; `faults`
    counts what was wrong with plans, by code.
    """
    r, s = runs.c, step_decisions.c
    ended = sa.func.count(sa.distinct(sa.case((r.outcome.is_not(None), r.subject_id))))
    query = sa.select(
        ended.label("contacts"), sa.func.sum(r.cost_usd).label("cost_usd"),
        sa.func.sum(r.model_calls).label("model_calls"),
    ).where(r.graph == GRAPH)  # fmt: skip
    held = sa.select(sa.func.count().label("n"), sa.func.min(s.at).label("oldest")).where(
        s.status == WAITING
    )
    total, waits = fleet.store.read(query)[0], fleet.store.read(held)[0]
    return {
        "contacts": int(total["contacts"]),
        "steps_waiting": int(waits["n"]),
        "oldest": waits["oldest"],
        "cost_usd": total["cost_usd"],
        "model_calls": int(total["model_calls"] or 0),
        "faults": plan_faults(fleet),
    }


def plan_faults(fleet: Fleet) -> dict[str, int]:
    """Return how often each fault of a plan was counted, the most frequent first."""
    d = defects.c
    query = (
        sa.select(d.code, sa.func.count().label("n"))
        .where(d.graph == GRAPH, d.dimension == "plan")
        .group_by(d.code)
        .order_by(sa.func.count().desc(), d.code)
    )
    return {row["code"]: int(row["n"]) for row in fleet.store.read(query)}


def _kinds() -> Mapping[str, sa.ColumnElement[bool]]:
    """Return the kinds in the order of the page: who waits, the off-path cases, the rest."""
    r, s = runs.c, step_decisions.c
    rules = sa.type_coerce(s.result, sa.Text)
    handed = (s.action == "hand_over") & (s.status == "done")
    unsure = (s.decision == "HOLD") & rules.like('%"low_confidence"%')
    unproved = (s.decision == "HOLD") & rules.like('%"dependency_unverified"%')
    tried = sa.select(effects.c.run_id).where(
        effects.c.kind.in_(list(ACTIONS)),
        sa.type_coerce(effects.c.receipt, sa.Text).like(f'%"{TRIES}"%'),
    )
    failed = [State.FAILED.value, State.LIVENESS.value]
    return {
        "waiting": r.status == HUMAN,
        "handed_over": _with_step(handed | unsure),
        "flaky": _with_step((s.status == "failed") | unproved) | r.id.in_(tried),
        "superseded": (r.outcome == State.REPLIED.value) | _with_step(s.status == SUPERSEDED),
        "denied": _with_step(s.status == "denied"),
        "failed": r.outcome.in_(failed) | (r.status == DEAD),
        "completed": r.outcome == State.COMPLETED.value,
        LEFT_ALONE: r.outcome.like(f"{State.NOTHING.value}%")
        | r.outcome.like(f"{State.SUPPRESSED.value}%"),
    }


def _with_step(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return runs.c.id.in_(sa.select(step_decisions.c.run_id).where(condition))
