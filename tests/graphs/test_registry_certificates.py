"""Every graph of the registry carries a certificate; a planted endless loop does not."""

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from fleet.liveness.graph import certify_compiled
from fleet.runtime.certificates import certify_registry


class Count(TypedDict):
    n: int


def step(state: Count) -> dict[str, Any]:
    return {"n": state["n"] + 1}


def looping() -> Any:
    graph = StateGraph(Count)
    graph.add_node("work", step)
    graph.add_edge(START, "work")
    graph.add_conditional_edges(
        "work", lambda state: "work" if state["n"] < 3 else END, ["work", END]
    )
    return graph.compile()


def test_every_registered_graph_terminates() -> None:
    found = {name: c.max_steps for name, c in certify_registry().items()}
    assert (found["reply"], found["touch"], found["panel"]) == (7, 6, 11)
    assert all(steps is not None for steps in found.values())


def test_a_loop_without_a_bound_is_refused() -> None:
    assert [v.kind for v in certify_compiled(looping()).violations] == ["unbounded_cycle"]


def test_a_declared_bound_is_counted() -> None:
    assert certify_compiled(looping(), bounds=[("work", "work", 5)]).max_steps == 8
