"""A version's streams from round to round: kept in its drift reports, started at a promotion."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fleet.adapters.store import defects as rows
from fleet.monitor.stream import StreamPolicy
from fleet.monitor.version_drift import INPUT, ORDER, Row, VersionDrift
from fleet.monitor.version_stream import STATE, Kept, features_of, go_on, start
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

MOST_RUNS = 5_000  # taken in one round; the rest waits for the next one
THROUGH = "through"  # of a stream's feature: the start of the last run it has taken


def watch_streams(
    fleet: "Fleet", graph: str, version: str, reference: Sequence[Row]
) -> list[dict[str, Any]]:
    """Return the streams of a version as features, with every run since the last report taken.

    They go on from the last report while it stands on the same reference. A run that began before
    the last one taken and ended after it is passed over: the windows see it.
    """
    policy = section(fleet.policies, "monitor.stream", StreamPolicy)
    frozen = reference[-1]["started_at"]
    last = rows.last_report(fleet.store, graph, version)
    known = [f for f in (last["features"] if last else ()) if STATE in f]
    if known and all(f["reference_to"] == frozen for f in known):
        kept, through = Kept.of(known, policy), known[0][THROUGH]
    else:
        kept, through = start(reference, policy), frozen
    fresh = rows.run_measures(
        fleet.store, graph, version, after=through, limit=MOST_RUNS, newest=False
    )
    through = fresh[-1]["started_at"] if fresh else through
    return [feature | {THROUGH: through} for feature in features_of(go_on(kept, fresh))]


def with_streams(found: VersionDrift, streams: Sequence[Row]) -> str:
    """Return the state of a version by its windows and its streams, the worse of both.

    A stream knows nothing of what came in: while that has shifted it only asks to be looked at.
    """
    loud: list[str] = [f["state"] for f in streams if f["state"] in ("WATCH", "DRIFT")]
    moved = any(f["name"] == INPUT and f["state"] in ("WATCH", "DRIFT") for f in found.features)
    if moved:
        loud = ["WATCH"] * bool(loud)
    return max([found.state, *loud], key=ORDER.index)
