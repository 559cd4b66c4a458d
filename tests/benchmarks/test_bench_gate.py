"""The gate's promises under repeated looks, and what a decision costs; printed by `make bench`."""

import json
import platform
import time
from typing import Any

import numpy as np
import orjson
import pytest

from fleet.release_gate import decide
from fleet.release_gate.operating import (
    Risk,
    _paired,
    false_paired,
    false_promotes,
    first_crossing,
    power,
)
from fleet.stats.betting import difference_bounds
from fleet.stats.confidence_sequence import lower_bound
from fleet.stats.intervals import wilson
from tests.support.verdicts import NOW, shipped_policy, window

ALPHA, BAR = 0.05, 0.80


def risk(
    histories: int, looks: int, dimensions: int, seed: int, margin: float | None = None
) -> Risk:
    return false_promotes(
        np.random.default_rng(seed), histories=histories, looks=looks, dimensions=dimensions,
        bar=BAR, alpha=ALPHA, margin=margin,
    )  # fmt: skip


def told(found: Risk) -> str:
    low, high = wilson(found.wrong, found.histories)
    what = "one dimension" if found.dimensions == 1 else f"{found.dimensions} dimensions"
    pairs = " and a paired baseline" if found.is_paired else ""
    return (
        f"false PROMOTE, {what}{pairs}, rates exactly at the bar, {found.looks:,} looks: "
        f"{found.wrong} of {found.histories:,} = {found.share:.4f} ({low:.4f} to {high:.4f})"
    )


@pytest.mark.parametrize(("dimensions", "margin"), [(1, None), (5, None), (1, 0.05), (5, 0.05)])
def test_false_promotes_stay_under_alpha_at_every_look(
    dimensions: int, margin: float | None
) -> None:
    found = risk(1_000, 1_000, dimensions, 7 + dimensions, margin)
    print(told(found))
    assert found.share <= ALPHA


def test_one_dimension_at_its_bar_is_promoted_by_mistake_sometimes() -> None:
    """A count of zero would say that nothing was simulated."""
    assert risk(2_000, 1_000, 1, 7).wrong > 0


def test_false_passes_of_the_paired_law_stay_under_alpha() -> None:
    found = false_paired(
        np.random.default_rng(9), histories=1_000, looks=1_000, margin=0.05, alpha=ALPHA
    )
    print(f"paired law alone, mean difference exactly at the margin: {found.wrong} of 1,000")
    assert 0 < found.share <= ALPHA


def test_the_simulated_looks_are_those_of_the_gate() -> None:
    """The fast counting and the bounds that the gate uses say the same at every look."""
    needed = first_crossing(BAR, ALPHA, 200)
    for n in (20, 50, 73, 128, 200):
        reached = [lower_bound(good, n, ALPHA) >= BAR for good in range(n + 1)]
        assert reached.index(True) == needed[n]
    gaps = np.array([0.0] * 190 + [1.0] * 10)
    law = _paired(AllSame(gaps), 1, 200, 0.05, ALPHA)
    assert law[0, -1] == (difference_bounds(gaps, ALPHA)[0] >= -0.05)


class AllSame(np.random.Generator):
    """Deals fixed pairs: 0 as luck of no change, 1 as luck of a gain."""

    def __init__(self, gaps: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.gaps = gaps

    def random(self, *args: object, **kwargs: object) -> Any:
        return np.where(self.gaps > 0, 0.999, 0.5)[None, :]


def test_power_against_the_best_fixed_alternative() -> None:
    """Wald's SPRT that is told the true rate is the fastest test there is: stay within 1.5 times."""
    found = power(
        np.random.default_rng(11), rate=0.95, bar=BAR, alpha=ALPHA, histories=2_000, looks=600
    )
    print(
        f"true 0.95 against 0.80: median n {found.median}, SPRT told the truth {found.told}, "
        f"ratio {found.ratio:.2f}"
    )
    assert found.ratio is not None
    assert found.ratio <= 1.5


@pytest.mark.bench
def test_ten_thousand_histories_and_power_curves() -> None:
    print(f"\n{platform.platform()}, Python {platform.python_version()}")
    for dimensions, margin in ((1, None), (5, None), (1, 0.05), (5, 0.05)):
        found = risk(10_000, 1_000, dimensions, 1, margin)
        print(told(found))
        assert found.share <= ALPHA
    alone = false_paired(
        np.random.default_rng(1), histories=10_000, looks=1_000, margin=0.05, alpha=ALPHA
    )
    print(f"paired law alone, at the margin: {alone.wrong} of 10,000 = {alone.share:.4f}")
    assert alone.share <= ALPHA
    for rate in (0.82, 0.85, 0.90, 0.95, 0.99, 1.0):
        curve = power(
            np.random.default_rng(2), rate=rate, bar=BAR, alpha=ALPHA, histories=10_000,
            looks=2_000, shown=(20, 30, 50, 100, 200, 500, 1_000, 2_000),
        )  # fmt: skip
        shares = ", ".join(f"{n}: {share:.2f}" for n, share in curve.shares)
        ratio = "-" if curve.ratio is None else f"{curve.ratio:.2f}"
        print(
            f"true {rate}: median n {curve.median}, SPRT told the rate {curve.told}, ratio {ratio}; "
            f"promoted by n: {shares}"
        )


def test_a_decision_costs_little_more_than_reading_its_evidence() -> None:
    policy = shipped_policy()
    lines = [
        json.dumps(row).encode()
        for row in window(100_000, created_at="2026-01-05T00:00:00Z", stratum="a")
    ]
    ratios = []
    for _ in range(5):
        begun = time.perf_counter()
        rows = [orjson.loads(line) for line in lines]
        read = time.perf_counter()
        decide(rows, policy, now=NOW, lines=lines)
        ratios.append((time.perf_counter() - begun) / (read - begun))
    print(
        f"decision over 100,000 verdicts, reading included: {min(ratios):.2f} x reading them with orjson"
    )
    assert min(ratios) <= 6.0  # 2.3 on a quiet machine; a busy one slows the two unlike
