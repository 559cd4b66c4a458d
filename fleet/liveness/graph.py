"""LangGraph and the guard: a node that stops a graph going round, and any graph certified."""

import operator
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypedDict

from fleet.liveness.detector import Detector
from fleet.liveness.events import as_answer, parse_time
from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.topology import Certificate, certify, parse_graph

RUNS_KNOWN = 256  # whose events need not be gone through again


class Watched(TypedDict, total=False):
    """What a graph keeps for its guard; it is in the checkpoint, so that a restart forgets nothing.

    Each node adds its event (`actor`, `node`, `action`, `args`, `state`, ...) to the trail; `stuck`
    is the guard's answer once the run makes no progress.
    """

    run_id: str
    trail: Annotated[list[dict[str, Any]], operator.add]
    stuck: dict[str, Any] | None


class GuardNode:
    """A node that judges what was added to the trail; route on `stuck` after it.

    It remembers the runs of this process, and goes through the trail of any other from its start:
    the answer depends on the trail alone.
    """

    def __init__(self, policy: LivenessPolicy) -> None:
        self._policy = policy
        self._known: OrderedDict[str, tuple[int, Mapping[str, Any], Detector]] = OrderedDict()

    def __call__(self, state: Watched) -> dict[str, Any]:
        """Return `{"stuck": answer}`, as one line of `fleet liveness run`, or None in its place."""
        if state.get("stuck"):
            return {"stuck": state["stuck"]}
        run_id, trail = state["run_id"], state.get("trail", [])
        seen, last, detector = self._known.pop(run_id, (0, {}, None))
        if detector is None or not 0 < seen <= len(trail) or trail[seen - 1] != last:
            seen, detector = 0, Detector(self._policy)
        for number, event in enumerate(trail[seen:], start=seen + 1):
            row = event | {"run_id": run_id, "seq": event.get("seq", number)}
            found = detector.observe(row, parse_time(event.get("ts")))
            if found is not None:
                return {"stuck": as_answer(run_id, found)}
        if trail:
            self._known[run_id] = len(trail), trail[-1], detector
            if len(self._known) > RUNS_KNOWN:
                self._known.popitem(last=False)
        return {"stuck": None}


def certify_compiled(
    compiled: Any,
    *,
    bounds: Iterable[tuple[str, str, int]] = (),
    waits: Mapping[str, Mapping[str, Any]] | None = None,
) -> Certificate:
    """Certify a compiled graph; `bounds` says how often (from, to) may be taken in one run.

    `max_steps` counts LangGraph's start and end nodes too, so it bounds the recursion limit.
    """
    drawn = compiled.get_graph()
    limits = {(start, end): times for start, end, times in bounds}
    nodes: list[dict[str, Any]] = []
    for name in drawn.nodes:
        wait = (waits or {}).get(name)
        nodes.append({"id": name} | ({"effect": "wait", "wait": wait} if wait else {}))
    edges: list[dict[str, Any]] = []
    for edge in drawn.edges:
        bound = limits.get((edge.source, edge.target))
        edges.append(
            {"from": edge.source, "to": edge.target} | ({} if bound is None else {"bound": bound})
        )
    wire = {"entry": "__start__", "exits": ["__end__"], "nodes": nodes, "edges": edges}
    return certify(parse_graph(wire, "compiled graph"))
