"""Runs of the orchestrator: who needs one, durable execution of each, and the counts at the end.

A contact for whom nothing may or need be done is ended at once, in one batch with others like it;
everybody else gets a durable run. A run is named after the state of the world it is about, so that
the same world finds it again and adds nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fleet.adapters.checkpoints import open_checkpoints
from fleet.adapters.engine import Engine
from fleet.adapters.store import steps
from fleet.adapters.store.liveness_rows import stuck_leads
from fleet.adapters.store.step_context import AT_ONCE, contact_ids
from fleet.errors import FleetError
from fleet.orchestrator.rdav.context import trigger_of
from fleet.orchestrator.rdav.flow import said_end
from fleet.orchestrator.rdav.graph import build_graph
from fleet.orchestrator.rdav.planner import choose_goal
from fleet.orchestrator.rdav.values import GRAPH, VERSION, State
from fleet.orchestrator.rdav.veto import end_state, veto
from fleet.orchestrator.registry import graph_row
from fleet.runtime.durable_runs import ERRORS_SHOWN, DurableRun
from fleet.runtime.fleet import CONCURRENCY, Fleet
from fleet.runtime.liveness_watch import watch_liveness
from fleet.runtime.rdav_acts import Planner, StoreRdav

BATCH = 64  # runs drained before the next contacts are looked at
STOPPED = (State.SUPPRESSED.value, State.REPLIED.value, State.LIVENESS.value, State.NOTHING.value)
STUCK = "stuck"  # an open finding of the liveness guard about the lead
DRAFTING = ("draft_reply", "draft_first_touch")


def run_orchestrator(
    fleet: Fleet, limit: int | None = None, *, planner: Planner | None = None,
    note: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Plan, act and verify for every contact that needs it; runs that were cut short go on.

    Returns `{handled, created, held, skipped: {reason: n}, failed, repeated}`.
    """
    row = graph_row(GRAPH)
    assert row is not None
    settings = fleet.settings
    acts = StoreRdav(fleet, planner=planner or model_planner(fleet))
    saver = open_checkpoints(settings.engine_url, encryption_key=settings.encryption_key)
    steps.expire(fleet.store, fleet.clock.now())
    engine = Engine(
        settings.engine_url, fleet.store, version=VERSION, concurrency=_concurrency(fleet)
    )
    ended: list[dict[str, Any]] = []
    try:
        engine.register(GRAPH, DurableRun(fleet, row, build_graph(acts, saver), engine.executor))
        resumed = engine.reap()
        batch: list[tuple[str, dict[str, Any]]] = []
        for run_id, contact_id, at_once in _subjects(fleet, acts, limit):
            if at_once:
                ended.append(at_once)
                continue
            batch.append((run_id, {"contact_id": contact_id, "run_id": run_id}))
            if len(batch) == BATCH:
                ended += engine.drain(GRAPH, batch)
                batch = []
        ended += engine.drain(GRAPH, batch)
    finally:
        engine.close()
    _look_for_loops(fleet, note)
    drafted = steps.count_done(fleet.store, [end["thread_id"] for end in ended], DRAFTING)
    return _tally(ended, drafted, len(resumed), note)


def _look_for_loops(fleet: Fleet, note: Callable[[str], None] | None) -> None:
    """Hand leads that go round to a person; the runs are over, so a failure here fails none."""
    try:
        found = watch_liveness(fleet)
    except FleetError as error:
        found, said = [], f"the liveness guard failed, the next round looks again: {error}"
    else:
        said = f"{len(found)} leads went round, a person has to look: {', '.join(found[:3])}"
    if note and (found or said.startswith("the ")):
        note(said)


def model_planner(fleet: Fleet) -> Planner | None:
    """Return the planner that asks the model, or None when no gateway is configured."""
    chat = fleet.chat
    if chat is None:
        return None
    from fleet.runtime.rdav_model import ModelPlanner

    return ModelPlanner(fleet, chat).plan


