"""Closed sets about trust: rungs of the ladder, outcomes of the gate, states of a draft."""

from enum import StrEnum

SIMULATED = "+sim."  # in the name of every version whose runs, people and customers were played

SIMULATED_MAIL = "<simulated-"  # begins the Message-ID of what a played customer wrote


def is_simulated(version: str) -> bool:
    """Whether a version's evidence was played.

    >>> is_simulated("reply-1+sim.good.7"), is_simulated("reply-1")
    (True, False)
    """
    return SIMULATED in version


class Rung(StrEnum):
    """The autonomy ladder, lowest first; compare with `.height`."""

    ASSIST = "ASSIST"
    DRAFT = "DRAFT"
    SHADOW = "SHADOW"
    CONDITIONAL = "CONDITIONAL"
    UNATTENDED = "UNATTENDED"

    @property
    def height(self) -> int:
        """Position on the ladder, 0 for ASSIST."""
        return list(Rung).index(self)


class GateOutcome(StrEnum):
    """The only three outcomes of a release decision."""

    PROMOTE = "PROMOTE"
    HOLD = "HOLD"
    ROLLBACK = "ROLLBACK"


class Risk(StrEnum):
    """How much a wrong draft could cost."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class DraftStatus(StrEnum):
    """The states of one draft; DESIGN's wire names."""

    PENDING = "pending"
    LEASED = "leased"
    APPROVED = "approved"
    REJECTED = "rejected"
    SNOOZED = "snoozed"
    SENT = "sent"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    VOIDED = "voided"
