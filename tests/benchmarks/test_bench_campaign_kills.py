"""`kill -9` at every write of a campaign run, on both backends; takes minutes, printed by `make bench`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.campaign_sweep import assert_nothing_was_lost, swept
from tests.support.stores import start_postgres

SECONDS = 200.0  # of one sweep; what is left out is said


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("every_kill_pg"))


@pytest.mark.bench
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_sweep_over_every_write_is_printed(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    server = [request.getfixturevalue("postgres")] if kind == "postgres" else []
    found = swept(tmp_path, 1, SECONDS, *server)
    assert_nothing_was_lost(found)
    whole = "every write" if found[-1]["lives"] == 1 else f"the first {len(found) + 1} writes"
    kills = sum(row["lives"] - 1 for row in found)
    print(f"\nkill sweep on {kind}, {whole}: {len(found)} campaigns, {kills} kills, ", end="")
    print("0 repeated sends, 0 lost approvals, 0 stuck runs")
