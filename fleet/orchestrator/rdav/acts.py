"""What the orchestrator's graph asks of the outside; each call is safe to repeat."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from fleet.orchestrator.rdav.policy import RdavPolicy


class RdavActs(Protocol):
    """The outside of one contact's run; ids are made from the run and the step."""

    @property
    def policy(self) -> RdavPolicy:
        """The limits and thresholds in force."""
        ...

    def load(self, run_id: str, contact_id: str) -> dict[str, Any]:
        """Open the run and return the context: rows, ids, versions and the world's flags."""
        ...

    def plan(self, run_id: str, context: Mapping[str, Any], replans: int) -> dict[str, Any]:
        """Return a plan by a model or by rules; it is checked before anything else sees it."""
        ...

    def note_faults(self, run_id: str, steps: Sequence[Mapping[str, Any]], replans: int) -> None:
        """Count every fault of a plan as a defect."""
        ...

    def weigh(
        self, run_id: str, context: Mapping[str, Any], step: Mapping[str, Any],
        dependencies: Mapping[str, str],
    ) -> dict[str, Any]:  # fmt: skip
        """Look at the world again and return the gate's inputs for one step."""
        ...

    def record(
        self, run_id: str, position: int, inputs: Mapping[str, Any], result: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Store a gate decision once; return `{id, decision, rules, status}` as stored."""
        ...

    def act_all(self, decision_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Do what stored ALLOWs allow, side by side; return each's end in the given order.

        An end is `{status: done|failed|superseded, receipt?, stop?}`.
        """
        ...

    def observe(self, step: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Read the rows that a step's success check looks at."""
        ...

    def settle(self, decision_id: str, status: str, detail: Mapping[str, Any]) -> None:
        """Write down how an allowed step ended."""
        ...

    def finish(self, run_id: str, contact_id: str, end: Mapping[str, Any]) -> None:
        """Write down how the run ended: `{state, outcome, reason}`."""
        ...
