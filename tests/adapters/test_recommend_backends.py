"""A walk and its recommendations are alike on SQLite, PostgreSQL and D1, undated deals included."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.recommending import recommend
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import companies, contacts, emails, opportunities, products
from fleet.adapters.store.statements import many
from fleet.ports import Store
from tests.support.stores import fresh_database, local_d1, start_postgres

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SEEDS = [("companies", "co0"), ("companies", "co3"), ("contacts", "ct1"), ("contacts", "ct8")]


@pytest.fixture(scope="module")
def walk_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("walk_pg"))


def filled(url: str) -> Store:
    store, rng = open_store(url), random.Random(8)
    upgrade(store)
    store.write(
        many(companies, [{"id": f"co{n}", "name": f"Co {n}", "industry": "x",
                          "parent_id": "co0" if n == 3 else None} for n in range(12)]),
        many(products, [{"id": f"pr{n}", "name": f"P {n}"} for n in range(3)]),
        many(contacts, [{"id": f"ct{n}", "name": f"C {n}", "email": f"c{n}@x{n % 12}.example",
                         "company_id": f"co{n % 12}"} for n in range(30)]),
        many(opportunities, [
            {"id": f"op{n:03}", "name": f"D {n}", "company_id": f"co{rng.randrange(12)}",
             "contact_id": f"ct{rng.randrange(30)}", "product_id": f"pr{rng.randrange(3)}",
             "amount": 900.5, "outcome": rng.choice(["won", "lost", None]),
             "opened_at": None if n % 9 == 0 else f"2026-01-{1 + rng.randrange(28):02}"}
            for n in range(240)
        ]),
        many(emails, [
            {"id": f"em{n}", "message_id": f"m{n}", "thread_id": "t", "direction": "in",
             "from_address": "a@x.example", "to_address": "b@x.example", "subject": "",
             "body": "", "reply": "", "kind": "mail", "at": f"2026-02-0{1 + n % 8}",
             "contact_id": f"ct{n % 30}"}
            for n in range(60)
        ]),
    )  # fmt: skip
    return store


def answers(store: Store) -> list[dict[str, Any]]:
    return [recommend(store, seed, read_policies(), NOW, kind=None, k=8) for seed in SEEDS]


@pytest.mark.parametrize("backend", ["postgres", "d1"])
def test_the_answer_is_that_of_sqlite(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    expected = answers(filled(f"sqlite:///{tmp_path / 'fleet.db'}"))
    assert all(answer["recommendations"] for answer in expected)
    if backend == "postgres":
        url = fresh_database(request.getfixturevalue("walk_postgres"))
        assert answers(filled(url)) == expected
        return
    with local_d1(tmp_path / "d1") as url:
        assert answers(filled(url)) == expected
