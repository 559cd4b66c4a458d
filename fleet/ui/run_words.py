"""A run in words: whom it is about, what it waits for, its steps."""

from collections.abc import Mapping
from typing import Any

from fleet.ui.untrusted import plain

DECISION = "a decision"
ENDS = {"__start__": "begin", "__end__": "end"}
STATE = 90  # characters of a table's cell
GRAPHS = {
    "reply": "Reply", "touch": "Touch", "orchestrator": "Plan", "panel": "Campaign panel",
}  # fmt: skip


def graph_words(graph: str | None) -> str:
    """Return what a graph makes, as the sidebar calls it."""
    return GRAPHS.get(graph or "", plain(graph or ""))


def wait_words(waits_for: str | None) -> str:
    """Return what is waited for, without the id of the row.

    >>> wait_words("a decision on step st-1")
    'a decision'
    """
    text = waits_for or ""
    return DECISION if text.startswith(DECISION) else plain(text)


def step_words(names: list[str] | None) -> str:
    """Return the steps ahead; none is the end.

    >>> step_words(["__start__"]), step_words([])
    ('begin', 'end')
    """
    return ", ".join(ENDS.get(name, plain(name)) for name in names or ()) or ENDS["__end__"]


def state_words(row: Mapping[str, Any]) -> str:
    """Return where a run stands: its error, its wait, its sleep, its outcome or its next step."""
    if row["error"]:
        return plain(row["error"])[:STATE]
    if row["waits_for"]:
        return f"waits for {wait_words(row['waits_for'])}"[:STATE]
    if row["due_at"] and row["state"] == "waiting_timer":
        return f"sleeps until {row['due_at'][:16].replace('T', ' ')}"
    if row["outcome"]:
        return plain(row["outcome"]).replace("_", " ")[:STATE]
    return f"at {step_words(row['next'])}" if row["next"] else "begins"
