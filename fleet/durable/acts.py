"""What the touch graph asks of the outside, one method a step; each is safe to repeat."""

from collections.abc import Mapping
from typing import Any, Protocol


class TouchActs(Protocol):
    """The outside of one touch's run; ids come from the touch, so that a repeat changes nothing."""

    def claim(self, touch_id: str) -> Mapping[str, Any]:
        """Take a due touch; return `{"stop": reason | None, "claim": {version, run}}`."""
        ...

    def draft(self, touch_id: str) -> Mapping[str, Any]:
        """Compose the touch and check its claims; return it as plain values."""
        ...

    def queue(
        self, touch_id: str, claim: Mapping[str, Any], draft: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Hold the draft for a person; return `{"stop", "draft_id", "held"}`."""
        ...

    def close(self, touch_id: str, outcome: str) -> None:
        """Write what became of the run."""
        ...
