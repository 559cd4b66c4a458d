"""A drift report says how likely its tests are to find the smallest shift that counts."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from fleet.adapters.files import read_policies
from fleet.monitor.drift import compare_tables
from fleet.monitor.policy import DriftPolicy
from fleet.policy import section
from fleet.stats.power import chi_square_power, ks_power
from fleet.stats.two_sample import chi_square, ks_p_value, ks_statistic

POLICY = section(read_policies(), "monitor.drift", DriftPolicy)
SEED = 7


@pytest.mark.parametrize(
    ("n", "m", "distance"), [(200, 200, 0.2), (200, 56, 0.2), (1000, 300, 0.1)]
)
def test_the_power_of_ks_is_no_promise_too_much(n: int, m: int, distance: float) -> None:
    rng = np.random.default_rng(SEED)
    shift = 2 * NormalDist().inv_cdf((distance + 1) / 2)
    sides = ((np.sort(rng.normal(size=n)), np.sort(rng.normal(shift, size=m))) for _ in range(300))
    found = sum(ks_p_value(ks_statistic(a, b), n, m) < POLICY.alpha for a, b in sides) / 300
    promised = ks_power(distance, n, m, POLICY.alpha)
    assert promised - 0.05 <= found <= promised + 0.45


@pytest.mark.parametrize(("n", "m", "levels"), [(400, 400, 2), (200, 56, 4), (1000, 1000, 4)])
def test_the_power_of_chi_square_is_what_happens(n: int, m: int, levels: int) -> None:
    rng = np.random.default_rng(SEED)
    before = np.full(levels, 1 / levels)
    now = before.copy()
    now[0] += 0.6 / levels
    now[1] -= 0.6 / levels
    mixed = (n * before + m * now) / (n + m)
    sides = ((n / (n + m), before), (m / (n + m), now))
    effect = math.sqrt(sum(w * ((side - mixed) ** 2 / mixed).sum() for w, side in sides))
    draws = (
        chi_square(rng.multinomial(n, before).tolist(), rng.multinomial(m, now).tolist())[1]
        for _ in range(800)
    )
    found = sum(p < POLICY.alpha for p in draws) / 800
    assert found == pytest.approx(chi_square_power(effect, n + m, levels, POLICY.alpha), abs=0.06)


def test_each_tested_feature_says_its_n_and_its_power() -> None:
    rng = np.random.default_rng(SEED)

    def table(rows: int) -> dict[str, list[object]]:
        return {"x": rng.normal(size=rows).tolist(), "kind": rng.choice(["a", "b"], rows).tolist()}

    small, large = (
        compare_tables(table(rows), table(rows), POLICY).as_json()["features"]
        for rows in (60, 20_000)
    )
    assert [feature["n"] for feature in (*small, *large)] == [[60, 60]] * 2 + [[20_000, 2_000]] * 2
    assert all(feature["power"] < 0.2 for feature in small)
    assert all(feature["power"] > 0.9 for feature in large)


def test_power_grows_with_every_row_and_is_never_outside_0_to_1() -> None:
    sizes = (10, 30, 100, 1_000, 10_000, 10**6)
    for found in (
        [ks_power(0.1, n, n, 1e-4) for n in sizes],
        [chi_square_power(0.1, 2 * n, 5, 1e-4) for n in sizes],
    ):
        assert all(0 <= each <= 1 for each in found)
        assert found == sorted(found)
