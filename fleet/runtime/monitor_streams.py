"""A version's streams from round to round: kept in its drift reports, started at a promotion."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store import defects as rows
from fleet.adapters.store.finished_runs import finished_runs, measures_of
from fleet.monitor.stream import StreamPolicy
from fleet.monitor.version_drift import INPUT, ORDER, Row, VersionDrift, VersionPolicy
from fleet.monitor.version_stream import STATE, Kept, features_of, go_on, start
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

MOST_RUNS = 5_000  # taken in one round; the rest waits for the next one
THROUGH = "through"  # of a stream's feature: the end of the last run it has taken
TAKEN = "taken"  # of the first of them: what it has taken and could meet again
ENDS = 0  # in TAKEN, of a dead letter: whenever it ends again, it was taken


def watch_streams(
    fleet: "Fleet", graph: str, version: str, reference: Sequence[Row], promoted: str | None
) -> list[dict[str, Any]]:
    """Return the streams of a version as features, with every run since the last report taken.

    They go on from the last report while it stands on the same reference. Runs are taken in the
    order in which they end, and each once, whenever that is: the last `late_s` before the last
    one taken are looked at again for traces that were late, and what is known there is passed over.
    """
    policy = section(fleet.policies, "monitor.stream", StreamPolicy)
    late_s = section(fleet.policies, "monitor.version_drift", VersionPolicy).late_s
    frozen = reference[-1]["started_at"]
    last = rows.last_report(fleet.store, graph, version)
    known = [f for f in (last["features"] if last else ()) if STATE in f]
    if known and TAKEN in known[0] and all(_stands_on(f, frozen, promoted) for f in known):
        kept, through = Kept.of(known, policy), known[0][THROUGH]
        taken, after = dict(known[0][TAKEN]), _before(through, late_s)
    else:
        kept, through, after = start(reference, policy), frozen, frozen
        taken = {row["id"]: _end(row) for row in reference}
    ended = finished_runs(
        fleet.store, graph, version, after=after, until=stamp(fleet.clock.now()),
        limit=MOST_RUNS + len(taken),
    )  # fmt: skip
    fresh = [row for row in ended if row["id"] not in taken][:MOST_RUNS]
    through = max([through, *(row["end"] for row in fresh)])
    taken |= {row["id"]: ENDS if row["again"] else row["end"] for row in fresh}
    kept = go_on(kept, measures_of(fleet.store, [row["id"] for row in fresh]))
    features = [feature | {THROUGH: through} for feature in features_of(kept)]
    return [f | {TAKEN: _near(taken, _before(through, late_s))} for f in features[:1]] + features[
        1:
    ]


def _stands_on(feature: Mapping[str, Any], frozen: str, promoted: str | None) -> bool:
    """Whether a stream was started at this promotion, or without one at these first runs."""
    if promoted is not None:
        return bool(feature["promoted_at"] == promoted)
    return feature["promoted_at"] is None and bool(feature["reference_to"] == frozen)


def _end(row: Row) -> str:
    return str(row["ended_at"] or row["started_at"])


def _near(taken: Mapping[str, Any], after: str) -> dict[str, Any]:
    """Keep what the next round can meet again: late ends, and dead letters."""
    return {each: end for each, end in taken.items() if end == ENDS or end > after}


def _before(at: str, seconds: float) -> str:
    return stamp(datetime.fromisoformat(at) - timedelta(seconds=seconds))


def with_streams(found: VersionDrift, streams: Sequence[Row]) -> str:
    """Return the state of a version by its windows and its streams, the worse of both.

    A stream knows nothing of what came in: while that has shifted it only asks to be looked at.
    """
    loud: list[str] = [f["state"] for f in streams if f["state"] in ("WATCH", "DRIFT")]
    moved = any(f["name"] == INPUT and f["state"] in ("WATCH", "DRIFT") for f in found.features)
    if moved:
        loud = ["WATCH"] * bool(loud)
    return max([found.state, *loud], key=ORDER.index)
