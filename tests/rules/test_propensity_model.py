"""The exported model says what the trained one says; what is missing widens, and moves nothing."""

import json
import random
from typing import Any

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.propensity_export import export
from fleet.adapters.propensity_learners import Table, fit_learner
from fleet.policy import section
from fleet.propensity.columns import read_column
from fleet.propensity.encode import encode, learn_features
from fleet.propensity.model import Model
from fleet.propensity.policy import PropensityPolicy

POLICY = section(read_policies(), "propensity", PropensityPolicy)
FLAT = {"at": [0.0, 1.0], "low": [0.0, 0.9], "high": [0.1, 1.0]}


def leads(rows: int = 600) -> tuple[list[dict[str, str]], list[int]]:
    """Return leads with numbers, levels, days and holes, and whether they converted."""
    rng = random.Random(2)
    found, labels = [], []
    for _ in range(rows):
        source = rng.choice(["web", "fair", "mail", ""])
        size = rng.choice(["", str(rng.randint(1, 900))])
        day = f"{rng.randint(1, 28):02}-{rng.randint(1, 12):02}-2025"
        empty = rng.random() < 0.3
        chance = 0.2 + 0.4 * (source == "fair") + (float(size or 450) / 3_000) - 0.15 * empty
        found.append({"source": source, "size": size, "day": day, "job": "" if empty else "boss"})
        found[-1]["job"] = found[-1]["job"] and rng.choice(["boss", "clerk"])
        labels.append(int(rng.random() < chance))
    return found, labels


def trained(name: str) -> tuple[Model, Any, list[dict[str, str]], Any]:
    rows, labels = leads()
    columns = [read_column(c, [row[c] for row in rows], POLICY) for c in rows[0]]
    pairs = learn_features(columns, labels, range(len(rows)), POLICY)
    encoded = encode(pairs, len(rows))
    table = Table(
        encoded=encoded, y=np.array(labels), weights=np.ones(len(rows)),
        groups=np.arange(len(rows)), policy=POLICY,
    )  # fmt: skip
    fitted = fit_learner(name, table, np.arange(len(rows)))
    form = export(fitted, pairs, encoded) | {
        "interval": FLAT, "missing_words": [""], "high_band": 0.6, "low_band": 0.25, "version": "v",
    }  # fmt: skip
    chances = fitted.chances(encoded, np.arange(len(rows)))
    return Model(json.loads(json.dumps(form))), chances, rows, pairs


@pytest.mark.parametrize("name", ["logistic", "boosting"])
def test_the_exported_numbers_agree_with_the_trained_model(name: str) -> None:
    model, chances, rows, pairs = trained(name)
    assert [feature.kind for _, feature in pairs] == ["level", "number", "weekday", "level"]
    scored = [model.score(row).propensity for row in rows]
    assert scored == pytest.approx(chances.tolist(), abs=1e-9)


@pytest.mark.parametrize("name", ["logistic", "boosting"])
def test_effects_are_what_the_columns_moved(name: str) -> None:
    model, _, rows, _ = trained(name)
    full = next(row for row in rows if all(row.values()))
    odds, effects, missing = model.scorer.odds(full)
    assert missing == []
    assert {part[0] for part in effects(9)} == set(full)
    assert [part[0] for part in effects(2)] == [part[0] for part in effects(9)][:2]
    if name == "logistic":
        assert model.scorer.bias + sum(part[2] for part in effects(9)) == pytest.approx(odds)
    shown = model.score(full).factors
    assert [abs(f["effect"]) for f in shown] == sorted(
        (abs(f["effect"]) for f in shown), reverse=True
    )


@pytest.mark.parametrize("name", ["logistic", "boosting"])
def test_a_missing_column_widens_the_interval_and_is_named(name: str) -> None:
    model, _, rows, _ = trained(name)
    full = model.score(next(row for row in rows if all(row.values())))
    bare = model.score({})
    assert bare.missing == ("source", "size", "day", "job")
    assert bare.factors == ()
    assert bare.high - bare.low > full.high - full.low
    assert model.score({"source": "never seen"}).missing == ("source", "size", "day", "job")
    # Nothing known is an ordinary lead, not a bad one.
    rate = sum(leads()[1]) / len(rows)
    assert bare.propensity == pytest.approx(rate, abs=0.12)


def test_a_hole_by_accident_moves_the_score_to_the_middle_of_the_known() -> None:
    model, _, rows, pairs = trained("logistic")
    assert {f.name: f.empty for _, f in pairs}["source"] is False
    row = dict(next(row for row in rows if all(row.values())))
    chances = sorted(model.score(row | {"source": s}).propensity for s in ("web", "fair", "mail"))
    assert chances[0] < model.score(row | {"source": ""}).propensity < chances[-1]


@pytest.mark.parametrize("text", ["1e999", "nan", "-inf", "\x00", "9" * 400, "1,2,3"])
def test_a_number_that_is_none_is_missing(text: str) -> None:
    for name in ("logistic", "boosting"):
        model, *_ = trained(name)
        assert "size" in model.score({"size": text}).missing


@pytest.mark.parametrize(
    "change",
    [
        {"interval": {"at": [], "low": [], "high": []}},
        {"calibration": {"kind": "isotonic", "x": [1.0], "y": []}},
        {"features": [{"name": "a", "kind": "odd"}]},
        {"bias": "x"},
    ],
)
def test_a_form_that_is_no_model_is_refused(change: dict[str, Any]) -> None:
    form = dict(trained("logistic")[0].form) | change
    with pytest.raises((ValueError, KeyError, TypeError)):
        Model(form)


def test_the_interval_of_a_row_that_says_nothing_holds_the_base_rate() -> None:
    form = trained("logistic")[0].form
    full = next(row for row in leads()[0] if all(row.values()))
    for base in (0.97, 0.01):
        model = Model({**form, "base": base})
        bare, some = model.score({}), model.score({**full, "source": None})
        assert bare.low - 1e-9 <= base <= bare.high + 1e-9
        assert bare.propensity == Model(form).score({}).propensity
        assert not some.low <= base <= some.high  # one value of four is missing: a part of the way
        assert model.score(full).high == Model(form).score(full).high
