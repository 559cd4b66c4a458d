"""The version under simulation: the real inbox, whose texts may be flawed and whose time is played.

What it did wrong is kept beside it, so that reviewers can be right or wrong about it. Nothing else
knows: the queue, the gates and the ladder see texts and claims as ever.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.evaluation.simulation import (
    Flaw,
    Scenario,
    SimulatePolicy,
    make_flawed,
    run_seconds,
)
from fleet.orchestrator.registry import GraphRow
from fleet.runtime.inbox_acts import StoreInbox

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

TICK = timedelta(microseconds=1)
NS_PER_US = 1_000
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class SimulatedClock:
    """A clock that is moved, and ticks at every look, so that no two acts share a moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the time in UTC, a microsecond after the look before."""
        self.at += TICK
        return self.at

    def now_ns(self) -> int:
        """Return the same time in nanoseconds since 1970."""
        return (self.now() - EPOCH) // TICK * NS_PER_US

    def move(self, seconds: float) -> None:
        """Let time go by."""
        self.at += timedelta(seconds=seconds)

    def reach(self, at: datetime) -> None:
        """Go to a moment; one that is over already changes nothing."""
        self.at = max(self.at, at)


@dataclass(slots=True)
class Play:
    """What is being played: the version, its luck, and what it did wrong so far."""

    scenario: Scenario
    policy: SimulatePolicy
    seed: int
    row: GraphRow
    clock: SimulatedClock
    flawed: float = 0.0  # share of today's drafts
    flaws: dict[str, tuple[Flaw, str]] = field(
        default_factory=dict
    )  # mail: what, and the good text

    def luck(self, *parts: object) -> random.Random:
        """Return a generator of its own for one choice: the same for the same seed."""
        return random.Random(":".join(map(str, (self.seed, *parts))))


class SimulatedInbox(StoreInbox):
    """The real acts; a draft takes its time, and may be spoiled before its claims are checked."""

    def __init__(self, fleet: "Fleet", play: Play, keep: Callable[[], None]) -> None:
        super().__init__(
            fleet.store, fleet.clock, fleet.settings, fleet.policies, fleet.review,
            graph=play.row.name, version=play.row.version,
        )  # fmt: skip
        self._fleet, self._play, self._keep = fleet, play, keep

    def draft(self, email_id: str, intent: Mapping[str, Any]) -> dict[str, Any]:
        """Write the reply, well or badly; its claims are checked as it then is."""
        play, rng = self._play, self._play.luck("draft", email_id)
        written = super().draft(email_id, intent)
        play.clock.move(run_seconds(play.scenario, rng, play.policy))
        if rng.random() >= play.flawed:
            return written
        spans = [(c["start"], c["end"]) for c in written["claims"] if c["supported"]]
        made = make_flawed(written["body"], spans, rng, play.policy)
        if made is None:
            return written
        flaw, body = made
        play.flaws[email_id] = (flaw, written["body"])
        self._keep()  # before the queue shows it: after a kill people must still know it is bad
        asked = {"email_id": email_id, "contact_id": None, "body": body}
        checked = self._fleet.recheck(written["subject"], body, asked)
        return written | {"body": body, "claims": [asdict(claim) for claim in checked]}
