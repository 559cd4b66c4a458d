"""A round over leads, and what became of given chances, alike on SQLite, PostgreSQL and D1."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.files import read_policies
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.lead_outcomes import (
    MODEL_SUBJECT,
    count_outcomes,
    count_waiting,
    model_history,
    read_given,
)
from fleet.adapters.store.leads import read_deals, read_history, read_history_of
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import (
    activities,
    companies,
    contacts,
    emails,
    opportunities,
    scores,
)
from fleet.adapters.store.statements import many
from fleet.policy import section
from fleet.ports import Store
from fleet.propensity.snapshots import LeadPolicy
from fleet.runtime.scoring_round import propensity_round
from tests.support.stores import any_store, fresh_database, start_postgres

POLICIES = read_policies()
LEADS = section(POLICIES, "lead_scoring", LeadPolicy)
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DEALS = 120  # more ids than one query may name


@pytest.fixture(scope="module")
def leads_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("leads_pg"))


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param != "postgres":
        with any_store(request.param, tmp_path) as made:
            made.write(*_rows())
            yield made
        return
    opened = open_store(fresh_database(request.getfixturevalue("leads_postgres")))
    upgrade(opened)
    opened.write(*_rows())
    yield opened
    opened.close()


def _rows() -> list[Any]:
    numbers = range(DEALS)
    mail = {
        "thread_id": "t", "direction": "in", "from_address": "a@b.test", "to_address": "c@d.test",
        "subject": "s", "body": "b", "reply": "b", "kind": "mail", "at": "2026-02-20T09:00:00Z",
    }  # fmt: skip
    intent = {
        "kind": "intent", "subject_table": "emails", "value": 0.9, "method": "keyword",
        "confidence": 0.5, "reason": "r", "source": "rule", "evidence": [],
        "recorded_at": "2026-02-20T09:00:00.000000Z",
    }  # fmt: skip
    return [
        many(companies, [{"id": f"c{n}", "name": f"Company {n}"} for n in numbers]),
        many(contacts, [{"id": f"p{n}", "name": "P", "company_id": f"c{n}",
                         "lead_source": ("referral", "cold call")[n % 2]} for n in numbers]),
        many(opportunities, [{"id": f"o{n:03}", "company_id": f"c{n}", "contact_id": f"p{n}",
                              "opened_at": "2026-01-01"} for n in numbers]),
        many(opportunities, [{"id": "won", "company_id": "c1", "opened_at": "2025-01-01",
                              "closed_at": "2025-03-01", "outcome": "won"}]),
        many(activities, [{"id": f"a{n}", "kind": "call", "opportunity_id": f"o{n:03}",
                           "at": "2026-02-01"} for n in numbers if n % 3 == 0]),
        many(emails, [mail | {"id": f"e{n}", "message_id": f"<{n}@b.test>", "contact_id": f"p{n}"}
                      for n in (2, 5)]),
        many(scores, [intent | {"id": f"i{n}", "subject_id": f"e{n}"} for n in (2, 5)]),
    ]  # fmt: skip


def _fleet(store: Store, home: Path) -> Any:
    return SimpleNamespace(
        store=store, policies=POLICIES, chat=None, clock=SimpleNamespace(now=lambda: NOW),
        settings=SimpleNamespace(home=home),
    )  # fmt: skip


def test_the_history_behind_all_deals_is_the_history_of_the_store(store: Store) -> None:
    deals = read_deals(store, LEADS)
    whole = read_history(store, deals)
    assert read_history_of(store, deals) == whole
    assert len(whole.touches) == DEALS // 3
    assert (sorted(whole.wins), sorted(whole.intents)) == (["c1"], ["p2", "p5"])
    one = read_history_of(store, [deal for deal in deals if deal.id == "o002"])
    assert (one.touches, one.wins, list(one.intents)) == ({}, {}, ["p2"])


def test_a_round_scores_and_keeps_and_drops_alike(store: Store, tmp_path: Path) -> None:
    fleet = _fleet(store, tmp_path)
    assert propensity_round(fleet)["rescored"] == 2 * DEALS
    assert propensity_round(fleet) == {
        "rescored": 0, "dropped": 0, "trained": None, "warned": 0,
    }  # fmt: skip
    assert (count_outcomes(store), count_waiting(store)) == ((1, 1), {"rules": DEALS})
    assert read_given(store, 9) == []
    ends = {"outcome": "lost", "closed_at": "2026-03-05"}
    store.write(sa.update(opportunities).where(opportunities.c.id == "o002").values(**ends))
    store.write(sa.update(contacts).where(contacts.c.id == "p4").values(lead_source="cold call"))
    assert propensity_round(fleet) == {
        "rescored": 2, "dropped": 2, "trained": None, "warned": 0,
    }  # fmt: skip
    (given,) = read_given(store, 9)
    assert (given.deal_id, given.method, given.at[:10]) == ("o002", "rules", "2026-03-01")
    assert (given.won, given.ended_at) == (False, "2026-03-05")
    assert given.segments["lead source"] == "referral"
    assert count_waiting(store) == {"rules": DEALS - 1}
    left = store.read(sa.select(scores.c.id).where(scores.c.kind == "propensity"))
    assert len(left) == 2 * (DEALS - 1)


def test_the_trainings_of_a_store_are_told_newest_first(store: Store) -> None:
    for version in ("v1", "v2", "v3"):
        told = {"version": version, "chosen": "logistic", "deals": 60}
        entry = Entry(NOW, "propensity", "propensity.fit", MODEL_SUBJECT, told)
        write_audited(store, [], [entry])
    assert [row["version"] for row in model_history(store, 2)] == ["v3", "v2"]
