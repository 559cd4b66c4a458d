"""Campaigns: a plan becomes a durable sequence of touches for each contact, until they answer.

A touch is drafted when it is due, held for a person, sent once by the outbox, and the next one
sleeps until its day. Stop conditions are looked at before each draft, in the statement that takes
it, when it is held, and again at the moment of sending.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from fleet.adapters.clock import stamp
from fleet.adapters.store import campaigns as store_campaigns
from fleet.adapters.store import touches as rows
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import touches
from fleet.adapters.store.touch_stops import HELD, SCHEDULED, SENT, SKIPPED, STOPPED
from fleet.durable.plan import EMAIL, Plan, constant_plan, parse_plan
from fleet.durable.touch_times import CampaignPolicy, after_delay, due_times
from fleet.errors import InputError
from fleet.orchestrator.registry import GraphRow, graph_row
from fleet.policy import section
from fleet.ports import Store

if TYPE_CHECKING:
    from fleet.adapters.store.review_queue import ReviewQueue
    from fleet.runtime.fleet import Fleet

ACTOR = "campaigns"
CONCURRENCY = 8
LONGEST_NAME = 120
ENDS = {  # what the end of a held draft means for its sequence: (touch's state, why it stops)
    "sent": (SENT, None), "rejected": (SKIPPED, None), "superseded": (STOPPED, "replied"),
    "suppressed": (STOPPED, "suppressed"), "failed": (STOPPED, "not_sent"),
}  # fmt: skip


def touch_graph() -> GraphRow:
    """Return the registry's row of the touch graph."""
    row = graph_row(rows.GRAPH)
    assert row is not None
    return row


def default_plan(fleet: "Fleet") -> dict[str, Any]:
    """Return the constant drip as a plan: six touches, one a week, labelled as not deliberated."""
    return constant_plan(section(fleet.policies, "campaigns", CampaignPolicy)).as_json()


def start_campaign(
    fleet: "Fleet", *, name: str, plan: Mapping[str, Any], contact_ids: Sequence[str], actor: str
) -> str:
    """Start a campaign and return its id; see `create_campaign`."""
    made = create_campaign(fleet, name=name, plan=plan, contact_ids=contact_ids, actor=actor)
    return str(made["campaign_id"])


