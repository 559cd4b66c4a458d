"""How many runs are still going after each step, when every step may fail: bare, and with retries.

A model of what the retry policy promises; the test of ten real steps is held against it.
"""

import random


def survival(runs: int, steps: int, failing: float, tries: int, rng: random.Random) -> list[float]:
    """Return the share of runs alive after 0, 1, ... `steps` steps.

    A step fails with chance `failing`; it is tried up to `tries` times, and a run whose step used
    them up is over. One try is a bare loop.

    >>> survival(4, 2, 0.0, 1, random.Random(0))
    [1.0, 1.0, 1.0]
    """
    alive = [runs] + [0] * steps
    for _ in range(runs):
        for step in range(1, steps + 1):
            if all(rng.random() < failing for _ in range(tries)):
                break
            alive[step] += 1
    return [count / runs for count in alive]
