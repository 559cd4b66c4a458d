"""Every graph of the fleet, one row each. Importing it loads no model, database or LangGraph."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRow:
    """What the fleet knows of a graph before it builds it."""

    name: str
    version: str
    builder: str  # module:function, imported when the graph is needed
    subject: str  # the table whose row one run is about
    effect: str  # strongest effect: read | draft | dispatch
    pool: str  # worker pool; a jammed graph stays inside its own
    prompts: tuple[str, ...] = ()
    bounds: tuple[tuple[str, str, int], ...] = ()  # (from, to, times): how often an edge is taken


REGISTRY: tuple[GraphRow, ...] = (
    GraphRow(
        name="reply",
        version="reply-1",
        builder="fleet.orchestrator.inbox.graph:build_graph",
        subject="emails",
        effect="draft",
        pool="email",
        prompts=("intent.score", "drafting.reply"),
    ),
    GraphRow(
        name="touch",
        version="touch-1",
        builder="fleet.durable.graph:build_graph",
        subject="touches",
        effect="draft",
        pool="campaign",
    ),
    GraphRow(
        name="orchestrator",
        version="orchestrator-1",
        builder="fleet.orchestrator.rdav.graph:build_graph",
        subject="contacts",
        effect="dispatch",
        pool="planning",
        prompts=("orchestrator.plan",),
        bounds=(
            # 8 steps of each of 3 plans; two new plans: [orchestrator] max_steps and max_replans
            ("gate", "gate", 24),
            ("act", "gate", 24),
            ("verify", "gate", 24),
            ("verify", "screen", 2),
        ),
    ),
    GraphRow(
        name="panel",
        version="panel-1",
        builder="fleet.campaign_panel.graph:build_graph",
        subject="panels",
        effect="read",
        pool="planning",
        prompts=("panel.lens",),
        bounds=(("critique", "ideate", 2),),  # at most 3 rounds: campaign_panel.policy.MOST_ROUNDS
    ),
)


def graph_row(name: str) -> GraphRow | None:
    """Return the row of a graph by name."""
    return next((row for row in REGISTRY if row.name == name), None)
