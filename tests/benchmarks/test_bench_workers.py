"""Workers on one PostgreSQL: throughput by their number, and a soak with random kills."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.stores import fresh_database, start_postgres

ROOT = Path(__file__).resolve().parents[2]
LEADS = int(os.environ.get("SOAK_LEADS", "2000"))
KILLS_EACH = 33  # leads a kill
LEADS_DRAFTED = 120
WORKERS, SOAKED_BY = (1, 2, 4), 8
SEED, LIMIT_S, MODEL_S = 5, 2_700, 0.3


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("workers_pg"))


def swarm(folder: Path, url: str, leads: int, workers: int, kills: int, *more: str) -> Any:
    folder.mkdir()
    numbers = map(str, (leads, workers, kills, SEED, LIMIT_S))
    command = [sys.executable, "-m", "tests.support.worker_swarm", str(folder), url, *numbers]
    done = subprocess.run(
        [*command, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S + 99,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout)


@pytest.mark.bench
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("model_s", [0.0, MODEL_S])
def test_throughput_by_number_of_workers_is_printed(
    tmp_path: Path, postgres: str, model_s: float
) -> None:
    """Whole processors work on touches, so that more workers than cores draft no faster.

    A busy machine shows in the first figure, not in the second: processor time of the workers (of
    the server about half as much again comes to it).
    """
    said = []
    for workers in WORKERS:
        more = ["--draft-only", *(["--model-s", str(model_s)] if model_s else [])]
        url = fresh_database(postgres)
        found = swarm(tmp_path / f"w{workers}", url, LEADS_DRAFTED, workers, 0, *more)
        cost = 1000 * found["cpu_s"] / LEADS_DRAFTED
        said.append(f"{workers}: {LEADS_DRAFTED / found['span_s']:.1f} ({cost:.0f} ms)")
    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, PostgreSQL: "
    )
    print(f"touches drafted a second by workers ({model_s} s of model each), and the workers'")
    print(f"processor time a touch, start included: {', '.join(said)}")


@pytest.mark.bench
@pytest.mark.timeout(2 * LIMIT_S)
def test_a_soak_of_eight_workers_with_kills_balances(tmp_path: Path, postgres: str) -> None:
    kills = max(1, LEADS // KILLS_EACH)
    found = swarm(tmp_path / "soak", fresh_database(postgres), LEADS, SOAKED_BY, kills)
    assert found["touches"] == found["drafts"] == {"sent": LEADS}
    assert found["runs"] == {"completed": LEADS}
    assert found["effects"] == {"done": LEADS}
    assert found["approvals"] == found["mails"] == found["recipients"] == LEADS
    assert found["chain"]
    print(f"\nsoak: {LEADS:,} leads, {SOAKED_BY} workers, {found['killed']} killed, ")
    print(f"{found['again']} runs begun again, {found['seconds']:.0f} s: each lead written to once")
