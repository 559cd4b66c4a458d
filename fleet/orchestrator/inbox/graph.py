"""The graph of one inbound mail: screen → score → draft → queue → close; a stop closes at once."""

from typing import Any, Literal, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph

from fleet.orchestrator.inbox.acts import InboxActs


class MailState(TypedDict, total=False):
    """What the run carries between steps; plain values only, no personal data but the draft."""

    email_id: str
    stop: str | None
    intent: dict[str, Any]
    draft: dict[str, Any]
    draft_id: str
    held: bool
    outcome: str


class Node(Protocol):
    """One step: read the state, return the changed keys."""

    def __call__(self, state: MailState) -> dict[str, Any]:
        """Run the step."""
        ...


def build_graph(acts: InboxActs, checkpointer: Any = None) -> Any:
    """Compile the graph; every step is at-least-once, and safe to repeat."""
    graph = StateGraph(MailState)
    graph.add_node("screen", _screen(acts))
    graph.add_node("score", _score(acts))
    graph.add_node("compose", _compose(acts))
    graph.add_node("queue", _queue(acts))
    graph.add_node("close", _close(acts))
    graph.add_edge(START, "screen")
    graph.add_conditional_edges("screen", is_stopped, ["score", "close"])
    graph.add_edge("score", "compose")
    graph.add_edge("compose", "queue")
    graph.add_edge("queue", "close")
    graph.add_edge("close", END)
    return graph.compile(checkpointer=checkpointer)


def is_stopped(state: MailState) -> Literal["score", "close"]:
    """Route a stopped mail past every model."""
    return "close" if state.get("stop") else "score"


def _screen(acts: InboxActs) -> Node:
    return lambda state: {"stop": acts.screen(state["email_id"])["stop"]}


def _score(acts: InboxActs) -> Node:
    return lambda state: {"intent": dict(acts.score(state["email_id"]))}


def _compose(acts: InboxActs) -> Node:
    return lambda state: {"draft": dict(acts.draft(state["email_id"], state["intent"]))}


def _queue(acts: InboxActs) -> Node:
    def queue(state: MailState) -> dict[str, Any]:
        queued = acts.queue(state["email_id"], state["draft"])
        return {"draft_id": queued["draft_id"], "held": queued["held"]}

    return queue


def _close(acts: InboxActs) -> Node:
    def close(state: MailState) -> dict[str, Any]:
        stop = state.get("stop")
        outcome = f"skipped:{stop}" if stop else ("held" if state.get("held") else "created")
        acts.close(state["email_id"], outcome)
        return {"outcome": outcome}

    return close
