"""How far the rounds over leads came, and the scores that outlived their deals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.leads import KIND
from fleet.adapters.store.schema import controls, opportunities, scores
from fleet.adapters.store.statements import insert
from fleet.ports import Store

PLACE = "propensity.round"


def read_place(store: Store) -> dict[str, Any]:
    """Return what the last round left for the next one; empty before the first."""
    found = store.read(sa.select(controls.c.value).where(controls.c.name == PLACE))
    return dict(found[0]["value"] or {}) if found else {}


def keep_place(store: Store, place: Mapping[str, Any], now: datetime) -> None:
    """Keep it; of two workers the later writes over, which costs a slice looked at twice."""
    new = insert(controls).values(
        name=PLACE, value=dict(place), reason="where the rounds over leads are", actor="propensity",
        at=stamp(now),
    )  # fmt: skip
    change = {
        "value": new.excluded["value"], "at": new.excluded["at"],
        "row_version": controls.c.row_version + 1,
    }  # fmt: skip
    store.write(new.on_conflict_do_update(index_elements=[controls.c.name], set_=change))


def ended_scores(store: Store, limit: int) -> list[dict[str, Any]]:
    """Return `{id, contact_id}` of kept scores whose deal ended or is gone."""
    joined = scores.outerjoin(opportunities, opportunities.c.id == scores.c.subject_id)
    query = (
        sa.select(scores.c.id, opportunities.c.contact_id)
        .select_from(joined)
        .where(scores.c.kind == KIND, scores.c.subject_table == "opportunities")
        .where(opportunities.c.outcome.is_not(None) | opportunities.c.id.is_(None))
        .order_by(scores.c.id)
        .limit(limit)
    )
    return store.read(query)