def _concurrency(fleet: Fleet) -> int:
    """Run as many contacts at once as the gateway takes calls, since a contact then waits."""
    if fleet.chat is None:
        return CONCURRENCY
    from fleet.adapters.gateway_policy import read_egress

    return read_egress(fleet.policies).max_in_flight


def run_id_of(contact_id: str, trigger: str) -> str:
    """Name a contact's run after what it is about."""
    return f"{GRAPH}:{contact_id}:{trigger}"


def _subjects(
    fleet: Fleet, acts: StoreRdav, limit: int | None
) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Yield `(run, contact, end)`: `end` is set for a run that was ended at once.

    A lead that goes round is left out without a row, so that it comes back once a person looked;
    it takes no place of the limit, or a few such leads would keep all others from their turn.
    """
    last, left, stuck = "", limit, stuck_leads(fleet.store)
    while left is None or left > 0:
        page = contact_ids(fleet.store, last, AT_ONCE)
        if not page:
            return
        last = page[-1]
        contexts = acts.contexts(page)
        days = acts.policy.look_again_days
        named = {
            run_id_of(contact_id, trigger_of(context, days)): context
            for contact_id, context in contexts.items()
        }
        known = steps.ended_runs(fleet.store, list(named))
        new = [(run_id, named[run_id]) for run_id in named if run_id not in known]
        going_round = [pair for pair in new if _lead(pair[1]) in stuck]
        yield from ((key, context["contact"]["id"], _stuck(key)) for key, context in going_round)
        fresh = [pair for pair in new if _lead(pair[1]) not in stuck][:left]
        left = None if left is None else left - len(fresh)
        yield from _parted(fleet, acts, fresh)


def _lead(context: Mapping[str, Any]) -> str:
    return f"contacts:{context['contact']['id']}"


def _stuck(run_id: str) -> dict[str, Any]:
    return {"thread_id": run_id, "outcome": f"{State.LIVENESS.value}:{STUCK}"}


def _parted(
    fleet: Fleet, acts: StoreRdav, fresh: list[tuple[str, dict[str, Any]]]
) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    ends = {run_id: _end_at_once(context, acts) for run_id, context in fresh}
    rows = [
        {
            "id": run_id, "graph": GRAPH, "graph_version": VERSION, "subject_table": "contacts",
            "subject_id": context["contact"]["id"], "outcome": ends[run_id],
        }
        for run_id, context in fresh
        if ends[run_id] is not None
    ]  # fmt: skip
    steps.close_at_once(fleet.store, rows, fleet.clock.now())
    for run_id, context in fresh:
        outcome = ends[run_id]
        end = {"thread_id": run_id, "outcome": outcome} if outcome else None
        yield run_id, context["contact"]["id"], end


def _end_at_once(context: Mapping[str, Any], acts: StoreRdav) -> str | None:
    """Return the end of a run for whom nothing may or need be done, or None.

    Whoever has unread mail or a waiting step gets a run of his own, so that both are looked at.
    """
    if context["mails"] or "waiting" in context["history"].values():
        return None
    if stop := veto(context["world"]):
        return said_end(end_state(stop), stop)
    goal, _ = choose_goal(context, acts.policy)
    return State.NOTHING.value if goal == "none" else None


def _tally(
    ended: list[dict[str, Any]], drafted: int, repeated: int, note: Callable[[str], None] | None
) -> dict[str, Any]:
    broken = [end for end in ended if "error" in end]
    for end in broken[:ERRORS_SHOWN]:
        if note:
            note(f"{end['thread_id']} failed: {end['error']}")
    states = [str(end["outcome"]).partition(":") for end in ended if "error" not in end]
    skipped = Counter(reason or state for state, _, reason in states if state in STOPPED)
    ends = Counter(state for state, _, _ in states)
    return {
        "handled": len(states),
        "created": drafted,
        "held": ends[State.WAITING.value],
        "skipped": dict(sorted(skipped.items())),
        "failed": len(broken) + ends[State.FAILED.value],
        "repeated": repeated,
    }
