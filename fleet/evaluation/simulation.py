"""Who acts in a simulated past: a version with its flaws, reviewers, customers, and faults.

Decides by a seeded generator that the caller passes in. Refuses to write a verdict: flaws change
texts, reviewers look at texts, and the product does the rest.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fleet.evaluation.autonomy.canaries import spoil


class Scenario(StrEnum):
    """What the simulated version is like."""

    GOOD = "good"
    BETTER = "better"
    WORSE = "worse"
    DRIFT = "drift"  # good at first, worse from a day on
    SLOW = "slow"


class Flaw(StrEnum):
    """What is wrong with a draft; the value is the reason a reviewer gives."""

    WRONG_NUMBER = "wrong_fact"
    EVASIVE = "wrong_intent"  # polite, and answers nothing; no claim in it is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRule:
    """When a drifting version begins to fail, and how fast."""

    start: float
    rise: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatePolicy:
    """The numbers of `[simulate]` in data/policies.toml."""

    mails_a_day: int
    hours: tuple[int, ...]
    send_hours: tuple[int, ...]
    leads: int
    run_s: tuple[float, ...]
    slow_s: tuple[float, ...]
    slow_share: float
    read_s: tuple[float, ...]
    careful_catch: float
    careless_catch: float
    mend_share: float
    whim_share: float
    evasive_share: float
    canary_share: float
    second_share: float
    reply_share: float
    won_share: float
    lost_share: float
    outage_every: int
    flaws: Mapping[str, float]
    drift: DriftRule
    topics: Mapping[str, float]
    answers: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a reviewer does with one draft, and how long that took."""

    action: str  # approve | edit | reject
    reason: str | None
    seconds: float


def flaw_share(scenario: Scenario, day: int, days: int, policy: SimulatePolicy) -> float:
    """Return which share of a version's drafts is flawed on a day (0 is the first)."""
    usual = policy.flaws[Scenario.GOOD if scenario is Scenario.DRIFT else scenario]
    if scenario is not Scenario.DRIFT:
        return usual
    late = day - round(policy.drift.start * days)
    return usual if late < 0 else min(policy.drift.most, usual + policy.drift.rise * (late + 1))


def run_seconds(scenario: Scenario, rng: random.Random, policy: SimulatePolicy) -> float:
    """Return how long one run takes."""
    is_slow = scenario is Scenario.SLOW and rng.random() < policy.slow_share
    low, high = policy.slow_s if is_slow else policy.run_s
    return rng.uniform(low, high)


def make_flawed(
    body: str, claims: Sequence[tuple[int, int]], rng: random.Random, policy: SimulatePolicy
) -> tuple[Flaw, str] | None:
    """Return a flawed text and what is wrong with it; None when nothing in it can go wrong.

    `claims` are (start, end) of the supported ones in `body`.
    """
    wrong = None if rng.random() < policy.evasive_share else spoil(body, claims, rng.random())
    if wrong is not None:
        return Flaw.WRONG_NUMBER, wrong.body
    text = evasive(body)
    return None if text == body else (Flaw.EVASIVE, text)


def evasive(body: str) -> str:
    r"""Keep greeting, thanks and signature, and nothing that answers.

    >>> evasive("Hi Ann,\n\nThank you. It costs 55 USD.\n\nHow many?\n\nBest,\n\n-- \nAI")
    'Hi Ann,\n\nThank you.\n\nBest,\n\n-- \nAI'
    """
    blocks = body.split("\n\n")
    if len(blocks) < len(("greeting", "answer", "closing", "footer")):
        return body
    ends = [at for mark in ".!?" if (at := blocks[1].find(mark + " ")) > 0]
    thanks = blocks[1][: min(ends) + 1] if ends else blocks[1]
    return "\n\n".join([blocks[0], thanks, *blocks[-2:]])


def opinion(
    flaw: Flaw | None, *, open_claims: int, careless: bool, can_mend: bool, rng: random.Random,
    policy: SimulatePolicy,
) -> Opinion:  # fmt: skip
    """Return what a reviewer does with a draft whose true flaw is `flaw`.

    What has an unsupported claim cannot be approved, so that even the careless look at it.
    """
    seconds = rng.uniform(*policy.read_s)
    catch = policy.careless_catch if careless else policy.careful_catch
    luck, mend = rng.random(), rng.random() < policy.mend_share
    if flaw is None:
        whim = luck < policy.whim_share
        if open_claims:
            return Opinion(action="reject", reason="unsupported", seconds=seconds)
        return Opinion(
            action="reject" if whim else "approve", reason="bad_timing" if whim else None,
            seconds=seconds,
        )  # fmt: skip
    if luck >= catch and not open_claims:
        return Opinion(action="approve", reason=None, seconds=seconds / 3)
    if mend and can_mend:
        return Opinion(action="edit", reason=None, seconds=seconds * 2)
    return Opinion(action="reject", reason=flaw.value, seconds=seconds)


def pick(weights: Mapping[str, float], rng: random.Random) -> str:
    """Pick a key by its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def is_outage(day: int, policy: SimulatePolicy) -> bool:
    """Whether nothing runs on a day of a simulation with outages; the first days are spared."""
    return day % policy.outage_every == policy.outage_every - 1
