"""Steps of a graph around others: when what one returned is known; whether the run has a result.

A node is listed where it began, with all that lies inside it behind it; its output is known only
once it is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fleet.traces.model import Step, StepKind, Trajectory

MOST_OPEN = 200  # nodes that lie in each other; of deeper ones the outermost are not waited for
EMPTY: tuple[Any, ...] = (None, "", {}, [])


@dataclass(slots=True)
class OpenNodes:
    """The nodes of a run that are not over yet, as its steps go by."""

    _open: list[Step] = field(default_factory=list)

    def over_at(self, step: Step) -> Iterator[Step]:
        """Yield the nodes with an output that were over when `step` began; then note the step."""
        around = self._around(step)
        kept = []
        for node in self._open:
            if _over(node, step, around):
                yield node
            else:
                kept.append(node)
        if step.kind is StepKind.NODE:
            kept.append(step)
        self._open = kept[-MOST_OPEN:]

    def _around(self, step: Step) -> set[str]:
        """Return the ids of the open nodes that a step lies in."""
        parents = {node.id: node.parent_id for node in self._open}
        at, found = step.parent_id, set[str]()
        while at is not None and at in parents and at not in found:
            found.add(at)
            at = parents[at]
        return found


def _over(node: Step, step: Step, around: set[str]) -> bool:
    """By their times where both are known, else by whether the step lies inside the node."""
    if node.ended_at is not None and step.started_at is not None:
        return node.ended_at <= step.started_at
    return node.id not in around


def has_result(run: Trajectory) -> bool:
    """Whether a run without a spoken reply still ends in one: an answer, or what a node returned.

    The node must come after the last call; a graph without a model answers by its state.
    """
    if run.answer not in EMPTY:
        return True
    for step in reversed(run.steps):
        if step.tool_calls:
            return False
        if step.kind is StepKind.NODE and step.output not in EMPTY and step.error is None:
            return True
    return False


def names_in(run: Trajectory) -> frozenset[str]:
    """Return the names of the run and of its parts: an id built from them is not invented."""
    names = {run.name, *(step.name for step in run.steps), *(step.node for step in run.steps)}
    return frozenset(name for name in names if name)
