"""Changes to issues in every store: kept with who and when, audited, none lost to a race."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store import issue_history
from fleet.adapters.store.audit import verify
from fleet.adapters.store.issue_history import change_issue, issue_changes
from fleet.adapters.store.open import D1Store, EngineStore
from fleet.adapters.store.schema import audit_log
from fleet.errors import InputError
from tests.support.stores import any_store

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
RENAME = {"op": "rename", "id": "issue-1", "title": "late replies"}


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineStore | D1Store]:
    with any_store(request.param, tmp_path) as made:
        yield made


def test_changes_are_kept_audited_and_never_lost(
    store: EngineStore | D1Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert issue_changes(store) == []
    change_issue(store, RENAME, actor="ann", now=NOW)
    merge = {"op": "merge", "id": "issue-2", "into": "issue-1"}
    change_issue(store, merge, actor="bo", now=NOW)
    at = "2026-11-25T10:00:00.000000Z"
    kept = [RENAME | {"by": "ann", "at": at}, merge | {"by": "bo", "at": at}]
    assert issue_changes(store) == kept
    with pytest.raises(InputError, match="circle"):
        change_issue(store, {"op": "merge", "id": "issue-1", "into": "issue-2"}, actor="a", now=NOW)
    stale = issue_history._read(store)  # what a second console saw before
    change_issue(store, RENAME | {"title": "slow replies"}, actor="ann", now=NOW)
    monkeypatch.setattr(issue_history, "_read", lambda _: stale)
    with pytest.raises(InputError, match="look again"):
        change_issue(store, RENAME | {"title": "lost"}, actor="cy", now=NOW)
    monkeypatch.undo()
    assert [c.get("title") for c in issue_changes(store)] == ["late replies", None, "slow replies"]
    kinds = [row["kind"] for row in store.read(sa.select(audit_log.c.kind))]
    assert [k for k in kinds if k.startswith("issue.")] == [
        "issue.rename", "issue.merge", "issue.rename",
    ]  # fmt: skip
    assert verify(store).ok
