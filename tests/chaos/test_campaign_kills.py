"""Campaigns under `kill -9`: nothing is sent twice, no approval is lost, no run stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import contacts, drafts, emails, runs, touches
from fleet.runtime.campaigns import default_plan, start_campaign
from fleet.runtime.fleet import Fleet
from fleet.settings import read_settings
from tests.support.always_open import always_open
from tests.support.campaign_sweep import assert_nothing_was_lost, swept
from tests.support.stores import start_postgres

ROOT = Path(__file__).resolve().parents[2]
STEP = int(os.environ.get("KILL_STEP", "6"))  # 1 kills at every write; the full sweep takes minutes
SECONDS = float(os.environ.get("KILL_SECONDS", "20"))
POSTGRES_STEP = 17  # prime, so that a seed of points falls into every kind of write
PEOPLE = 24


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("kill_pg"))


def test_a_kill_at_any_write_repeats_no_send_and_loses_no_approval(tmp_path: Path) -> None:
    assert_nothing_was_lost(swept(tmp_path, STEP, SECONDS))


def test_a_kill_at_any_write_on_postgres_is_survived_as_on_sqlite(
    tmp_path: Path, postgres: str
) -> None:
    assert_nothing_was_lost(swept(tmp_path, POSTGRES_STEP, SECONDS / 3, postgres))


def rows(home: Path, query: Any) -> list[dict[str, Any]]:
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        return store.read(query)
    finally:
        store.close()


def test_the_command_killed_in_the_middle_drafts_each_touch_once(tmp_path: Path) -> None:
    assert main(["init", "--sample", "--home", str(tmp_path), "--json"]) == 0
    settings = {"FLEET_POLICIES": str(always_open(tmp_path))}
    fleet = Fleet(read_settings(str(tmp_path), settings))
    idle = ~sa.exists(sa.select(emails.c.id).where(emails.c.contact_id == contacts.c.id))
    query = sa.select(contacts.c.id).where(idle, contacts.c.email.like("%@%")).limit(PEOPLE)
    ids = [row["id"] for row in fleet.store.read(query.order_by(contacts.c.id))]
    start_campaign(
        fleet, name="Spring", plan=default_plan(fleet), contact_ids=ids, actor="ann"
    )  # fmt: skip
    fleet.close()
    command = [sys.executable, "-m", "fleet", "run", "campaigns", "--home", str(tmp_path), "--json"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")}
    environment = inherited | settings

    def count() -> int:
        return len(rows(tmp_path, sa.select(drafts.c.id)))

    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and not count():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(5)  # the dead worker's heart must be seen to have stopped
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["failed"] == 0
    first = sa.select(touches.c.status, touches.c.draft_id).where(touches.c.position == 1)
    held = rows(tmp_path, first)
    assert {row["status"] for row in held} == {"held"}
    queued = rows(tmp_path, sa.select(drafts.c.id, drafts.c.status))
    assert sorted(row["id"] for row in queued) == sorted(row["draft_id"] for row in held)
    assert {row["status"] for row in queued} == {"pending"}
    waiting = rows(tmp_path, sa.select(runs.c.status).where(runs.c.status != "waiting_human"))
    assert waiting == []
