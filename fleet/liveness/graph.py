"""Any compiled LangGraph graph as a graph to certify: its nodes, its edges, the declared bounds."""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.liveness.topology import Certificate, certify, parse_graph


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
