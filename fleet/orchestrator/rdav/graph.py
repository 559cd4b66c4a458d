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

        def decided(place: int, step: dict[str, Any], drafts: int) -> dict[str, Any]:
            given = flow.dependencies(state, step)
            inputs = flow.counted(acts.weigh(run_id, state["context"], step, given), drafts)
            number = state["replans"] * acts.policy.max_steps + place
            return acts.record(run_id, number, inputs, decide(inputs))

        stored = decided(at, state["steps"][at], 0)
        results = state["results"] | {state["steps"][at]["id"]: flow.status_of(stored)}
        wave: list[dict[str, Any]] = []
        if stored["decision"] != "ALLOW":
            onward, stop = flow.onward(state, results), flow.stop_of(stored)
            return {
                "decision": stored, "results": results, "position": onward, "stop": stop,
                "wave": wave,
            }  # fmt: skip
        for place, step in flow.beside(state):
            other = decided(place, step, 1 + len(wave))
            results[step["id"]] = flow.status_of(other)
            if other["decision"] == "ALLOW":
                wave.append({"step": step["id"], "decision": other["id"]})
        return {
            "decision": stored, "results": results, "position": at, "stop": None, "wave": wave,
        }  # fmt: skip

    return gate


def _act(acts: RdavActs) -> Node:
    def act(state: RunState) -> dict[str, Any]:
        step, wave = state["steps"][state["position"]], state.get("wave", [])
        receipt, *others = acts.act_all([state["decision"]["id"], *(w["decision"] for w in wave)])
        results = dict(state["results"])
        for item, other in zip(wave, others, strict=True):
            results[item["step"]] = other["status"]
        done = [
            item | {"receipt": other["receipt"]}
            for item, other in zip(wave, others, strict=True)
            if other["status"] == flow.DONE
        ]
        if receipt["status"] == flow.DONE:
            return {"receipt": receipt, "results": results, "wave": done}
        results[step["id"]] = receipt["status"]
        return {
            "receipt": receipt, "results": results, "wave": done, "stop": receipt.get("stop"),
            "position": state["position"] if done else flow.onward(state, results),
        }  # fmt: skip

    return act


def _verify(acts: RdavActs) -> Node:
    def verify(state: RunState) -> dict[str, Any]:
        steps, current = {step["id"]: step for step in state["steps"]}, state["receipt"]
        wanted = list(state.get("wave", []))
        if current["status"] == flow.DONE:
            mine = {"step": state["steps"][state["position"]]["id"]}
            wanted.insert(0, mine | {"decision": state["decision"]["id"]} | current)
        results, unproved = dict(state["results"]), list[str]()
        for item in wanted:
            step, receipt = steps[item["step"]], item["receipt"]
            fits, why = prove(step, acts.observe(step, receipt), receipt)
            results[step["id"]] = flow.DONE if fits else flow.FAILED
            unproved += [] if fits else [step["id"]]
            acts.settle(item["decision"], results[step["id"]], {"why": why, "receipt": receipt})
        again = bool(unproved) and state["replans"] < acts.policy.max_replans
        status = flow.FAILED if unproved else flow.DONE
        return {
            "results": results | (dict.fromkeys(unproved, "replanned") if again else {}),
            "position": flow.onward(state, results),
            "receipt": {"status": "replan" if again else status},
            "replans": state["replans"] + int(again),
            "wave": [],
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
