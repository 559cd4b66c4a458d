"""The guard as a node of a graph: two nodes that trade one lead are stopped, also after a restart."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from fleet.adapters.files import read_policies
from fleet.liveness.graph import GuardNode, Watched, certify_compiled
from fleet.liveness.policy import LivenessPolicy
from fleet.policy import section

POLICY = section(read_policies(), "liveness", LivenessPolicy)
PERIOD = 2
ROUNDS = 30
CONFIG: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": 10 * ROUNDS}
BEGIN: Any = {"run_id": "r", "trail": [], "stuck": None}


def trading(saver: Any, *, progress: bool, dies_at: int = 0) -> Any:
    """Return a graph in which two nodes hand a lead to and fro, with a guard after each."""

    def node(name: str) -> Any:
        def act(state: Watched) -> dict[str, Any]:
            done = len(state["trail"]) + 1
            if done == dies_at:
                raise KeyboardInterrupt
            at, fields = 1_767_225_600 + 60 * done, (ROUNDS - done if progress else ROUNDS)
            event = {
                "actor": name, "node": name, "action": "check", "args": {"note": f"look {done}"},
                "state": {"open_fields": fields, "updated_at": at}, "ts": at, "effect": "read",
            }  # fmt: skip
            return {"trail": [event]}

        return act

    def onward(state: Watched) -> str:
        if state.get("stuck") or len(state["trail"]) >= ROUNDS:
            return "end"
        return "approver" if state["trail"][-1]["node"] == "qualifier" else "qualifier"

    graph = StateGraph(Watched)
    for name in ("qualifier", "approver"):
        graph.add_node(name, node(name))
        graph.add_edge(name, "guard")
    guard: Any = GuardNode(POLICY)
    graph.add_node("guard", guard)
    graph.add_edge(START, "qualifier")
    paths: Any = {"qualifier": "qualifier", "approver": "approver", "end": END}
    graph.add_conditional_edges("guard", onward, paths)
    return graph.compile(checkpointer=saver)


def test_two_nodes_that_trade_one_lead_are_stopped_within_three_periods() -> None:
    ended = trading(InMemorySaver(), progress=False).invoke(BEGIN, CONFIG)
    assert len(ended["trail"]) == 3 * PERIOD
    assert {k: ended["stuck"][k] for k in ("run_id", "verdict", "at_seq", "action")} == {
        "run_id": "r", "verdict": "LOOP", "at_seq": 3 * PERIOD, "action": "BREAK_AND_ESCALATE",
    }  # fmt: skip
    assert ended["stuck"]["evidence"]["cycle"] == ["qualifier", "approver"]


def test_the_same_graph_with_progress_comes_to_its_end() -> None:
    ended = trading(InMemorySaver(), progress=True).invoke(BEGIN, CONFIG)
    assert (len(ended["trail"]), ended["stuck"]) == (ROUNDS, None)


@pytest.mark.parametrize("dies_at", range(2, 3 * PERIOD + 1))
def test_a_restart_does_not_make_the_guard_forget(dies_at: int) -> None:
    saver = InMemorySaver()
    with pytest.raises(KeyboardInterrupt):
        trading(saver, progress=False, dies_at=dies_at).invoke(BEGIN, CONFIG)
    ended = trading(saver, progress=False).invoke(None, CONFIG)
    assert (ended["stuck"]["verdict"], ended["stuck"]["at_seq"]) == ("LOOP", 3 * PERIOD)


def test_another_past_of_the_same_run_is_judged_by_itself() -> None:
    guard = GuardNode(POLICY)
    looped = [{"actor": "a", "node": "n", "action": "look", "state": {"stage": "open"}}] * 2
    moved = [{"actor": "a", "node": "n", "action": "look", "state": {"stage": n}} for n in "abc"]
    assert guard({"run_id": "r", "trail": looped}) == {"stuck": None}
    assert guard({"run_id": "r", "trail": moved}) == {"stuck": None}
    assert guard({"run_id": "r", "trail": [*looped, looped[0]]})["stuck"]["verdict"] == "LOOP"
    assert guard({"run_id": "other", "trail": []}) == {"stuck": None}


def test_a_guard_is_no_bound_so_the_certificate_still_asks_for_one() -> None:
    found = certify_compiled(trading(None, progress=False))
    assert found.violations[0].kind == "unbounded_cycle"
    both = [("guard", "qualifier", ROUNDS), ("guard", "approver", ROUNDS)]
    assert certify_compiled(trading(None, progress=False), bounds=both).terminates
