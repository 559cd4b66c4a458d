"""What people said about issues: one list of changes, added to under a version, each audited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import controls
from fleet.adapters.store.statements import insert
from fleet.errors import InputError
from fleet.evaluation.issue_names import names_of
from fleet.ports import Store

NAME = "issues"
MOST = 2_000  # changes kept


def issue_changes(store: Store) -> list[dict[str, Any]]:
    """Return every change, oldest first."""
    return _read(store)[0]


def change_issue(
    store: Store, change: Mapping[str, Any], *, actor: str, now: datetime
) -> list[dict[str, Any]]:
    """Add one change and return all; raises InputError when it makes no sense, or lost a race."""
    kept, version = _read(store)
    if len(kept) >= MOST:
        raise InputError(f"{MOST} changes of issues are kept: no more can be added")
    at = stamp(now)
    changes = [*kept, dict(change) | {"by": actor, "at": at}]
    names_of(changes)
    values = {"value": {"changes": changes}, "actor": actor, "at": at}
    c = controls.c
    if version is None:
        fresh = insert(controls).values(name=NAME, row_version=1, **values)
        statement: Any = fresh.on_conflict_do_nothing()
    else:
        statement = (
            sa.update(controls).where(c.name == NAME, c.row_version == version)
            .values(row_version=version + 1, **values)
        )  # fmt: skip
    mine = sa.select(c.name).where(
        c.name == NAME, c.row_version == (version or 0) + 1, c.at == at, c.actor == actor
    )
    entry = Entry(at, actor, f"issue.{change['op']}", f"issues:{change['id']}", dict(change))
    if not write_audited(store, [statement], [entry], when=mine).recorded:
        raise InputError("the issues were changed by somebody else just now: look again")
    return changes


def _read(store: Store) -> tuple[list[dict[str, Any]], int | None]:
    c = controls.c
    rows = store.read(sa.select(c.value, c.row_version).where(c.name == NAME))
    if not rows:
        return [], None
    return list(rows[0]["value"]["changes"]), int(rows[0]["row_version"])
