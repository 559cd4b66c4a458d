"""The graph of one contact: screen → plan → [gate → act → verify]* → finish.

A held step does not stop the steps that do not need it; the run ends when nothing more may be done.
"""

from collections.abc import Callable
from typing import Any

from langgraph.graph import END, START, StateGraph

from fleet.orchestrator.rdav import flow
from fleet.orchestrator.rdav.acts import RdavActs
from fleet.orchestrator.rdav.check import check_plan, one_line
from fleet.orchestrator.rdav.flow import RunState
from fleet.orchestrator.rdav.gate import decide
from fleet.orchestrator.rdav.prove import prove
from fleet.orchestrator.rdav.veto import veto

Node = Callable[[RunState], dict[str, Any]]
ROUTES: dict[str, tuple[Callable[[RunState], str], list[str]]] = {
    "screen": (flow.after_screen, ["plan", "finish"]),
    "plan": (flow.after_plan, ["gate", "finish"]),
    "gate": (flow.after_gate, ["act", "gate", "finish"]),
    "act": (flow.after_act, ["verify", "gate", "finish"]),
    "verify": (flow.after_verify, ["gate", "screen", "finish"]),
}


def build_graph(acts: RdavActs, checkpointer: Any = None) -> Any:
    """Compile the graph; every node is at-least-once, and safe to repeat."""
    graph = StateGraph(RunState)
    nodes: dict[str, Any] = dict(build_nodes(acts))  # LangGraph wants its own protocol of a node
    for name, node in nodes.items():
        graph.add_node(name, node)
    graph.add_edge(START, "screen")
    for name, (route, targets) in ROUTES.items():
        graph.add_conditional_edges(name, route, targets)
    graph.add_edge("finish", END)
    return graph.compile(checkpointer=checkpointer)


def build_nodes(acts: RdavActs) -> dict[str, Node]:
    """Return the nodes by name; `ROUTES` says where each leads."""
    return {
        "screen": _screen(acts),
        "plan": _plan(acts),
        "gate": _gate(acts),
        "act": _act(acts),
        "verify": _verify(acts),
        "finish": _finish(acts),
    }


def _screen(acts: RdavActs) -> Node:
    def screen(state: RunState) -> dict[str, Any]:
        context = acts.load(state["run_id"], state["contact_id"])
        past = [*state.get("past", []), *state.get("results", {}).values()]
        return {
            "context": context, "stop": veto(context["world"]), "past": past, "results": {},
            "replans": state.get("replans", 0), "steps": [], "position": 0,
        }  # fmt: skip

    return screen


def _plan(acts: RdavActs) -> Node:
    def plan(state: RunState) -> dict[str, Any]:
        raw = acts.plan(state["run_id"], state["context"], state["replans"])
        steps, faults = check_plan(raw, state["context"], acts.policy)
        source = raw.get("source") if isinstance(raw, dict) else None
        goal = one_line(raw.get("goal")) if isinstance(raw, dict) else ""
        for step in steps:
            step["source"] = source if source in ("rule", "model") else "model"
            step["goal"] = goal
        acts.note_faults(state["run_id"], steps, state["replans"])
        return {"steps": steps, "plan_faults": faults, "position": 0, "goal": goal}

    return plan


def _gate(acts: RdavActs) -> Node:
    def gate(state: RunState) -> dict[str, Any]:
        at, run_id = state["position"], state["run_id"]
        step = state["steps"][at]
        inputs = acts.weigh(run_id, state["context"], step, flow.dependencies(state))
        number = state["replans"] * acts.policy.max_steps + at
        stored = acts.record(run_id, number, inputs, decide(inputs))
        results = state["results"] | {step["id"]: flow.status_of(stored)}
        onward = at if stored["decision"] == "ALLOW" else at + 1
        stop = flow.stop_of(stored)
        return {"decision": stored, "results": results, "position": onward, "stop": stop}

    return gate


def _act(acts: RdavActs) -> Node:
    def act(state: RunState) -> dict[str, Any]:
        step, at = state["steps"][state["position"]], state["position"]
        receipt = acts.act(state["decision"]["id"])
        if receipt["status"] == flow.DONE:
            return {"receipt": receipt}
        results = state["results"] | {step["id"]: receipt["status"]}
        return {
            "receipt": receipt, "results": results, "position": at + 1,
            "stop": receipt.get("stop"),
        }  # fmt: skip

    return act


def _verify(acts: RdavActs) -> Node:
    def verify(state: RunState) -> dict[str, Any]:
        step, receipt = state["steps"][state["position"]], state["receipt"]["receipt"]
        fits, why = prove(step, acts.observe(step, receipt), receipt)
        again = not fits and state["replans"] < acts.policy.max_replans
        status = flow.DONE if fits else flow.FAILED
        acts.settle(state["decision"]["id"], status, {"why": why, "receipt": receipt})
        return {
            "results": state["results"] | {step["id"]: "replanned" if again else status},
            "position": state["position"] + 1,
            "receipt": {"status": "replan" if again else status, "receipt": receipt},
            "replans": state["replans"] + int(again),
        }

    return verify


def _finish(acts: RdavActs) -> Node:
    def finish(state: RunState) -> dict[str, Any]:
        named, reason = flow.conclude(state)
        outcome = flow.said_end(named, reason)
        end = {"state": named.value, "outcome": outcome, "reason": reason}
        acts.finish(state["run_id"], state["contact_id"], end)
        return {"outcome": outcome, "reason": reason}

    return finish
