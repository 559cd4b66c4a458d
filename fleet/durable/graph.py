"""The graph of one touch: claim → compose → queue → close; a stop closes at once."""

from typing import Any, Literal, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph

from fleet.durable.acts import TouchActs


class TouchState(TypedDict, total=False):
    """What the run carries between steps; plain values only."""

    touch_id: str
    stop: str | None
    claim: dict[str, Any]
    draft: dict[str, Any]
    draft_id: str
    held: bool
    outcome: str


class Node(Protocol):
    """One step: read the state, return the changed keys."""

    def __call__(self, state: TouchState) -> dict[str, Any]:
        """Run the step."""
        ...


def build_graph(acts: TouchActs, checkpointer: Any = None) -> Any:
    """Compile the graph; every step is at-least-once, and safe to repeat."""
    graph = StateGraph(TouchState)
    graph.add_node("claim_touch", _claim(acts))
    graph.add_node("compose", _compose(acts))
    graph.add_node("queue", _queue(acts))
    graph.add_node("close", _close(acts))
    graph.add_edge(START, "claim_touch")
    graph.add_conditional_edges("claim_touch", is_stopped, ["compose", "close"])
    graph.add_edge("compose", "queue")
    graph.add_edge("queue", "close")
    graph.add_edge("close", END)
    return graph.compile(checkpointer=checkpointer)


def is_stopped(state: TouchState) -> Literal["compose", "close"]:
    """Route a stopped touch past every model."""
    return "close" if state.get("stop") else "compose"


def _claim(acts: TouchActs) -> Node:
    return lambda state: dict(acts.claim(state["touch_id"]))


def _compose(acts: TouchActs) -> Node:
    return lambda state: {"draft": dict(acts.draft(state["touch_id"]))}


def _queue(acts: TouchActs) -> Node:
    return lambda state: dict(acts.queue(state["touch_id"], state["claim"], state["draft"]))


def _close(acts: TouchActs) -> Node:
    def close(state: TouchState) -> dict[str, Any]:
        stop = state.get("stop")
        outcome = f"skipped:{stop}" if stop else ("held" if state.get("held") else "created")
        acts.close(state["touch_id"], outcome)
        return {"outcome": outcome}

    return close
