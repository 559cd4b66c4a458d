"""What came true since, on the model card: nothing yet, kept words, chances that are off."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.lead_outcomes import GIVEN, MODEL_SUBJECT
from fleet.adapters.store.schema import opportunities, scores
from fleet.ports import Store
from tests.pages.test_propensity_page import HOSTILE, page, put
from tests.support.pages import fresh_page_home, said

DAY = "2026-01-05"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = fresh_page_home(tmp_path, monkeypatch).store
    put(tmp_path, "propensity", {"model_version": "v1", "chosen": "logistic", "auc": 0.7})
    return store


def give(
    store: Store, count: int, *, true: float | None, method: str = "trained",
    segments: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Put given chances in, of deals that came true at `true` times them; None: still open."""
    rng, kept, deals = random.Random(2), list[dict[str, Any]](), list[dict[str, Any]]()
    for number in range(count):
        key, chance = f"{method}{number}", rng.uniform(0.2, 0.8)
        won = None if true is None else rng.random() < true * chance
        deals.append(
            {"id": key, "opened_at": DAY, "closed_at": None if won is None else "2026-02-01",
             "outcome": None if won is None else "won" if won else "lost"}
        )  # fmt: skip
        kept.append(
            {
                "id": f"{GIVEN}:{key}", "kind": GIVEN, "subject_table": "opportunities",
                "subject_id": key, "value": chance, "method": method, "confidence": 0.9,
                "reason": "test", "source": "trained", "evidence": [],
                "recorded_at": f"{DAY}T09:00:00.000000Z",
                "detail": {"segments": segments or {"source": rng.choice(["web", "fair"])}},
            }
        )  # fmt: skip
    store.write(*(sa.insert(opportunities).values(row) for row in deals))
    store.write(*(sa.insert(scores).values(row) for row in kept))


def badges(test: AppTest) -> list[str]:
    return [line for line in said(test).splitlines() if "Its chances are off" in line]


def test_without_a_given_chance_the_card_says_what_gives_one(store: Store) -> None:
    assert store
    shown = said(page())
    assert "No chance given to an open deal is kept yet. `fleet worker` gives each one" in shown


def test_chances_of_open_deals_wait_and_the_card_says_for_what(store: Store) -> None:
    give(store, 12, true=None)
    shown = page()
    assert "12 open deals were given a chance and none of them has ended since" in said(shown)
    assert "its chance is held against it" in said(shown)
    assert not badges(shown)


def test_chances_that_come_true_are_drawn_by_segment_as_of_now(store: Store) -> None:
    give(store, 150, true=1.0)
    shown = page()
    assert "Keeps its word" in said(shown)
    assert "150 deals ended after their chance was given, until 2026-02-01" in said(shown)
    assert not badges(shown)
    charts = len(shown.get("plotly_chart"))
    whom = shown.selectbox(key="propensity.since.whom")
    assert whom.options[0] == "All leads"
    assert {option.partition(",")[0] for option in whom.options[1:]} == {
        "source: web", "source: fair",
    }  # fmt: skip
    whom.select(whom.options[1]).run()
    assert not shown.exception
    assert len(shown.get("plotly_chart")) == charts
    late = {"outcome": "lost", "closed_at": "2026-02-01"}
    give(store, 1, true=None, method="rules")
    store.write(sa.update(opportunities).values(**late))
    assert "Keeps its word" not in said(page())  # what the store says now, not what it said before


def test_chances_that_are_off_are_a_badge_and_a_sentence(store: Store) -> None:
    give(store, 150, true=0.2)
    shown = page()
    assert len(badges(shown)) == 1
    assert "Off" in said(shown)
    assert "A worker trains anew as deals end" in said(shown)
    assert [button.label for button in shown.button] == ["Score leads again"]


def test_what_rules_said_is_a_rank_and_raises_no_warning(store: Store) -> None:
    give(store, 150, true=0.2, method="rules")
    shown = page()
    assert "A rank, not a rate" in said(shown)
    assert not badges(shown)
    give(store, 20, true=1.0)
    assert page().selectbox(key="propensity.given").options == [
        "Rules over evidence", "Trained model",
    ]  # fmt: skip


def test_hostile_segments_methods_and_histories_are_drawn_as_text(store: Store) -> None:
    give(store, 40, true=1.0, method=HOSTILE, segments={HOSTILE: HOSTILE, "b": "x"})
    told = {"version": HOSTILE, "chosen": HOSTILE, "why": HOSTILE, "deals": "many", "before": None}
    write_audited(store, [], [Entry(DAY, "propensity", "propensity.fit", MODEL_SUBJECT, told)])
    shown = page()
    assert "Trained anew, newest first: " in said(shown)
    assert "? closed deals" in said(shown)
    assert "://evil.test" not in said(shown).replace("\\", "")
    assert "<script" not in said(shown).replace("\\<", "")


def test_a_directory_that_serves_no_lead_shows_nothing_of_them(
    store: Store, tmp_path: Path
) -> None:
    give(store, 150, true=0.2)
    put(tmp_path, "own", {"model_version": "v1", "chosen": "logistic"})
    shown = page(model="models/own")
    assert "Said before, seen since" not in [each.value for each in shown.subheader]
    assert not badges(shown)
