"""The eval's plumbing against a real model: one case, answered or unusable, never a crash."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.files import read_policies
from fleet.adapters.store.schema import model_calls
from fleet.runtime import evals
from tests.support.gateway_calls import fresh_store, open_exit
from tests.support.small_model import small_model

PROMPT, CASE = "intent.score", "thanks-only"


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with small_model() as url:
        yield url


def test_a_small_model_is_judged_and_crashes_nothing(model_url: str, tmp_path: Path) -> None:
    store = fresh_store(tmp_path)
    limits = {"max_tokens": 8, "attempts": 1, "attempt_s": 60.0, "deadline_s": 100.0}
    with closing(
        open_exit({"FLEET_GATEWAY_URL": model_url}, tmp_path, store=store, **limits)
    ) as chat:
        engine = evals.Engine(name=evals.GATEWAY, chat_for=lambda _, __: chat)
        ((run, report),) = evals.run_paths(read_policies(), engine, prompts=[PROMPT], only=CASE)
        (result,) = run.results
        print(f"{PROMPT}/{CASE}: {dict(result.cells)}")
        assert (report["engine"], report["n"], report["state"]) == ("gateway", 1, "FAIL")
        assert result.error is None
        assert result.cells["usable"] in (0.0, 1.0)
        assert (result.cells["prompt_fenced"], result.cells["prompt_names"]) == (1.0, 1.0)
        assert chat.flush()
    (row,) = store.read(sa.select(model_calls))
    store.close()
    assert (row["purpose"], row["prompt_digest"]) == (PROMPT, report["prompt_digest"])
    assert 0 < row["output_tokens"] <= 16
