"""The whole exit against a real model: SmolLM2 under the id of the real one. Plumbing, not quality."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from fleet.adapters.store.schema import model_calls
from fleet.errors import MalformedReply
from tests.support.gateway_calls import Score, ask, fresh_store, open_exit
from tests.support.small_model import ALIAS, small_model


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with small_model() as url:
        yield url


def test_the_endpoint_serves_under_the_id_of_the_real_model(model_url: str) -> None:
    listed = httpx.get(f"{model_url}/models", trust_env=False, timeout=20).json()
    assert [model["id"] for model in listed["data"]] == [ALIAS]


def test_a_real_reply_ends_as_a_valid_score_or_one_clear_error(
    model_url: str, tmp_path: Path
) -> None:
    store = fresh_store(tmp_path)
    env = {"FLEET_GATEWAY_URL": model_url}
    limits = {"max_tokens": 48, "attempts": 1, "attempt_s": 60.0, "deadline_s": 100.0}
    with closing(open_exit(env, tmp_path, store=store, **limits)) as chat:
        try:
            reading = ask(chat, "We want 50 seats next week, what do they cost?")
        except MalformedReply as error:
            print(f"SmolLM2: {error}")
        else:
            print(f"SmolLM2: {reading.value} in {reading.latency_ms:.0f} ms")
            assert isinstance(reading.value, Score)
        assert not chat.circuit_open
        assert chat.flush()
    (row,) = store.read(sa.select(model_calls))
    store.close()
    assert row["status"] in {"ok", "MalformedReply"}
    assert row["attempts"] == (2 if row["repaired"] else 1)
    assert row["input_tokens"] > 20
    assert 0 < row["output_tokens"] <= 96
    assert row["cost_usd"] > 0
