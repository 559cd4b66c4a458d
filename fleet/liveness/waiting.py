"""Waits that cannot end: a circle of waits, a wait for one that is gone, a wait past its limit."""

import math
from collections.abc import Mapping
from typing import Any

from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.tracks import HOUR, RunTrack
from fleet.liveness.waits import WaitForGraph

BEFORE_DUE_S = 1.0  # more than a sum of two times in seconds can be off


class WaitChecks:
    """Judges what one event says about waiting and holding; one instance a detector."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self.graph = WaitForGraph()
        self._final = frozenset(policy.final_actions)
        self._limit_s = policy.wait_hours * HOUR

    def check(self, event: Mapping[str, Any], track: RunTrack, at: float | None) -> Any:
        """Return (verdict, evidence, action) of a wait that cannot end, else None."""
        name = str(event.get("actor"))
        if (
            name in track.free
            and not event.get("waits_for")
            and not event.get("holds")
            and event.get("action") not in self._final
        ):
            found = None
        else:
            found = self._changes(event, track, name, at)
        if found is not None or at is None or at < track.due:
            return found
        return self._expired(track, at)

    def _changes(
        self, event: Mapping[str, Any], track: RunTrack, name: str, at: float | None
    ) -> Any:
        actor = track.actors.setdefault(name, (event["run_id"], name))
        track.free.discard(name)
        wanted, holds = event.get("waits_for"), event.get("holds")
        cycle = self.graph.update(
            actor,
            str(wanted) if wanted else None,
            frozenset(map(str, holds)) if isinstance(holds, list) else None,
            final=event.get("action") in self._final,
        )
        if cycle:
            text = " waits for ".join(cycle)
            return "DEADLOCK", {"cycle": cycle, "text": text}, "BREAK_AND_ESCALATE"
        if not wanted:
            if at is not None:
                track.waiting_since.pop(name, None)
            if not self.graph.holdings[actor] and name not in track.waiting_since:
                track.free.add(name)
            return None
        gone = self.graph.is_orphan(actor)
        if gone or "expired" in str(event.get("action", "")).lower():
            text = f"{name} waits for {wanted}, which has {'ended' if gone else 'expired'}"
            return "ORPHAN_WAIT", {"waits_for": wanted, "text": text}, "BREAK_AND_ESCALATE"
        if at is not None and name not in track.waiting_since:
            self._begin(track, name, event.get("args"), at)
        return None

    def _begin(self, track: RunTrack, name: str, args: Any, at: float) -> None:
        own = args.get("timeout_s") if isinstance(args, dict) else None
        limit = float(own) if isinstance(own, (int, float)) and own > 0 else self._limit_s
        track.waiting_since[name] = (at, limit)
        track.due = min(track.due, at + limit - BEFORE_DUE_S)

    def _expired(self, track: RunTrack, at: float) -> Any:
        for name, (since, limit) in track.waiting_since.items():
            if at - since > limit:
                waited, limit_h = (at - since) / HOUR, limit / HOUR
                text = f"{name} has waited {waited:.1f} h, the wait ends after {limit_h:.1f} h"
                return "ORPHAN_WAIT", {"actor": name, "text": text}, "BREAK_AND_ESCALATE"
        ends = (since + limit for since, limit in track.waiting_since.values())
        track.due = min(ends, default=math.inf) - BEFORE_DUE_S
        return None