def create_campaign(
    fleet: "Fleet", *, name: str, plan: Mapping[str, Any], contact_ids: Sequence[str], actor: str,
    brief: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Start a campaign; return `{campaign_id, contacts, touches, skipped: {reason: n}}`.

    A contact that is unknown, in another open sequence, without an address or not to be written to
    is skipped. Raises InputError for a bad plan, no name, or nobody left to write to.
    """
    policy = section(fleet.policies, "campaigns", CampaignPolicy)
    title = " ".join(name.split())
    if not title or len(title) > LONGEST_NAME:
        raise InputError(f"a campaign needs a name of 1 to {LONGEST_NAME} characters")
    parsed = parse_plan(plan, policy)
    ids = list(dict.fromkeys(contact_ids))
    if not 1 <= len(ids) <= policy.max_contacts:
        raise InputError(f"{len(ids)} contacts: give 1 to {policy.max_contacts}")
    now = fleet.clock.now()
    known = store_campaigns.contact_rows(fleet.store, ids)
    reasons = {contact: _refusal(fleet.store, known.get(contact)) for contact in ids}
    sequences = {
        contact: _sequence(parsed, due_times(now, parsed.offsets, zone, policy))
        for contact, why in reasons.items()
        if why is None
        for zone in [known[contact]["time_zone"]]
    }
    skipped = [why for why in reasons.values() if why]
    counts = {why: skipped.count(why) for why in sorted(set(skipped))}
    if not sequences:
        raise InputError(f"nobody of {len(ids)} contacts can be written to: {counts}")
    row = {
        "name": title, "brief": dict(brief) if brief else None, "plan_source": parsed.source,
        "plan": parsed.as_json() | {"revision": 1},
    }  # fmt: skip
    campaign_id = store_campaigns.insert_campaign(
        fleet.store, row, sequences, version=touch_graph().version, actor=actor, now=now
    )
    made = len(sequences) * len(parsed.touches)
    return {
        "campaign_id": campaign_id, "contacts": len(sequences), "touches": made, "skipped": counts,
    }  # fmt: skip


def pause_campaign(fleet: "Fleet", campaign_id: str, *, actor: str) -> bool:
    """Draft and send nothing of a campaign until it is resumed; False when it was so already."""
    return store_campaigns.pause(fleet.store, campaign_id, actor=actor, now=fleet.clock.now())


def resume_campaign(fleet: "Fleet", campaign_id: str, *, actor: str) -> bool:
    """Go on with a paused campaign; False when it runs already."""
    return store_campaigns.resume(fleet.store, campaign_id, actor=actor, now=fleet.clock.now())


def cancel_campaign(fleet: "Fleet", campaign_id: str, *, actor: str) -> bool:
    """End a campaign and take back every draft of it that was not sent."""
    done = store_campaigns.cancel(fleet.store, campaign_id, actor=actor, now=fleet.clock.now())
    withdraw_loose(fleet.store, fleet.review, "the campaign was cancelled")
    return done


def stop_contact(store: Store, review: "ReviewQueue", contact_id: str, reason: str) -> list[str]:
    """End every open sequence of a contact; return the drafts that were taken back.

    Safe to repeat: a kill in between leaves loose drafts that the next sweep takes back, and that
    the outbox refuses to send.
    """
    if not rows.has_open(store, contact_id):
        return []
    now = review.clock.now()
    ends = rows.end_statements(touches.c.contact_id == contact_id, STOPPED, reason, now)
    entry = Entry(now, ACTOR, "campaign.stop", f"contacts:{contact_id}", {"reason": reason})
    write_audited(store, ends, [entry], when=rows.ended_now(contact_id, STOPPED, now))
    loose = rows.loose_drafts(store, touches.c.contact_id == contact_id)
    return review.withdraw_drafts(loose, actor=ACTOR, reason=f"the sequence ended: {reason}")


def stop_for_mail(store: Store, review: "ReviewQueue", mail: Mapping[str, Any]) -> None:
    """End the sequences that an inbound mail answers, bounces or opts out of; else do nothing."""
    for contact_id, reason in rows.stopped_by_mail(store, mail):
        stop_contact(store, review, contact_id, reason)


def sweep_stops(store: Store, review: "ReviewQueue") -> dict[str, int]:
    """Stop whoever replied, bounced, opted out or was suppressed; return counts by reason."""
    counts: dict[str, int] = {}
    for contact_id, reason in rows.stopped_contacts(store):
        stop_contact(store, review, contact_id, reason)
        counts[reason] = counts.get(reason, 0) + 1
    withdraw_loose(store, review, "its sequence had ended")
    return counts


def withdraw_loose(store: Store, review: "ReviewQueue", reason: str) -> list[str]:
    """Take back drafts whose touch no longer stands behind them."""
    return review.withdraw_drafts(rows.loose_drafts(store), actor=ACTOR, reason=reason)


def settle_touches(fleet: "Fleet") -> int:
    """Take over what became of held drafts, and let the next touch sleep; return how many ended."""
    policy = section(fleet.policies, "campaigns", CampaignPolicy)
    ended = rows.held_ends(fleet.store)
    for touch in ended:
        status, stop = ENDS[touch["draft_status"]]
        stop = stop and (touch["stop"] or stop)
        now = fleet.clock.now()
        statements = rows.settle_statements(touch, status, stop, now)
        if stop is None and touch["status"] == HELD:
            statements += _wake_next(fleet, touch, status, policy, now)
        fleet.store.write(*statements)
        if stop is not None:
            stop_contact(fleet.store, fleet.review, touch["contact_id"], stop)
    store_campaigns.finish(fleet.store, fleet.clock.now())
    return len(ended)


def campaign_work(fleet: "Fleet") -> bool:
    """Whether a touch is due, or a held draft came to its end."""
    now = fleet.clock.now()
    return bool(rows.due_touches(fleet.store, now, 1) or rows.held_ends(fleet.store, 1))


def run_campaigns(
    fleet: "Fleet", limit: int | None = None, *, concurrency: int = CONCURRENCY,
    note: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Draft every touch that is due; return the counts of `fleet run`.

    `skipped` also counts the sequences that were stopped, by reason.
    """
    from fleet.durable.graph import build_graph
    from fleet.runtime.campaign_acts import StoreTouches
    from fleet.runtime.durable_runs import drain_runs, tally

    settle_touches(fleet)
    stopped = sweep_stops(fleet.store, fleet.review)
    row = touch_graph()
    acts = StoreTouches(
        fleet.store, fleet.clock, fleet.settings, fleet.policies, fleet.review, version=row.version
    )

    def due() -> list[tuple[str, dict[str, Any]]]:
        found = rows.due_touches(fleet.store, fleet.clock.now(), limit)
        return [
            (rows.run_id(touch["id"], _revision(touch["plan"])), {"touch_id": touch["id"]})
            for touch in found
        ]

    if due():
        answer = drain_runs(
            fleet, row, lambda saver: build_graph(acts, saver), due, concurrency=concurrency,
            note=note,
        )  # fmt: skip
    else:
        answer = tally([], repeated=0)  # no engine is started for nothing
    for reason, count in stopped.items():
        answer["skipped"][reason] = answer["skipped"].get(reason, 0) + count
    return answer


def _revision(plan: str) -> int:
    """Return the revision of a plan's text; of a damaged one the first, and its run says so."""
    try:
        return int(orjson.loads(plan).get("revision", 1))
    except orjson.JSONDecodeError:
        return 1


def _refusal(store: Store, contact: Mapping[str, Any] | None) -> str | None:
    from fleet.adapters.store.controls import is_suppressed

    if contact is None:
        return "unknown"
    if contact["is_busy"]:
        return "in_another_sequence"
    if contact["do_not_contact"]:
        return "suppressed"
    try:
        return "suppressed" if is_suppressed(store, contact["email"] or "") else None
    except InputError:
        return "no_address"


def _sequence(plan: Plan, times: Sequence[datetime]) -> list[dict[str, Any]]:
    """Return a contact's touches; one that the fleet cannot send is a note for people."""
    return [
        {
            "position": number, "channel": touch.channel, "angle": touch.angle, "goal": touch.goal,
            "due_at": stamp(due), "status": SCHEDULED if touch.channel == EMAIL else SKIPPED,
            "stop_reason": None if touch.channel == EMAIL else "not a mail",
        }
        for number, (touch, due) in enumerate(zip(plan.touches, times, strict=True), start=1)
    ]  # fmt: skip


def _wake_next(
    fleet: "Fleet", touch: Mapping[str, Any], status: str, policy: CampaignPolicy, now: datetime
) -> list[Any]:
    """Return the statements that let the next touch sleep, later when this one left late."""
    steps = rows.sequence(fleet.store, touch["campaign_id"], touch["contact_id"])
    later = [s for s in steps if s["position"] > touch["position"] and s["status"] == SCHEDULED]
    if not later:
        return []
    step, plan = later[0], touch["plan"]
    offsets = [item["day_offset"] for item in plan["touches"]]
    gap = offsets[step["position"] - 1] - offsets[touch["position"] - 1]
    planned = datetime.fromisoformat(step["due_at"])
    at = datetime.fromisoformat(touch["decided_at"]) if status == SENT else None
    due = after_delay(planned, at, gap, touch["time_zone"], policy) if at else planned
    version = touch_graph().version
    return rows.next_statements(step, stamp(due), plan.get("revision", 1), version, now)
