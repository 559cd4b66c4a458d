"""Chances against later outcomes: nothing given after the outcome counts, and chance is no alarm."""

import random
from dataclasses import replace

import pytest

from fleet.adapters.files import read_policies
from fleet.policy import section
from fleet.propensity.follow_up import (
    FEW,
    KEEPS,
    OFF,
    FollowPolicy,
    Given,
    calibrated_noise,
    follow_up,
    is_counted,
)
from fleet.propensity.measures import calibration_error

POLICY = section(read_policies(), "propensity_follow_up", FollowPolicy)
EARLY = "2026-01-05T09:00:00.000000Z"


def ended(count: int, *, true: float = 1.0, seed: int = 1, method: str = "trained") -> list[Given]:
    """Return given chances whose deals ended; each came true at `true` times its chance."""
    rng, found = random.Random(seed), []
    for number in range(count):
        chance = rng.uniform(0.1, 0.9)
        found.append(
            Given(
                deal_id=f"d{number:04}", method=method, at=EARLY, chance=chance,
                ended_at=f"2026-02-{1 + number % 28:02}", won=rng.random() < true * chance,
                segments={"source": rng.choice(["web", "fair"]), "one": "same"},
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("at", "closed", "won", "counts"),
    [
        ("2026-02-01T23:59:59Z", "2026-02-02", True, True),
        ("2026-02-02T00:00:00Z", "2026-02-02", True, False),
        ("2026-02-02T08:00:00Z", "2026-02-02T17:00:00Z", False, False),
        ("2026-02-03T08:00:00Z", "2026-02-02", True, False),
        ("2026-02-01T08:00:00Z", None, True, False),
        ("2026-02-01T08:00:00Z", None, None, False),
    ],
)
def test_only_a_chance_of_an_earlier_day_than_the_outcome_counts(
    at: str, closed: str | None, won: bool | None, counts: bool
) -> None:
    given = Given(deal_id="a", method="rules", at=at, chance=0.4, ended_at=closed, won=won)
    assert is_counted(given) is counts


def test_chances_given_after_the_outcome_are_named_and_change_nothing() -> None:
    rows = ended(200)
    late = [
        replace(
            row,
            deal_id=f"late{row.deal_id}",
            at="2026-06-01T00:00:00Z",
            chance=float(bool(row.won)),
        )
        for row in rows
    ]
    alone, both = (follow_up(found, POLICY)["trained"] for found in (rows, rows + late))
    assert both["late"] == 200
    assert both == alone | {"late": 200}


def test_of_one_deal_the_first_chance_counts_whatever_came_nearer_to_the_end() -> None:
    rows = ended(120)
    wiser = [replace(row, at="2026-01-30T00:00:00Z", chance=float(bool(row.won))) for row in rows]
    assert follow_up(wiser + rows, POLICY) == follow_up(rows, POLICY)


def test_calibrated_chances_keep_their_word_and_too_high_ones_are_off() -> None:
    good = follow_up(ended(300), POLICY)["trained"]
    assert (good["state"], good["n"], good["late"]) == (KEEPS, 300, 0)
    assert (good["from"], good["to"]) == (EARLY, "2026-02-28")
    assert sum(each["n"] for each in good["reliability"]) == 300
    bad = follow_up(ended(300, true=0.6), POLICY)["trained"]
    assert bad["state"] == OFF
    assert bad["ece"] > bad["limit"] > bad["expected"]


def test_few_outcomes_conclude_nothing_and_none_show_nothing() -> None:
    few = follow_up(ended(POLICY.least - 1, true=0.2), POLICY)["trained"]
    assert (few["state"], few["n"]) == (FEW, POLICY.least - 1)
    waiting = [replace(row, won=None, ended_at=None) for row in ended(4)]
    assert follow_up(waiting, POLICY) == {
        "trained": {"n": 0, "late": 0, "state": FEW, "ece": None},
    }  # fmt: skip
    assert follow_up([], POLICY) == {}


def test_segments_are_of_what_was_known_then_and_large_enough() -> None:
    rows = ended(200)
    rows[0] = replace(rows[0], segments={"source": "call"})
    found = follow_up(rows, POLICY)["trained"]["segments"]
    assert {row["column"] for row in found} == {"source", "one"}
    source = [row for row in found if row["column"] == "source"]
    assert {row["value"] for row in source} == {"web", "fair"}  # one call is too few
    assert sum(row["n"] for row in source) == 199
    for row in source:
        assert sum(each["n"] for each in row["reliability"]) == row["n"]
        assert row["low"] <= row["rate"] <= row["high"]


def test_the_newest_outcomes_are_looked_at_and_methods_apart() -> None:
    policy = replace(POLICY, window=100)
    old = [replace(row, deal_id=f"o{row.deal_id}", ended_at="2026-01-09", won=False)
           for row in ended(150)]  # fmt: skip
    found = follow_up(old + ended(100) + ended(60, method="rules", seed=3), policy)
    assert found["trained"] == follow_up(ended(100), policy)["trained"]
    assert {method: each["n"] for method, each in found.items()} == {"rules": 60, "trained": 100}


@pytest.mark.parametrize("spread", ["even", "rare"])
def test_the_limit_is_passed_by_chance_as_seldom_as_it_says(spread: str) -> None:
    rng, alpha, rounds = random.Random(5), 0.02, 1_500
    chances = [rng.random() if spread == "even" else rng.betavariate(0.5, 8) for _ in range(120)]
    expected, limit = calibrated_noise(chances, alpha)
    found = []
    for _ in range(rounds):
        labels = [int(rng.random() < chance) for chance in chances]
        found.append(calibration_error(labels, chances) or 0.0)
    assert sum(found) / rounds == pytest.approx(expected, rel=0.06)
    passed = sum(ece > limit for ece in found) / rounds
    assert 0.2 * alpha <= passed <= 2.2 * alpha


def test_certain_chances_have_no_noise() -> None:
    assert calibrated_noise([0.0] * 30 + [1.0] * 30, 0.001) == (0.0, 0.0)
