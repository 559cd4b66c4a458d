"""A graph of ten steps that each fail at random, run bare or durably over a real store."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from fleet.adapters.checkpoints import open_checkpoints
from fleet.adapters.store.migrate import upgrade
from fleet.orchestrator.registry import GraphRow
from fleet.runtime.durable_runs import DurableRun
from fleet.runtime.fleet import Fleet
from fleet.settings import read_settings
from tests.support.campaign_world import SETTINGS

STEPS = 10
PAYLOAD = "x" * 500
ROW = GraphRow(
    name="ten", builder="tests.support.ten_steps:build", subject="touches", version="ten-1",
    effect="read", pool="tests", prompts=(),
)  # fmt: skip


class TenState(TypedDict, total=False):
    """What the steps carry."""

    touch_id: str
    text: str
    outcome: str


def build(step: Callable[[], None], checkpointer: Any = None) -> Any:
    """Compile ten steps in a row, each of which calls `step` and writes half a kilobyte."""
    graph = StateGraph(TenState)
    for number in range(STEPS):

        def node(state: TenState, number: int = number) -> dict[str, Any]:
            step()
            done = {"text": f"{number}{PAYLOAD}"}
            return done | ({"outcome": "created"} if number == STEPS - 1 else {})

        graph.add_node(f"step{number}", node)
    graph.add_edge(START, "step0")
    for number in range(1, STEPS):
        graph.add_edge(f"step{number - 1}", f"step{number}")
    graph.add_edge(f"step{STEPS - 1}", END)
    return graph.compile(checkpointer=checkpointer)


def failing(share: float, seed: int) -> Callable[[], None]:
    """Return a step that fails as a service does that is away now and then."""
    rng = random.Random(seed)

    def step() -> None:
        if rng.random() < share:
            raise TimeoutError("the service was away")

    return step


def open_home(folder: Path) -> Fleet:
    """Return a fleet over a fresh store."""
    fleet = Fleet(read_settings(str(folder), SETTINGS))
    upgrade(fleet.store)
    return fleet


def durable_finishes(folder: Path, runs: int, step: Callable[[], None]) -> int:
    """Return how many of the runs came to their end with checkpoints and bounded retries."""
    fleet = open_home(folder)
    saver = open_checkpoints(fleet.settings.engine_url)
    run = DurableRun(fleet, ROW, build(step, saver), "here")
    ends = [run(f"ten:{number}", {"touch_id": str(number)}) for number in range(runs)]
    fleet.close()
    return [end["outcome"] for end in ends].count("created")


def bare_finishes(runs: int, step: Callable[[], None]) -> int:
    """Return how many of the runs came to their end in a loop without durability."""
    graph, done = build(step), 0
    for _ in range(runs):
        try:
            graph.invoke({})
            done += 1
        except TimeoutError:
            continue
    return done


def no_wait(_seconds: float) -> None:
    """Stand for a wait between two tries."""
