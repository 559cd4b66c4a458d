"""Simulated outcomes on the model card: drawn by segment, named as such, never among real ones."""

import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store.lead_outcomes import GIVEN
from fleet.adapters.store.played import OUTCOME, PLAYED
from fleet.adapters.store.schema import opportunities, scores
from fleet.ports import Store
from tests.pages.test_propensity_page import page, put
from tests.support.pages import fresh_page_home, said

DAY = "2026-01-05"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = fresh_page_home(tmp_path, monkeypatch).store
    put(tmp_path, "propensity", {"model_version": "v1", "chosen": "logistic", "auc": 0.7})
    return store


def end(store: Store, count: int, *, true: float, played: bool) -> None:
    """Put deals in that were given a chance and ended: won at `true` times it."""
    rng, kind = random.Random(2), "played" if played else "real"
    for number in range(count):
        key, chance = f"{kind}{number}", rng.uniform(0.2, 0.8)
        outcome = "won" if rng.random() < true * chance else "lost"
        mark = {PLAYED: {"by": "reply-1+sim.good.1", OUTCOME: outcome}} if played else {}
        deal = {"id": key, "opened_at": DAY, "closed_at": "2026-02-01", "outcome": outcome,
                "extra": mark}  # fmt: skip
        given = {
            "id": f"{GIVEN}:{key}", "kind": GIVEN, "subject_table": "opportunities",
            "subject_id": key, "value": chance, "method": "trained", "confidence": 0.9,
            "reason": "test", "source": "trained", "evidence": [],
            "recorded_at": f"{DAY}T09:00:00.000000Z",
            "detail": {"segments": {"source": rng.choice(["web", "fair"])}},
        }  # fmt: skip
        store.write(sa.insert(opportunities).values(deal), sa.insert(scores).values(given))


def test_simulated_outcomes_fill_the_diagram_by_segment_and_are_called_so(store: Store) -> None:
    end(store, 150, true=1.0, played=True)
    shown = page()
    (choice,) = shown.segmented_control
    assert choice.options == ["Real · 0 ended deals", "Simulated · 150 ended deals"]
    assert choice.value == "simulated"
    assert "150 deals ended after their chance was given" in said(shown)
    whom = shown.selectbox(key="propensity.since.whom").options
    assert {option.partition(",")[0] for option in whom[1:]} == {"source: web", "source: fair"}


def test_real_outcomes_come_first_and_no_simulated_one_is_counted_among_them(
    store: Store,
) -> None:
    end(store, 150, true=0.2, played=True)
    end(store, 60, true=1.0, played=False)
    shown = page()
    assert "60 deals ended after their chance was given" in said(shown)
    assert "Keeps its word" in said(shown)
    assert "Its chances are off" not in said(shown)
    other = page(runs="simulated")
    assert "150 deals ended after their chance was given" in said(other)
    assert "Its chances are off" in said(other)


def test_where_nothing_was_simulated_there_is_nothing_to_choose(store: Store) -> None:
    end(store, 60, true=1.0, played=False)
    assert len(page().segmented_control) == 0
