"""Retries by the class of the error, bounded, spread; a run that moves starts its count anew."""

import random
from collections.abc import Callable
from typing import TypeVar

import pytest

from fleet.adapters.files import read_policies
from fleet.durable.retry import Again, DurablePolicy, classify, next_try, run_durably
from fleet.errors import (
    EgressHalted,
    EgressTimeout,
    EvidenceError,
    FleetError,
    GovernanceError,
    InputError,
    MalformedReply,
    PolicyError,
    RowNotFound,
    StoreError,
    WriteConflict,
)
from fleet.policy import section

POLICY = section(read_policies(), "durable", DurablePolicy)
T = TypeVar("T")
STEPS, FAILS, RUNS = 10, 0.15, 1_000


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InputError("x"), "permanent"), (PolicyError("x"), "permanent"),
        (RowNotFound("t", "1"), "permanent"), (EvidenceError("x"), "permanent"),
        (GovernanceError("x"), "permanent"), (EgressHalted("x"), "permanent"),
        (MalformedReply("x"), "permanent"), (EgressTimeout("x"), "transient"),
        (StoreError("x"), "transient"), (WriteConflict("x"), "transient"),
        (TimeoutError(), "transient"), (ConnectionResetError(), "transient"),
        (OSError(28, "No space left"), "transient"), (KeyError("x"), "unknown"),
        (RuntimeError(), "unknown"), (FleetError("x"), "transient"),
    ],
)  # fmt: skip
def test_the_class_of_an_error(error: Exception, kind: str) -> None:
    assert classify(error) == kind


@pytest.mark.parametrize(
    ("error", "tries"), [(StoreError("x"), 8), (KeyError("x"), 3), (InputError("x"), 1)]
)
def test_tries_end_where_the_policy_says(error: Exception, tries: int) -> None:
    calls = []

    def step() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        durably(step, lambda: "here")
    assert len(calls) == tries


def test_waits_are_spread_between_nothing_and_a_bounded_double() -> None:
    rng = random.Random(1)
    for failures in (1, 2, 3, 7):
        waits = [again(failures, rng) for _ in range(400)]
        ceiling = min(POLICY.cap_s, POLICY.base_s * 2**failures)
        assert max(waits) <= ceiling
        assert min(waits) < ceiling / 10
        assert max(waits) > ceiling * 0.9


def again(failures: int, rng: random.Random) -> float:
    found = next_try(StoreError("busy"), failures, POLICY, rng)
    assert isinstance(found, Again)
    return found.wait_s


def test_a_step_that_was_overcome_starts_the_count_anew() -> None:
    position = 0
    left = {n: POLICY.attempts["transient"] - 1 for n in range(5)}

    def step() -> str:
        nonlocal position
        while position < len(left):
            if left[position]:
                left[position] -= 1
                raise StoreError("busy")
            position += 1
        return "done"

    assert durably(step, lambda: position) == "done"


def test_an_interrupt_is_never_retried() -> None:
    calls = []

    def step() -> None:
        calls.append(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        durably(step, lambda: 0)
    assert calls == [1]


def test_ten_steps_failing_fifteen_percent_all_finish_durably_and_a_fifth_without() -> None:
    luck = random.Random(15)
    bare = sum(all(luck.random() >= FAILS for _ in range(STEPS)) for _ in range(RUNS))
    finished = repeated = 0
    for _ in range(RUNS):
        done: list[int] = []

        def step(done: list[int] = done) -> int:
            while len(done) < STEPS:
                if luck.random() < FAILS:
                    raise TimeoutError
                done.append(len(done))
            return len(done)

        finished += durably(step, lambda done=done: len(done)) == STEPS  # type: ignore[misc]  # bound early
        repeated += done != list(range(STEPS))
    assert (finished, repeated) == (RUNS, 0)
    assert 150 <= bare <= 250  # 0.85 ** 10 is 0.197


def durably(step: Callable[[], T], progress: Callable[[], object]) -> T:
    return run_durably(
        step, progress=progress, policy=POLICY, rng=random.Random(7), sleep=lambda _: None
    )
