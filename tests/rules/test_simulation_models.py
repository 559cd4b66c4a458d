"""The played version, reviewers and faults: the same luck gives the same past."""

import random
from collections import Counter

import pytest

from fleet.adapters.files import read_policies
from fleet.evaluation.simulation import (
    Flaw,
    Opinion,
    Scenario,
    SimulatePolicy,
    evasive,
    flaw_share,
    is_outage,
    make_flawed,
    opinion,
    pick,
    run_seconds,
)
from fleet.policy import section

POLICY = section(read_policies(), "simulate", SimulatePolicy)
BODY = (
    "Hello Ann,\n\nThank you. Small Plan is on the list at 55 USD.\n\nFor how many users?\n\n"
    "Best regards,\nBo\n\n-- \nWritten with the help of AI."
)
PRICE = (BODY.index("55 USD"), BODY.index("55 USD") + 6)


def acts(flaw: Flaw | None, *, careless: bool, open_claims: int = 0, n: int = 400) -> Counter[str]:
    rng = random.Random(7)
    return Counter(
        opinion(
            flaw, open_claims=open_claims, careless=careless, can_mend=True, rng=rng, policy=POLICY
        ).action
        for _ in range(n)
    )


def test_a_drifting_version_is_good_until_its_day_and_then_ever_worse() -> None:
    shares = [flaw_share(Scenario.DRIFT, day, 30, POLICY) for day in range(30)]
    first = round(POLICY.drift.start * 30)
    assert set(shares[:first]) == {POLICY.flaws["good"]}
    assert shares[first:] == sorted(shares[first:])
    assert shares[first] > shares[first - 1]
    assert shares[-1] == POLICY.drift.most


def test_worse_is_worse_and_better_is_better_on_every_day() -> None:
    for day in range(30):
        better, good, worse = (
            flaw_share(each, day, 30, POLICY)
            for each in (Scenario.BETTER, Scenario.GOOD, Scenario.WORSE)
        )
        assert better < good < worse


def test_a_flaw_changes_one_number_or_drops_the_answer() -> None:
    seen = {}
    for seed in range(40):
        made = make_flawed(BODY, [PRICE], random.Random(seed), POLICY)
        assert made is not None
        seen[made[0]] = made[1]
    assert set(seen) == set(Flaw)
    assert "55 USD" not in seen[Flaw.WRONG_NUMBER].replace("155", "").replace("385", "")
    assert seen[Flaw.EVASIVE] == evasive(BODY)
    assert "Small Plan" not in evasive(BODY)
    assert evasive(BODY).endswith("Best regards,\nBo\n\n-- \nWritten with the help of AI.")


def test_a_text_in_which_nothing_can_go_wrong_stays_as_it_is() -> None:
    assert make_flawed("Hello.", [], random.Random(0), POLICY) is None


def test_careful_reviewers_see_more_than_careless_ones() -> None:
    careful, careless = (acts(Flaw.EVASIVE, careless=flag) for flag in (False, True))
    assert careful["approve"] < 30
    assert careless["approve"] > 150
    assert careful["edit"] > 0


def test_nobody_approves_what_has_an_unsupported_claim() -> None:
    assert acts(Flaw.WRONG_NUMBER, careless=True, open_claims=1)["approve"] == 0
    assert acts(None, careless=True, open_claims=1)["approve"] == 0


def test_a_good_draft_is_nearly_always_approved_and_a_refusal_names_its_reason() -> None:
    assert acts(None, careless=False)["approve"] >= 390
    said = opinion(
        Flaw.WRONG_NUMBER, open_claims=1, careless=False, can_mend=False, rng=random.Random(1),
        policy=POLICY,
    )  # fmt: skip
    assert said == Opinion(action="reject", reason="wrong_fact", seconds=said.seconds)
    low, high = POLICY.read_s
    assert low <= said.seconds <= high


def test_a_slow_version_is_over_the_gates_limit_on_half_of_its_runs() -> None:
    rng, limit_s = random.Random(3), 15.0
    slow = [run_seconds(Scenario.SLOW, rng, POLICY) for _ in range(400)]
    usual = [run_seconds(Scenario.GOOD, rng, POLICY) for _ in range(400)]
    assert 0.3 < sum(s > limit_s for s in slow) / 400 < 0.6
    assert min(usual) > 0
    assert max(usual) < limit_s


def test_outages_come_regularly_and_never_on_the_first_day() -> None:
    days = [day for day in range(30) if is_outage(day, POLICY)]
    assert days[0] == POLICY.outage_every - 1
    assert len(days) == 30 // POLICY.outage_every


@pytest.mark.parametrize("weights", [POLICY.topics, POLICY.answers])
def test_every_topic_comes_up(weights: dict[str, float]) -> None:
    rng = random.Random(5)
    assert {pick(weights, rng) for _ in range(3000)} == set(weights)
