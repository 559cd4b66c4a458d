"""The runtime guard over what the fleet did: per lead, across runs and restarts; no model.

A graph of the registry cannot loop inside one run: its certificate is its step limit. What can go
round is a lead between runs; those steps are rows, and are judged here after each round.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from fleet.adapters.clock import stamp
from fleet.adapters.store.liveness_rows import (
    lead_events,
    save_finding,
    settled_since,
    stuck_leads,
)
from fleet.liveness.events import judge_events
from fleet.liveness.policy import LivenessPolicy
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

QUIET = ("OK", "STALLED")  # ageing is the pipeline's, not a run's
LOOK_BACK = timedelta(days=60)  # a ping-pong slower than this is a decision, not a loop


def watch_liveness(fleet: "Fleet") -> list[str]:
    """Judge every lead's steps; return the runs that were found stuck for the first time."""
    now = fleet.clock.now()
    looked = settled_since(fleet.store)  # what a person has looked at is not found again
    events = [
        event for event in lead_events(fleet.store, stamp(now - LOOK_BACK))
        if event["ts"] > looked.get(event["lead_id"], "")
    ]  # fmt: skip
    if not events:
        return []
    policy = section(fleet.policies, "liveness", LivenessPolicy)
    findings, _ = judge_events(events, policy)
    about = {event["run_id"]: event for event in events}
    fresh, stuck = [], stuck_leads(fleet.store)
    for finding in findings:
        event = about[finding["run_id"]]
        if finding["verdict"] in QUIET or event["lead_id"] in stuck:
            continue
        stuck.add(event["lead_id"])  # one item a lead, however many runs went round
        if save_finding(
            fleet.store, finding, lead_id=event["lead_id"], graph=event["actor"],
            version=event["graph_version"], now=now,
        ):  # fmt: skip
            fresh.append(str(finding["run_id"]))
    return fresh
