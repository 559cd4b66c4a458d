"""Leads of a store without outcomes: the model reads the likeliest, rules the others, each says so."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.schema import scores
from fleet.errors import EgressUnavailable
from fleet.runtime.fleet import Fleet
from fleet.runtime.scoring import TOO_FEW, score_leads
from fleet.settings import read_settings
from tests.support.lead_world import OPEN, lead_home


class Chat:
    """A model that finds every lead likely, or is down."""

    def __init__(self, *, up: bool) -> None:
        self.up = up
        self.shown: list[str] = []

    def ask(self, prompt: str, values: Mapping[str, str], schema: type[Any], **_: Any) -> Any:
        assert prompt == "propensity.score"
        self.shown.append(values["evidence"])
        if not self.up:
            raise EgressUnavailable("down")
        factor = {"evidence": "e1", "direction": "up", "strength": 0.6}
        value = schema(propensity=0.72, confidence=0.6, factors=[factor], reason="It was referred.")
        return SimpleNamespace(value=value, model="m", prompt_digest="d" * 64)

    def close(self) -> None:
        """Nothing is open."""


def scored(
    folder: Path, chat: Chat, asked: int = 50
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    store = lead_home(folder, closed=4).store
    fleet = Fleet(read_settings(str(folder)))
    fleet.__dict__["chat"] = chat
    fleet.policies["propensity_reasoner"]["leads_a_run"] = asked
    answer = score_leads(fleet)
    fleet.close()
    query = sa.select(scores).where(scores.c.kind == "propensity").order_by(scores.c.id)
    return answer, store.read(query)


def test_the_model_judges_open_deals_and_signs_for_it(tmp_path: Path) -> None:
    chat = Chat(up=True)
    answer, rows = scored(tmp_path, chat)
    assert (answer["chosen"], answer["note"], answer["model_version"]) == ("llm", TOO_FEW, None)
    assert (answer["scored"], len(rows), len(chat.shown)) == (2 * OPEN, 2 * OPEN, OPEN)
    for row in rows:
        assert (row["method"], row["source"], row["model"]) == ("llm", "model", "m")
        assert row["prompt_digest"] == "d" * 64
        assert (row["value"], row["label"]) == (0.72, "high")
        assert row["low"] < 0.72 < row["high"]
        assert row["confidence"] < 0.6  # what is not known lowers it
        assert row["detail"]["missing"]
        assert row["evidence"][0]["table"] == "opportunities"
    assert all("@" not in shown and "Person" not in shown for shown in chat.shown)


def test_only_the_likeliest_are_asked_about(tmp_path: Path) -> None:
    chat = Chat(up=True)
    _, rows = scored(tmp_path, chat, asked=2)
    assert len(chat.shown) == 2
    assert all("referral" in shown for shown in chat.shown)
    assert sorted(row["method"] for row in rows) == ["llm"] * 4 + ["rules"] * 8


def test_a_model_that_is_down_leaves_rules(tmp_path: Path) -> None:
    answer, rows = scored(tmp_path, Chat(up=False))
    assert answer["chosen"] == "rules"
    assert {(row["method"], row["source"], row["model"]) for row in rows} == {
        ("rules", "rule", None)
    }
    assert all("the model failed (EgressUnavailable)" in row["reason"] for row in rows)
