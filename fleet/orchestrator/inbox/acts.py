"""What the inbox graph asks of the outside, one method a step; each is safe to repeat."""

from collections.abc import Mapping
from typing import Any, Protocol


class InboxActs(Protocol):
    """The outside of one mail's run; ids are deterministic, so that a repeat changes nothing."""

    def screen(self, email_id: str) -> Mapping[str, Any]:
        """Return `{"stop": reason | None}` after suppressing whom the mail asks to suppress."""
        ...

    def score(self, email_id: str) -> Mapping[str, Any]:
        """Score the intent, keep the score, and return it."""
        ...

    def draft(self, email_id: str, intent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Compose a reply and check its claims; return it as plain values."""
        ...

    def queue(self, email_id: str, draft: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the draft into the review queue; return `{"draft_id", "held"}`."""
        ...

    def close(self, email_id: str, outcome: str) -> None:
        """Mark the mail handled and the run ended."""
        ...
