"""How each graph of the registry is built over a real fleet: one function a graph.

A graph without one here can be listed and cancelled, but not resumed by this build.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fleet.errors import InputError
from fleet.orchestrator.registry import GraphRow

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

Build = Callable[[Any], Any]  # checkpointer -> compiled graph


def reply_graph(fleet: "Fleet", row: GraphRow) -> Build:
    """Build the graph of one inbound mail."""
    from fleet.orchestrator.inbox.graph import build_graph
    from fleet.runtime.inbox_acts import StoreInbox

    acts = StoreInbox(
        fleet.store, fleet.clock, fleet.settings, fleet.policies, fleet.review,
        graph=row.name, version=row.version, chat=fleet.chat,
    )  # fmt: skip
    return lambda saver: build_graph(acts, saver)


def touch_graph(fleet: "Fleet", row: GraphRow) -> Build:
    """Build the graph of one touch."""
    from fleet.durable.graph import build_graph
    from fleet.runtime.campaign_acts import StoreTouches

    acts = StoreTouches(
        fleet.store, fleet.clock, fleet.settings, fleet.policies, fleet.review, version=row.version
    )
    return lambda saver: build_graph(acts, saver)


def orchestrator_graph(fleet: "Fleet", row: GraphRow) -> Build:
    """Build the graph of one contact."""
    del row
    from fleet.orchestrator.rdav.graph import build_graph
    from fleet.runtime.rdav_acts import StoreRdav
    from fleet.runtime.rdav_run import model_planner

    acts = StoreRdav(fleet, planner=model_planner(fleet))
    return lambda saver: build_graph(acts, saver)


BUILDS: dict[str, Callable[["Fleet", GraphRow], Build]] = {
    "reply": reply_graph,
    "touch": touch_graph,
    "orchestrator": orchestrator_graph,
}


def build_for(fleet: "Fleet", row: GraphRow) -> Build:
    """Return the build of a registry row; raises InputError when this build has none."""
    if row.name not in BUILDS:
        raise InputError(f"graph {row.name!r} cannot be run here: run its own command instead")
    return BUILDS[row.name](fleet, row)
