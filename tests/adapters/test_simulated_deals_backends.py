"""Deals taken back, opened and ended by a simulation, alike on SQLite, PostgreSQL and D1."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store.audit import verify
from fleet.adapters.store.lead_round import read_place
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import activities, contacts, opportunities, scores
from fleet.adapters.store.simulated_deals import (
    deals_to_come,
    ended_on,
    ending,
    first_open_deal,
    inserting,
    known_deals,
    opening,
    rewind_deals,
    write_day,
)
from fleet.ports import Store
from tests.support.stores import any_store, fresh_database, start_postgres

NOW = datetime(2026, 3, 12, 10, tzinfo=UTC)
FIRST, UNTIL = date(2026, 3, 1), date(2026, 3, 12)
DEALS: tuple[dict[str, Any], ...] = (
    {"id": "before", "opened_at": "2026-01-02", "closed_at": "2026-02-28", "outcome": "won"},
    {"id": "since", "opened_at": "2026-01-02", "closed_at": "2026-03-05", "outcome": "lost",
     "lost_reason": "price", "extra": {"source": "event"}},
    {"id": "both", "opened_at": "2026-03-02", "closed_at": "2026-03-09", "outcome": "won"},
    {"id": "new", "opened_at": "2026-03-04", "expected_close": "2026-05-01"},
    {"id": "open", "opened_at": "2026-02-04", "expected_close": "2026-03-20", "contact_id": "p"},
)  # fmt: skip


@pytest.fixture(scope="module")
def played_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("played_pg"))


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param != "postgres":
        with any_store(request.param, tmp_path) as made:
            fill(made)
            yield made
        return
    opened = open_store(fresh_database(request.getfixturevalue("played_postgres")))
    upgrade(opened)
    fill(opened)
    yield opened
    opened.close()


def fill(store: Store) -> None:
    given = {
        "kind": "propensity_given", "subject_table": "opportunities", "subject_id": "open",
        "value": 0.5, "method": "trained", "confidence": 0.9, "reason": "r", "source": "trained",
        "evidence": [],
    }  # fmt: skip
    store.write(
        sa.insert(contacts).values(id="p", name="P"),
        *(sa.insert(opportunities).values(deal) for deal in DEALS),
        sa.insert(scores).values(given | {"id": "old", "recorded_at": "2026-02-20T09:00:00Z"}),
        sa.insert(scores).values(given | {"id": "late", "recorded_at": "2026-03-12T09:00:00Z"}),
    )


def deal(store: Store, deal_id: str) -> dict[str, Any]:
    (row,) = store.read(sa.select(opportunities).where(opportunities.c.id == deal_id))
    return row


def test_a_past_is_taken_back_and_played_alike(store: Store) -> None:
    assert rewind_deals(store, FIRST, UNTIL, "v", NOW) == 3
    assert rewind_deals(store, FIRST, UNTIL, "v", NOW) == 0
    assert (deal(store, "before")["outcome"], deal(store, "before")["extra"]) == ("won", None)
    since = deal(store, "since")
    assert (since["outcome"], since["closed_at"], since["lost_reason"]) == (None, None, None)
    assert since["extra"] == {
        "source": "event", "simulated": {"by": "v", "ends": "2026-03-05"},
    }  # fmt: skip
    assert (deal(store, "both")["opened_at"], deal(store, "new")["opened_at"]) == (None, None)
    assert [row["id"] for row in store.read(sa.select(scores.c.id))] == ["old"]
    assert read_place(store)["trained_on"] == 0
    coming = {each.id: each for each in deals_to_come(store)}
    assert {key: (each.opens, each.ends) for key, each in coming.items()} == {
        "both": ("2026-03-02", "2026-03-09"), "new": ("2026-03-04", "2026-05-01"),
        "open": (None, "2026-03-20"), "since": (None, "2026-03-05"),
    }  # fmt: skip
    fresh = {"id": "fresh", "opened_at": "2026-03-05", "extra": {"simulated": {"by": "v"}}}
    touch = {"id": "t", "kind": "call", "at": "2026-03-01T09:00:00Z", "opportunity_id": "fresh"}
    lost = ending(
        "since", since["extra"], outcome="lost", reason="timing", day="2026-03-05", by="v",
        at="2026-03-05T06:00:00Z",
    )  # fmt: skip
    day = [*inserting([fresh], [touch]), *map(opening, (coming["both"], coming["new"])), lost]
    for _ in range(2):  # a second time it finds what it did
        write_day(store, day, NOW, {"day": "2026-03-05"})
    assert known_deals(store, ["fresh", "absent"]) == {"fresh"}
    assert len(store.read(sa.select(activities.c.id))) == 1
    assert (deal(store, "both")["opened_at"], deal(store, "new")["opened_at"]) == (
        "2026-03-02", "2026-03-04",
    )  # fmt: skip
    assert deal(store, "both")["extra"] == {"simulated": {"by": "v", "ends": "2026-03-09"}}
    ended = deal(store, "since")
    assert (ended["outcome"], ended["closed_at"], ended["lost_reason"]) == (
        "lost", "2026-03-05", "timing",
    )  # fmt: skip
    assert ended["extra"]["simulated"] == {"by": "v", "outcome": "lost"}
    assert ended["row_version"] == since["row_version"] + 1
    assert ended_on(store, "2026-03-05") == {"won": 0, "lost": 1}
    assert verify(store).ok


def test_a_contacts_first_open_deal_is_one_that_began(store: Store) -> None:
    assert first_open_deal(store, "nobody") is None
    found = first_open_deal(store, "p")
    assert found is not None
    assert found["id"] == "open"
    store.write(sa.update(opportunities).where(opportunities.c.id == "open").values(opened_at=None))
    assert first_open_deal(store, "p") is None
