"""A simulated past that is killed ends every deal once, and as one that was never killed."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store.audit import verify
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import activities, audit_log, contacts, emails, opportunities
from fleet.runtime.simulate import Plan, simulate
from fleet.settings import read_settings
from tests.support.played_home import NOW, kill_when, sample_home

DAYS = 5
PLAN = Plan(days=DAYS, seed=4, mails=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_home(tmp_path_factory.mktemp("sample"))


def played_days(store: Any) -> list[dict[str, Any]]:
    query = sa.select(audit_log.c.payload).where(audit_log.c.kind == "simulate.deals")
    return [row["payload"] for row in store.read(query.order_by(audit_log.c.seq))]


def deals_of(home: Path) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return how each deal stands, but for those of contacts who wrote; touches; what was told."""
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    wrote = {row["contact_id"] for row in store.read(sa.select(emails.c.contact_id).where(
        emails.c.message_id.startswith("<simulated-")))}  # fmt: skip
    o = opportunities.c
    rows = store.read(sa.select(
        o.id, o.contact_id, o.opened_at, o.closed_at, o.outcome, o.lost_reason, o.amount, o.extra,
        o.row_version,
    ))  # fmt: skip
    touches = store.read(sa.select(activities.c.id, activities.c.kind).order_by(activities.c.id))
    told = played_days(store)
    assert verify(store).ok
    assert store.read(sa.select(contacts.c.id).limit(1))
    store.close()
    return {r["id"]: r for r in rows if r["contact_id"] not in wrote}, touches, told


def test_a_killed_past_ends_every_deal_once_and_as_an_unbroken_one(
    template: Path, tmp_path: Path
) -> None:
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    for home in (broken, whole):
        shutil.copytree(template, home)
    kill_when(broken, PLAN, lambda store: len(played_days(store)) >= 1)
    # within the first day: before its place is kept, or in its training
    kill_when(broken, PLAN, lambda store: len(played_days(store)) >= 3)
    for home in (broken, whole):
        simulate(read_settings(str(home), {}), PLAN, now=NOW)
    found, touches, told = deals_of(broken)
    wanted, same_touches, same_told = deals_of(whole)
    common = found.keys() & wanted.keys()
    assert len(common) > 0.98 * max(len(found), len(wanted))
    assert {key: found[key] for key in common} == {key: wanted[key] for key in common}
    assert [each["day"] for each in told] == [each["day"] for each in same_told]
    assert len(told) == DAYS
    ended = [deal_id for each in told for deal_id in (*each["won"], *each["lost"])]
    assert len(ended) == len(set(ended)) > DAYS
    assert touches == same_touches
