"""A disk that is full: one clear error, nothing half written, and on again when there is space."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store import audit, migrate
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import companies, drafts, emails
from fleet.errors import StoreError

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")} | {
    "FLEET_POSTAL_ADDRESS": "Sample Sales, 1 Main Street, Springfield"
}
MAILS, FILE_BYTES = 16, 1_000_000
AT = "2026-01-02T00:00:00.000000Z"


def fill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each new connection find no page left."""
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = real(*args, **more)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect)


def test_a_batch_on_a_full_disk_leaves_nothing_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    first = open_store(url, home=tmp_path)
    migrate.upgrade(first)
    first.close()
    small = sa.insert(companies).values(id="small", name="Small")
    big = sa.insert(companies).values(id="big", name="x" * 500_000)
    entry = audit.Entry(AT, "test", "import", "companies:small", {})
    with monkeypatch.context() as patched:
        fill(patched)
        full = open_store(url, home=tmp_path)
        with pytest.raises(StoreError, match="the disk is full: free some space"):
            audit.write_audited(full, [small, big], [entry])
        assert full.read(sa.select(companies.c.id)) == []
        assert audit.verify(full) == audit.Verified(0, True)
        full.close()
    again = open_store(url, home=tmp_path)
    assert audit.write_audited(again, [small, big], [entry]).recorded
    assert {row["id"] for row in again.read(sa.select(companies.c.id))} == {"small", "big"}
    assert audit.verify(again) == audit.Verified(1, True)
    again.close()


def fleet(home: Path, *words: str, file_bytes: int | None = None) -> tuple[int, str, str]:
    """Run a command; no file may grow beyond `file_bytes`, as on a disk that fills up."""

    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    done = subprocess.run(
        [sys.executable, "-B", "-m", "fleet", *words, "--home", str(home), "--json"], cwd=ROOT,
        env=CLEAN, capture_output=True, text=True, check=False, timeout=300, preexec_fn=limit,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_command_on_a_full_disk_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert fleet(home, "init")[0] == 0
    words = ("suppress", "ann@buyer.example")
    code, out, err = fleet(home, *words, file_bytes=16_000)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "the disk is full or failing: free some space and run it again" in err
    code, out, _ = fleet(home, *words)
    assert (code, json.loads(out)["changed"]) == (0, True)  # the first try left nothing


def test_a_run_that_met_a_full_disk_goes_on_when_there_is_space(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert fleet(home, "init", "--sample")[0] == 0
    run = ("run", "inbox", "--limit", str(MAILS))
    code, _, err = fleet(home, *run, file_bytes=FILE_BYTES)
    assert code == 1
    assert "the disk is full" in err or "could not be written" in err
    assert "Traceback" not in err
    fleet(home, "threads", "resume", "--all")
    for _ in range(3):  # what was parked, then what had not begun
        code, out, err = fleet(home, *run)
        assert code == 0, err
        assert json.loads(out)["failed"] == 0
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    made = store.read(sa.select(drafts.c.email_id))
    kinds = store.read(
        sa.select(emails.c.handled_as, sa.func.count().label("n")).group_by(emails.c.handled_as)
    )
    assert audit.verify(store).ok
    store.close()
    count = {row["handled_as"]: row["n"] for row in kinds}
    assert len(made) == len({row["email_id"] for row in made})
    assert len(made) == count.get("created", 0) + count.get("held", 0) >= MAILS // 2
