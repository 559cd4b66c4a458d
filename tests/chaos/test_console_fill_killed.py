"""A fill of the console that is killed at any moment goes on, and its past stays provable."""

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.locks import only_one
from fleet.adapters.store.inbox import waiting_mails
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import drafts, emails
from fleet.adapters.store.simulated import read_place, read_simulated, simulated_mails
from fleet.commands import console_fill
from fleet.errors import InputError
from fleet.runtime.simulate import Plan, simulate
from fleet.settings import read_settings
from tests.support.played_home import NOW, kill_when, sample_home

PLAN = Plan(days=2, seed=4, mails=8)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return sample_home(tmp_path)


def handled(store: Any, version: str) -> int:
    mails = [mail["id"] for mail in simulated_mails(store, version)]
    done = sa.select(emails.c.id).where(emails.c.handled_at.is_not(None))
    return len({row["id"] for row in store.read(done)} & set(mails))


def test_a_killed_simulation_plays_on_and_proves_its_past(home: Path) -> None:
    version = "reply-1+sim.good.4"
    kill_when(home, PLAN, lambda store: handled(store, version) >= 3)
    kill_when(home, PLAN, lambda store: len((read_place(store) or {}).get("days", ())) == 1)
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    store.write(sa.update(emails).where(emails.c.message_id.startswith("<simulated-"))
                .values(handled_at=None))  # fmt: skip
    played = {mail["id"] for mail in simulated_mails(store, version, unhandled=True)}
    assert played
    assert not played & set(waiting_mails(store, None)), "a real run would answer a played mail"
    store.close()
    answer = simulate(read_settings(str(home), {}), PLAN, now=NOW)
    summary = answer["summary"]
    assert [day["day"] for day in answer["days"]] == [1, 2]
    assert summary["sends"] > 0
    assert summary["sends_without_approval_or_grant"] == 0
    assert summary["decisions_without_stored_evidence"] == 0
    assert summary["audit_ok"] is True
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    past = read_simulated(store)
    assert past is not None
    assert past["done"] is True
    assert read_place(store) is None
    assert len(simulated_mails(store, version)) == summary["mails"]
    waiting = sa.select(drafts.c.id).where(
        drafts.c.graph_version == version, drafts.c.status.in_(["pending", "leased", "approved"])
    )
    assert store.read(waiting) == []
    store.close()
    assert not (home / "simulated-outbox").exists()


def test_two_processes_do_not_play_into_one_home(home: Path) -> None:
    with only_one(home / "simulate.lock", "busy"), pytest.raises(InputError, match="another"):
        simulate(read_settings(str(home), {}), PLAN, now=NOW)


def test_a_fill_is_wanted_until_its_last_step_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_HOME", str(tmp_path))
    monkeypatch.setattr(os, "nice", lambda by: by)
    assert console_fill.is_wanted(tmp_path)
    (tmp_path / "fleet.db").touch()
    assert not console_fill.is_wanted(tmp_path)
    (tmp_path / console_fill.MARK).touch()
    assert console_fill.is_wanted(tmp_path)
    ran: list[list[str]] = []

    def noted(words: list[str]) -> int:
        ran.append(words)
        return len(ran) == 2  # one mail failed: the rest goes on

    with only_one(tmp_path / console_fill.MARK, "busy"):
        assert console_fill.fill(noted) == 0
    assert (ran, console_fill.is_wanted(tmp_path)) == ([], True)
    assert console_fill.fill(noted) == 1
    assert ran == [list(step) for step in console_fill.STEPS]
    assert not console_fill.is_wanted(tmp_path)
