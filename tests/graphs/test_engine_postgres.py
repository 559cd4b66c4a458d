"""Workers on one PostgreSQL: they share the work, and a dead one's runs move to the others."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.checkpoints import open_checkpoints
from fleet.adapters.engine import Engine
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from tests.support.stores import fresh_database, start_postgres

ROOT = Path(__file__).resolve().parents[2]
LEADS, WORKERS, KILLS = 16, 4, 2
LIMIT_S = 200
MEASURED = ("seconds", "span_s", "again", "cpu_s")  # told, not counted
TAKEN_OVER_S = 5.0
SLACK_S = 5.0  # for a machine that is busy with other things
SLOW = """
import sys, time
from pathlib import Path
from fleet.adapters.engine import Engine
from fleet.adapters.store.open import open_store

def slow(thread_id, subject):
    Path(sys.argv[2]).touch()
    time.sleep(600)

engine = Engine(sys.argv[1], open_store(sys.argv[1]), version="v-1", concurrency=1)
engine.register("slow", slow)
engine.drain("slow", [("run-1", {"id": "1"})])
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("engine_pg"))


def swarm(folder: Path, url: str, *numbers: int, draft_only: bool = False) -> dict[str, Any]:
    words = ["--draft-only"] if draft_only else []
    command = [sys.executable, "-m", "tests.support.worker_swarm", str(folder), url]
    done = subprocess.run(
        [*command, *map(str, numbers), str(LIMIT_S), *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT_S + 60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_ledger_balances_after_workers_were_killed_at_random(
    tmp_path: Path, postgres: str
) -> None:
    found = swarm(tmp_path, fresh_database(postgres), LEADS, WORKERS, KILLS, 11)
    told = {name: found[name] for name in found if name not in MEASURED}
    assert told == {
        "killed": KILLS, "touches": {"sent": LEADS}, "drafts": {"sent": LEADS},
        "runs": {"completed": LEADS}, "effects": {"done": LEADS}, "approvals": LEADS,
        "mails": LEADS, "recipients": LEADS, "chain": True,
    }  # fmt: skip


def test_a_dead_workers_run_moves_to_another_within_seconds(tmp_path: Path, postgres: str) -> None:
    url, mark = fresh_database(postgres), tmp_path / "begun"
    store = open_store(url)
    upgrade(store)
    worker = subprocess.Popen([sys.executable, "-c", SLOW, url, str(mark)], cwd=ROOT)
    engine = Engine(url, store, version="v-1", concurrency=2)
    try:
        while not mark.exists():
            assert worker.poll() is None
            time.sleep(0.05)
        moved: list[float] = []

        def quick(thread_id: str, subject: Mapping[str, Any]) -> dict[str, Any]:
            moved.append(time.monotonic())
            return {"outcome": f"{thread_id} {subject['id']}"}

        engine.register("slow", quick)
        ends: list[dict[str, Any]] = []
        pairs = [("run-1", {"id": "1"}), ("run-2", {"id": "2"})]
        waiting = threading.Thread(target=lambda: ends.extend(engine.drain("slow", pairs)))
        waiting.start()
        while not moved:  # its own run is not held up by the one that another has in hand
            time.sleep(0.05)
        time.sleep(1.5)
        assert (len(moved), worker.poll()) == (1, None)
        killed = time.monotonic()
        os.kill(worker.pid, signal.SIGKILL)
        waiting.join(60)
    finally:
        worker.kill()
        worker.wait()
        engine.close()
        store.close()
    assert sorted(end["outcome"] for end in ends) == ["run-1 1", "run-2 2"]
    print(f"a dead worker's run moved after {moved[1] - killed:.1f} s")
    assert moved[1] - killed < TAKEN_OVER_S + SLACK_S


def test_workers_that_start_together_set_up_the_checkpoints_once(postgres: str) -> None:
    url, failed = fresh_database(postgres), []

    def start() -> None:
        try:
            open_checkpoints(url).conn.close()
        except Exception as error:  # noqa: BLE001  # a thread's failure is the test's
            failed.append(repr(error))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
