"""All 10,000 fault-injected histories of the queue and the outbox."""

from pathlib import Path

import pytest

from tests.chaos.test_review_histories import HISTORIES, play_histories


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_ten_thousand_histories_hold(tmp_path: Path) -> None:
    done, _ = play_histories(tmp_path, HISTORIES, float("inf"))
    assert done == HISTORIES
