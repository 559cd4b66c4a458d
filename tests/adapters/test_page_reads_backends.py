"""What the inbox and the leads page read is alike on SQLite, PostgreSQL and D1."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.store.intent_reads import (
    ORDERS,
    MailFilter,
    count_labels,
    count_mails,
    count_views,
    read_mails,
    read_one,
    view_of,
)
from fleet.adapters.store.leads_reads import Scope, count_above, read_leads, read_row_then
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import companies, contacts, emails, recommendations, scores
from fleet.adapters.store.statements import many
from fleet.ports import Store
from tests.support.stores import fresh_database, local_d1, start_postgres

AT = "2026-11-25T09:00:00.000000Z"
REASONED: dict[str, Any] = {
    "confidence": 0.5, "reason": "r", "source": "rule", "evidence": [], "recorded_at": AT,
}  # fmt: skip


@pytest.fixture(scope="module")
def reads_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("reads_pg"))


@pytest.fixture(params=["sqlite", "postgres", "d1"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "d1":
        with local_d1(tmp_path / "d1") as url:
            yield from _filled(url)
        return
    postgres = request.param == "postgres"
    name = fresh_database(request.getfixturevalue("reads_postgres")) if postgres else ""
    yield from _filled(name or f"sqlite:///{tmp_path / 'fleet.db'}")


def _filled(url: str) -> Iterator[Store]:
    opened = open_store(url)
    upgrade(opened)
    opened.write(
        many(companies, [{"id": "co", "name": "Alba"}]),
        many(contacts, [{"id": f"ct{n}", "name": f"Name {n}", "company_id": "co",
                         "email": f"n{n}@buyer.test"} for n in range(3)]),
        many(emails, [_mail(n) for n in range(6)]),
        many(scores, [_intent(0, 0.9, 0.1, 0.2), _intent(1, 0.3, 0.8, 0.9),
                      _intent(5, 1.0, 1.0, 1.0)]),
        many(scores, [_chance(n, chance) for n, chance in enumerate((0.2, 0.7, 0.4))]),
        many(recommendations, [_kept()]),
    )  # fmt: skip
    yield opened
    opened.close()


def _mail(n: int) -> dict[str, Any]:
    """Two that are scored, an opt-out, one answered before, one that waits, one that was played."""
    handled = (AT, AT, AT, AT, None, AT)[n]
    outcome = ("created", "created", "skipped:opt_out", "replied", None, "created")[n]
    return {
        "id": f"em{n}", "message_id": "<simulated-v.1@x>" if n == 5 else f"m{n}",
        "thread_id": f"t{n}", "direction": "in", "from_address": f"n{n}@buyer.test",
        "to_address": "rep@seller.test", "subject": "Preis für 40 Plätze" if n else "Demo 100%_",
        "body": "b", "reply": "b", "kind": "opt_out" if n == 2 else "person",
        "at": f"2026-11-2{n}T09:00:00.000000Z", "handled_at": handled, "handled_as": outcome,
        "contact_id": f"ct{n}" if n < 3 else None,
    }  # fmt: skip


def _intent(n: int, value: float, urgency: float, mood: float) -> dict[str, Any]:
    return REASONED | {
        "id": f"intent:em{n}", "kind": "intent", "subject_table": "emails", "subject_id": f"em{n}",
        "value": value, "low": None, "high": None, "label": "hot", "method": "keyword",
        "detail": {"urgency": urgency, "sentiment": mood}, "confidence": value,
    }  # fmt: skip


def _chance(n: int, value: float) -> dict[str, Any]:
    return REASONED | {
        "id": f"propensity:contacts:ct{n}", "kind": "propensity", "subject_table": "contacts",
        "subject_id": f"ct{n}", "value": value, "low": 0.1, "high": 0.9, "label": "low",
        "method": "trained", "detail": {"factors": []},
    }  # fmt: skip


def _kept() -> dict[str, Any]:
    path = [{"table": "contacts", "id": "ct0", "via": None},
            {"table": "companies", "id": "co", "via": "contacts.company_id"}]  # fmt: skip
    return REASONED | {
        "id": "rec", "for_table": "contacts", "for_id": "ct0", "target_table": "companies",
        "target_id": "co", "score": 0.5, "path": path,
        "detail": {"rows": [{"id": "ct0"}, {"id": "co", "name": "Old name"}]},
    }  # fmt: skip


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_mails_are_counted_parted_and_ordered_alike(store: Store) -> None:
    assert count_views(store) == {
        "scored": 2, "stopped": 1, "unscored": 2, "played": 1, "waiting": 1,
    }  # fmt: skip
    assert [dict(row) for row in count_labels(store)] == [
        {"label": "hot", "method": "keyword", "n": 2}
    ]
    found = {
        order: ids(read_mails(store, MailFilter(), order=order, limit=9, offset=0))
        for order in ORDERS
    }
    up, down = ["em0", "em1"], ["em1", "em0"]
    assert found == {
        "intent": up, "urgency": down, "mood": up, "newest": down, "doubt": down,
    }  # fmt: skip
    for view, expected in (("stopped", ["em2"]), ("unscored", ["em4", "em3"])):
        rows = read_mails(store, MailFilter(view=view), order="newest", limit=9, offset=0)
        assert (ids(rows), {view_of(row) for row in rows}) == (expected, {view})
        assert count_mails(store, MailFilter(view=view)) == len(expected)


def test_words_are_looked_for_as_they_stand(store: Store) -> None:
    for words, expected in (("DEMO", 1), ("100%_", 1), ("100__", 0), ("alba", 2), ("plätze", 1)):
        assert (words, count_mails(store, MailFilter(words=words))) == (words, expected)
    one = read_one(store, "em2")
    assert one is not None
    assert (view_of(one), one["contact"], one["company"]) == ("stopped", "Name 2", "Alba")
    assert read_one(store, "none") is None


def test_leads_take_no_intent_from_what_was_played(store: Store) -> None:
    rows = read_leads(store, Scope(), order="chance", limit=9, offset=0)
    assert [(row["id"], row["intent"]) for row in rows] == [
        ("ct1", 0.3), ("ct2", None), ("ct0", 0.9),
    ]  # fmt: skip
    assert [count_above(store, chance, but="ct2") for chance in (0.1, 0.4, 0.8)] == [2, 1, 0]
    assert read_row_then(store, "ct0", ("companies", "co")) == (
        {"id": "co", "name": "Old name"}, AT,
    )  # fmt: skip
    assert read_row_then(store, "ct1", ("companies", "co")) is None
