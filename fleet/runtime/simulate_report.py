"""What a simulated past amounts to, read back from the store: its path, its sends, its proofs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import verify
from fleet.adapters.store.grants import read_grant, read_history
from fleet.adapters.store.lead_outcomes import count_trainings
from fleet.adapters.store.simulated import (
    count_day,
    count_sends,
    unapproved_sends,
    unresolved_decisions,
)
from fleet.adapters.store.simulated_deals import ended_on
from fleet.domain.trust import Rung
from fleet.propensity.follow_up import TRAINED
from fleet.release_gate.ladder import moves_only
from fleet.runtime.ladder import ladder_policy
from fleet.runtime.scoring_watch import read_ended, read_follow_up

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet
    from fleet.runtime.simulate_version import Play

SUMS = (
    "mails", "drafts", "approved", "edited", "rejected", "machine_approved", "canaries", "recalled",
)  # fmt: skip


def day_row(
    fleet: "Fleet", play: "Play", day: int, midnight: datetime, *, decided: Mapping[str, Any],
    down: bool,
) -> dict[str, Any]:  # fmt: skip
    """Return what one day came to, counted in the store."""
    graph, version = play.row.name, play.row.version
    since, until = stamp(midnight), stamp(midnight + timedelta(days=1))
    grant = read_grant(fleet.store, graph, version)
    moves = [
        {"to": move["to_rung"], "why": move["reason"]}
        for move in read_history(fleet.store, graph, version)
        if since <= move["at"] < until
    ]
    return {
        "day": day + 1, "date": midnight.date().isoformat(),
        **count_day(fleet.store, version, since, until),
        "sent": count_sends(fleet.store, graph, version, since, until),
        "decision": decided.get("decision"),
        "rung": (grant.rung if grant else ladder_policy(fleet).start).value, "outage": down,
        "moves": moves, "deals": ended_on(fleet.store, since[:10]),
    }  # fmt: skip


def simulated_summary(
    fleet: "Fleet", label: Mapping[str, Any], days: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the totals and proofs of the version that was played."""
    graph, version = label["graph"], label["version"]
    policy, store = ladder_policy(fleet), fleet.store
    moves = moves_only(read_history(store, graph, version))
    path = [policy.start.value, *(move["to_rung"] for move in moves)]
    falls = [
        {"at": move["at"], "from": move["from_rung"], "to": move["to_rung"], "why": move["reason"]}
        for move in moves
        if Rung(move["to_rung"]).height < Rung(move["from_rung"]).height
    ]
    unapproved = unapproved_sends(store, graph, version, policy.answering)
    unresolved = unresolved_decisions(store, graph, version)
    decided = [day["decision"] for day in days if day["decision"]]
    return {
        "days": label["days"], "seed": label["seed"], "scenario": label["scenario"],
        "graph": graph, "version": version, "from": label["from"], "until": label["until"],
        "rung": path[-1], "rung_path": path, "falls": falls,
        **{name: sum(day[name] for day in days) for name in SUMS},
        "sends": count_sends(store, graph, version),
        "sends_without_approval_or_grant": len(unapproved),
        "decisions": {name: decided.count(name) for name in sorted(set(decided))},
        "decisions_without_stored_evidence": len(unresolved),
        "deals": {
            name: sum(day["deals"][name] for day in days) for name in ("won", "lost")
        },
        "scoring": _scoring(fleet, label["from"], label["until"]),
        "audit_ok": verify(store).ok,
    }  # fmt: skip


def _scoring(fleet: "Fleet", since: str, until: str) -> dict[str, Any]:
    """Return how the chances that were given came true, and how often a model was trained."""
    _, played = read_ended(fleet)
    trained = read_follow_up(fleet, played).get(TRAINED) or {}
    return {
        "trained": count_trainings(fleet.store, since, until),
        **{name: trained.get(name) for name in ("n", "state", "chance", "rate", "ece", "limit")},
    }
