"""Change a campaign's plan in flight: first what would move and be recalled, then the change."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store import campaigns as store_campaigns
from fleet.adapters.store import touches as rows
from fleet.adapters.store.runs import OPEN as OPEN_RUNS
from fleet.adapters.store.schema import campaigns, contacts, runs, touches
from fleet.adapters.store.statements import insert
from fleet.adapters.store.touch_stops import (
    ACTIVE,
    CANCELLED,
    DRAFTING,
    HELD,
    OPEN,
    PAUSED,
    SCHEDULED,
    SENT,
    SKIPPED,
    joined,
)
from fleet.durable.plan import EMAIL, Plan, parse_plan
from fleet.durable.touch_times import CampaignPolicy, after_delay, due_times
from fleet.errors import InputError
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

PARTS = ("channel", "angle", "goal")


def change_cadence(
    fleet: "Fleet", campaign_id: str, plan: Mapping[str, Any], *, actor: str, apply: bool = False
) -> dict[str, Any]:
    """Say what a new plan changes, and with `apply` change it.

    Returns `{recalled: [{touch_id, contact_id, draft_id, why}], moved, added, removed, applied,
    revision}`. Recalled are drafts that wait (approved ones too) and no longer fit; what was sent,
    or is being sent, stays. Raises InputError for a bad plan or a campaign that ended,
    WriteConflict when somebody else changed the campaign in between.
    """
    campaign = store_campaigns.read_campaign(fleet.store, campaign_id)
    if campaign["status"] not in (ACTIVE, PAUSED):
        raise InputError(f"campaign {campaign_id} is {campaign['status']}: start another one")
    policy = section(fleet.policies, "campaigns", CampaignPolicy)
    change = _Change(fleet, campaign, parse_plan(plan, policy), policy)
    for _, steps in itertools.groupby(_steps(fleet, campaign_id), lambda row: row["contact_id"]):
        change.sequence(list(steps))
    wire = change.plan.as_json() | {"revision": change.revision}
    if apply:
        store_campaigns.replan(
            fleet.store, campaign, wire, change.statements, actor=actor, now=change.now,
            recalled=len(change.recalled),
        )  # fmt: skip
        ids = [item["draft_id"] for item in change.recalled if item["draft_id"]]
        fleet.review.withdraw_drafts(ids, actor=actor, reason="the plan was changed")
    return {
        "recalled": change.recalled, "moved": change.moved, "added": change.added,
        "removed": change.removed, "applied": apply, "revision": change.revision,
    }  # fmt: skip


class _Change:
    """Collects the moves of every touch under the new plan."""

    def __init__(
        self, fleet: "Fleet", campaign: Mapping[str, Any], plan: Plan, policy: CampaignPolicy
    ) -> None:
        self.plan, self.revision = plan, int(campaign["plan"].get("revision", 1)) + 1
        self.now = fleet.clock.now()
        self.statements: list[Any] = []
        self.recalled: list[dict[str, Any]] = []
        self.moved = self.added = self.removed = 0
        self._campaign, self._policy = campaign, policy
        self._start = datetime.fromisoformat(campaign["created_at"])
        self._old = campaign["plan"]["touches"]

    def sequence(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Add the moves of one contact's touches; a sequence that ended is left alone."""
        if not any(step["status"] in OPEN for step in steps):
            return
        times = self._times(steps)
        sleeper = True
        for step in steps:
            if step["status"] in OPEN and not step["is_taken"]:
                kept = self._step(step, times, sleeps=sleeper)
                sleeper = sleeper and not kept
        for position in range(len(steps) + 1, len(times) + 1):
            self._add(steps[0], position, times[position - 1])

    def _times(self, steps: Sequence[Mapping[str, Any]]) -> list[datetime]:
        """Return the new due times; the planned gap to what was sent last is kept."""
        zone, offsets = steps[0]["time_zone"], self.plan.offsets
        times = due_times(self._start, offsets, zone, self._policy)
        sent = [s for s in steps if s["status"] == SENT and s["position"] < len(times)]
        if sent:
            last, at = sent[-1]["position"], datetime.fromisoformat(sent[-1]["updated_at"])
            gap = offsets[last] - offsets[last - 1]
            times[last] = after_delay(times[last], at, gap, zone, self._policy)
        return times

    def _step(self, step: Mapping[str, Any], times: Sequence[datetime], *, sleeps: bool) -> bool:
        """Move, recall or remove one open touch; return whether it stays in the sequence."""
        position = step["position"]
        if position > len(times):
            self.removed += 1
            self._recall(step, "the new plan has no such touch")
            self._write(step, {"status": CANCELLED, "stop_reason": "replanned"})
            return False
        touch, due = self.plan.touches[position - 1], stamp(times[position - 1])
        values = {part: getattr(touch, part) for part in PARTS}
        later = due > stamp(self.now)
        if step["status"] == HELD and not later and self._same(step, values):
            return True
        if step["status"] == HELD:
            self._recall(step, "it is due later" if later else "the plan says something else")
        if due == step["due_at"] and self._same(step, values) and step["status"] == SCHEDULED:
            return True
        self.moved += 1
        is_mail = touch.channel == EMAIL
        self._write(
            step,
            values | {"due_at": due, "draft_id": None, "status": SCHEDULED if is_mail else SKIPPED},
        )
        if sleeps and is_mail:
            version = str(step["graph_version"])
            self.statements.append(
                rows.sleeping_statement(step["id"], due, self.revision, version, self.now)
            )
        return bool(is_mail)

    def _same(self, step: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        return all(step[part] == values[part] for part in PARTS)

    def _recall(self, step: Mapping[str, Any], why: str) -> None:
        if step["status"] in (HELD, DRAFTING):
            self.recalled.append(
                {
                    "touch_id": step["id"], "contact_id": step["contact_id"],
                    "draft_id": step["draft_id"], "why": why,
                }
            )  # fmt: skip

    def _write(self, step: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        at = stamp(self.now)
        self.statements += [
            sa.update(touches)
            .where(
                touches.c.id == step["id"], touches.c.row_version == step["row_version"],
                ~store_campaigns.on_the_wire(touches.c.draft_id),
            )
            .values(**values, updated_at=at, row_version=step["row_version"] + 1),
            sa.update(runs)
            .where(
                runs.c.subject_table == "touches", runs.c.subject_id == step["id"],
                runs.c.status.in_(OPEN_RUNS),
            )
            .values(status="cancelled", outcome="replanned", ended_at=at, waits_for=None),
        ]  # fmt: skip

    def _add(self, like: Mapping[str, Any], position: int, due: datetime) -> None:
        touch = self.plan.touches[position - 1]
        self.added += 1
        self.statements.append(
            insert(touches)
            .values(
                id=store_campaigns.touch_key(like["campaign_id"], like["contact_id"], position),
                campaign_id=like["campaign_id"], contact_id=like["contact_id"], position=position,
                due_at=stamp(due), updated_at=stamp(self.now),
                status=SCHEDULED if touch.channel == EMAIL else SKIPPED,
                **{part: getattr(touch, part) for part in PARTS},
            )
            .on_conflict_do_nothing()
        )  # fmt: skip


def _steps(fleet: "Fleet", campaign_id: str) -> list[dict[str, Any]]:
    taken = store_campaigns.on_the_wire(touches.c.draft_id)
    query: Any = (
        sa.select(
            touches, contacts.c.time_zone, taken.label("is_taken"),
            campaigns.c.graph_version,
        )
        .select_from(joined())
        .where(touches.c.campaign_id == campaign_id)
        .order_by(touches.c.contact_id, touches.c.position)
    )  # fmt: skip
    return fleet.store.read(query)
